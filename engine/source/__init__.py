"""Search spaces in source code: read from it, and written as it."""
