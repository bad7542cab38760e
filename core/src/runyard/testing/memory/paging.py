"""Pages by the place in the order: what is written between two pages neither repeats nor hides a row."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from runyard.entities import Page
from runyard.errors import InvalidInput

ItemT = TypeVar("ItemT")


def page_of(
    items: Sequence[ItemT],
    max_results: int | None,
    token: str | None,
    place: Callable[[ItemT], list[Any]],
    comes_after: Callable[[list[Any], list[Any]], bool] | None = None,
) -> Page[ItemT]:
    """The page after a token of items that are in order.

    `place` is an item's unique place in the order, as JSON; `comes_after` compares two of them.
    """
    if max_results is not None and max_results < 1:
        raise InvalidInput(f"max_results must be at least 1, got {max_results}")
    if token is not None:
        seen = _read(token)
        after = comes_after or _is_greater
        items = [item for item in items if after(place(item), seen)]
    page = items[:max_results]
    more = max_results is not None and len(items) > max_results
    return Page(page, _write(place(page[-1])) if more else None)


def _is_greater(place: list[Any], seen: list[Any]) -> bool:
    return [_number(part) for part in place] > [_number(part) for part in seen]


def _number(part: Any) -> tuple[bool, Any]:
    nan = isinstance(part, float) and math.isnan(part)
    return not nan, 0 if nan else part


def _write(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _read(token: str) -> list[Any]:
    try:
        place = json.loads(base64.b64decode(token.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(f"not a page token: {token!r}; use the token of the page before") from error
    if not isinstance(place, list):
        raise InvalidInput(f"not a page token: {token!r}; use the token of the page before")
    return place
