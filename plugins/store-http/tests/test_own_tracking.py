"""The tracking store keeps the contract against our own server."""

from __future__ import annotations

import pytest

from runyard.entities import LifecycleStage
from runyard.errors import NotSupported
from runyard.testing.contracts.dataset_summaries import DatasetSummariesContract
from runyard.testing.contracts.logged_model_search import LoggedModelSearchContract
from runyard.testing.contracts.logged_models import LoggedModelsContract
from runyard.testing.contracts.tracking import (
    HeartbeatsContract,
    IngestContract,
    PurgeContract,
    SamplingContract,
    TrackingStoreContract,
)
from runyard.testing.contracts.tracking_steps import new_run
from runyard_store_http.tracking import HttpTrackingStore


class TestTheStore(
    TrackingStoreContract,
    IngestContract,
    SamplingContract,
    HeartbeatsContract,
    PurgeContract,
    DatasetSummariesContract,
):
    @pytest.fixture
    def store(self, own_store: HttpTrackingStore) -> HttpTrackingStore:
        return own_store

    def test_a_deleted_run_says_when_it_was_deleted(self, store: HttpTrackingStore) -> None:  # type: ignore[override]
        """MLflow's form of a run has no place for that time; the stage is told."""
        new_run(store, "r1")
        store.delete_run("r1")
        assert store.get_run("r1").info.lifecycle_stage is LifecycleStage.DELETED


class TestLoggedModels(LoggedModelsContract, LoggedModelSearchContract):
    """Where the server takes the ids that clients choose, which MLflow's protocol has no place for."""

    @pytest.fixture
    def store(self, own_store: HttpTrackingStore) -> HttpTrackingStore:
        try:
            own_store.delete_logged_model(own_store.create_logged_model("0", model_id="m-probe").model_id)
        except NotSupported as error:
            pytest.skip(str(error))
        return own_store
