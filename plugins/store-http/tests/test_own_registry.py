"""The registry keeps the contract against our own server."""

from __future__ import annotations

import pytest

from runyard.testing.contracts.registry import RegistryStoreContract
from runyard_store_http.registry import HttpRegistryStore


def need_users(store: HttpRegistryStore) -> None:
    """Skip where the server asks nobody who they are, so that its history cannot tell who did what."""
    store.create_registered_model("probe", user_id="ada")
    (event,) = store.history("probe")
    store.delete_registered_model("probe")
    if event.user_id is None:
        pytest.skip("this server does not know who asks")


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

    def test_every_change_is_in_the_history(self, store: HttpRegistryStore) -> None:  # type: ignore[override]
        need_users(store)
        super().test_every_change_is_in_the_history(store)

    def test_an_alias_that_moves_tells_from_and_to(self, store: HttpRegistryStore) -> None:  # type: ignore[override]
        need_users(store)
        super().test_an_alias_that_moves_tells_from_and_to(store)

    def test_archived_versions_have_their_own_entry(self, store: HttpRegistryStore) -> None:  # type: ignore[override]
        need_users(store)
        super().test_archived_versions_have_their_own_entry(store)

    def test_aliases_lost_with_their_version_are_in_the_history(self, store: HttpRegistryStore) -> None:  # type: ignore[override]
        need_users(store)
        super().test_aliases_lost_with_their_version_are_in_the_history(store)

    def test_history_outlives_the_model(self, store: HttpRegistryStore) -> None:  # type: ignore[override]
        need_users(store)
        super().test_history_outlives_the_model(store)
