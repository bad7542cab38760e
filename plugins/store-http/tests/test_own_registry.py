"""The registry keeps the contract against our own server."""

from __future__ import annotations

import pytest

from runyard.testing.contracts.registry import RegistryStoreContract
from runyard_store_http.registry import HttpRegistryStore


class TestTheRegistry(RegistryStoreContract):
    @pytest.fixture
    def store(self, own_registry: HttpRegistryStore) -> HttpRegistryStore:
        return own_registry

    def test_a_new_version_has_what_it_was_given(self, store: HttpRegistryStore) -> None:  # type: ignore[override]
        """As in the contract, but for the id of a logged model, which the server looks up."""
        store.create_registered_model("m")
        version = store.create_model_version("m", "s3://b/1", run_link="http://ci/7", tags={"a": "1"}, description="d")
        found = store.get_model_version("m", version.version)
        assert (found.source, found.run_link, found.tags, found.description) == (
            "s3://b/1",
            "http://ci/7",
            {"a": "1"},
            "d",
        )
