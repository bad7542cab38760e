"""Each test of the contract of frames catches a store that is wrong in just its point."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from runyard.entities import ViewType
from runyard.errors import InvalidInput
from runyard.protocols.frames import Frame, FrameSchema, KeySummary, NumberColumn, TextColumn
from runyard.query import Aggregate, Kind
from runyard.testing.contracts.frames import FrameSchemaContract, FramesContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.testing.wrong import Method, evolve, given, result, swallow, wrong
from runyard.uris import Uri

Factory = Callable[[], PlainTrackingStore]
STORE = MemoryTrackingStore
HEAD = 100


def without_capabilities() -> PlainTrackingStore:
    return PlainTrackingStore(Uri.parse("memory:artifacts"))


def columns(change: Callable[[Any], Any]) -> Method:
    """Gives other columns than there are."""
    return result(
        lambda frame: attrs.evolve(frame, columns={key: change(found) for key, found in frame.columns.items()})
    )


def numbers(change: Callable[[NumberColumn], NumberColumn]) -> Method:
    return columns(lambda found: change(found) if isinstance(found, NumberColumn) else found)


def texts(change: Callable[[TextColumn], TextColumn]) -> Method:
    return columns(lambda found: change(found) if isinstance(found, TextColumn) else found)


def nan_is_missing(found: NumberColumn) -> NumberColumn:
    return NumberColumn(found.values, bytes(not math.isnan(value) for value in found.values))


def missing_is_zero(found: NumberColumn) -> NumberColumn:
    values = [value if present else 0.0 for value, present in zip(found.values, found.present, strict=True)]
    return NumberColumn(array("d", values), bytes(len(values)).replace(b"\0", b"\1"))


def last_is_all(query: Any) -> Any:
    last = [attrs.evolve(one, aggregate=Aggregate.LAST) for one in query.columns]
    return attrs.evolve(query, columns=last)


def read_last(store: Any, original: Method, query: Any) -> Any:
    frame = original(last_is_all(query))
    return attrs.evolve(frame, columns=dict(zip(query.columns, frame.columns.values(), strict=True)))


def cut_texts(found: TextColumn) -> TextColumn:
    return TextColumn([text[:HEAD] for text in found.categories], found.codes)


def told_again(found: TextColumn) -> TextColumn:
    return TextColumn(
        [found.categories[code] for code in found.codes if code >= 0], array("i", range(len(found.codes)))
    )


def without_some_attributes(store: Any, original: Method, query: Any) -> Any:
    frame = original(query)
    wrong_ones = {
        one: NumberColumn(array("d", [0.0] * len(found.values)), b"\1" * len(found.values))
        for one, found in frame.columns.items()
        if isinstance(found, NumberColumn) and one.kind is Kind.ATTRIBUTE
    }
    return attrs.evolve(frame, columns={**frame.columns, **wrong_ones})


def remembered(method: str) -> Factory:
    """A store that answers the same question as it did before, whatever was written since."""

    def remember(store: Any, original: Method, *arguments: Any, **named: Any) -> Any:
        asked = repr((method, arguments, named))
        known = store.__dict__.setdefault("remembered", {})
        if asked not in known:
            known[asked] = original(*arguments, **named)
        return known[asked]

    return wrong(STORE, **{method: remember})


def shown_total(frame: Frame) -> Frame:
    return attrs.evolve(frame, total=len(frame.run_ids))


def offset_of_page(store: Any, original: Method, query: Any) -> Any:
    """Starts again among the runs without a value."""
    whole = original(attrs.evolve(query, offset=0, max_results=1_000))
    have = [run_id for run_id in whole.run_ids if not run_id.startswith("none")]
    if query.offset > len(have):
        return original(attrs.evolve(query, offset=len(have)))
    return original(query)


def reversed_columns(store: Any, original: Method, query: Any) -> Any:
    frame = original(query)
    return attrs.evolve(frame, columns=dict(reversed(frame.columns.items())))


def only_known_keys(store: Any, original: Method, query: Any) -> Any:
    frame = original(query)
    kept = {
        one: found
        for one, found in frame.columns.items()
        if any(found.present if isinstance(found, NumberColumn) else found.categories)
    }
    if len(kept) < len(frame.columns):
        raise InvalidInput("no run has it")
    return frame


def sorted_values(found: NumberColumn) -> NumberColumn:
    return NumberColumn(array("d", sorted(found.values)), found.present)


FRAMES: dict[str, Factory] = {
    "test_the_store_says_that_it_reads_frames": without_capabilities,
    "test_a_frame_has_the_runs_in_the_order_of_a_search": wrong(STORE, read_frame=given(evolve(order_by=()))),
    "test_a_frame_has_a_metric_as_numbers": wrong(STORE, read_frame=numbers(nan_is_missing)),
    "test_a_frame_has_the_aggregates_of_metrics": wrong(STORE, read_frame=read_last),
    "test_a_frame_has_params_and_tags_as_texts": wrong(STORE, read_frame=texts(cut_texts)),
    "test_the_texts_of_a_column_are_told_once_each": wrong(STORE, read_frame=texts(told_again)),
    "test_a_frame_has_attributes": wrong(STORE, read_frame=without_some_attributes),
    "test_columns_come_as_they_were_asked_for": wrong(STORE, read_frame=reversed_columns),
    "test_a_key_that_no_run_has_is_an_empty_column": wrong(STORE, read_frame=numbers(missing_is_zero)),
    "test_a_frame_has_the_runs_that_meet_the_filter": wrong(STORE, read_frame=given(evolve(filter=None))),
    "test_the_total_is_what_meets_the_filter_in_all": wrong(STORE, read_frame=result(shown_total)),
    "test_the_total_follows_what_is_written": remembered("read_frame"),
    "test_runs_at_the_start_are_left_out": wrong(STORE, read_frame=given(evolve(offset=0))),
    "test_an_offset_goes_on_among_runs_without_a_value": wrong(STORE, read_frame=offset_of_page),
    "test_a_frame_has_only_runs_of_its_experiments_and_view": wrong(STORE, read_frame=given(evolve(view=ViewType.ALL))),
    "test_a_large_frame_has_every_value_in_its_place": wrong(STORE, read_frame=numbers(sorted_values)),
    "test_what_is_no_frame_is_refused": wrong(STORE, read_frame=swallow(InvalidInput, Frame([], {}, 0))),
}


def keys(change: Callable[[KeySummary], KeySummary]) -> Method:
    return result(lambda schema: attrs.evolve(schema, keys=[change(one) for one in schema.keys]))


def describe_all(store: Any, original: Method, experiment_ids: Any, **named: Any) -> Any:
    return original(experiment_ids, **{name: value for name, value in named.items() if name == "max_values"})


def describe_the_first(store: Any, original: Method, experiment_ids: Any, *, max_values: int = 50, **named: Any) -> Any:
    schema = original(experiment_ids, max_values=1_000, **named)
    cut = [one if one.values is None else attrs.evolve(one, values=one.values[:max_values]) for one in schema.keys]
    return FrameSchema(schema.total, cut)


def least_of_texts(found: KeySummary) -> KeySummary:
    if not found.numeric or not found.values:
        return found
    return attrs.evolve(found, least=float(min(text for text, _ in found.values)))


SCHEMA: dict[str, Factory] = {
    "test_nothing_is_described_where_nothing_is": wrong(
        STORE, describe_frame=result(lambda schema: attrs.evolve(schema, total=max(schema.total, 1)))
    ),
    "test_keys_are_told_by_kind_and_name": wrong(
        STORE,
        describe_frame=result(
            lambda schema: attrs.evolve(schema, keys=sorted(schema.keys, key=lambda one: one.identifier.key))
        ),
    ),
    "test_a_metric_is_told_with_its_range": wrong(
        STORE, describe_frame=keys(lambda one: attrs.evolve(one, varies=one.least != one.greatest))
    ),
    "test_a_param_is_told_with_its_values": wrong(
        STORE, describe_frame=keys(lambda one: attrs.evolve(one, values=one.values and sorted(one.values)))
    ),
    "test_a_param_that_reads_as_a_number_has_a_range": wrong(STORE, describe_frame=keys(least_of_texts)),
    "test_very_many_values_are_not_told": wrong(STORE, describe_frame=describe_the_first),
    "test_only_matching_runs_are_described": wrong(STORE, describe_frame=describe_all),
    "test_the_description_follows_what_is_written": remembered("describe_frame"),
}


@pytest.mark.parametrize("test", FRAMES)
def test_a_wrong_double_is_caught_reading_frames(test: str) -> None:
    assert_caught(FramesContract, test, FRAMES[test])


@pytest.mark.parametrize("test", SCHEMA)
def test_a_wrong_double_is_caught_describing_frames(test: str) -> None:
    assert_caught(FrameSchemaContract, test, SCHEMA[test])


def test_every_test_of_frames_has_a_double() -> None:
    assert_each_has_a_double(FramesContract, FRAMES)
    assert_each_has_a_double(FrameSchemaContract, SCHEMA)
