"""The model registry on SQL keeps the contract, on every kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runyard.settings import Settings
from runyard.testing.contracts.registry import FullRegistryStoreContract
from runyard.uris import Uri
from runyard_store_sql.registry import SqlRegistryStore, open_store


class TestTheRegistry(FullRegistryStoreContract):
    @pytest.fixture
    def store(self, emptied_uri: str, tmp_path: Path) -> Iterator[SqlRegistryStore]:
        opened = open_store(Uri.parse(emptied_uri), Settings(root=tmp_path))
        yield opened
        opened.close()
