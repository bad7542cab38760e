"""The artifact store keeps the contract against our own server."""

from __future__ import annotations

import uuid

import pytest

from runyard.settings import Settings
from runyard.testing.contracts.artifacts import ArtifactStoreContract
from runyard.uris import Uri
from runyard_store_http.artifacts import HttpArtifactStore, open_store


class TestTheStore(ArtifactStoreContract):
    @pytest.fixture
    def store(self, own_settings: Settings) -> HttpArtifactStore:
        return open_store(Uri.parse(f"mlflow-artifacts:/contract/{uuid.uuid4().hex}"), own_settings)
