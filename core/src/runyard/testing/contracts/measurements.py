"""What a tracking store does with measurements on logged models that a journal batch brings."""

from __future__ import annotations

import math
from typing import Protocol

from runyard.entities import Batch, ModelMetric
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.tracking import IngestsBatches, TrackingStore
from runyard.testing.contracts.tracking_steps import new_run, run_start


class MeasuringStore(TrackingStore, IngestsBatches, KeepsLoggedModels, Protocol):
    """All three at once."""


class MeasurementsContract:
    """For a store that takes batches and keeps logged models. Fixture: `store`, fresh but for Default."""

    def test_a_batch_brings_measurements_on_logged_models(self, store: MeasuringStore) -> None:
        model_id = store.create_logged_model("0").model_id
        points = [ModelMetric(model_id, "acc", value, 10, 1, "r1", "test", "d") for value in (0.5, math.inf)]
        batch = Batch("j", 1, 4, starts=[run_start("r1")], measurements=[*points, points[0]])
        assert list(store.ingest(batch)) == []
        assert list(store.ingest(Batch("k", 1, 1, measurements=[points[0]]))) == []
        assert list(store.get_logged_model(model_id).metrics) == points

    def test_measurements_that_cannot_be_kept_are_rejected_alone(self, store: MeasuringStore) -> None:
        new_run(store, "r1")
        kept, deleted = (store.create_logged_model("0").model_id for _ in range(2))
        store.delete_logged_model(deleted)
        good = ModelMetric(kept, "acc", 0.5, 10, 1, "r1")
        bad = [
            ModelMetric(deleted, "gone", 0.5, 10, 1, "r1"),
            ModelMetric(f"m-{'0' * 32}", "unknown", 0.5, 10, 1, "r1"),
            ModelMetric(kept, "lost", 0.5, 10, 1, "gone"),
        ]
        rejections = store.ingest(Batch("j", 1, 5, measurements=[*bad, good], params=[("r1", "p", "1")]))
        assert [(one.run_id, one.what) for one in rejections] == [
            ("r1", "measurement 'gone'"),
            ("r1", "measurement 'unknown'"),
            ("gone", "measurement 'lost'"),
        ]
        assert list(store.get_logged_model(kept).metrics) == [good]
        assert dict(store.get_run("r1").data.params) == {"p": "1"}
