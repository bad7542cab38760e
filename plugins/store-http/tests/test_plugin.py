"""The manifest and the settings of store-http keep their contracts."""

from __future__ import annotations

from types import ModuleType

import pytest

from runyard.settings import Setting
from runyard.testing.contracts.plugin import PluginContract
from runyard.testing.contracts.settings import SettingsContract
from runyard_store_http import plugin
from runyard_store_http.settings import SETTINGS


class TestPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> ModuleType:
        return plugin


class TestSettings(SettingsContract):
    @pytest.fixture
    def plugin(self) -> str:
        return "store-http"

    @pytest.fixture(params=SETTINGS, ids=lambda setting: setting.name)
    def setting(self, request: pytest.FixtureRequest) -> Setting:
        found: Setting = request.param
        return found
