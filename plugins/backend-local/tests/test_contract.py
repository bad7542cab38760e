"""The backend `local` keeps the contract."""

from __future__ import annotations

import pytest

from runyard.settings import Settings
from runyard.specs import BackendSpec
from runyard.testing.contracts.backend import BackendContract
from runyard.testing.contracts.plugin import PluginContract
from runyard_backend_local import plugin


class TestPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> object:
        return plugin


class TestLocalBackend(BackendContract):
    @pytest.fixture
    def spec(self) -> BackendSpec:
        return plugin.runyard_project_backends()[0]

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(extra={"backend-local.grace": 1.0})
