"""What the views show, computed from trials and a space: pure functions, one question a file."""
