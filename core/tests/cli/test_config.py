"""`runyard config`: values and where they came from; secrets stay hidden."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from runyard import Host, Settings, hookimpl
from runyard.cli.context import Context
from runyard.cli.main import root
from runyard.settings import Setting, core_settings


def shown(host: Host) -> dict[str, dict[str, Any]]:
    result = CliRunner().invoke(root, ["config", "show", "--json"], obj=Context(host))
    assert result.exit_code == 0, result.output
    return {setting["name"]: setting for setting in json.loads(result.stdout)["settings"]}


def host_with(settings: Settings, *settings_of_plugin: Setting) -> Host:
    @hookimpl
    def runyard_settings() -> list[Setting]:
        return list(settings_of_plugin)

    plugin = SimpleNamespace(runyard_settings=runyard_settings)
    return Host(settings, plugins={"greeter": plugin}, discover=False)


def test_every_setting_of_the_core_is_shown_with_what_it_is_for(tmp_path: Path) -> None:
    listed = shown(host_with(Settings.load(environ={}, cwd=tmp_path)))
    assert {name: setting["doc"] for name, setting in listed.items()} == {
        setting.name: setting.doc for setting in core_settings()
    }


def test_every_value_tells_where_it_came_from(tmp_path: Path) -> None:
    (tmp_path / "runyard.toml").write_text('user = "ada"\n[greeter]\nloud = true\n')
    environ = {"RUNYARD_HEARTBEAT": "5", "MLFLOW_EXPERIMENT_NAME": "digits", "RUNYARD_GREETER_NAME": "bob"}
    settings = Settings.load({"tracking_uri": "sqlite:///x.db"}, environ=environ, cwd=tmp_path)
    listed = shown(
        host_with(
            settings,
            Setting("greeter.loud", False, "Shout."),
            Setting("greeter.name", "", "Whom to greet."),
            Setting("greeter.times", 1, "How often.", int),
        )
    )
    found = {name: (setting["value"], setting["source"], setting["plugin"]) for name, setting in listed.items()}
    file = str(tmp_path / "runyard.toml")
    assert found["tracking_uri"] == ("sqlite:///x.db", "argument", "")
    assert found["heartbeat"] == (5.0, "environment RUNYARD_HEARTBEAT", "")
    assert found["experiment_name"] == ("digits", "environment MLFLOW_EXPERIMENT_NAME", "")
    assert found["user"] == ("ada", file, "")
    assert found["journal_fsync"] == (0.0, "default", "")
    assert found["greeter.loud"] == (True, file, "greeter")
    assert found["greeter.name"] == ("bob", "environment RUNYARD_GREETER_NAME", "greeter")
    assert found["greeter.times"] == (1, "default", "greeter")


def test_secrets_and_passwords_are_never_shown(tmp_path: Path) -> None:
    environ = {"RUNYARD_GREETER_TOKEN": "hunter2", "RUNYARD_TRACKING_URI": "postgresql://ada:hunter2@db/runs"}
    settings = Settings.load(environ=environ, cwd=tmp_path)
    host = host_with(settings, Setting("greeter.token", "", "For the greeter.", secret=True))
    for words in (["config", "show"], ["config", "show", "--json"]):
        result = CliRunner().invoke(root, words, obj=Context(host))
        assert result.exit_code == 0
        assert "hunter2" not in result.output
        assert "***" in result.output
        assert "ada:***@db" in result.output


def test_the_data_folder_is_shown_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "runyard-data").mkdir()
    below = tmp_path / "deep" / "er"
    below.mkdir(parents=True)
    listed = shown(host_with(Settings.load(environ={}, cwd=below)))
    assert listed["data_dir"]["value"] == str(tmp_path / "runyard-data")
    assert listed["data_dir"]["source"] == f"found in {tmp_path}"


def test_paths_say_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "runyard.toml").write_text("")
    host = host_with(Settings.load(environ={"XDG_CONFIG_HOME": str(tmp_path / "home")}, cwd=tmp_path))
    result = CliRunner().invoke(root, ["config", "path", "--json"], obj=Context(host))
    assert json.loads(result.stdout) == {
        "data_folder": str(tmp_path / "runyard-data"),
        "files": [
            {"what": "project file", "path": str(tmp_path / "runyard.toml"), "exists": True},
            {"what": "user file", "path": str(tmp_path / "home" / "runyard" / "runyard.toml"), "exists": False},
        ],
    }


def test_global_options_are_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["--tracking-uri", "sqlite:///a.db", "--data-dir", "kept", "config", "show", "--json"]
    result = CliRunner().invoke(root, words)
    found = {setting["name"]: setting for setting in json.loads(result.stdout)["settings"]}
    assert (found["tracking_uri"]["value"], found["tracking_uri"]["source"]) == ("sqlite:///a.db", "argument")
    assert found["data_dir"]["value"] == str(tmp_path / "kept")
