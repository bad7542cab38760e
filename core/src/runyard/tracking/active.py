"""The active run: started, nested, ended; one stack of them per thread and asyncio task."""

from __future__ import annotations

import atexit
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

import attrs

from runyard.entities import LifecycleStage, Run, RunInfo, RunStatus, RunUpdate
from runyard.errors import InvalidInput, InvalidState, RunyardError, Unavailable
from runyard.tracking.active_models import models_in_use
from runyard.tracking.client import Client
from runyard.tracking.connection import now
from runyard.tracking.recorder import RunWriter
from runyard.tracking.runs import run_status
from runyard.tracking.session import current_client, current_experiment, take_run_id
from runyard.tracking.starts import PARENT, USER, describe, with_description
from runyard.validation import check_run_id


@attrs.frozen(eq=False)
class ActiveRun(Run):
    """A run that this process has open; as a context manager it is ended with the block."""

    client: Client = attrs.field(kw_only=True, repr=False)
    writer: RunWriter = attrs.field(kw_only=True, repr=False)
    outer: ActiveRun | None = attrs.field(kw_only=True, repr=False)
    process: int = attrs.field(factory=os.getpid, init=False, repr=False)
    # Bound once, so that the module-level log_metric costs one call more than the writer's.
    log_metric: Callable[[str, float, int | None, int | None], None] = attrs.field(init=False, repr=False)

    @log_metric.default
    def _bound(self) -> Callable[[str, float, int | None, int | None], None]:
        return self.writer.log_metric

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            _end(self, _outcome(error))
        except RunyardError as problem:
            if error is None:
                raise
            error.add_note(f"runyard: {problem}")


_current: ContextVar[ActiveRun | None] = ContextVar("runyard_active_run", default=None)
current_run = _current.get  # for the hot path: the active run, or one that another thread or task has ended
_last: ContextVar[ActiveRun | None] = ContextVar("runyard_last_active_run", default=None)
_open: dict[str, ActiveRun] = {}


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
) -> ActiveRun:
    """Start a run, or resume the one with `run_id`, and make it the active one.

    While the store cannot be reached a new run is kept in the journal, and created when the store is back.

    Raises:
        InvalidState: another run is active and `nested` is not asked for, or the run to resume is deleted.
        NotFound: the experiment or the run to resume does not exist.
    """
    if log_system_metrics:
        warnings.warn("log_system_metrics has no effect: nothing installed records them", stacklevel=2)
    client = current_client()
    outer = active_run()
    resumed = run_id or take_run_id()
    if outer is not None and resumed in _chain(outer):
        raise InvalidState(f"run {resumed} is active already; end it with end_run() first")
    if outer is not None and not nested:
        raise InvalidState(
            f"run {outer.info.run_id} is active already; end it with end_run(), or start a nested run with nested=True"
        )
    labels = with_description(tags, description)
    if resumed is not None:
        return _activate(client, _resume(client, resumed, labels), outer)
    parent = _parent(client, outer, parent_run_id)
    if parent is not None:
        labels[PARENT] = parent
    run = _create(client, experiment_id, run_name, labels)
    active = _activate(client, run, outer)
    client.host.notify("runyard_run_started", run=run)
    return active


def end_run(status: str = RunStatus.FINISHED) -> None:
    """End the active run, deliver what it logged and make the run around it the active one; without one, nothing.

    Raises:
        DeliveryError: the store refused something that was logged; the rest was delivered and the run is ended.
    """
    run = active_run()
    if run is not None:
        _end(run, run_status(status))


def active_run() -> ActiveRun | None:
    """The run that this thread or asyncio task works on."""
    run = _current.get()
    while run is not None and run.info.run_id not in _open:
        run = run.outer
    return run


def last_active_run() -> Run | None:
    """The active run, else the one that was active last, as it is now."""
    run = active_run() or _last.get()
    return run and run.client.get_run(run.info.run_id)


def required_run() -> ActiveRun:
    """The active run; one is started where there is none."""
    return active_run() or start_run()


def chosen_run(run_id: str | None) -> tuple[Client, str]:
    """The client and the run that are meant: the active run's own, unless another run is named."""
    run = active_run()
    if run_id is not None and (run is None or run.info.run_id != run_id):
        return current_client(), run_id
    run = run or required_run()
    return run.client, run.info.run_id


def _create(client: Client, experiment_id: str | None, run_name: str | None, tags: Mapping[str, Any]) -> Run:
    current_id, current_name = current_experiment()
    context = client.host.run_context()
    start = describe(
        user=client.host.settings.user or context.get(USER) or client.user,
        experiment_id=str(experiment_id) if experiment_id is not None else current_id,
        experiment_name=current_name if experiment_id is None else None,
        run_name=run_name,
        tags={**context, **tags},
    )
    return client.recorder.start_run(start)


def _resume(client: Client, run_id: str, tags: Mapping[str, Any]) -> Run:
    try:
        run = client.get_run(check_run_id(run_id))
    except Unavailable as error:
        sys.stderr.write(f"runyard: {error}; run {run_id} is resumed without a look at it\n")
        run = Run(RunInfo(run_id, "", "", "", RunStatus.RUNNING, now(), None, ""))
    if run.info.lifecycle_stage is LifecycleStage.DELETED:
        raise InvalidState(f"run {run_id} is deleted; restore it first: runyard runs restore {run_id}")
    client.recorder.update_run(RunUpdate(run_id=run_id, status=RunStatus.RUNNING))
    if tags:
        client.recorder.run(run_id).set_tags(tags)
    return attrs.evolve(run, info=attrs.evolve(run.info, status=RunStatus.RUNNING, end_time=None))


def _parent(client: Client, outer: ActiveRun | None, parent_run_id: str | None) -> str | None:
    if parent_run_id is None:
        return outer.info.run_id if outer else None
    if outer is not None and outer.info.run_id != parent_run_id:
        raise InvalidInput(f"parent_run_id is {parent_run_id}, but the active run is {outer.info.run_id}; end it first")
    if outer is None:
        client.check_writable(parent_run_id)
    return parent_run_id


def _activate(client: Client, run: Run, outer: ActiveRun | None) -> ActiveRun:
    run_id = run.info.run_id
    client.recorder.open_run(run_id)
    if client.host.settings.active_model_id:
        models_in_use.add(client.host.settings.active_model_id)
    client.remember(run.info)
    active = ActiveRun(run.info, run.data, run.inputs, client=client, writer=client.recorder.run(run_id), outer=outer)
    _open[run_id] = active
    _current.set(active)
    return active


def _end(run: ActiveRun, status: RunStatus) -> None:
    """End a run, and before it those nested in it that were left open."""
    run_id = run.info.run_id
    top = active_run()
    if top is not None and top is not run and run_id in _chain(top):
        try:
            _end(top, status)
        finally:
            _end(run, status)
        return
    if top is run:
        _current.set(run.outer)
    _last.set(run)
    if _open.pop(run_id, None) is None:
        return
    end_time = now()
    run.client.recorder.update_run(RunUpdate(run_id=run_id, status=status, end_time=end_time))
    run.client.recorder.close_run(run_id)
    try:
        run.client.recorder.flush()
    except Unavailable:  # the recorder has warned; the journal keeps everything for later
        return
    finally:
        info = attrs.evolve(run.info, status=status, end_time=end_time)
        run.client.host.notify("runyard_run_finished", run=Run(info, run.data, run.inputs))


def _chain(run: ActiveRun | None) -> list[str]:
    """The ids of a run and of those around it."""
    ids = []
    while run is not None:
        ids.append(run.info.run_id)
        run = run.outer
    return ids


def _outcome(error: BaseException | None) -> RunStatus:
    match error:
        case None:
            return RunStatus.FINISHED
        case KeyboardInterrupt():
            return RunStatus.KILLED
        case SystemExit(code=None | 0):
            return RunStatus.FINISHED
        case _:
            return RunStatus.FAILED


@atexit.register
def _end_all() -> None:
    """End what was left open; a script that an exception stopped leaves failed runs."""
    # An interactive session goes on after an exception, so there the last one says nothing.
    error = None if hasattr(sys, "ps1") else getattr(sys, "last_value", None)
    for run in reversed(list(_open.values())):
        if run.process != os.getpid():
            continue
        try:
            _end(run, _outcome(error))
        except RunyardError as problem:
            sys.stderr.write(f"runyard: {problem}\n")
    if isinstance(error, KeyboardInterrupt):
        # Python notes that this is what ended it, to exit by the signal, and forgets it with the next text that is
        # evaluated, as modules imported here do for their named tuples.
        with suppress(KeyboardInterrupt):
            exec("raise KeyboardInterrupt")  # noqa: S102 - only so is it noted again
