"""The flavor contract, on the reference flavor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor import FlavorContract
from runyard.testing.memory import plugin
from runyard.testing.memory.flavor import Line


class TestLineFlavor(FlavorContract):
    @pytest.fixture
    def spec(self) -> FlavorSpec:
        return plugin.runyard_flavors()[0]

    @pytest.fixture
    def model(self) -> Line:
        return Line(2.0, 1.0)

    @pytest.fixture
    def data(self) -> Any:
        return np.array([1.0, 2.5])

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("numpy", "pandas")

    @pytest.fixture
    def other_model(self) -> Line:
        return Line(-1.0, 4.0)

    def answer(self, model: Line, data: Any) -> Any:
        return [model.slope * x + model.offset for x in data.tolist()]
