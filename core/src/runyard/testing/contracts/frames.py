"""What every tracking store does that answers in columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import pytest

from runyard.entities import Metric, RunStatus, RunUpdate, ViewType
from runyard.errors import InvalidInput
from runyard.protocols.frames import Column, Frame, FrameQuery, KeySummary, NumberColumn, ReadsFrames
from runyard.protocols.tracking import TrackingStore
from runyard.query import Aggregate, Filter, Identifier, Kind, OrderBy, Target, parse_filter, parse_order
from runyard.testing.contracts.tracking_steps import dataset_input, new_run

LONG = "x" * 150


class FramesStore(TrackingStore, ReadsFrames, Protocol):
    """Both at once."""


def metric(key: str, aggregate: Aggregate = Aggregate.LAST) -> Identifier:
    return Identifier(Kind.METRIC, key, aggregate)


def param(key: str) -> Identifier:
    return Identifier(Kind.PARAM, key)


def tag(key: str) -> Identifier:
    return Identifier(Kind.TAG, key)


def attribute(key: str) -> Identifier:
    return Identifier(Kind.ATTRIBUTE, key)


def values_of(column: Column) -> list[float | str | None]:
    """A column's values, None where a run has none."""
    if isinstance(column, NumberColumn):
        assert (column.values.typecode, len(column.present)) == ("d", len(column.values))
        return [value if present else None for value, present in zip(column.values, column.present, strict=True)]
    assert column.codes.typecode == "i"
    return [None if code < 0 else column.categories[code] for code in column.codes]


def logged(store: TrackingStore, run_id: str, number: float, text: str, *, start: int = 0) -> None:
    """A run with a metric, a param and a tag."""
    new_run(store, run_id, start_time=1_000 + start)
    store.log_batch(run_id, metrics=[Metric("m", number, 1, 0)], params={"p": text}, tags={"t": text})


def some_runs(store: TrackingStore, count: int = 5) -> list[str]:
    """Runs, the latest first, of which each has a number and a text of its own."""
    for number in range(count):
        logged(store, f"r{number}", float(number), f"text {number}", start=number)
    return [f"r{number}" for number in reversed(range(count))]


def query(
    *columns: Identifier,
    text: str | None = None,
    order: Sequence[str] = (),
    offset: int = 0,
    max_results: int = 1_000,
    view: ViewType = ViewType.ACTIVE_ONLY,
    experiment_ids: Sequence[str] = ("0",),
) -> FrameQuery:
    return FrameQuery(
        experiment_ids=experiment_ids,
        columns=columns,
        filter=searched(text),
        order_by=ordered(order),
        offset=offset,
        max_results=max_results,
        view=view,
    )


def searched(text: str | None) -> Filter | None:
    return parse_filter(text, Target.RUNS)


def ordered(order: Sequence[str]) -> Sequence[OrderBy]:
    return parse_order(order, Target.RUNS)


def column(store: ReadsFrames, identifier: Identifier, *, view: ViewType = ViewType.ACTIVE_ONLY) -> object:
    """One column by the ids of the runs."""
    frame = store.read_frame(query(identifier, view=view))
    return dict(zip(frame.run_ids, values_of(frame.columns[identifier]), strict=True))


def shape(frame: Frame) -> tuple[list[str], int]:
    return list(frame.run_ids), frame.total


class FramesContract:
    """Runs in columns. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_store_says_that_it_reads_frames(self, store: FramesStore) -> None:
        assert isinstance(store, ReadsFrames)

    def test_a_frame_has_the_runs_in_the_order_of_a_search(self, store: FramesStore) -> None:
        latest_first = some_runs(store)
        assert shape(store.read_frame(query())) == (latest_first, 5)
        assert shape(store.read_frame(query(order=["metrics.m"]))) == (latest_first[::-1], 5)
        new_run(store, "none", start_time=1)
        new_run(store, "nan", start_time=1)
        store.log_batch("nan", metrics=[Metric("m", math.nan, 1, 0)])
        found = store.read_frame(query(order=["metrics.m DESC"]))
        assert shape(found) == ([*latest_first, "nan", "none"], 7)

    def test_a_frame_has_a_metric_as_numbers(self, store: FramesStore) -> None:
        logged(store, "r1", 0.5, "a")
        logged(store, "nan", math.nan, "a")
        logged(store, "inf", -math.inf, "a")
        new_run(store, "none")
        frame = store.read_frame(query(metric("m")))
        found = frame.columns[metric("m")]
        assert isinstance(found, NumberColumn)
        values = dict(zip(frame.run_ids, values_of(found), strict=True))
        assert math.isnan(float(values.pop("nan") or 0))
        assert values == {"r1": 0.5, "inf": -math.inf, "none": None}
        assert math.isnan(found.values[list(frame.run_ids).index("none")])

    @pytest.mark.parametrize(
        ("aggregate", "expected"),
        [
            (Aggregate.LAST, 2.0),
            (Aggregate.FIRST, 4.0),
            (Aggregate.MIN, 1.0),
            (Aggregate.MAX, 5.0),
            (Aggregate.MEAN, 3.0),
            (Aggregate.BEST_STEP, 20.0),
        ],
    )
    def test_a_frame_has_the_aggregates_of_metrics(
        self, store: FramesStore, aggregate: Aggregate, expected: float
    ) -> None:
        new_run(store, "r1")
        points = [(0, 4.0), (10, 5.0), (20, 1.0), (30, math.nan), (40, 2.0)]
        store.log_batch("r1", metrics=[Metric("loss", value, step, step) for step, value in points])
        new_run(store, "only-nan")
        store.log_batch("only-nan", metrics=[Metric("loss", math.nan, 1, 1)])
        new_run(store, "none")
        found = column(store, metric("loss", aggregate))
        assert isinstance(found, dict)
        of_nan = found.pop("only-nan")
        assert found == {"r1": expected, "none": None}
        has_nan = aggregate in {Aggregate.LAST, Aggregate.FIRST}
        assert math.isnan(of_nan) if has_nan else of_nan is None

    def test_a_frame_has_params_and_tags_as_texts(self, store: FramesStore) -> None:
        logged(store, "r1", 1.0, "a")
        logged(store, "r2", 1.0, "b")
        logged(store, "r3", 1.0, "a")
        logged(store, "long", 1.0, f"{LONG}1")
        logged(store, "longer", 1.0, f"{LONG}2")
        new_run(store, "none")
        expected = {"r1": "a", "r2": "b", "r3": "a", "long": f"{LONG}1", "longer": f"{LONG}2", "none": None}
        assert column(store, param("p")) == expected
        assert column(store, tag("t")) == expected

    def test_the_texts_of_a_column_are_told_once_each(self, store: FramesStore) -> None:
        for number in range(6):
            logged(store, f"r{number}", 1.0, "ab"[number % 2])
        found = store.read_frame(query(param("p"))).columns[param("p")]
        assert not isinstance(found, NumberColumn)
        assert sorted(found.categories) == ["a", "b"]

    def test_a_frame_has_attributes(self, store: FramesStore) -> None:
        experiment = store.create_experiment("other")
        new_run(store, "r1", experiment_id=experiment.experiment_id, run_name="one", start_time=7)
        new_run(store, "r2", experiment_id=experiment.experiment_id, run_name="two", start_time=6)
        store.update_run(RunUpdate("r2", status=RunStatus.FINISHED, end_time=9))
        store.delete_run("r2")
        uris = [store.get_run(run_id).info.artifact_uri for run_id in ("r1", "r2")]
        expected: dict[str, list[object]] = {
            "run_id": ["r1", "r2"],
            "run_name": ["one", "two"],
            "status": ["RUNNING", "FINISHED"],
            "user_id": ["ada", "ada"],
            "artifact_uri": list(uris),
            "start_time": [7.0, 6.0],
            "end_time": [None, 9.0],
            "experiment_id": [experiment.experiment_id] * 2,
            "lifecycle_stage": ["active", "deleted"],
        }
        columns = [attribute(name) for name in expected]
        asked = query(*columns, experiment_ids=[experiment.experiment_id], view=ViewType.ALL)
        found = store.read_frame(asked).columns
        assert {one.key: values_of(found[one]) for one in columns} == expected

    def test_columns_come_as_they_were_asked_for(self, store: FramesStore) -> None:
        logged(store, "r1", 1.0, "a")
        asked = [tag("t"), metric("m"), attribute("run_name"), param("p"), metric("m", Aggregate.MIN)]
        assert list(store.read_frame(query(*asked)).columns) == asked

    def test_a_key_that_no_run_has_is_an_empty_column(self, store: FramesStore) -> None:
        logged(store, "r1", 1.0, "a")
        assert column(store, metric("nothing")) == {"r1": None}
        assert column(store, param("nothing")) == {"r1": None}
        assert column(store, param("m")) == {"r1": None}
        assert column(store, tag("p")) == {"r1": None}

    def test_a_frame_has_the_runs_that_meet_the_filter(self, store: FramesStore) -> None:
        some_runs(store)
        found = store.read_frame(query(metric("m"), text="metrics.m >= 2 AND params.p != 'text 3'"))
        assert shape(found) == (["r4", "r2"], 2)
        assert values_of(found.columns[metric("m")]) == [4.0, 2.0]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("metrics.m < 2", 2),
            ("metrics.m < 1 OR metrics.m > 3", 2),
            ("NOT metrics.m < 2", 4),
            ("metrics.m IS NULL", 1),
            ("metrics.m IS NOT NULL", 5),
            ("metrics.m.mean > 1", 3),
            ("metrics.m.mean IS NOT NULL", 5),
            ("metrics.m.min IS NOT NULL AND tags.t LIKE 'text%'", 5),
            ("tags.t IN ('text 1', 'text 2', 'nothing')", 2),
            ("params.p =~ '[12]$'", 2),
            ("attributes.run_id != 'r1'", 5),
            ("end_time IS NULL", 6),
            ("datasets.name = 'iris'", 1),
            ("params.nothing = '1'", 0),
            ("NOT params.nothing = '1'", 6),
        ],
    )
    def test_the_total_is_what_meets_the_filter_in_all(self, store: FramesStore, text: str, expected: int) -> None:
        some_runs(store)
        new_run(store, "none")
        store.log_inputs("r1", [dataset_input(), dataset_input(digest="d2")])
        for max_results in (1, 100):
            assert store.read_frame(query(text=text, max_results=max_results)).total == expected

    def test_the_total_follows_what_is_written(self, store: FramesStore) -> None:
        some_runs(store)
        asked = query(text="metrics.m > 1", max_results=1)
        assert store.read_frame(asked).total == 3
        store.log_batch("r0", metrics=[Metric("m", 7.0, 1, 9)])
        assert store.read_frame(asked).total == 4
        store.delete_run("r1")
        store.delete_run("r0")
        assert store.read_frame(asked).total == 3
        assert store.read_frame(query(max_results=1)).total == 3
        tagged = query(text="tags.t = 'new'", max_results=1)
        assert store.read_frame(tagged).total == 0
        store.log_batch("r2", tags={"t": "new"})
        store.log_batch("r3", tags={"t": "new"}, metrics=[Metric("m", 0.0, 1, 9)])
        assert (store.read_frame(tagged).total, store.read_frame(asked).total) == (2, 2)
        store.restore_run("r1")
        new_run(store, "more")
        assert store.read_frame(query(max_results=1)).total == 5

    def test_runs_at_the_start_are_left_out(self, store: FramesStore) -> None:
        latest_first = some_runs(store)
        for order in ([], ["metrics.m DESC"], ["params.p DESC"]):
            asked = query(metric("m"), order=order, offset=1, max_results=2)
            assert shape(store.read_frame(asked)) == (latest_first[1:3], 5)
            assert values_of(store.read_frame(asked).columns[metric("m")]) == [3.0, 2.0]
            assert shape(store.read_frame(query(order=order, offset=4))) == (latest_first[4:], 5)
            assert shape(store.read_frame(query(order=order, offset=99))) == ([], 5)

    def test_an_offset_goes_on_among_runs_without_a_value(self, store: FramesStore) -> None:
        latest_first = some_runs(store, 3)
        for number in range(3):
            new_run(store, f"none{number}", start_time=9 - number)
        expected = [*latest_first, "none0", "none1", "none2"]
        for offset in range(7):
            found = store.read_frame(query(order=["metrics.m DESC"], offset=offset, max_results=2))
            assert shape(found) == (expected[offset : offset + 2], 6)

    def test_a_frame_has_only_runs_of_its_experiments_and_view(self, store: FramesStore) -> None:
        other = store.create_experiment("other").experiment_id
        new_run(store, "r1")
        new_run(store, "r2", experiment_id=other)
        new_run(store, "r3")
        store.delete_run("r3")
        assert shape(store.read_frame(query())) == (["r1"], 1)
        assert shape(store.read_frame(query(view=ViewType.DELETED_ONLY))) == (["r3"], 1)
        assert shape(store.read_frame(query(view=ViewType.ALL, experiment_ids=["0", other]))) == (["r1", "r2", "r3"], 3)
        assert shape(store.read_frame(query(metric("m"), experiment_ids=["987654"]))) == ([], 0)
        assert shape(store.read_frame(query(metric("m"), experiment_ids=["no id"]))) == ([], 0)

    def test_a_large_frame_has_every_value_in_its_place(self, store: FramesStore) -> None:
        expected: dict[str, tuple[float | None, str | None]] = {}
        for number in range(60):
            run_id = f"r{number * 7919 % 60}"
            new_run(store, run_id, start_time=number % 7)
            value = number / 3 if number % 4 else None
            text = f"{LONG if number % 9 == 0 else ''}{number % 5}" if number % 3 else None
            store.log_batch(
                run_id,
                metrics=[] if value is None else [Metric("m", value, 1, 0)],
                params={} if text is None else {"p": text},
            )
            expected[run_id] = value, text
        frame = store.read_frame(query(metric("m"), param("p")))
        assert frame.total == 60
        columns = [values_of(frame.columns[one]) for one in (metric("m"), param("p"))]
        assert dict(zip(frame.run_ids, zip(*columns, strict=True), strict=True)) == expected

    @pytest.mark.parametrize(
        "asked",
        [
            query(max_results=0),
            query(offset=-1),
            query(Identifier(Kind.DATASET, "name")),
            query(attribute("nothing")),
        ],
    )
    def test_what_is_no_frame_is_refused(self, store: FramesStore, asked: FrameQuery) -> None:
        some_runs(store, 1)
        with pytest.raises(InvalidInput):
            store.read_frame(asked)


def described(store: ReadsFrames, **named: object) -> dict[str, KeySummary]:
    schema = store.describe_frame(["0"], **named)  # type: ignore[arg-type]
    return {f"{one.identifier.kind}.{one.identifier.key}": one for one in schema.keys}


class FrameSchemaContract:
    """What runs have. Fixture: `store`, fresh but for the experiment Default."""

    def test_nothing_is_described_where_nothing_is(self, store: FramesStore) -> None:
        schema = store.describe_frame(["0"])
        assert (schema.total, list(schema.keys)) == (0, [])

    def test_keys_are_told_by_kind_and_name(self, store: FramesStore) -> None:
        new_run(store, "r1")
        store.log_batch("r1", metrics=[Metric("z", 1.0, 1), Metric("a", 1.0, 1)], params={"b": "1"}, tags={"c": "1"})
        schema = store.describe_frame(["0"])
        assert schema.total == 1
        found = [(one.identifier.kind, one.identifier.key) for one in schema.keys]
        assert found == [
            (Kind.METRIC, "a"),
            (Kind.METRIC, "z"),
            (Kind.PARAM, "b"),
            (Kind.TAG, "c"),
            (Kind.TAG, "mlflow.runName"),
        ]

    def test_a_metric_is_told_with_its_range(self, store: FramesStore) -> None:
        for number in range(3):
            new_run(store, f"r{number}")
            store.log_batch(f"r{number}", metrics=[Metric("m", 99.0, 1, 0), Metric("m", number - 1.5, 1, 1)])
            store.log_batch(f"r{number}", metrics=[Metric("same", 2.0, 1, number), Metric("nan", math.nan, 1)])
        store.log_batch("r0", metrics=[Metric("few", 2.0, 1), Metric("mixed", math.nan, 1)])
        store.log_batch("r1", metrics=[Metric("mixed", math.inf, 1)])
        store.log_batch("r2", metrics=[Metric("mixed", math.inf, 1)])
        found = described(store)
        assert found["metric.m"] == KeySummary(metric("m"), 3, varies=True, numeric=True, least=-1.5, greatest=0.5)
        same = KeySummary(metric("same"), 3, varies=False, numeric=True, least=2.0, greatest=2.0)
        assert found["metric.same"] == same
        assert found["metric.nan"] == KeySummary(metric("nan"), 3, varies=False, numeric=True)
        few = KeySummary(metric("few"), 1, varies=True, numeric=True, least=2.0, greatest=2.0)
        assert found["metric.few"] == few
        mixed = KeySummary(metric("mixed"), 3, varies=True, numeric=True, least=math.inf, greatest=math.inf)
        assert found["metric.mixed"] == mixed

    def test_a_param_is_told_with_its_values(self, store: FramesStore) -> None:
        for number, text in enumerate(["a", "b", "b", f"{LONG}1", f"{LONG}2"]):
            new_run(store, f"r{number}")
            store.log_batch(f"r{number}", params={"p": text, "same": "x"}, tags={"t": text})
        found = described(store)
        values = [("b", 2), ("a", 1), (f"{LONG}1", 1), (f"{LONG}2", 1)]
        assert found["param.p"] == KeySummary(param("p"), 5, varies=True, numeric=False, values=values)
        assert found["tag.t"] == KeySummary(tag("t"), 5, varies=True, numeric=False, values=values)
        assert found["param.same"] == KeySummary(param("same"), 5, varies=False, numeric=False, values=[("x", 5)])

    def test_a_param_that_reads_as_a_number_has_a_range(self, store: FramesStore) -> None:
        for number, text in enumerate(["10", "9.5", "1e-3"]):
            new_run(store, f"r{number}")
            store.log_batch(f"r{number}", params={"lr": text, "mixed": text if number else "auto"}, tags={"t": text})
        found = described(store)
        assert (found["param.lr"].numeric, found["param.lr"].least, found["param.lr"].greatest) == (True, 0.001, 10.0)
        assert (found["param.mixed"].numeric, found["param.mixed"].least) == (False, None)
        assert (found["tag.t"].numeric, found["tag.t"].least) == (False, None)

    def test_very_many_values_are_not_told(self, store: FramesStore) -> None:
        some_runs(store)
        assert len(described(store, max_values=5)["param.p"].values or ()) == 5
        for most in (0, 1, 4):
            found = described(store, max_values=most)["param.p"]
            assert (found.values, found.runs, found.varies) == (None, 5, True)
        assert not described(store, max_values=0)["tag.mlflow.runName"].varies

    def test_only_matching_runs_are_described(self, store: FramesStore) -> None:
        some_runs(store)
        other = store.create_experiment("other").experiment_id
        new_run(store, "elsewhere", experiment_id=other)
        store.log_batch("elsewhere", params={"q": "1", "p": "elsewhere"})
        store.delete_run("r4")
        found = described(store, filter=searched("metrics.m >= 2"))
        assert found["param.p"].values == [("text 2", 1), ("text 3", 1)]
        assert (found["metric.m"].runs, found["metric.m"].least, found["metric.m"].greatest) == (2, 2.0, 3.0)
        assert "param.q" not in found
        assert store.describe_frame(["0"], view=ViewType.ALL).total == 5
        assert store.describe_frame(["0", other]).total == 5

    def test_the_description_follows_what_is_written(self, store: FramesStore) -> None:
        some_runs(store, 2)
        assert described(store)["metric.m"].greatest == 1.0
        store.log_batch("r0", metrics=[Metric("m", 7.0, 1, 9)])
        assert described(store)["metric.m"].greatest == 7.0
        store.delete_run("r0")
        assert (store.describe_frame(["0"]).total, described(store)["metric.m"].greatest) == (1, 1.0)
