"""Where lines of what is being done go that nobody asked to be told of."""

from __future__ import annotations

import sys


def to_standard_error(line: str) -> None:
    """Show a line of what is done."""
    sys.stderr.write(f"{line}\n")
