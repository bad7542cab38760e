"""Names, keys and values: what is taken and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.entities import Dataset, DatasetInput, ModelStage
from runyard.errors import InvalidInput
from runyard.validation import (
    check_alias,
    check_archiving,
    check_dataset_input,
    check_experiment_name,
    check_integer,
    check_key,
    check_metric_value,
    check_model_name,
    check_param_value,
    check_run_id,
    check_stage,
    check_tag_value,
    check_tags,
    check_text,
)

GOOD: list[tuple[Callable[[Any], Any], list[Any]]] = [
    (lambda key: check_key(key, "metric"), ["loss", "a/b", "a.b-c_d e:f", "größe", "漢", "x" * 250, ".hidden", "a..b"]),
    (check_run_id, ["a", "0" * 32, "A-b_c", "x" * 256]),
    (check_experiment_name, ["x", "a/b/c", "x" * 500, " padded ", "漢字 🚂"]),
    (check_model_name, ["m", "My model 2", "x" * 256, "a.b"]),
    (check_alias, ["prod", "v", "v1a", "champion-2", "x" * 255]),
]
BAD: list[tuple[Callable[[Any], Any], list[Any]]] = [
    (
        lambda key: check_key(key, "metric"),
        ["", None, 5, "x" * 251, "a//b", "../a", "a/", "/a", ".", "..", "a/./b", "a#b", "a\n", "\n", "a\0", "🚂"],
    ),
    (check_run_id, ["", None, 5, "-a", "_a", "a b", "a/b", "x" * 257, "é", "a\n"]),
    (check_experiment_name, ["", "  ", None, 5, "x" * 501, "a\nb", "\0", "half \ud83d"]),
    (check_model_name, ["", " ", None, "a/b", "a:b", "..", ".", "x" * 257, "a\0b"]),
    (check_alias, ["", None, "a b", "a\n", "latest", "LATEST", "v1", "V22", "x" * 256, "a.b"]),
]


@pytest.mark.parametrize(("check", "value"), [(check, value) for check, values in GOOD for value in values])
def test_what_is_allowed_is_given_back(check: Callable[[Any], Any], value: Any) -> None:
    assert check(value) == value


@pytest.mark.parametrize(("check", "value"), [(check, value) for check, values in BAD for value in values])
def test_what_is_not_allowed_is_refused(check: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(InvalidInput):
        check(value)


def test_messages_say_what_is_wrong_and_what_to_do() -> None:
    with pytest.raises(InvalidInput, match=r"metric key 'a#b' has a character .* use letters, digits"):
        check_key("a#b", "metric")
    with pytest.raises(InvalidInput, match=r"relative path, such as 'a/b'"):
        check_key("a//b", "tag")
    with pytest.raises(InvalidInput, match=r"param 'p' has 6001 characters; at most 6000 .*log_text"):
        check_param_value("p", "x" * 6001)


def test_values_become_text_and_are_never_cut() -> None:
    assert check_param_value("p", 0.1) == "0.1"
    assert check_param_value("p", None) == "None"
    assert check_param_value("p", "x" * 6_000) == "x" * 6_000
    assert check_tag_value("t", "x" * 8_000) == "x" * 8_000
    assert check_tags({"a": 1, "b": True}) == {"a": "1", "b": "True"}
    assert check_tags(None) == {}


@pytest.mark.parametrize("text", ["NUL \0", "half \ud83d", "other half \ude82"])
def test_text_that_no_store_can_keep_is_refused(text: str) -> None:
    for check in (check_param_value, check_tag_value):
        with pytest.raises(InvalidInput, match="cannot be stored"):
            check("key", text)
    with pytest.raises(InvalidInput, match="cannot be stored"):
        check_text(text, "x")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_all_other_text_is_kept(text: str) -> None:
    assert check_text(text, "x") == text
    assert text.encode().decode() == text


@pytest.mark.parametrize("value", [1, 1.5, np.float32(0.5), np.int64(3), np.array(2.0), math.inf, -math.inf])
def test_numbers_of_every_kind_are_metrics(value: Any) -> None:
    assert check_metric_value("m", value) == float(value)
    assert type(check_metric_value("m", value)) is float


def test_nan_is_a_metric() -> None:
    assert math.isnan(check_metric_value("m", math.nan))


@pytest.mark.parametrize("value", [True, "1", b"1", None, [1.0], 1j, np.array([1.0, 2.0])])
def test_what_is_no_number_is_no_metric(value: Any) -> None:
    with pytest.raises(InvalidInput, match="metric 'm' must be a number"):
        check_metric_value("m", value)


@pytest.mark.parametrize("value", [0, -5, 3.0, np.int32(7), 2**53 + 1, 2**63 - 1, -(2**63)])
def test_whole_numbers_are_kept_exactly(value: Any) -> None:
    assert check_integer(value, "step") == int(value)
    assert type(check_integer(value, "step")) is int


@pytest.mark.parametrize("value", [True, "1", None, 1.5, math.nan, math.inf, 2**63, -(2**63) - 1])
def test_what_is_no_whole_number_of_64_bits_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match="step must"):
        check_integer(value, "step")


def test_a_minimum_is_kept() -> None:
    assert check_integer(0, "timestamp", minimum=0) == 0
    with pytest.raises(InvalidInput, match="timestamp must lie between 0"):
        check_integer(-1, "timestamp", minimum=0)


def test_stages_are_read_in_any_case() -> None:
    assert [check_stage(stage) for stage in ("none", "STAGING", "Production")] == [
        ModelStage.NONE,
        ModelStage.STAGING,
        ModelStage.PRODUCTION,
    ]
    with pytest.raises(InvalidInput, match="stages are None, Staging, Production, Archived"):
        check_stage("Live")


def test_only_staging_and_production_archive_others() -> None:
    check_archiving(ModelStage.PRODUCTION, archive_existing_versions=True)
    check_archiving(ModelStage.NONE, archive_existing_versions=False)
    with pytest.raises(InvalidInput, match="Staging or Production"):
        check_archiving(ModelStage.ARCHIVED, archive_existing_versions=True)


DATASET = Dataset("iris", "abc", "http", "https://example.org", schema="{}", profile="{}")


def test_a_data_set_is_taken_up_to_its_limits() -> None:
    longest = Dataset("n" * 500, "d" * 36, "t" * 36, "s" * 65_535, "c" * 1_048_575, "p" * 100_000)
    item = DatasetInput(longest, {"k" * 255: "v" * 500})
    assert check_dataset_input(item) is item
    assert check_dataset_input(DatasetInput(attrs.evolve(DATASET, schema=None, profile=None)))


@pytest.mark.parametrize(
    "item",
    [
        DatasetInput(attrs.evolve(DATASET, name="")),
        DatasetInput(attrs.evolve(DATASET, digest="")),
        DatasetInput(attrs.evolve(DATASET, name="n" * 501)),
        DatasetInput(attrs.evolve(DATASET, digest="d" * 37)),
        DatasetInput(attrs.evolve(DATASET, source="s" * 65_536)),
        DatasetInput(attrs.evolve(DATASET, schema="\0")),
        DatasetInput(DATASET, {"k" * 256: "v"}),
        DatasetInput(DATASET, {"k": "v" * 501}),
        DatasetInput(DATASET, {"k": 3}),  # type: ignore[dict-item]
        DatasetInput(DATASET, {3: "v"}),  # type: ignore[dict-item]
        DatasetInput(attrs.evolve(DATASET, name=5)),  # type: ignore[arg-type]
        DatasetInput(attrs.evolve(DATASET, source=None)),  # type: ignore[arg-type]
        DatasetInput(attrs.evolve(DATASET, profile={"rows": 3})),  # type: ignore[arg-type]
        DATASET,
    ],
)
def test_a_data_set_beyond_its_limits_is_refused(item: DatasetInput) -> None:
    with pytest.raises(InvalidInput):
        check_dataset_input(item)
