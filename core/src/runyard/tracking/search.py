"""What searches are given as text, turned into queries; and pages, turned into one list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from runyard.entities import Page, ViewType
from runyard.errors import InvalidInput
from runyard.query import Filter, OrderBy
from runyard.query.tree import Target

ItemT = TypeVar("ItemT")

PAGE = 1000
_MLFLOW_VIEWS = {1: ViewType.ACTIVE_ONLY, 2: ViewType.DELETED_ONLY, 3: ViewType.ALL}


def parsed(
    target: Target, filter_string: str | None, order_by: Sequence[str] | None
) -> tuple[Filter | None, Sequence[OrderBy]]:
    """A filter and an order, read.

    Raises:
        QueryError: one of them cannot be read; the message shows where.
    """
    from runyard.query.parser import parse_filter, parse_order

    if isinstance(order_by, str):
        raise InvalidInput(f"order_by must be a list, such as [{order_by!r}]")
    return parse_filter(filter_string, target), parse_order(order_by or (), target)


def view(value: ViewType | str | int) -> ViewType:
    """A view by name, or by the number it has in MLflow."""
    try:
        return ViewType(_MLFLOW_VIEWS[value] if isinstance(value, int) else value)
    except (ValueError, KeyError) as error:
        raise InvalidInput(f"not a view: {value!r}; there are {', '.join(ViewType)}") from error


def everything(search: Callable[[int, str | None], Page[ItemT]], limit: int | None) -> list[ItemT]:
    """The items of all pages, at most `limit`; `search` gets the size of a page and its token."""
    found: list[ItemT] = []
    token = None
    while limit is None or len(found) < limit:
        page = search(PAGE if limit is None else min(PAGE, limit - len(found)), token)
        found += page
        token = page.token
        if token is None:
            break
    return found
