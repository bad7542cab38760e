"""One call of a watched function: the function runs once, as it was called, whatever becomes of what is logged."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextvars import ContextVar
from types import FrameType
from typing import Any

import attrs

from runyard.autologging.reports import Attempt, report
from runyard.protocols.autologger import AutologOptions, Call, Patch
from runyard.tracking.active import ActiveRun, active_run, start_run

AUTOLOGGING = "mlflow.autologging"


@attrs.frozen(eq=False)
class _Session:
    """The watched call that this thread is in."""

    autologger: str
    run: ActiveRun | None


_session: ContextVar[_Session | None] = ContextVar("runyard_autologging", default=None)


@attrs.frozen(eq=False)
class Watching:
    """One call; `options` are those in force when it was made."""

    autologger: str
    options: AutologOptions
    patch: Patch
    original: Callable[..., Any]

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the function and log what is to be logged of it."""
        session = _session.get()
        if not self._is_wanted(session):
            return self.original(*args, **kwargs)
        if session is not None:
            return self._around(args, kwargs, session.run)
        if not self.patch.trains:
            return self._in_session(args, kwargs, None)
        open_run = active_run()
        if open_run is not None:
            return (
                self.original(*args, **kwargs) if self.options.exclusive else self._in_session(args, kwargs, open_run)
            )
        return self._in_own_run(args, kwargs)

    def _is_wanted(self, session: _Session | None) -> bool:
        if session is not None and not (self.patch.part and session.autologger == self.autologger):
            return False
        return not (self.patch.not_within and _is_called_by(self.patch.not_within))

    def _in_own_run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        run = None
        with self._attempt("a run of its own"):
            run = start_run(tags={AUTOLOGGING: self.autologger, **(self.options.extra_tags or {})})
        if run is None:
            return self.original(*args, **kwargs)
        try:
            result = self._in_session(args, kwargs, run)
        except BaseException as error:
            with self._attempt("the end of the run"):
                run.__exit__(type(error), error, error.__traceback__)
            raise
        with self._attempt("the end of the run"):
            run.__exit__(None, None, None)
        return result

    def _in_session(self, args: tuple[Any, ...], kwargs: dict[str, Any], run: ActiveRun | None) -> Any:
        token = _session.set(_Session(self.autologger, run))
        try:
            return self._around(args, kwargs, run)
        finally:
            _session.reset(token)

    def _around(self, args: tuple[Any, ...], kwargs: dict[str, Any], run: ActiveRun | None) -> Any:
        call = Call(
            function=self.original,
            args=args,
            kwargs=kwargs,
            options=self.options,
            session_run=run,
            attempt=self._attempt,
        )
        steps, wanted = self._before(call)
        try:
            result = self.original(*wanted.args, **wanted.kwargs)
        except BaseException:
            if steps is not None:
                with self._attempt("the failed call"):
                    steps.close()
            raise
        if steps is not None:
            self._after(steps, result)
        return result

    def _before(self, call: Call) -> tuple[Generator[Call | None, Any, None] | None, Call]:
        with self._attempt(f"what comes before {self.original.__name__}()"):
            steps = self.patch.around(call)
            try:
                return steps, next(steps) or call
            except StopIteration:
                return None, call
        return None, call

    def _after(self, steps: Generator[Call | None, Any, None], result: Any) -> None:
        with self._attempt(f"what comes after {self.original.__name__}()"):
            try:
                steps.send(result)
            except StopIteration:
                return
            steps.close()
            report(self.autologger, "the rest", RuntimeError("it yields more than once"), silent=self.options.silent)

    def _attempt(self, what: str) -> Attempt:
        return Attempt(self.autologger, what, silent=self.options.silent)


def _is_called_by(modules: tuple[str, ...]) -> bool:
    """Whether a module of these, or one below them, is among the callers in this thread."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the way to see callers without reading their source
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith(modules) and any(name == module or name.startswith(f"{module}.") for module in modules):
            return True
        frame = frame.f_back
    return False
