"""Models that old releases of MLflow saved, kept in `old_releases` as they were written, are loaded and asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from runyard.errors import InvalidInput
from runyard.host import Host
from runyard_flavor_python import api as pyfunc

FOLDER = Path(__file__).parent / "old_releases"
TABLE = pd.DataFrame({"x": [1.0, 2.0]})
MODELS = [
    *((release, "artifacts", TABLE, ["hello", "hello"]) for release in ("1.30.1", "2.9.2", "2.20.4")),
    *((release, "params", TABLE, [2.0, 3.0]) for release in ("2.9.2", "2.20.4")),
    *((release, "texts", ["a", "b"], ["A", "B"]) for release in ("2.9.2", "2.20.4")),
    *((release, "function", TABLE, [1.0, 2.0]) for release in ("2.9.2", "2.20.4")),
]

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="these pickles hold code as Python 3.11 compiled it"
)


@pytest.mark.parametrize(("release", "name", "data", "expected"), MODELS, ids=lambda value: str(value)[:12])
def test_it_is_loaded_and_asked(release: str, name: str, data: Any, expected: Any, default: Host) -> None:
    assert pyfunc.load_model(FOLDER / release / name, trust=True).predict(data) == expected


def test_its_signature_is_kept_to(default: Host) -> None:
    with pytest.raises(InvalidInput, match="x"):
        pyfunc.load_model(FOLDER / "2.9.2" / "params", trust=True).predict(pd.DataFrame({"y": [1.0]}))
    model = pyfunc.load_model(FOLDER / "2.9.2" / "params", trust=True)
    assert model.predict(TABLE, {"more": 5.0}) == [6.0, 7.0]
