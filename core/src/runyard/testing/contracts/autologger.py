"""What every autologger must do: inherit `AutologgerContract`; give `spec`, `host`, `train`, `fail` and `libraries`."""

from __future__ import annotations

import inspect
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from runyard.autologging.fluent import autolog_one
from runyard.autologging.imports import imported_modules
from runyard.autologging.watching import AUTOLOGGING
from runyard.entities import LoggedModelStatus, Run, RunStatus
from runyard.host import Host, set_default_host
from runyard.protocols.autologger import Autologger
from runyard.settings import Settings
from runyard.specs import AutologgerSpec
from runyard.tracking.active import active_run, end_run, start_run
from runyard.tracking.client import Client
from runyard.tracking.recorder import recorder_for
from runyard.tracking.run_writer import RunWriter

Train = Callable[[], Any]


class AutologgerContract:
    """The tests. `train` is a short training that gives numbers to compare, `fail` one that raises a ValueError.

    `libraries` are modules that switching on must not import. Both trainings work on data of their own, and with what
    the library has at the time: `library.function`, not a function that was imported before.
    """

    @pytest.fixture
    def spec(self) -> AutologgerSpec:
        raise NotImplementedError("override the fixture spec")

    @pytest.fixture
    def train(self) -> Train:
        raise NotImplementedError("override the fixture train")

    @pytest.fixture
    def fail(self) -> Train:
        raise NotImplementedError("override the fixture fail")

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        raise NotImplementedError("override the fixture libraries")

    @pytest.fixture
    def host(self, tmp_path: Path) -> Host:
        settings = Settings(root=tmp_path, data_dir=str(tmp_path / "data"), disabled_plugins=("capture",))
        return Host(settings)

    def test_switching_it_on_imports_nothing(self, spec: AutologgerSpec, libraries: Sequence[str]) -> None:
        module = spec.target.path.partition(":")[0]
        code = (
            f"import importlib, sys; sys.path[:] = {sys.path!r}\n"
            f"importlib.import_module({module!r})\n"
            f"print([name for name in {list(libraries)!r} if name in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"

    def test_every_option_has_a_default(self, spec: AutologgerSpec) -> None:
        kind: Any = _made(spec).options
        assert [field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING] == []
        assert kind().log_models

    def test_a_training_has_a_run_of_its_own(self, spec: AutologgerSpec, host: Host, train: Train) -> None:
        with switched_on(spec, host) as client:
            train()
            assert active_run() is None
            (run,) = _runs(client)
            assert run.info.status is RunStatus.FINISHED
            assert run.data.tags[AUTOLOGGING] == spec.name
            assert run.data.params
            assert run.data.metrics

    def test_a_run_that_is_open_is_used_and_left_open(self, spec: AutologgerSpec, host: Host, train: Train) -> None:
        with switched_on(spec, host) as client:
            mine = start_run()
            train()
            current = active_run()
            assert current is not None
            assert current.info.run_id == mine.info.run_id
            end_run()
            (run,) = _runs(client)
            assert run.data.params
            assert AUTOLOGGING not in run.data.tags

    def test_exclusive_leaves_a_run_that_is_open_alone(self, spec: AutologgerSpec, host: Host, train: Train) -> None:
        with switched_on(spec, host, exclusive=True) as client:
            start_run()
            train()
            end_run()
            (run,) = _runs(client)
            assert (run.data.params, run.data.metrics) == ({}, {})

    def test_tags_are_added_to_its_own_runs(self, spec: AutologgerSpec, host: Host, train: Train) -> None:
        with switched_on(spec, host, extra_tags={"team": "vision"}) as client:
            train()
            assert [run.data.tags.get("team") for run in _runs(client)] == ["vision"]

    def test_the_model_is_logged_unless_it_is_not_to_be(self, spec: AutologgerSpec, host: Host, train: Train) -> None:
        with switched_on(spec, host, log_models=True) as client:
            train()
            models = client.search_logged_models([_experiment(client)])
            assert [model.status for model in models] == [LoggedModelStatus.READY]
            autolog_one(spec.name, _made(spec).options(log_models=False), disable=False)
            train()
            assert len(client.search_logged_models([_experiment(client)])) == 1

    def test_each_training_has_another_run(self, spec: AutologgerSpec, host: Host, train: Train) -> None:
        with switched_on(spec, host) as client:
            train()
            train()
            assert len({run.info.run_id for run in _runs(client)}) == 2

    def test_trainings_in_threads_have_runs_of_their_own(self, spec: AutologgerSpec, host: Host, train: Train) -> None:
        with switched_on(spec, host) as client:
            threads = [threading.Thread(target=train) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            runs = _runs(client)
            assert [run.info.status for run in runs] == [RunStatus.FINISHED] * 2
            assert all(run.data.params and run.data.metrics for run in runs)

    def test_the_training_comes_to_the_same(self, spec: AutologgerSpec, host: Host, train: Train) -> None:
        expected = train()
        with switched_on(spec, host):
            assert train() == expected

    def test_a_failed_training_raises_its_own_error(self, spec: AutologgerSpec, host: Host, fail: Train) -> None:
        with pytest.raises(ValueError, match=r".") as expected:
            fail()
        with switched_on(spec, host) as client:
            with pytest.raises(ValueError, match=r".") as raised:
                fail()
            assert str(raised.value) == str(expected.value)
            assert [run.info.status for run in _runs(client)] == [RunStatus.FAILED]
            assert active_run() is None

    def test_what_cannot_be_logged_does_not_reach_the_training(
        self, spec: AutologgerSpec, host: Host, train: Train, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = train()

        def refuse(*_: Any, **__: Any) -> None:
            raise RuntimeError("the disk is gone")

        with switched_on(spec, host), monkeypatch.context() as broken:
            for name in ("log_params", "log_metrics", "log_metric", "set_tags", "log_inputs", "log_measurements"):
                broken.setattr(RunWriter, name, refuse)
            assert train() == expected

    def test_watched_functions_look_as_they_did(self, spec: AutologgerSpec, host: Host, train: Train) -> None:
        train()
        before = {_place(owner, name): inspect.signature(found) for owner, name, found in _watched(spec)}
        assert before, "nothing is watched"
        with switched_on(spec, host):
            after = {_place(owner, name): inspect.signature(getattr(owner, name)) for owner, name, _ in _watched(spec)}
            assert after == before

    def test_switched_off_all_is_as_it_was(self, spec: AutologgerSpec, host: Host, train: Train) -> None:
        train()
        before = _watched(spec)
        with switched_on(spec, host) as client:
            replaced = [(owner, name) for owner, name, found in before if getattr(owner, name) is not found]
            assert len(replaced) == len(before)
            autolog_one(spec.name, _made(spec).options(), disable=True)
            changed = [(owner, name) for owner, name, found in before if getattr(owner, name) is not found]
            assert changed == []
            train()
            assert _runs(client) == []


@contextmanager
def switched_on(spec: AutologgerSpec, host: Host, **options: Any) -> Iterator[Client]:
    """The autologger on, models left out unless asked for, on a host that is the default meanwhile."""
    earlier = set_default_host(host)
    try:
        chosen = attrs.evolve(_made(spec).options(log_models=False), **options)
        autolog_one(spec.name, chosen, disable=False)
        yield Client(host=host)
    finally:
        autolog_one(spec.name, _made(spec).options(), disable=True)
        while active_run() is not None:
            end_run()
        set_default_host(earlier)
        recorder_for(host, host.tracking_uri()).close()
        host.close()


def _made(spec: AutologgerSpec) -> Autologger:
    made: Autologger = spec.target.resolve()()
    return made


def _experiment(client: Client) -> str:
    return client.experiment_id_of("Default")


def _runs(client: Client) -> list[Run]:
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(experiments)) if experiments else []


def _watched(spec: AutologgerSpec) -> list[tuple[Any, str, Any]]:
    """What is watched of the modules that are imported, and what stands there now."""
    modules = imported_modules(spec.libraries)
    patches = [patch for module in modules for patch in _made(spec).patches(module)]
    return [(patch.owner, patch.name, getattr(patch.owner, patch.name)) for patch in patches]


def _place(owner: Any, name: str) -> tuple[int, str]:
    return id(owner), name
