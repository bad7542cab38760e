"""How a process in another environment gets what this one was told."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.environments import builder_of
from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.models.isolation import ISOLATED, runyard_command, variables_in
from runyard.protocols.environment import Environment
from runyard.settings import Settings
from runyard.variables import settings_as_variables, written

MADE = Environment(name="abc", python=Path("/e/bin/python"), variables={"VIRTUAL_ENV": "/e", "PATH": "/e/bin:/bin"})


def test_settings_go_along_and_read_back(tmp_path: Path) -> None:
    settings = Settings(
        root=tmp_path,
        data_dir=str(tmp_path / "data"),
        tracking_uri="sqlite:///runs.db",
        trusted_models=(),
        heartbeat=2.5,
        strict_plugins=True,
        prefer={"flavors.x": "mine"},
        extra={"serve-http.port": 5001},
    )
    with Host(settings) as host:
        variables = settings_as_variables(host)
        assert variables["RUNYARD_SERVE_HTTP_PORT"] == "5001"
        assert variables["RUNYARD_TRACKING_URI"] == host.tracking_uri().text
    read = Settings.load(environ=variables, cwd=tmp_path)
    assert (read.data_dir, read.trusted_models, read.heartbeat) == (settings.data_dir, (), 2.5)
    assert (read.strict_plugins, dict(read.prefer)) == (True, {"flavors.x": "mine"})


def test_what_is_as_by_default_is_not_said(tmp_path: Path) -> None:
    with Host(Settings(root=tmp_path), discover=False) as host:
        assert settings_as_variables(host) == {}


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (0.5, "0.5"), (("a", "b"), "a,b"), ((), ","), ({"a": "b"}, "a=b"), ("x", "x")]
)
def test_values_are_written_as_they_are_parsed(value: object, text: str) -> None:
    assert written(value) == text


def test_nothing_of_this_python_leaks_into_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/ours")
    monkeypatch.setenv("MY_TOKEN", "secret")
    with Host(Settings(root=tmp_path), discover=False) as host:
        found = variables_in(MADE, host, MORE="1")
    assert "PYTHONPATH" not in found
    assert (found["MY_TOKEN"], found["VIRTUAL_ENV"], found[ISOLATED], found["MORE"]) == ("secret", "/e", "abc", "1")
    assert runyard_command(MADE, "models") == ["/e/bin/python", "-P", "-m", "runyard", "models"]


def test_local_makes_no_environment(tmp_path: Path) -> None:
    with Host(Settings(root=tmp_path), discover=False) as host, pytest.raises(InvalidInput, match="'local'"):
        builder_of("local", host)
