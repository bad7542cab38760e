"""The manifest of flavor-xgboost keeps the plugin contract, its panel that of panels."""

from __future__ import annotations

from types import ModuleType

import pytest

from runyard.specs import PanelSpec
from runyard.testing.contracts.panels import PanelContract
from runyard.testing.contracts.plugin import PluginContract
from runyard_flavor_xgboost import plugin


class TestPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> ModuleType:
        return plugin


class TestImportance(PanelContract):
    @pytest.fixture
    def spec(self) -> PanelSpec:
        return plugin.runyard_ui_panels()[0]
