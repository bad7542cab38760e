"""The tracking store keeps the contract on every kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runyard.settings import Settings
from runyard.testing.contracts.tracking import FullTrackingStoreContract
from runyard.uris import Uri
from runyard_store_sql.tracking import SqlTrackingStore, open_store


class TestTheStore(FullTrackingStoreContract):
    @pytest.fixture
    def store(self, emptied_uri: str, tmp_path: Path) -> Iterator[SqlTrackingStore]:
        store = open_store(Uri.parse(emptied_uri), Settings(root=tmp_path))
        yield store
        store.close()
