"""The manifest and the settings keep their contracts."""

from __future__ import annotations

from types import ModuleType

import pytest

from runyard.host import Host
from runyard.settings import Setting, Settings
from runyard.testing.contracts.plugin import PluginContract
from runyard.testing.contracts.settings import SettingsContract
from runyard_env_venv import plugin
from runyard_env_venv.settings import ALL


class TestPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> ModuleType:
        return plugin


class TestSettings(SettingsContract):
    @pytest.fixture
    def plugin(self) -> str:
        return "env-venv"

    @pytest.fixture(params=ALL, ids=lambda setting: setting.name)
    def setting(self, request: pytest.FixtureRequest) -> Setting:
        setting: Setting = request.param
        return setting


def test_a_host_has_both_managers() -> None:
    manifest = {"env-venv": plugin}  # its hook is runyard_environment_managers
    assert Host(Settings(), plugins=manifest, discover=False).environment_managers.names() == ["uv", "virtualenv"]
