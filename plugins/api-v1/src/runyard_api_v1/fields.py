"""What is said of a field beside its type, once for reading and for OpenAPI: what it holds and within which limits."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

import attrs


@attrs.frozen
class About:
    """Stands in an `Annotated` type: a line about the field, and what its value must keep; None means no limit."""

    text: str = ""
    minimum: float | None = attrs.field(default=None, kw_only=True)
    maximum: float | None = attrs.field(default=None, kw_only=True)
    min_items: int | None = attrs.field(default=None, kw_only=True)
    max_items: int | None = attrs.field(default=None, kw_only=True)
    max_length: int | None = attrs.field(default=None, kw_only=True)


NOTHING_SAID = About()


def split(kind: Any) -> tuple[Any, About]:
    """A type without what is said about it, and that."""
    if get_origin(kind) is not Annotated:
        return kind, NOTHING_SAID
    plain, *told = get_args(kind)
    return plain, next((one for one in told if isinstance(one, About)), NOTHING_SAID)
