"""What tracking stores do that list the data sets of experiments."""

from __future__ import annotations

from typing import Protocol

import pytest

from runyard.entities import DatasetSummary
from runyard.errors import InvalidInput
from runyard.protocols.tracking import SummarizesDatasets, TrackingStore
from runyard.query.fields import CONTEXT_TAG
from runyard.testing.contracts.tracking_steps import dataset_input, new_run


class DatasetStore(TrackingStore, SummarizesDatasets, Protocol):
    """Both at once."""


class DatasetSummariesContract:
    """Data sets and what they were used for. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_store_says_that_it_summarizes_data_sets(self, store: DatasetStore) -> None:
        assert isinstance(store, SummarizesDatasets)

    def test_each_data_set_and_context_is_told_once(self, store: DatasetStore) -> None:
        for run_id, context in (("r1", "train"), ("r2", "train"), ("r3", "eval")):
            new_run(store, run_id)
            store.log_inputs(run_id, [dataset_input("iris", "a", **{CONTEXT_TAG: context, "other": run_id})])
        assert store.search_datasets(["0"]) == [
            DatasetSummary("0", "iris", "a", "eval"),
            DatasetSummary("0", "iris", "a", "train"),
        ]

    def test_data_sets_are_told_in_order(self, store: DatasetStore) -> None:
        experiments = [store.create_experiment(f"e{number}").experiment_id for number in range(11)]
        expected = []
        for number, experiment in enumerate(["0", *experiments]):
            new_run(store, f"r{number}", experiment_id=experiment)
            store.log_inputs(f"r{number}", [dataset_input("wine", "b"), dataset_input("iris", "b")])
            expected += [DatasetSummary(experiment, "iris", "b"), DatasetSummary(experiment, "wine", "b")]
        new_run(store, "last")
        store.log_inputs("last", [dataset_input("iris", "b", **{CONTEXT_TAG: "train"}), dataset_input("iris", "a")])
        expected[:1] = [
            DatasetSummary("0", "iris", "a"),
            DatasetSummary("0", "iris", "b"),
            DatasetSummary("0", "iris", "b", "train"),
        ]
        assert store.search_datasets([*reversed(experiments), "0"]) == expected

    def test_data_sets_of_other_experiments_are_left_out(self, store: DatasetStore) -> None:
        other = store.create_experiment("other").experiment_id
        for run_id, experiment in (("r1", "0"), ("r2", other)):
            new_run(store, run_id, experiment_id=experiment)
            store.log_inputs(run_id, [dataset_input(run_id, "a")])
        assert [found.name for found in store.search_datasets([other, "nowhere", "999999"])] == ["r2"]
        assert store.search_datasets([]) == []

    def test_data_sets_of_deleted_runs_are_left_out(self, store: DatasetStore) -> None:
        for run_id in ("r1", "r2"):
            new_run(store, run_id)
            store.log_inputs(run_id, [dataset_input(run_id, "a")])
        store.delete_run("r1")
        assert [found.name for found in store.search_datasets(["0"])] == ["r2"]

    def test_no_more_data_sets_are_told_than_asked_for(self, store: DatasetStore) -> None:
        new_run(store, "r1")
        store.log_inputs("r1", [dataset_input(name, "a") for name in ("c", "a", "b")])
        assert [found.name for found in store.search_datasets(["0"], max_results=2)] == ["a", "b"]
        with pytest.raises(InvalidInput):
            store.search_datasets(["0"], max_results=0)
