"""Pages: how many results a request may ask for, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from runyard.entities import Page
from runyard.errors import InvalidInput
from runyard_api_mlflow.fields import Fields

ItemT = TypeVar("ItemT")


def page_size(fields: Fields, *, default: int, most: int) -> int:
    """The field `max_results`, checked.

    Raises:
        InvalidInput: it is out of bounds.
    """
    size = fields.integer("max_results", default=default)
    if not 1 <= size <= most:
        raise InvalidInput(
            f"Invalid value {size} for parameter 'max_results' supplied. It must be at least 1 and at most {most}."
        )
    return size


def listing(name: str, page: Page[ItemT], shown: Callable[[ItemT], Any]) -> dict[str, Any]:
    """A page as the answer to a search; what is empty is left out."""
    answer: dict[str, Any] = {}
    if page.items:
        answer[name] = [shown(item) for item in page.items]
    if page.token:
        answer["next_page_token"] = page.token
    return answer
