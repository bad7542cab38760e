"""The contracts of run contexts and listeners pass for plain ones and catch every way they can be wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest

from runyard import hookimpl
from runyard.entities import Run
from runyard.errors import InvalidState
from runyard.host import Host
from runyard.settings import Settings
from runyard.specs import Listener, RunContext
from runyard.testing.contracts.context import ListenerContract, RunContextContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double

SHARED = {"team": "vision"}
NUMBERS = count()
HEARD: set[str] = set()


def good_tags(settings: Settings) -> Mapping[str, str]:
    return {"team": settings.user or "nobody", "runyard.cost-centre": "42"}


def number_as_value(settings: Settings) -> Mapping[str, object]:
    return {"cores": os.cpu_count()}


def changing(settings: Settings) -> Mapping[str, str]:
    return {"call": str(next(NUMBERS))}


def shared(settings: Settings) -> Mapping[str, str]:
    return SHARED


def chatty(settings: Settings) -> Mapping[str, str]:
    sys.stdout.write("asked\n")
    return {}


def leaves_traces(settings: Settings) -> Mapping[str, str]:
    os.environ["CONTRACT_WAS_HERE"] = str(next(NUMBERS))
    return {}


def needs_its_folder(settings: Settings) -> Mapping[str, str]:
    assert Path("pyproject.toml").exists()
    return {}


CONTEXTS: dict[str, Callable[[Settings], Mapping[str, object]]] = {
    "test_the_tags_can_be_kept_as_they_are": number_as_value,
    "test_the_tags_are_the_same_when_asked_again": changing,
    "test_a_caller_may_change_the_tags_it_got": shared,
    "test_asking_prints_nothing": chatty,
    "test_asking_changes_neither_the_environment_nor_the_working_folder": leaves_traces,
    "test_it_works_from_any_folder": needs_its_folder,
}


class Good:
    @hookimpl
    def runyard_run_started(self, host: Host, run: Run) -> None:
        host.artifact_store(run.info.artifact_uri).write("heard.txt", BytesIO(run.info.run_id.encode()))

    @hookimpl
    def runyard_run_finished(self, run: Run) -> None:
        pass


class HearsLess:
    """Declares an event that it has no hook for."""

    @hookimpl
    def runyard_run_started(self, run: Run) -> None:
        pass


class Fails(Good):
    @hookimpl
    def runyard_run_started(self, host: Host, run: Run) -> None:
        raise InvalidState("the listener was not set up")


class HearsOnce(Good):
    @hookimpl
    def runyard_run_started(self, host: Host, run: Run) -> None:
        if HEARD - {run.info.run_id}:
            raise InvalidState("another run is open")
        HEARD.add(run.info.run_id)


class Prints(Good):
    @hookimpl
    def runyard_run_finished(self, run: Run) -> None:
        sys.stderr.write("done\n")


class LeavesTraces(Good):
    @hookimpl
    def runyard_run_finished(self, run: Run) -> None:
        os.environ["CONTRACT_WAS_HERE"] = str(next(NUMBERS))


good = Good()
hears_less = HearsLess()
fails = Fails()
hears_once = HearsOnce()
prints = Prints()
listener_leaves_traces = LeavesTraces()

LISTENERS = {
    "test_its_events_are_the_hooks_it_has": "hears_less",
    "test_it_hears_every_event_without_failing": "fails",
    "test_it_hears_of_many_runs": "hears_once",
    "test_it_prints_nothing": "prints",
    "test_it_changes_neither_the_environment_nor_the_working_folder": "listener_leaves_traces",
}


@pytest.fixture(autouse=True)
def _this_module_can_be_referred_to(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Specs name their targets; `importlib` mode keeps test modules out of the import path."""
    monkeypatch.setitem(sys.modules, "context_doubles", sys.modules[__name__])
    yield
    os.environ.pop("CONTRACT_WAS_HERE", None)
    HEARD.clear()


def context(name: str) -> RunContext:
    return RunContext(name=name, target=f"context_doubles:{name}", summary="For tests.")


def listener(name: str) -> Listener:
    events = ("runyard_run_started", "runyard_run_finished")
    return Listener(name=name, target=f"context_doubles:{name}", events=events, summary="For tests.")


class TestGoodContext(RunContextContract):
    @pytest.fixture
    def spec(self) -> RunContext:
        return context("good_tags")


class TestGoodListener(ListenerContract):
    @pytest.fixture
    def spec(self) -> Listener:
        return listener("good")


def test_each_test_of_the_contracts_has_a_double() -> None:
    assert_each_has_a_double(RunContextContract, CONTEXTS)
    assert_each_has_a_double(ListenerContract, LISTENERS)


@pytest.mark.parametrize("test", CONTEXTS)
def test_a_wrong_context_is_caught(
    test: str, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_caught(
        RunContextContract,
        test,
        spec=lambda: context(CONTEXTS[test].__name__),
        settings=Settings,
        capfd=lambda: capfd,
        tmp_path=lambda: tmp_path,
        monkeypatch=lambda: monkeypatch,
    )


@pytest.mark.parametrize("test", LISTENERS)
def test_a_wrong_listener_is_caught(test: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert_caught(
        ListenerContract,
        test,
        spec=lambda: listener(LISTENERS[test]),
        settings=lambda: Settings(strict_plugins=True),
        capfd=lambda: capfd,
    )
