"""What an autologger implements: which functions of a library are watched, and what is logged of a call."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from runyard.tracking.active import ActiveRun


@attrs.frozen(kw_only=True)
class AutologOptions:
    """What `autolog` was told, in MLflow's words; an autologger with options of its own derives from this."""

    log_input_examples: bool = False
    log_model_signatures: bool = True
    log_models: bool = True
    log_datasets: bool = True
    exclusive: bool = False
    disable_for_unsupported_versions: bool = False
    silent: bool = False
    registered_model_name: str | None = None
    extra_tags: Mapping[str, str] | None = None


@attrs.frozen(eq=False, kw_only=True)
class Call:
    """One call of a watched function; of a method, the first of `args` is the object.

    `session_run` is what a training is logged to, None where the call is not of one. `attempt` makes a block whose
    failure is reported, with these words for what failed, and goes no further.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    options: Any
    session_run: ActiveRun | None
    attempt: Callable[[str], AbstractContextManager[None, bool]]

    @property
    def run(self) -> ActiveRun:
        """The run of a training."""
        assert self.session_run is not None, f"{self.function.__qualname__} is no training"
        return self.session_run

    def replacing(self, *args: Any, **kwargs: Any) -> Call:
        """The same call with other arguments, for a library that is told of a callback this way."""
        return attrs.evolve(self, args=args, kwargs=kwargs)


# Runs up to its `yield`, where the function is called and its result comes back, then to its end. It yields the call
# with other arguments where the function needs them, else None; one that ends without a `yield` has nothing to log.
Around = Callable[[Call], Generator[Call | None, Any, None]]


@attrs.frozen(eq=False)
class Patch:
    """A watched function: the attribute `name` of a module, a class or another object.

    A function that `trains` is given a run: the active one, else a new one. It is not watched inside another watched
    function, unless it is a `part` of a training of the same autologger, nor where one of the modules `not_within`
    (or below them) called it, in this thread.
    """

    owner: Any
    name: str
    around: Around
    trains: bool = False
    part: bool = False
    not_within: tuple[str, ...] = ()


class Autologger(Protocol):
    """Knows one library; made when `autolog` is called, without importing the library."""

    @property
    def options(self) -> type[AutologOptions]:
        """What it can be told; every option has a default."""

    def patches(self, module: ModuleType) -> Iterable[Patch]:
        """What is watched of a module of the library, which was just imported."""
