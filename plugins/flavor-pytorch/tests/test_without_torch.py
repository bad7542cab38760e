"""Where PyTorch is not installed, that is what users are told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runyard.errors import NotSupported
from runyard_flavor_pytorch import api


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for use in (
        lambda: api.save_model(object(), tmp_path / "model"),
        lambda: api.log_model(object(), name="model"),
        lambda: api.load_model(tmp_path),
    ):
        with pytest.raises(NotSupported, match="pip install torch"):
            use()
