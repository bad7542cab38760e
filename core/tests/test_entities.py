"""The values that Runyard keeps."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from runyard.entities import (
    LifecycleStage,
    Metric,
    MetricColumns,
    Page,
    RunData,
    RunInfo,
    RunStatus,
    ViewType,
)


def test_entities_cannot_be_changed() -> None:
    info = RunInfo("r1", "0", "name", "ada", RunStatus.RUNNING, 1, None, "s3://b/r1")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        info.run_name = "other"  # type: ignore[misc]
    assert info.run_uuid == "r1"


@pytest.mark.parametrize(
    ("status", "terminated"),
    [("RUNNING", False), ("SCHEDULED", False), ("FINISHED", True), ("FAILED", True), ("KILLED", True)],
)
def test_a_status_knows_whether_a_run_has_ended(status: str, terminated: bool) -> None:
    assert RunStatus(status).is_terminated is terminated


def test_a_view_is_a_choice_of_stages() -> None:
    active, deleted = LifecycleStage.ACTIVE, LifecycleStage.DELETED
    assert [view.stages for view in ViewType] == [(active,), (deleted,), (active, deleted)]


def test_latest_metrics_are_also_a_mapping() -> None:
    assert RunData(latest_metrics=[Metric("a", 1.0, 5, 2), Metric("b", 2.0, 5)]).metrics == {"a": 1.0, "b": 2.0}


def test_metric_columns_are_read_by_numpy_without_a_copy() -> None:
    columns = MetricColumns.from_points([(1, 10, 0.5), (2, 20, 0.25)])
    values = np.frombuffer(columns.values, dtype="f8")
    assert values.tolist() == [0.5, 0.25]
    assert np.frombuffer(columns.steps, dtype="i8").tolist() == [1, 2]
    assert np.shares_memory(values, np.frombuffer(columns.values, dtype="f8"))
    assert list(columns) == [(1, 10, 0.5), (2, 20, 0.25)]
    assert len(columns) == 2


def test_a_page_is_a_sequence() -> None:
    page = Page(["a", "b", "c"], token="next")
    assert (len(page), page[0], page[-1], page[1:]) == (3, "a", "c", ["b", "c"])
    assert list(page) == ["a", "b", "c"]
    assert "b" in page
    assert list(Page()) == []
    assert Page().token is None
