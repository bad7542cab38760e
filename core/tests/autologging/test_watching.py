"""The watched function runs once, as it was called, whatever the autologger does."""

from __future__ import annotations

import logging
import os
import pickle
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest

import runyard as ry
from runyard.autologging.fluent import autolog_one
from runyard.entities import Run, RunStatus
from runyard.errors import Unavailable
from runyard.host import Host
from runyard.protocols.autologger import AutologOptions, Call
from runyard.testing.memory import fitting
from runyard.testing.memory.autologger import LineAutologger
from runyard.tracking import active

POINTS = ([1.0, 2.0], [2.0, 4.0])
Around = Generator[Call | None, Any, None]


def runs() -> list[Run]:
    client = ry.Client()
    return list(client.search_runs([each.experiment_id for each in client.search_experiments()] or ["0"]))


@pytest.fixture
def around(host: Host, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Switches the reference autologger on, with other steps around the call."""

    def switch_on(steps: Callable[[LineAutologger, Call], Around], **options: Any) -> None:
        monkeypatch.setattr(LineAutologger, "training", steps)
        autolog_one("line", AutologOptions(log_models=False, **options), disable=False)

    return switch_on


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The calls that reach the library's own function."""
    reached: list[tuple[Any, ...]] = []
    own = fitting.fit

    def fit(*args: Any, **kwargs: Any) -> Any:
        reached.append((args, kwargs))
        return own(*args, **kwargs)

    monkeypatch.setattr(fitting, "fit", fit)
    return reached


def fails_before(self: LineAutologger, call: Call) -> Around:
    if call.args:
        raise RuntimeError("before")
    yield None


def fails_after(self: LineAutologger, call: Call) -> Around:
    yield None
    raise RuntimeError("after")


def goes_on(self: LineAutologger, call: Call) -> Around:
    yield None
    yield None


def asks_for_nothing(self: LineAutologger, call: Call) -> Around:
    if len(call.args) > 9:
        yield None


def cannot_end(self: LineAutologger, call: Call) -> Around:
    ended = False
    try:
        yield None
        ended = True
    finally:
        if not ended or call.args:
            raise RuntimeError("end")


WRONG = [fails_before, fails_after, goes_on, asks_for_nothing, cannot_end]


@pytest.mark.parametrize("steps", WRONG, ids=lambda steps: steps.__name__)
def test_the_function_is_called_once_as_it_was(
    calls: list[tuple[Any, ...]], around: Callable[..., None], steps: Any
) -> None:
    around(steps, silent=True)
    xs, ys = POINTS
    line = fitting.fit(xs, ys=ys)
    assert line.slope == 2.0
    ((args, kwargs),) = calls
    assert args[0] is xs
    assert kwargs == {"ys": ys}
    assert kwargs["ys"] is ys


@pytest.mark.parametrize("steps", WRONG, ids=lambda steps: steps.__name__)
def test_its_own_error_comes_through_as_it_is(around: Callable[..., None], steps: Any) -> None:
    around(steps, silent=True)
    with pytest.raises(ValueError, match="1 xs and 0 ys"):
        fitting.fit([1.0], [])
    assert [run.info.status for run in runs()] == [RunStatus.FAILED]
    assert ry.active_run() is None


def test_what_stops_the_process_is_not_held_up(around: Callable[..., None]) -> None:
    def interrupted(self: LineAutologger, call: Call) -> Around:
        yield None
        raise KeyboardInterrupt

    around(interrupted)
    with pytest.raises(KeyboardInterrupt):
        fitting.fit(*POINTS)
    assert [run.info.status for run in runs()] == [RunStatus.KILLED]


def test_a_failure_is_said_once_with_its_traceback_at_debug(
    around: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    around(fails_after)
    caplog.set_level(logging.DEBUG, "runyard.autologging")
    fitting.fit(*POINTS)
    fitting.fit(*POINTS)
    said = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.getMessage() for record in said] == [
        "runyard: autolog of line: what comes after fit() was not logged, all else goes on: RuntimeError: after"
    ]
    traces = [record.exc_text or "" for record in caplog.records if record.levelno == logging.DEBUG]
    assert len(traces) == 2
    assert all("fails_after" in trace for trace in traces)


def test_silent_says_nothing(around: Callable[..., None], caplog: pytest.LogCaptureFixture) -> None:
    around(fails_before, silent=True)
    fitting.fit(*POINTS)
    assert [record for record in caplog.records if record.levelno == logging.WARNING] == []


def test_without_a_run_the_training_goes_on(
    host: Host, calls: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("no store")

    autolog_one("line", AutologOptions(silent=True), disable=False)
    monkeypatch.setattr(active, "_create", away)
    assert fitting.fit(*POINTS).slope == 2.0
    assert len(calls) == 1


def test_what_a_training_trains_on_the_way_is_no_training_of_its_own(host: Host) -> None:
    autolog_one("line", AutologOptions(log_models=False), disable=False)
    fitting.fit_best(*POINTS, most=3)
    (run,) = runs()
    assert dict(run.data.params) == {"most": "3"}


def test_another_thread_is_not_inside_the_training_of_this_one(around: Callable[..., None]) -> None:
    def trains_elsewhere(self: LineAutologger, call: Call) -> Around:
        if threading.current_thread() is threading.main_thread():
            thread = threading.Thread(target=fitting.fit, args=POINTS)
            thread.start()
            thread.join()
        yield None

    around(trains_elsewhere)
    fitting.fit(*POINTS)
    assert len(runs()) == 2


def test_a_child_process_of_a_training_makes_no_runs(around: Callable[..., None]) -> None:
    def forks(self: LineAutologger, call: Call) -> Around:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                fitting.fit(*POINTS)
                code = 0 if ry.active_run() is not None else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        yield None

    around(forks)
    fitting.fit(*POINTS)
    assert len(runs()) == 1


def test_a_watched_function_is_pickled_by_its_name(host: Host) -> None:
    autolog_one("line", AutologOptions(log_models=False), disable=False)
    assert pickle.loads(pickle.dumps(fitting.fit)) is fitting.fit
