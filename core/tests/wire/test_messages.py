"""Batches and curves survive the way over the network, and bytes that are none are refused."""

from __future__ import annotations

import json
import math
import struct
import time
import zlib
from array import array
from collections.abc import Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runyard import wire
from runyard.entities import (
    Batch,
    Dataset,
    DatasetInput,
    MetricColumns,
    ModelMetric,
    RunStart,
    RunStatus,
    RunUpdate,
)
from runyard.errors import InvalidInput

RUN = "0" * 32
INTEGERS = st.integers(-(2**63), 2**63 - 1)
POINTS = st.lists(st.tuples(INTEGERS, INTEGERS, st.floats()))
NEAR = st.builds(
    lambda start, deltas: [start + sum(deltas[:at]) for at in range(len(deltas) + 1)],
    st.integers(-(2**40), 2**40),
    st.lists(st.integers(-300, 300), max_size=30) | st.lists(st.just(7), max_size=30),
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
IDS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,10}", fullmatch=True)
KEYS = st.from_regex(r"[\w]{1,5}( [\w]{1,3})?", fullmatch=True)


def same(left: MetricColumns, right: MetricColumns) -> bool:
    return (left.steps, left.timestamps) == (right.steps, right.timestamps) and (
        left.values.tobytes() == right.values.tobytes()
    )


def curve(count: int = 1000, *, single: bool = False) -> MetricColumns:
    values = array("d", [1 / (1 + at) for at in range(count)])
    now = 1_790_000_000_000
    times = array("q", [now + at * 13 + (at * 7919) % 5 for at in range(count)])
    return MetricColumns(array("q", range(count)), times, array("d", array("f", values)) if single else values)


def framed(head: object, tail: bytes = b"", *, kind: bytes = b"B") -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return b"RYWR\x01" + kind + b"\0\0" + struct.pack("<I", len(text)) + text + tail


def full_batch(points: Mapping[tuple[str, str], MetricColumns] | None = None) -> Batch:
    return Batch(
        journal_id="journal-1",
        first=1,
        last=2**62,
        starts=[RunStart(RUN, "größe", "ann", 1_700_000_000_000, experiment_name="/team/日本", tags={"a": "1\n"})],
        params=[(RUN, "lr", "0.1"), (RUN, "empty", "")],
        tags=[(RUN, "note", "ok"), (RUN, "gone", None)],
        inputs=[
            (RUN, DatasetInput(Dataset("d", "abc", "local", "{}", profile="{}"), {"mlflow.data.context": "train"}))
        ],
        points={(RUN, "loss"): curve(5)} if points is None else points,
        measurements=[
            ModelMetric("m-1", "acc", math.inf, 7, 3, RUN, "d", "abc"),
            ModelMetric("m-2", "a", 1, 0, 0, RUN),
        ],
        updates=[RunUpdate(RUN, RunStatus.FINISHED, 12), RunUpdate(RUN, run_name="new")],
    )


class TestCurves:
    @given(points=POINTS, compress=st.booleans())
    def test_whatever_was_logged_comes_back(self, points: list[tuple[int, int, float]], compress: bool) -> None:
        columns = MetricColumns.from_points(points)
        assert same(wire.decode_columns(wire.encode_columns(columns, compress=compress)), columns)

    @given(steps=NEAR, times=NEAR, width=st.integers(16, 64))
    @example(steps=[0, -(2**63) + 1, 2**62, 5, 5, 5], times=[2**63 - 1] * 6, width=32)
    def test_neighbours_and_even_strides_come_back(self, steps: list[int], times: list[int], width: int) -> None:
        count = min(len(steps), len(times))
        points = [(steps[at], times[at], math.sin(at) * 2.0**width) for at in range(count)]
        columns = MetricColumns.from_points(points)
        assert same(wire.decode_columns(wire.encode_columns(columns)), columns)

    @given(st.lists(st.floats(width=32), min_size=5))
    @example([1.0, 1e300, -1e39, 0.1, math.inf, -math.inf])
    @example([0.5, math.nan, -math.nan, struct.unpack("<d", b"\1\0\0\0\0\0\xf8\x7f")[0], -0.0])
    def test_single_floats_lose_nothing(self, values: list[float]) -> None:
        columns = MetricColumns.from_points([(at, at, value) for at, value in enumerate(values)])
        assert same(wire.decode_columns(wire.encode_columns(columns)), columns)

    def test_a_typical_curve_takes_few_bytes(self) -> None:
        assert len(wire.encode_columns(curve())) < 1000 * (8 + 1) + 200
        assert len(wire.encode_columns(curve(single=True))) < 1000 * (4 + 1) + 200

    def test_many_curves_keep_their_names(self) -> None:
        curves = {(f"run{at % 3}", f"größe/{at}"): curve(at) for at in (*range(20), 9000, 63, 64, 65, 66)}
        found = wire.decode_curves(wire.encode_curves(curves, compress=True))
        assert list(found) == list(curves)
        assert all(same(found[name], curves[name]) for name in curves)

    def test_named_curves_are_no_single_curve(self) -> None:
        with pytest.raises(InvalidInput, match="instead of one"):
            wire.decode_columns(wire.encode_curves({("a", "b"): curve(1)}))

    def test_columns_of_different_lengths_are_a_mistake_of_the_program(self) -> None:
        with pytest.raises(ValueError, match="different lengths"):
            wire.encode_columns(MetricColumns(array("q", [1]), array("q"), array("d", [1.0])))

    def test_two_million_points_a_second_pass_each_way(self) -> None:
        columns = curve(100_000)
        data = wire.encode_columns(columns)
        times = []
        for _ in range(5):
            before = time.process_time()
            wire.decode_columns(wire.encode_columns(columns))
            times.append(time.process_time() - before)
        assert same(wire.decode_columns(data), columns)
        assert min(times) < 3 * 2 * 100_000 / 2e6  # thrice the aim, for slower machines


class TestBatches:
    def test_everything_in_a_batch_comes_back(self) -> None:
        for compress in (False, True):
            found = wire.decode_batch(wire.encode_batch(full_batch(), compress=compress))
            assert same(found.points[RUN, "loss"], curve(5))
            assert _without_points(found) == _without_points(full_batch())

    def test_an_empty_batch_comes_back(self) -> None:
        batch = Batch("journal", 3, 9)
        assert _without_points(wire.decode_batch(wire.encode_batch(batch))) == _without_points(batch)

    @given(
        params=st.lists(st.tuples(IDS, KEYS, TEXT), max_size=4),
        tags=st.lists(st.tuples(IDS, KEYS, TEXT | st.none()), max_size=4),
        points=st.dictionaries(
            st.tuples(IDS, KEYS),
            st.lists(st.tuples(INTEGERS, st.integers(0, 2**63 - 1), st.floats()), max_size=8).map(
                MetricColumns.from_points
            ),
            max_size=3,
        ),
        compress=st.booleans(),
    )
    def test_any_valid_batch_comes_back(
        self,
        params: list[tuple[str, str, str]],
        tags: list[tuple[str, str, str | None]],
        points: dict[tuple[str, str], MetricColumns],
        compress: bool,
    ) -> None:
        batch = Batch("j", 1, 2, params=params, tags=tags, points=points)
        found = wire.decode_batch(wire.encode_batch(batch, compress=compress))
        assert (found.params, found.tags) == (params, tags)
        assert all(same(found.points[name], columns) for name, columns in points.items())

    @pytest.mark.parametrize(
        ("change", "match"),
        [
            ({"journal_id": "../x"}, "not a run id"),
            ({"journal_id": None}, "not a run id"),
            ({"first": 0}, "positive"),
            ({"first": 2.0}, "positive"),
            ({"first": 9, "last": 8}, "goes from 9 to 8"),
            ({"last": 2**63}, "positive"),
            ({"params": [["r", "k"]]}, "not complete"),
            ({"params": [["r", "k", 1]]}, "must be a string"),
            ({"params": [["r", "k", "\ud800"]]}, "cannot be stored"),
            ({"params": [["r", "a//b", "1"]]}, "relative path"),
            ({"params": {}}, "no list"),
            ({"params": ["abc"]}, "list of lists"),
            ({"tags": [["r", "k", 3]]}, "must be a string"),
            ({"inputs": [["r", {}]]}, "lacks dataset"),
            ({"measurements": [{"model_id": "m-1", "key": "a", "value": 1, "timestamp": 0}]}, "not a run id"),
            ({"measurements": [{"model_id": "../m", "key": "a", "value": 1, "timestamp": 0}]}, "logged model's id"),
            ({"measurements": [{"model_id": "m-1", "key": "a", "value": 1, "timestamp": -1}]}, "timestamp"),
            ({"inputs": [["r", {"dataset": {"name": ""}}]]}, "lacks"),
            ({"starts": [{"run_id": "r"}]}, "lacks"),
            ({"starts": [{"run_id": "r", "run_name": "n", "user_id": "", "start_time": 1}]}, "either id or name"),
            ({"updates": [{"run_id": "r", "status": "DONE"}]}, "must be one of"),
            ({"updates": [{"run_id": "r", "end_time": True}]}, "whole number"),
            ({"runs": ["r"], "curves": [[1, "k", 1]]}, "no run"),
            ({"runs": ["r"], "curves": [[True, "k", 1]]}, "no run"),
            ({"runs": ["r"], "curves": [[0, "k", -1]]}, "no run"),
            ({"runs": ["r"], "curves": [[0, "k", True]]}, "no run"),
            ({"runs": ["r"], "curves": [[0, "k"]]}, "no run"),
            ({"runs": [1], "curves": [[0, "k", 1]]}, "no id"),
            ({"runs": ["r"], "curves": [[0, "k", 1]]}, "cannot be read"),
            ({"runs": ["r"], "curves": [[0, "k", 100]]}, "cannot be read"),
        ],
    )
    def test_what_keeps_no_rule_is_refused(self, change: dict[str, object], match: str) -> None:
        with pytest.raises(InvalidInput, match=match):
            wire.decode_batch(framed({"journal_id": "j", "first": 1, "last": 2} | change))

    def test_a_negative_timestamp_is_refused(self) -> None:
        batch = Batch("j", 1, 2, points={("r", "k"): MetricColumns.from_points([(1, -1, 0.0)])})
        with pytest.raises(InvalidInput, match="negative timestamp"):
            wire.decode_batch(wire.encode_batch(batch))

    def test_a_curve_is_not_taken_twice(self) -> None:
        data = wire.encode_curves({("r", "k"): curve(1), ("r", "j"): curve(1)})
        with pytest.raises(InvalidInput, match="twice"):
            wire.decode_curves(data.replace(b'"j"', b'"k"'))


class TestHostileBytes:
    @pytest.mark.parametrize("data", [b"", b"RYWR", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100, b"RYWR\x01B\0\0"])
    def test_what_is_no_message_is_refused(self, data: bytes) -> None:
        for decode in (wire.decode_batch, wire.decode_columns, wire.decode_curves):
            with pytest.raises(InvalidInput):
                decode(data)

    def test_every_cut_is_noticed(self) -> None:
        for compress in (False, True):
            data = wire.encode_batch(full_batch(), compress=compress)
            for end in range(len(data)):
                with pytest.raises(InvalidInput):
                    wire.decode_batch(data[:end])

    def test_trailing_bytes_are_noticed(self) -> None:
        for compress in (False, True):
            with pytest.raises(InvalidInput, match="goes on"):
                wire.decode_batch(wire.encode_batch(full_batch(), compress=compress) + b"\0")

    def test_a_newer_version_is_told(self) -> None:
        data = bytearray(wire.encode_batch(full_batch()))
        data[4] = 2
        with pytest.raises(InvalidInput, match="version 2"):
            wire.decode_batch(data)

    @pytest.mark.parametrize("head", [b"[]", b"nan", b'{"first": NaN}', b"\xff", b"[" * 100_000, b"1" * 5000, b'"x"'])
    def test_a_head_that_is_no_object_is_refused(self, head: bytes) -> None:
        with pytest.raises(InvalidInput, match="head of the message"):
            wire.decode_batch(framed(head))

    @pytest.mark.parametrize("count", [2**64 - 1, 2**63, 2**40, 100])
    @pytest.mark.parametrize("packed", [b"=" + bytes(16), b"B" + bytes(8), b"q", b"d", b"?"])
    def test_a_count_that_lies_costs_no_memory(self, count: int, packed: bytes) -> None:
        head = {"runs": ["r"], "curves": [[0, "k", count]]}
        with pytest.raises(InvalidInput):
            wire.decode_curves(framed(head, struct.pack("<Q", count) + packed, kind=b"C"))

    def test_counts_that_differ_are_refused(self) -> None:
        for count in (3, 100):
            data = wire.encode_curves({("r", "k"): curve(count)})
            with pytest.raises(InvalidInput):
                wire.decode_curves(data.replace(f",{count}]]".encode(), f",{count + 1}]]".encode()))

    def test_a_stride_that_leaves_64_bits_is_refused(self) -> None:
        tail = struct.pack("<Qcqq", 5, b"=", 2**62, 2**62) + bytes(100)
        with pytest.raises(InvalidInput):
            wire.decode_curves(framed({"runs": ["r"], "curves": [[0, "k", 5]]}, tail, kind=b"C"))

    def test_a_small_message_that_grows_without_end_is_refused(self) -> None:
        bomb = b"RYWR\x01B\x01\0" + zlib.compress(bytes(10_000_000))
        with pytest.raises(InvalidInput, match="when decompressed"):
            wire.decode_batch(bomb, limit=1_000_000)
        with pytest.raises(InvalidInput, match="at most 100"):
            wire.decode_batch(bytes(101), limit=100)

    @settings(max_examples=300)
    @given(st.data())
    def test_damaged_bytes_are_refused_or_read_as_a_batch(self, data: st.DataObject) -> None:
        message = bytearray(wire.encode_batch(full_batch()))
        for _ in range(data.draw(st.integers(1, 4))):
            message[data.draw(st.integers(8, len(message) - 1))] = data.draw(st.integers(0, 255))
        try:
            found = wire.decode_batch(message)
        except InvalidInput:
            return
        assert isinstance(found, Batch)


def _without_points(batch: Batch) -> tuple[object, ...]:
    return (
        batch.journal_id,
        batch.first,
        batch.last,
        list(batch.starts),
        list(batch.params),
        list(batch.tags),
        list(batch.inputs),
        list(batch.measurements),
        list(batch.updates),
    )
