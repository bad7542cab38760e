"""Params are text; some of it reads as a number."""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BLANKS = " \t\n\r\f\v"


def as_number(text: str) -> float | None:
    """The finite number that a text is, in plain decimal or exponent notation; None for any other text."""
    text = text.strip(_BLANKS)
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None
