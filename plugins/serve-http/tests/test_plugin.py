"""The manifest, the command and the settings keep their contracts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from runyard.settings import Setting
from runyard.specs import Command
from runyard.testing.contracts.commands import CommandContract
from runyard.testing.contracts.plugin import PluginContract
from runyard.testing.contracts.settings import SettingsContract
from runyard.testing.server import clean_environment
from runyard_serve_http import plugin
from runyard_serve_http.command import serve
from runyard_serve_http.settings import SETTINGS


class TestPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> ModuleType:
        return plugin


class TestCommand(CommandContract):
    @pytest.fixture
    def command(self) -> Command:
        return plugin.runyard_commands()[0]


class TestSettings(SettingsContract):
    @pytest.fixture
    def plugin(self) -> str:
        return "serve-http"

    @pytest.fixture(params=SETTINGS, ids=lambda setting: setting.name)
    def setting(self, request: pytest.FixtureRequest) -> Setting:
        setting: Setting = request.param
        return setting


def test_flags_of_mlflow_are_there() -> None:
    shown = CliRunner().invoke(serve, ["--help"]).output
    for flag in ("-m, --model-uri", "-p, --port", "-h, --host", "-t, --timeout", "-w, --workers", "--env-manager"):
        assert flag in shown


def refused(folder: Path, *flags: str) -> str:
    """What a server that does not start prints."""
    command = [sys.executable, "-m", "runyard", "models", "serve", *flags]
    done = subprocess.run(
        command, cwd=folder, env=clean_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_what_is_wrong_is_said_in_a_line(tmp_path: Path) -> None:
    assert "no model" in refused(tmp_path, "-m", str(tmp_path / "nowhere"), "-p", "0")
    assert "--allow-network" in refused(tmp_path, "-m", str(tmp_path), "-h", "0.0.0.0", "-p", "0")
    assert "--port is 'x'" in refused(tmp_path, "-m", str(tmp_path), "-p", "x")
