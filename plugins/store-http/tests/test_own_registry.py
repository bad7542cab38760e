"""The registry keeps the contract against our own server."""

from __future__ import annotations

import attrs
import pytest

from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.contracts.registry import RegistryStoreContract
from runyard.tracking.client import Client
from runyard_store_http.registry import HttpRegistryStore
from runyard_store_http.tracking import HttpTrackingStore


class TestTheRegistry(RegistryStoreContract):
    @pytest.fixture
    def store(self, own_registry: HttpRegistryStore, own_store: HttpTrackingStore) -> HttpRegistryStore:
        """The registry, and the logged model of the contract's versions, which the server looks up."""
        own_store.create_logged_model("0", model_id="m-1", source_run_id="r2")
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


def test_who_the_settings_say_is_in_the_history(own_registry: HttpRegistryStore, own_settings: Settings) -> None:
    with Host(attrs.evolve(own_settings, user="Änne Müller")) as host:
        Client(host=host).create_registered_model("m")
    (event,) = own_registry.history("m")
    assert event.user_id == "Änne Müller"


@pytest.mark.parametrize("name", ["a\nb: c", " ann", "x" * 257, "a\x7f"])
def test_a_name_that_fits_in_no_header_is_refused(own_registry: HttpRegistryStore, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be sent as the name of a user"):
        own_registry.create_registered_model("m", user_id=name)
