"""One file per view; a view never imports another."""
