"""Entities as plain JSON values, and back."""

from __future__ import annotations

import json
import math
from array import array

import pytest

from runyard.entities import (
    Change,
    ChangeKind,
    Changes,
    Dataset,
    DatasetInput,
    LoggedModel,
    Metric,
    MetricColumns,
    ModelInput,
    ModelOutput,
    ModelStage,
    ModelVersion,
    RegisteredModel,
    RegistryChange,
    RegistryEvent,
    Rejection,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStart,
    RunStatus,
    RunUpdate,
    Subject,
    View,
)
from runyard.errors import InvalidInput
from runyard.wire import from_plain, to_plain

RUN = Run(
    RunInfo("r", "1", "name", "ann", RunStatus.RUNNING, 1, None, "file:///x"),
    RunData((Metric("loss", 0.5, 1, -2),), {"lr": "0.1"}, {"note": "größe"}),
    RunInputs([DatasetInput(Dataset("d", "1", "local", "{}"))], [ModelInput("m-1")]),
    RunOutputs([ModelOutput("m-2", 3)]),
)
VERSION = ModelVersion("m", 2, 1, 2, ModelStage.STAGING, aliases=["prod"], tags={"a": "b"})
ENTITIES = [
    RUN,
    VERSION,
    RegisteredModel("m", 1, 2, aliases={"prod": 2}, latest_versions=[VERSION]),
    RegistryEvent("m", RegistryChange.STAGE, 5, "ann", 2, old="None", new="Staging"),
    Changes([Change(1, Subject.RUN, "r", ChangeKind.METRICS, 5, "1")], 1, reset=True),
    LoggedModel("m-1", "1", "model", "file:///m", 1, 2, params={"a": "b"}),
    RunStart("r", "name", "ann", 1, experiment_name="x", tags={"a": "b"}),
    RunUpdate("r", RunStatus.FAILED),
    Rejection("r", "param 'lr'", "is 1"),
    View("v", "mine", ["1", "2"], "{}", 1, 2),
    Metric("loss", 1.5, 1),
]


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: type(entity).__name__)
def test_an_entity_comes_back_from_json(entity: object) -> None:
    plain = json.loads(json.dumps(to_plain(entity), allow_nan=False))
    assert to_plain(from_plain(type(entity), plain)) == to_plain(entity)


def test_numbers_that_json_lacks_are_texts() -> None:
    values = [math.nan, math.inf, -math.inf]
    plain = [to_plain(Metric("m", value, 1)) for value in values]
    assert [item["value"] for item in plain] == ["NaN", "Infinity", "-Infinity"]
    found = [from_plain(Metric, item).value for item in plain]
    assert math.isnan(found[0])
    assert found[1:] == values[1:]


def test_columns_have_a_plain_form() -> None:
    columns = MetricColumns(array("q", [1, -2]), array("q", [3, 4]), array("d", [0.5, math.inf]))
    assert to_plain(columns) == {"steps": [1, -2], "timestamps": [3, 4], "values": [0.5, "Infinity"]}


def test_unknown_names_are_passed_over_and_defaults_are_filled_in() -> None:
    assert from_plain(Rejection, {"run_id": "r", "what": "w", "reason": "x", "since": "1.9"}) == Rejection(
        "r", "w", "x"
    )
    assert from_plain(RunUpdate, {"run_id": "r"}) == RunUpdate("r")


@pytest.mark.parametrize(
    ("plain", "match"),
    [
        ([], "must be an object"),
        ({}, "Run lacks info"),
        ({"info": {"run_id": "r"}}, "info lacks artifact_uri, end_time"),
        ({"info": to_plain(RUN.info) | {"status": "DONE"}}, "info.status must be one of RUNNING"),
        ({"info": to_plain(RUN.info) | {"status": ["RUNNING"]}}, "info.status must be one of"),
        ({"info": to_plain(RUN.info) | {"start_time": 1.5}}, "info.start_time must be a whole number"),
        ({"info": to_plain(RUN.info) | {"start_time": True}}, "info.start_time must be a whole number"),
        ({"info": to_plain(RUN.info) | {"start_time": 2**63}}, "info.start_time must be a whole number"),
        ({"info": to_plain(RUN.info) | {"run_name": None}}, "info.run_name must be a string"),
        ({"info": to_plain(RUN.info) | {"run_name": "a\0"}}, "cannot be stored"),
        ({"info": to_plain(RUN.info), "data": {"latest_metrics": "x"}}, "data.latest_metrics must be a list"),
        ({"info": to_plain(RUN.info), "data": {"params": [1]}}, "data.params must be an object"),
        ({"info": to_plain(RUN.info), "data": {"params": {"a": 1}}}, "data.params.a must be a string"),
        (
            {"info": to_plain(RUN.info), "data": {"latest_metrics": [{"key": "k", "value": "x", "timestamp": 1}]}},
            r"data.latest_metrics\[0\].value must be a number",
        ),
        (
            {"info": to_plain(RUN.info), "data": {"latest_metrics": [{"key": "k", "value": 10**400, "timestamp": 1}]}},
            r"value must be a number of at most",
        ),
    ],
)
def test_what_is_missing_or_of_another_type_is_said_with_its_place(plain: object, match: str) -> None:
    with pytest.raises(InvalidInput, match=match):
        from_plain(Run, plain)


def test_a_thing_without_plain_form_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="no plain form"):
        to_plain(object())
