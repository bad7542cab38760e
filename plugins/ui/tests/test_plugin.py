"""The manifest of ui keeps the plugin contract."""

from __future__ import annotations

from types import ModuleType

import pytest

from runyard.testing.contracts.plugin import PluginContract
from runyard_ui import plugin


class TestPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> ModuleType:
        return plugin
