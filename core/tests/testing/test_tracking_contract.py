"""The in-memory tracking store keeps the contract."""

from __future__ import annotations

import pytest

from runyard.errors import NotSupported
from runyard.protocols.tracking import IngestsBatches, capability
from runyard.settings import Settings
from runyard.testing.contracts import tracking
from runyard.testing.contracts.tracking import FullTrackingStoreContract, TrackingStoreContract
from runyard.testing.doubles import contract_tests
from runyard.testing.memory.tracking import MemoryTrackingStore, open_store
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.uris import Uri


class TestMemoryTrackingStore(FullTrackingStoreContract):
    @pytest.fixture
    def store(self) -> MemoryTrackingStore:
        return MemoryTrackingStore()


class TestPlainTrackingStore(TrackingStoreContract):
    @pytest.fixture
    def store(self) -> PlainTrackingStore:
        return PlainTrackingStore(Uri.parse("memory:artifacts"))


def test_one_uri_is_one_store() -> None:
    settings = Settings()
    one = open_store(Uri.parse("memory:one"), settings)
    one.create_experiment("here")
    assert open_store(Uri.parse("memory:one"), settings).get_experiment_by_name("here") is not None
    assert open_store(Uri.parse("memory:other"), settings).get_experiment_by_name("here") is None


def test_artifacts_lie_below_the_artifact_root() -> None:
    there = Settings(artifact_root="memory:elsewhere")
    assert open_store(Uri.parse("memory:rooted"), there).get_experiment("0").artifact_location == "memory:elsewhere/0"
    here = open_store(Uri.parse("memory:unrooted"), Settings())
    assert here.get_experiment("0").artifact_location == "memory:unrooted/artifacts/0"


def test_a_capability_that_a_store_lacks_is_told_with_its_methods() -> None:
    plain = PlainTrackingStore(Uri.parse("memory:artifacts"))
    with pytest.raises(NotSupported, match="runyard does not support ingest, ingested, forget_journal"):
        capability(plain, IngestsBatches)  # type: ignore[type-abstract]


def test_no_two_contracts_share_the_name_of_a_test() -> None:
    """Somebody who inherits both would run one of the two only."""
    parts = [part for name, part in vars(tracking).items() if name.endswith("Contract") and "TrackingStore" not in name]
    names = [test for part in parts for test in contract_tests(part)]
    assert sorted(names) == contract_tests(FullTrackingStoreContract)
