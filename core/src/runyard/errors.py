"""The error tree: every failure a user can meet, with a stable code that crosses HTTP unchanged.

RunyardError                     INTERNAL_ERROR
├── InvalidInput (ValueError)    INVALID_PARAMETER_VALUE
│   ├── QueryError               a filter or an order that cannot be read, with its place
│   └── SettingsError            a setting or configuration file that cannot be used
├── NotFound (LookupError)       RESOURCE_DOES_NOT_EXIST
├── AlreadyExists                RESOURCE_ALREADY_EXISTS
├── InvalidState                 INVALID_PARAMETER_VALUE   the thing exists, but not in a state that allows this
├── Conflict                     RESOURCE_CONFLICT         somebody else changed it first
├── DeliveryError                INVALID_PARAMETER_VALUE   the store refused some of what was logged
├── Forbidden                    PERMISSION_DENIED
├── Unavailable                  TEMPORARILY_UNAVAILABLE   a store that cannot be reached now; try again later
├── StorageFull                  RESOURCE_EXHAUSTED
├── CorruptData                  DATA_LOSS                 bytes that do not read back as they were written
├── NotSupported                 NOT_IMPLEMENTED           the plugin lacks a capability
├── StoreOutOfDate               INVALID_STATE             a database schema this version cannot use
├── EnvironmentNotBuilt          INVALID_STATE             an installer could not make what was asked for
├── ExecutionFailed              INTERNAL_ERROR            a project that ran and did not succeed
└── PluginError                  INTERNAL_ERROR
    ├── NoSuchPlugin             INVALID_PARAMETER_VALUE   nothing installed provides it
    ├── AmbiguousPlugin          INVALID_PARAMETER_VALUE   two plugins provide it
    └── BrokenPlugin             INTERNAL_ERROR            a plugin failed to load, declare or answer
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runyard.entities import Rejection


class RunyardError(Exception):
    """Any failure that Runyard expects; shown to a user as one line."""

    code = "INTERNAL_ERROR"

    @property
    def message(self) -> str:
        """What was asked, what exists, what to do."""
        return str(self)

    @property
    def error_code(self) -> str:
        """MLflow's name for `code`."""
        return self.code

    @property
    def error_class(self) -> str:
        """The class of this module that the error is of, which says more than `code`."""
        return next(kind.__name__ for kind in type(self).__mro__ if kind.__module__ == __name__)


class InvalidInput(RunyardError, ValueError):
    """A name, key, value or argument that is refused."""

    code = "INVALID_PARAMETER_VALUE"


class QueryError(InvalidInput):
    """A filter or an order that cannot be read; `text` and `position` say where."""

    def __init__(self, problem: str, text: str, position: int, suggestion: str = "") -> None:
        self.problem = problem
        self.text = text
        self.position = position
        self.suggestion = suggestion
        super().__init__(problem, text, position, suggestion)

    def __str__(self) -> str:
        hint = f"; {self.suggestion}" if self.suggestion else ""
        line, column = self._line_and_column()
        return f"{self.problem}{hint}\n  {line}\n  {' ' * column}^"

    def _line_and_column(self) -> tuple[str, int]:
        start = self.text.rfind("\n", 0, self.position) + 1
        end = self.text.find("\n", self.position)
        return self.text[start : end if end >= 0 else None], self.position - start


class SettingsError(InvalidInput):
    """A setting or configuration file that cannot be used."""


class NotFound(RunyardError, LookupError):
    """What was asked for does not exist."""

    code = "RESOURCE_DOES_NOT_EXIST"


class AlreadyExists(RunyardError):
    """The name is taken."""

    code = "RESOURCE_ALREADY_EXISTS"


class InvalidState(RunyardError):
    """The thing exists, but its state does not allow this, as with a write to a deleted run."""

    code = "INVALID_PARAMETER_VALUE"


class Conflict(RunyardError):
    """Somebody else changed it first."""

    code = "RESOURCE_CONFLICT"


class DeliveryError(RunyardError):
    """The store refused some of what was logged; the rest is in it. `rejections` lists what was refused."""

    code = "INVALID_PARAMETER_VALUE"

    def __init__(self, rejections: Sequence[Rejection]) -> None:
        self.rejections = tuple(rejections)
        super().__init__(self.rejections)

    def __str__(self) -> str:
        shown = [f"{item.what} of run {item.run_id}: {item.reason}" for item in self.rejections[:10]]
        more = f"; and {len(self.rejections) - 10} more" if len(self.rejections) > 10 else ""
        return f"the tracking store refused {len(self.rejections)} logged item(s): {'; '.join(shown)}{more}"


class Forbidden(RunyardError):
    """The caller may not do this."""

    code = "PERMISSION_DENIED"


class Unavailable(RunyardError):
    """A store cannot be reached now; trying again later may work."""

    code = "TEMPORARILY_UNAVAILABLE"


class StorageFull(RunyardError):
    """No room is left where something was to be written."""

    code = "RESOURCE_EXHAUSTED"


class CorruptData(RunyardError):
    """Bytes that do not read back as they were written."""

    code = "DATA_LOSS"


class NotSupported(RunyardError):
    """The plugin that answers lacks this capability."""

    code = "NOT_IMPLEMENTED"


class StoreOutOfDate(RunyardError):
    """A database whose schema this version cannot use."""

    code = "INVALID_STATE"


class EnvironmentNotBuilt(RunyardError):
    """A Python environment that an installer could not make; it says why."""

    code = "INVALID_STATE"


class ExecutionFailed(RunyardError):
    """A project that ran and did not succeed."""


class PluginError(RunyardError):
    """Something about a plugin."""


class NoSuchPlugin(PluginError):
    """Nothing installed provides what was asked for."""

    code = "INVALID_PARAMETER_VALUE"


class AmbiguousPlugin(PluginError):
    """Two plugins provide the same name."""

    code = "INVALID_PARAMETER_VALUE"


class BrokenPlugin(PluginError):
    """A plugin failed to load, to declare what it provides, or to answer."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`", did you mean 'x'?"`, or nothing where no known word is close."""
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""
