"""How many results a request may ask for."""

from __future__ import annotations

from runyard.errors import InvalidInput
from runyard_api_mlflow.fields import Fields


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
