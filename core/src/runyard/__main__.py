"""`python -m runyard`."""

from runyard.cli import main

main()
