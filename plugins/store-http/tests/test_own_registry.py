"""The registry keeps the contract against our own server."""

from __future__ import annotations

import pytest

from runyard.testing.contracts.registry import RegistryStoreContract
from runyard_store_http.registry import HttpRegistryStore


class TestTheRegistry(RegistryStoreContract):
    @pytest.fixture
    def store(self, own_registry: HttpRegistryStore) -> HttpRegistryStore:
        return own_registry
