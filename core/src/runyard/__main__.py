"""`python -m runyard`."""

from runyard.cli.main import run

run()
