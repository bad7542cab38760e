"""Small numbers, so that a few thousand bytes are a large file."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.transfers import stretches, trying


@pytest.fixture
def store(tmp_path: Path) -> MemoryArtifactStore:
    return MemoryArtifactStore(f"memory:{tmp_path}")


@pytest.fixture
def small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches of 1,000 bytes, from files of 2,000 on."""
    monkeypatch.setattr(stretches, "MIB", 100)
    monkeypatch.setattr(stretches, "LEAST", 1_000)
    monkeypatch.setattr(stretches, "LARGE", 2_000)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "FIRST_PAUSE", 0.001)
