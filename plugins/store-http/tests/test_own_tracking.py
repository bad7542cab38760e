"""The tracking store keeps the contract against our own server."""

from __future__ import annotations

import pytest

from runyard.testing.contracts.tracking import FullTrackingStoreContract
from runyard_store_http.tracking import HttpTrackingStore


class TestTheStore(FullTrackingStoreContract):
    @pytest.fixture
    def store(self, own_store: HttpTrackingStore) -> HttpTrackingStore:
        return own_store
