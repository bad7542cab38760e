"""Page tokens of searches: the place of the last row and what was asked, opaque to clients."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Sequence
from typing import Any

from runyard.errors import InvalidInput
from runyard.query import OrderBy, render_order

MAX_TOKEN = 1_000_000


def fingerprint(*parts: object) -> str:
    """A short name for a query, the same in every process."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=9).hexdigest()


def order_names(order_by: Sequence[OrderBy]) -> tuple[str, ...]:
    return tuple(map(render_order, order_by))


def write_token(asked: str, place: Sequence[tuple[int, Any]]) -> str:
    text = json.dumps([asked, *place], separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 1)).decode()


def read_token(token: str, asked: str, kinds: Sequence[type]) -> list[tuple[int, Any]]:
    """The place in a token of the same query, with values of these kinds.

    Raises:
        InvalidInput: the token is broken or of another query.
    """
    parts = _unpack(token)
    if not isinstance(parts, list) or not parts or not isinstance(parts[0], str):
        raise _broken(token)
    if parts[0] != asked:
        raise InvalidInput("the page token is of another search; filter, order and what is searched must stay the same")
    if len(parts) != len(kinds) + 1:
        raise _broken(token)
    return [_place(part, kind, token) for part, kind in zip(parts[1:], kinds, strict=True)]


def _unpack(token: str) -> Any:
    try:
        packed = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        return json.loads(zlib.decompressobj().decompress(packed, MAX_TOKEN))
    except (binascii.Error, ValueError, RecursionError, zlib.error) as error:
        raise _broken(token) from error


def _place(part: Any, kind: type, token: str) -> tuple[int, Any]:
    if not isinstance(part, list) or len(part) != 2 or part[0] not in {0, 1, 2}:
        raise _broken(token)
    rank, value = part
    is_number = kind is float and isinstance(value, int | float)
    if rank == 0 and not isinstance(value, kind) and not is_number:
        raise _broken(token)
    if isinstance(value, int) and abs(value) >= 2**63:
        raise _broken(token)
    return int(rank), value


def _broken(token: str) -> InvalidInput:
    return InvalidInput(f"not a page token: {token[:60]!r}; use the token of the page before")
