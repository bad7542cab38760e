"""The autologger contract passes for the reference autologger and catches every way one can be wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import attrs
import pytest

from runyard.entities import RunStatus
from runyard.host import Host
from runyard.protocols.autologger import AutologOptions, Call, Patch
from runyard.settings import Settings
from runyard.specs import AutologgerSpec
from runyard.testing.contracts.autologger import AutologgerContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory import fitting, plugin
from runyard.testing.memory.autologger import LineAutologger
from runyard.tracking.active import active_run, end_run, start_run

Around = Generator[Call | None, Any, None]


def train() -> Any:
    return fitting.fit([1.0, 2.0, 3.0], [2.0, 4.0, 6.5]).slope


def fail() -> Any:
    return fitting.fit([1.0], [])


class TestLineAutologger(AutologgerContract):
    @pytest.fixture
    def spec(self) -> AutologgerSpec:
        return plugin.runyard_autologgers()[0]

    @pytest.fixture
    def host(self, tmp_path: Path) -> Host:
        return host_with(tmp_path, plugin)

    @pytest.fixture
    def train(self) -> Callable[[], Any]:
        return train

    @pytest.fixture
    def fail(self) -> Callable[[], Any]:
        return fail

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("runyard.testing.memory.fitting", "numpy", "pandas")


def host_with(folder: Path, *plugins: Any) -> Host:
    settings = Settings(root=folder, tracking_uri=f"memory:{folder.as_posix()}", data_dir=str(folder / "data"))
    return Host(settings, plugins={str(number): each for number, each in enumerate(plugins)}, discover=False)


@attrs.frozen
class Training(LineAutologger):
    """Logs params and a metric, and what a double adds to that."""

    def training(self, call: Call) -> Around:
        call.run.writer.log_params({"rounds": "3"})
        line = yield None
        call.run.writer.log_metrics({"slope": line.slope})


@attrs.frozen(kw_only=True)
class NeedsMore(AutologOptions):
    level: int


@attrs.frozen
class HasRequiredOptions(LineAutologger):
    options: type[AutologOptions] = NeedsMore


class LogsNothing(LineAutologger):
    def training(self, call: Call) -> Around:
        yield None


class StartsItsOwn(LineAutologger):
    """Ends the user's run and makes another."""

    def training(self, call: Call) -> Around:
        end_run()
        start_run()
        yield None


class Unwatched(LineAutologger):
    """Replaces the function by itself, not as the core does: nothing of what the core promises holds."""

    def patches(self, module: ModuleType) -> Iterator[Patch]:
        for patch in super().patches(module):
            original = getattr(patch.owner, patch.name)

            def logged(*args: Any, original: Any = original, **kwargs: Any) -> Any:
                outer = active_run()
                run = start_run(nested=True) if outer is None else outer
                run.writer.log_params({"rounds": "3"})
                try:
                    return original(*args, **kwargs)
                except ValueError as error:
                    raise ValueError(f"autolog: {error}") from error
                finally:
                    if outer is None:
                        end_run(RunStatus.FINISHED)

            setattr(patch.owner, patch.name, logged)
        yield from ()


class LeavesOut(Training):
    """Logs no model."""


class Changes(LineAutologger):
    """Trains with other arguments."""

    def training(self, call: Call) -> Around:
        yield call.replacing(call.args[0], call.args[0])


DOUBLES: dict[str, type[LineAutologger]] = {
    "test_switching_it_on_imports_nothing": Training,
    "test_every_option_has_a_default": HasRequiredOptions,
    "test_a_training_has_a_run_of_its_own": LogsNothing,
    "test_a_run_that_is_open_is_used_and_left_open": StartsItsOwn,
    "test_exclusive_leaves_a_run_that_is_open_alone": Unwatched,
    "test_tags_are_added_to_its_own_runs": Unwatched,
    "test_the_model_is_logged_unless_it_is_not_to_be": LeavesOut,
    "test_each_training_has_another_run": StartsItsOwn,
    "test_trainings_in_threads_have_runs_of_their_own": LogsNothing,
    "test_the_training_comes_to_the_same": Changes,
    "test_a_failed_training_raises_its_own_error": Unwatched,
    "test_what_cannot_be_logged_does_not_reach_the_training": Changes,
    "test_watched_functions_look_as_they_did": Unwatched,
    "test_switched_off_all_is_as_it_was": Unwatched,
}


@pytest.fixture(autouse=True)
def _the_library_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doubles may replace functions for good; specs name their targets in a module that can be imported."""
    monkeypatch.setitem(sys.modules, "autologger_doubles", sys.modules[__name__])
    monkeypatch.setattr(fitting, "fit", fitting.fit)
    monkeypatch.setattr(fitting, "fit_best", fitting.fit_best)


def test_each_test_of_the_contract_has_a_double() -> None:
    assert_each_has_a_double(AutologgerContract, DOUBLES)


@pytest.mark.parametrize("test", DOUBLES)
def test_a_wrong_autologger_is_caught(test: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = AutologgerSpec(
        name="double",
        target=f"autologger_doubles:{DOUBLES[test].__name__}",
        libraries=("runyard",),
        summary="For tests.",
    )
    if test == "test_switching_it_on_imports_nothing":  # it stands in the library itself
        spec = attrs.evolve(spec, target="runyard.testing.memory.fitting:fit")
    plugins = (plugin, SimpleNamespace(runyard_autologgers=lambda: [spec]))
    assert_caught(
        AutologgerContract,
        test,
        spec=lambda: spec,
        host=lambda: host_with(tmp_path, *plugins),
        train=lambda: train,
        fail=lambda: fail,
        libraries=lambda: ("runyard.testing.memory.fitting",),
        monkeypatch=lambda: monkeypatch,
    )
