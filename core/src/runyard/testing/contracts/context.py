"""What run-context providers and listeners must do: inherit `RunContextContract`, `ListenerContract`; give `spec`."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runyard import hooks
from runyard.entities import ModelVersion, RegistryChange, RegistryEvent, Run, RunInfo, RunStatus
from runyard.host import Host
from runyard.settings import Settings
from runyard.specs import Listener, RunContext
from runyard.testing.memory import plugin as memory
from runyard.validation import MAX_TAG_VALUE, check_key


class RunContextContract:
    """The tests of a provider of tags; `spec` is what the plugin declares, `settings` may be overridden."""

    @pytest.fixture
    def spec(self) -> RunContext:
        raise NotImplementedError("override the fixture spec")

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings()

    def test_the_tags_can_be_kept_as_they_are(self, spec: RunContext, settings: Settings) -> None:
        for key, value in _tags(spec, settings).items():
            assert check_key(key, "tag") == key
            assert isinstance(value, str)
            assert 0 < len(value) <= MAX_TAG_VALUE

    def test_the_tags_are_the_same_when_asked_again(self, spec: RunContext, settings: Settings) -> None:
        assert _tags(spec, settings) == _tags(spec, settings)

    def test_a_caller_may_change_the_tags_it_got(self, spec: RunContext, settings: Settings) -> None:
        earlier = _tags(spec, settings)
        got = spec.target.resolve()(settings)
        if isinstance(got, dict):
            got.clear()
        assert _tags(spec, settings) == earlier

    def test_asking_prints_nothing(
        self, spec: RunContext, settings: Settings, capfd: pytest.CaptureFixture[str]
    ) -> None:
        _tags(spec, settings)
        assert tuple(capfd.readouterr()) == ("", "")

    def test_asking_changes_neither_the_environment_nor_the_working_folder(
        self, spec: RunContext, settings: Settings
    ) -> None:
        earlier = dict(os.environ), Path.cwd()
        _tags(spec, settings)
        assert (dict(os.environ), Path.cwd()) == earlier

    def test_it_works_from_any_folder(
        self, spec: RunContext, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        _tags(spec, settings)


class ListenerContract:
    """The tests of a listener; `spec` is what the plugin declares."""

    @pytest.fixture
    def spec(self) -> Listener:
        raise NotImplementedError("override the fixture spec")

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(strict_plugins=True)

    def test_its_events_are_the_hooks_it_has(self, spec: Listener) -> None:
        target = spec.target.resolve()
        heard = {name for name in dir(target) if getattr(getattr(target, name), f"{hooks.PROJECT}_impl", None)}
        assert heard == set(spec.events)
        assert heard <= set(hooks.EVENTS)

    def test_it_hears_every_event_without_failing(self, spec: Listener, settings: Settings) -> None:
        host = Host(settings, plugins=_plugins(spec), discover=False)
        for event in spec.events:
            host.notify(event, **_arguments(event))

    def test_it_hears_of_many_runs(self, spec: Listener, settings: Settings) -> None:
        host = Host(settings, plugins=_plugins(spec), discover=False)
        for number in range(3):
            for event in spec.events:
                host.notify(event, **_arguments(event, number))

    def test_it_prints_nothing(self, spec: Listener, settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
        host = Host(settings, plugins=_plugins(spec), discover=False)
        for event in spec.events:
            host.notify(event, **_arguments(event))
        assert tuple(capfd.readouterr()) == ("", "")

    def test_it_changes_neither_the_environment_nor_the_working_folder(
        self, spec: Listener, settings: Settings
    ) -> None:
        host = Host(settings, plugins=_plugins(spec), discover=False)
        earlier = dict(os.environ), Path.cwd()
        for event in spec.events:
            host.notify(event, **_arguments(event))
        assert (dict(os.environ), Path.cwd()) == earlier


def _tags(spec: RunContext, settings: Settings) -> dict[str, str]:
    return dict(spec.target.resolve()(settings))


def _plugins(spec: Listener) -> dict[str, Any]:
    manifest = SimpleNamespace(runyard_listeners=hooks.hookimpl(lambda: [spec]))
    return {"memory": memory, "listener": manifest}


def _arguments(event: str, number: int = 0) -> dict[str, Any]:
    run_id = f"{number:032x}"
    version = ModelVersion("model", 1, 1_000, 1_000)
    run = Run(
        RunInfo(run_id, "1", "a-run", "user", RunStatus.RUNNING, 1_000, None, f"memory:listener/1/{run_id}/artifacts")
    )
    change = RegistryEvent("model", RegistryChange.CREATED, 1_000, "user", 1)
    known: dict[str, dict[str, Any]] = {
        "runyard_run_started": {"run": run},
        "runyard_run_finished": {"run": run},
        "runyard_model_version_changed": {"version": version, "event": change},
    }
    return known[event]
