"""The panels are what every panel must be, and what is logged is what they read."""

from __future__ import annotations

from types import ModuleType

import pytest

from runyard.specs import PanelSpec
from runyard.testing.contracts.panels import PanelContract
from runyard.testing.contracts.plugin import PluginContract
from runyard_panel_confusion_matrix import plugin
from runyard_panel_confusion_matrix.logging import MOST, matrix_of


class TestPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> ModuleType:
        return plugin


@pytest.mark.parametrize("spec", plugin.runyard_ui_panels(), ids=lambda spec: spec.name)
class TestPanels(PanelContract):
    @pytest.fixture
    def spec(self, request: pytest.FixtureRequest) -> PanelSpec:
        spec: PanelSpec = request.param
        return spec


def test_a_matrix_has_a_row_for_each_true_class() -> None:
    matrix = matrix_of([10, 9, 9, 2], [10, 10, 9, 2])
    assert matrix == {"classes": ["2", "9", "10"], "counts": [[1, 0, 0], [0, 1, 1], [0, 0, 1]], "examples": []}


def test_examples_of_mistakes_are_kept_with_their_files() -> None:
    matrix = matrix_of(["a", "a", "b"], ["a", "b", "a"], ids=[1, 2, 3], files=[None, "2.png", None])
    assert matrix["examples"] == [
        {"true": "a", "predicted": "b", "id": "2", "file": "2.png"},
        {"true": "b", "predicted": "a", "id": "3"},
    ]
    many = matrix_of(["a"] * 100, ["b"] * 100, ids=range(100))
    assert len(many["examples"]) == MOST
