"""Page tokens: the place after which a listing goes on, opaque to clients."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from runyard.errors import InvalidInput
from runyard.validation import MAX_INT


def write(place: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(place), separators=(",", ":")).encode()).decode()


def read(token: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """The place in a token, checked to have parts of these kinds.

    Raises:
        InvalidInput: `write` did not make it.
    """
    try:
        place = json.loads(base64.b64decode(token.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidInput(f"not a page token: {token!r}; use the token of the page before") from error
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds) or not all(map(_is_known, place)):
        raise InvalidInput(f"not a page token: {token!r}; use the token of the page before")
    return tuple(place)


def _is_known(part: Any) -> bool:
    """Whether a database can compare a column with it."""
    if isinstance(part, int):
        return abs(part) <= MAX_INT
    return not isinstance(part, str) or ("\0" not in part and part.encode(errors="ignore").decode() == part)
