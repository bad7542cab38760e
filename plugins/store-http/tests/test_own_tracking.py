"""The tracking store keeps the contract against our own server."""

from __future__ import annotations

import pytest

from runyard.testing.contracts.dataset_summaries import DatasetSummariesContract
from runyard.testing.contracts.logged_model_search import LoggedModelSearchContract
from runyard.testing.contracts.logged_models import LoggedModelPurgeContract, LoggedModelsContract
from runyard.testing.contracts.measurements import MeasurementsContract
from runyard.testing.contracts.tracking import (
    HeartbeatsContract,
    IngestContract,
    PurgeContract,
    SamplingContract,
    TrackingStoreContract,
)
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


class TestLoggedModels(LoggedModelsContract, LoggedModelSearchContract, LoggedModelPurgeContract, MeasurementsContract):
    @pytest.fixture
    def store(self, own_store: HttpTrackingStore) -> HttpTrackingStore:
        return own_store
