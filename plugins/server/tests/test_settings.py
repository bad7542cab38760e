"""Every setting of the server keeps the contract, and flags, environment and files decide in that order."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from runyard.errors import SettingsError
from runyard.host import Host
from runyard.settings import Setting, Settings
from runyard.testing.contracts.settings import SettingsContract
from runyard_server.assembly import make_service, server_settings
from runyard_server.settings import SETTINGS, Options

WRONG = [
    ("port", "70000"),
    ("port", "http"),
    ("workers", "0"),
    ("serve_artifacts", "maybe"),
    ("max_body_size", "-1"),
    ("x_frame_options", "ALLOWALL"),
    ("log_level", "loud"),
    ("request_timeout", "nan"),
]


class TestSettings(SettingsContract):
    @pytest.fixture
    def plugin(self) -> str:
        return "server"

    @pytest.fixture(params=SETTINGS, ids=lambda setting: setting.name)
    def setting(self, request: pytest.FixtureRequest) -> Setting:
        found: Setting = request.param
        return found


def test_flags_come_before_the_environment_and_that_before_files() -> None:
    settings = Settings(
        environ={"RUNYARD_SERVER_PORT": "1", "MLFLOW_HOST": "10.0.0.1", "MLFLOW_PORT": "2"},
        extra={"server.port": 3, "server.workers": 4, "server.allowed_hosts": ["a", "b"]},
    )
    assert Options.load(settings, {}) == Options(host="10.0.0.1", port=1, workers=4, allowed_hosts=("a", "b"))
    flags = {"port": "5", "workers": None, "serve_artifacts": False, "allowed_hosts": "c, d"}
    assert Options.load(settings, flags) == Options(
        host="10.0.0.1", port=5, workers=4, serve_artifacts=False, allowed_hosts=("c", "d")
    )


@pytest.mark.parametrize(("name", "text"), WRONG)
def test_a_flag_that_does_not_parse_is_told_with_its_name(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"--{name.replace('_', '-')} is '{text}'"):
        Options.load(Settings(environ={}), {name: text})


def test_a_short_secret_is_refused_and_not_shown() -> None:
    with pytest.raises(
        SettingsError, match=r"server.secret from environment RUNYARD_SERVER_SECRET is \*\*\*: must have"
    ):
        Options.load(Settings(environ={"RUNYARD_SERVER_SECRET": "hunter2"}), {})
    assert "x" * 32 not in repr(attrs.evolve(Options(), secret="x" * 32))


def test_flags_that_overrule_settings_are_told_apart(tmp_path: Path) -> None:
    environ = {"RUNYARD_SERVER_WORKERS": "2", "MLFLOW_TRACKING_URI": "http://127.0.0.1:5000"}
    settings = Settings.load(environ=environ, cwd=tmp_path)
    options = Options.load(
        settings, {"port": "5001", "workers": "2", "backend_store_uri": f"sqlite:///{tmp_path}/a.db"}
    )
    with Host(server_settings(settings, options)) as host:
        service = make_service(host, options, b"secret")
        assert {name: told.source for name, told in service.told.items()} == {
            "server.port": "flag --port",
            "server.backend_store_uri": "flag --backend-store-uri",
        }
        assert service.told["server.port"].value == 5001
        # Where clients are told to go is not where the server keeps things.
        assert host.settings.origin("tracking_uri") == "server.backend_store_uri"
        assert host.settings.origin("registry_uri") == "default"
