"""The active logged model, on which metrics that name none are measured; one per thread and asyncio task."""

from __future__ import annotations

from contextvars import ContextVar
from types import TracebackType
from typing import Self

import attrs

from runyard.entities import LoggedModel
from runyard.host import default_host

_CLEARED = ""
_active: ContextVar[str | None] = ContextVar("runyard_active_model", default=None)
_last: ContextVar[str | None] = ContextVar("runyard_last_logged_model", default=None)

# The models that were active in this process at some time: while there are none, log_metric need not ask.
models_in_use: set[str] = set()


@attrs.frozen(eq=False)
class ActiveModel(LoggedModel):
    """A logged model that is active; as a context manager, until the block ends."""

    outer: str | None = attrs.field(kw_only=True, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _active.set(self.outer)


def activate(model: LoggedModel) -> ActiveModel:
    fields = {field.name: getattr(model, field.name) for field in attrs.fields(LoggedModel)}
    active = ActiveModel(**fields, outer=_active.get())
    models_in_use.add(model.model_id)
    _active.set(model.model_id)
    return active


def get_active_model_id() -> str | None:
    """The id of the active logged model: the one that was set, else the one of the setting `active_model_id`."""
    found = _active.get()
    return (default_host().settings.active_model_id if found is None else found) or None


def clear_active_model() -> None:
    """Have no active logged model from now on, whatever the settings say."""
    _active.set(_CLEARED)


def remember_logged_model(model_id: str) -> None:
    """Make a model the one that `last_logged_model` gives."""
    _last.set(model_id)


def last_logged_model_id() -> str | None:
    return _last.get()
