"""What `python -m tuneboard` runs."""

from .cli import main

main()
