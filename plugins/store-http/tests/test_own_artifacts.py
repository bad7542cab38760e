"""The artifact store keeps the contracts against our own server."""

from __future__ import annotations

import uuid

import pytest

from runyard.settings import Settings
from runyard.testing.contracts.artifacts import ArtifactStoreContract
from runyard.testing.contracts.artifacts_contents import TellsVersionsContract
from runyard.testing.contracts.artifacts_parts import UploadsPartsContract
from runyard.uris import Uri
from runyard_store_http.artifacts import HttpArtifactStore, open_store


@pytest.fixture
def own_store(own_settings: Settings) -> HttpArtifactStore:
    return open_store(Uri.parse(f"mlflow-artifacts:/contract/{uuid.uuid4().hex}"), own_settings)


class TestTheStore(ArtifactStoreContract):
    @pytest.fixture
    def store(self, own_store: HttpArtifactStore) -> HttpArtifactStore:
        return own_store


class TestParts(UploadsPartsContract):
    @pytest.fixture
    def store(self, own_store: HttpArtifactStore) -> HttpArtifactStore:
        return own_store


class TestVersions(TellsVersionsContract):
    @pytest.fixture
    def store(self, own_store: HttpArtifactStore) -> HttpArtifactStore:
        return own_store
