"""What every tracking store does when it is searched."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from runyard.entities import LifecycleStage, Metric, Run, RunStatus, RunUpdate, ViewType
from runyard.errors import InvalidInput
from runyard.protocols.tracking import ExperimentQuery, RunQuery, TrackingStore
from runyard.query import (
    Aggregate,
    And,
    Comparison,
    Filter,
    Identifier,
    Kind,
    Membership,
    Node,
    Not,
    NullTest,
    Operator,
    Or,
    OrderBy,
)
from runyard.testing.contracts.tracking_steps import dataset_input, log_curve, new_run

LOSS = Identifier(Kind.METRIC, "loss")
DEPTH = Identifier(Kind.PARAM, "depth")
TEAM = Identifier(Kind.TAG, "team")
NAME = Identifier(Kind.ATTRIBUTE, "run_name")
STATUS = Identifier(Kind.ATTRIBUTE, "status")
START = Identifier(Kind.ATTRIBUTE, "start_time")
END = Identifier(Kind.ATTRIBUTE, "end_time")
RUN_ID = Identifier(Kind.ATTRIBUTE, "run_id")
EXPERIMENT = Identifier(Kind.ATTRIBUTE, "experiment_id")
DATASET = Identifier(Kind.DATASET, "name")
CONTEXT = Identifier(Kind.DATASET, "context")


def loss(aggregate: Aggregate) -> Identifier:
    return Identifier(Kind.METRIC, "loss", aggregate)


def populate(store: TrackingStore) -> None:
    """Six runs of the experiment Default, a (the latest) to f, of which f has logged nothing."""
    for number, name in enumerate(["a", "b", "c", "d", "e", "f"]):
        new_run(store, name, run_name=f"Run_{name}", start_time=1_000 - number)
    curves = {
        "a": [0.9, 0.1, 0.5],
        "b": [0.4, 0.3, 0.2],
        "c": [1.0, math.nan],
        "d": [-math.inf, math.inf],
        "e": [2.0],
    }
    for name, values in curves.items():
        log_curve(store, name, "loss", [(step, step, value) for step, value in enumerate(values)])
    for name, depth in {"a": "3", "b": "10", "c": "Deep", "d": "", "e": " 1e1 "}.items():
        store.log_batch(name, params={"depth": depth})
    for name, team in {"a": "blue", "b": "Blue", "c": "blue_1", "d": "50%"}.items():
        store.log_batch(name, tags={"team": team})
    store.log_inputs("a", [dataset_input("iris", context="x", **{"mlflow.data.context": "training"})])
    store.log_inputs("b", [dataset_input("wine", "1"), dataset_input("iris", "2")])
    store.update_run(RunUpdate("e", status=RunStatus.FINISHED, end_time=5_000))


def ids(found: Sequence[Run]) -> str:
    return "".join(run.info.run_id for run in found)


def search(
    store: TrackingStore, tree: Node | None = None, order: Sequence[OrderBy] = (), view: ViewType = ViewType.ACTIVE_ONLY
) -> str:
    """The ids of what is found, one letter each."""
    condition = Filter("(given as a tree)", tree) if tree else None
    return ids(store.search_runs(RunQuery(experiment_ids=["0"], filter=condition, order_by=order, view=view)))


def compare(identifier: Identifier, operator: str, value: str | float) -> Comparison:
    return Comparison(identifier, Operator(operator), value)


FILTERS: list[tuple[str, Node, str]] = [
    ("metrics.loss < 0.5", compare(LOSS, "<", 0.5), "b"),
    ("metrics.loss <= 0.5", compare(LOSS, "<=", 0.5), "ab"),
    ("metrics.loss > 0.5", compare(LOSS, ">", 0.5), "de"),
    ("metrics.loss >= 0.5", compare(LOSS, ">=", 0.5), "ade"),
    ("metrics.loss = 0.5", compare(LOSS, "=", 0.5), "a"),
    ("metrics.loss != 0.5", compare(LOSS, "!=", 0.5), "bcde"),
    ("metrics.loss = Infinity", compare(LOSS, "=", math.inf), "d"),
    ("NOT metrics.loss < 0.5", Not(compare(LOSS, "<", 0.5)), "acdef"),
    ("metrics.loss IS NULL", NullTest(LOSS), "f"),
    ("metrics.loss IS NOT NULL", NullTest(LOSS, negated=True), "abcde"),
    ("metrics.loss.first = 0.4", compare(loss(Aggregate.FIRST), "=", 0.4), "b"),
    ("metrics.loss.min < 0.2", compare(loss(Aggregate.MIN), "<", 0.2), "ad"),
    ("metrics.loss.max <= 1", compare(loss(Aggregate.MAX), "<=", 1.0), "abc"),
    ("metrics.loss.mean = 1", compare(loss(Aggregate.MEAN), "=", 1.0), "c"),
    ("metrics.loss.best_step = 1", compare(loss(Aggregate.BEST_STEP), "=", 1.0), "a"),
    ("params.depth = '10'", compare(DEPTH, "=", "10"), "b"),
    ("params.depth != '10'", compare(DEPTH, "!=", "10"), "acde"),
    ("params.depth = ''", compare(DEPTH, "=", ""), "d"),
    ("params.depth = 'deep'", compare(DEPTH, "=", "deep"), ""),
    ("params.depth = 10", compare(DEPTH, "=", 10.0), "be"),
    ("params.depth < 10", compare(DEPTH, "<", 10.0), "a"),
    ("NOT params.depth < 10", Not(compare(DEPTH, "<", 10.0)), "bcdef"),
    ("params.depth IS NULL", NullTest(DEPTH), "f"),
    ("params.depth IN ('3', '10')", Membership(DEPTH, ("3", "10")), "ab"),
    ("params.depth NOT IN ('3', '10')", Membership(DEPTH, ("3", "10"), negated=True), "cde"),
    ("params.depth IN (3, 10)", Membership(DEPTH, (3.0, 10.0)), "abe"),
    ("tags.team = 'blue'", compare(TEAM, "=", "blue"), "a"),
    ("tags.team = 'blue '", compare(TEAM, "=", "blue "), ""),
    ("tags.team LIKE 'blue%'", compare(TEAM, "LIKE", "blue%"), "ac"),
    ("tags.team ILIKE 'BLUE%'", compare(TEAM, "ILIKE", "BLUE%"), "abc"),
    ("tags.team LIKE '_lue'", compare(TEAM, "LIKE", "_lue"), "ab"),
    ("tags.team LIKE '%0%'", compare(TEAM, "LIKE", "%0%"), "d"),
    ("tags.team =~ '^[bB]lue$'", compare(TEAM, "=~", "^[bB]lue$"), "ab"),
    ("tags.team !~ '^[bB]lue$'", compare(TEAM, "!~", "^[bB]lue$"), "cd"),
    ("NOT tags.team = 'blue'", Not(compare(TEAM, "=", "blue")), "bcdef"),
    ("run_name = 'Run_a'", compare(NAME, "=", "Run_a"), "a"),
    ("run_name ILIKE 'run_B'", compare(NAME, "ILIKE", "run_B"), "b"),
    ("run_id IN ('a', 'f', 'x')", Membership(RUN_ID, ("a", "f", "x")), "af"),
    ("status = 'FINISHED'", compare(STATUS, "=", "FINISHED"), "e"),
    ("status != 'FINISHED'", compare(STATUS, "!=", "FINISHED"), "abcdf"),
    ("start_time >= 998", compare(START, ">=", 998.0), "abc"),
    ("end_time > 0", compare(END, ">", 0.0), "e"),
    ("end_time IS NULL", NullTest(END), "abcdf"),
    ("dataset.name = 'iris'", compare(DATASET, "=", "iris"), "ab"),
    ("dataset.name LIKE 'w%'", compare(DATASET, "LIKE", "w%"), "b"),
    ("dataset.context = 'training'", compare(CONTEXT, "=", "training"), "a"),
    ("loss > 0.1 AND depth = '10'", And((compare(LOSS, ">", 0.1), compare(DEPTH, "=", "10"))), "b"),
    ("loss > 1 OR depth = '10'", Or((compare(LOSS, ">", 1.0), compare(DEPTH, "=", "10"))), "bde"),
    (
        "NOT (loss > 1 OR depth = '10') AND team IS NOT NULL",
        And((Not(Or((compare(LOSS, ">", 1.0), compare(DEPTH, "=", "10")))), NullTest(TEAM, negated=True))),
        "ac",
    ),
]

ORDERS: list[tuple[str, OrderBy, str]] = [
    ("metrics.loss ASC", OrderBy(LOSS), "baedcf"),
    ("metrics.loss DESC", OrderBy(LOSS, ascending=False), "deabcf"),
    ("metrics.loss.min ASC", OrderBy(loss(Aggregate.MIN)), "dabcef"),
    ("params.depth ASC", OrderBy(DEPTH), "debacf"),
    ("params.depth DESC", OrderBy(DEPTH, ascending=False), "cabedf"),
    ("tags.team ASC", OrderBy(TEAM), "dbacef"),
    ("start_time ASC", OrderBy(START), "fedcba"),
    ("run_name DESC", OrderBy(NAME, ascending=False), "fedcba"),
    ("end_time ASC", OrderBy(END), "eabcdf"),
    ("end_time DESC", OrderBy(END, ascending=False), "eabcdf"),
]


class RunSearchContract:
    """Filters, orders, pages, columns. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_latest_start_comes_first_then_the_smaller_id(self, store: TrackingStore) -> None:
        for name, start in {"b": 5, "d": 7, "a": 5, "c": 6}.items():
            new_run(store, name, start_time=start)
        assert search(store) == "dcab"

    def test_only_the_experiments_asked_for_are_searched(self, store: TrackingStore) -> None:
        one, two = (store.create_experiment(name).experiment_id for name in ("one", "two"))
        for name, experiment in {"a": "0", "b": one, "c": two}.items():
            new_run(store, name, experiment_id=experiment)
        found = [ids(store.search_runs(RunQuery(experiment_ids=wanted))) for wanted in ([one], [one, two], [])]
        assert found == ["b", "bc", ""]

    def test_runs_are_told_apart_and_ordered_by_their_experiments(self, store: TrackingStore) -> None:
        made = [store.create_experiment(f"e{number}").experiment_id for number in range(11)]  # 2 comes before 11
        for name, experiment in {"a": made[-1], "b": made[0], "c": "0", "d": made[0]}.items():
            new_run(store, name, experiment_id=experiment)

        def found(condition: Node | None, order: Sequence[OrderBy] = ()) -> str:
            tree = None if condition is None else Filter("(given as a tree)", condition)
            return ids(store.search_runs(RunQuery(experiment_ids=["0", *made], filter=tree, order_by=order)))

        assert found(compare(EXPERIMENT, "=", made[0])) == "bd"
        assert found(compare(EXPERIMENT, "!=", made[0])) == "ac"
        assert found(compare(EXPERIMENT, "=", "none of these")) == ""
        assert found(Membership(EXPERIMENT, ("0", made[-1]))) == "ac"
        assert found(None, [OrderBy(EXPERIMENT)]) == "cbda"
        assert found(None, [OrderBy(EXPERIMENT, ascending=False)]) == "abdc"

    def test_deleted_runs_are_found_only_where_they_are_asked_for(self, store: TrackingStore) -> None:
        for name in ("a", "b", "c"):
            new_run(store, name)
        store.delete_run("b")
        assert [search(store, view=view) for view in ViewType] == ["ac", "b", "abc"]

    @pytest.mark.parametrize(("tree", "expected"), [row[1:] for row in FILTERS], ids=[row[0] for row in FILTERS])
    def test_filters_find_what_they_say(self, store: TrackingStore, tree: Node, expected: str) -> None:
        populate(store)
        assert search(store, tree) == expected

    @pytest.mark.parametrize(("order", "expected"), [row[1:] for row in ORDERS], ids=[row[0] for row in ORDERS])
    def test_orders_put_missing_values_last_and_nan_before_them(
        self, store: TrackingStore, order: OrderBy, expected: str
    ) -> None:
        populate(store)
        assert search(store, order=[order]) == expected

    def test_a_second_order_decides_between_equals(self, store: TrackingStore) -> None:
        for name, team in {"a": "x", "b": "y", "c": "x", "d": "y"}.items():
            new_run(store, name, tags={"team": team})
        order = [OrderBy(TEAM, ascending=False), OrderBy(RUN_ID, ascending=False)]
        assert search(store, order=order) == "dbca"

    def test_naming_an_order_twice_is_no_error(self, store: TrackingStore) -> None:
        populate(store)
        assert search(store, order=[OrderBy(START), OrderBy(START)]) == "fedcba"

    @pytest.mark.parametrize("order", [[], [OrderBy(LOSS)], [OrderBy(TEAM, ascending=False)], [OrderBy(END)]])
    @pytest.mark.parametrize("size", [1, 2, 5])
    def test_pages_give_every_run_once_and_in_order(
        self, store: TrackingStore, order: list[OrderBy], size: int
    ) -> None:
        populate(store)
        found, token = "", None
        for _ in range(10):
            query = RunQuery(experiment_ids=["0"], order_by=order, max_results=size, page_token=token)
            page = store.search_runs(query)
            assert len(page) <= size
            found += ids(page)
            token = page.token
            if token is None:
                break
        assert found == search(store, order=order)

    def test_a_page_that_holds_all_is_the_last(self, store: TrackingStore) -> None:
        populate(store)
        page = store.search_runs(RunQuery(experiment_ids=["0"], max_results=6))
        assert (len(page), page.token) == (6, None)

    def test_a_run_that_starts_between_two_pages_shifts_nothing(self, store: TrackingStore) -> None:
        populate(store)
        first = store.search_runs(RunQuery(experiment_ids=["0"], max_results=3))
        new_run(store, "z", start_time=9_999)
        second = store.search_runs(RunQuery(experiment_ids=["0"], max_results=3, page_token=first.token))
        assert (ids(first), ids(second)) == ("abc", "def")

    def test_a_run_that_is_deleted_between_two_pages_shifts_nothing(self, store: TrackingStore) -> None:
        populate(store)
        first = store.search_runs(RunQuery(experiment_ids=["0"], max_results=3))
        store.delete_run("a")
        second = store.search_runs(RunQuery(experiment_ids=["0"], max_results=3, page_token=first.token))
        assert (ids(first), ids(second)) == ("abc", "def")

    def test_a_page_token_that_is_none_is_refused(self, store: TrackingStore) -> None:
        populate(store)
        with pytest.raises(InvalidInput):
            store.search_runs(RunQuery(experiment_ids=["0"], max_results=3, page_token="no token"))

    @pytest.mark.parametrize("max_results", [0, -1])
    def test_a_page_holds_at_least_one_run(self, store: TrackingStore, max_results: int) -> None:
        with pytest.raises(InvalidInput):
            store.search_runs(RunQuery(experiment_ids=["0"], max_results=max_results))

    def test_a_run_is_found_with_all_that_was_logged(self, store: TrackingStore) -> None:
        populate(store)
        found = {run.info.run_id: run for run in store.search_runs(RunQuery(experiment_ids=["0"]))}
        for name in "abcdef":
            alone = store.get_run(name)
            assert found[name].info == alone.info
            assert dict(found[name].data.params) == dict(alone.data.params)
            assert dict(found[name].data.tags) == dict(alone.data.tags)
            assert _points(found[name]) == _points(alone)
            assert len(found[name].inputs.dataset_inputs) == len(alone.inputs.dataset_inputs)

    def test_chosen_columns_come_alone(self, store: TrackingStore) -> None:
        populate(store)
        store.log_batch("a", metrics=[Metric("other", 1.0, 1, 0)], params={"other": "1"}, tags={"other": "1"})
        query = RunQuery(experiment_ids=["0"], columns=[LOSS, DEPTH, Identifier(Kind.TAG, "absent")])
        found = {run.info.run_id: run for run in store.search_runs(query)}
        assert found["a"].data.metrics == {"loss": 0.5}
        assert dict(found["a"].data.params) == {"depth": "3"}
        assert dict(found["a"].data.tags) == {}
        assert found["a"].info == store.get_run("a").info
        assert (found["f"].data.metrics, dict(found["f"].data.params)) == ({}, {})

    def test_no_columns_are_none(self, store: TrackingStore) -> None:
        populate(store)
        for run in store.search_runs(RunQuery(experiment_ids=["0"], columns=[])):
            assert (run.data.metrics, dict(run.data.params), dict(run.data.tags)) == ({}, {}, {})

    def test_columns_do_not_limit_what_is_filtered_and_ordered_by(self, store: TrackingStore) -> None:
        populate(store)
        condition = Filter("tags.team IS NOT NULL", NullTest(TEAM, negated=True))
        order = [OrderBy(DEPTH, ascending=False)]
        query = RunQuery(experiment_ids=["0"], filter=condition, order_by=order, columns=[LOSS])
        assert ids(store.search_runs(query)) == "cabd"


class ExperimentSearchContract:
    """Filters, orders and pages of experiments. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_newest_experiment_comes_first(self, store: TrackingStore) -> None:
        for number in range(12):
            store.create_experiment(f"e{number}")
        found = list(store.search_experiments(ExperimentQuery()))
        assert len(found) == 13
        assert found == sorted(found, key=lambda one: (-(one.creation_time or 0), int(one.experiment_id)))

    def test_deleted_experiments_are_found_only_where_they_are_asked_for(self, store: TrackingStore) -> None:
        gone = store.create_experiment("gone").experiment_id
        store.delete_experiment(gone)
        found = [{one.name for one in store.search_experiments(ExperimentQuery(view=view))} for view in ViewType]
        assert found == [{"Default"}, {"gone"}, {"Default", "gone"}]
        (deleted,) = store.search_experiments(ExperimentQuery(view=ViewType.DELETED_ONLY))
        assert deleted.lifecycle_stage is LifecycleStage.DELETED

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (compare(Identifier(Kind.ATTRIBUTE, "name"), "=", "cats"), {"cats"}),
            (compare(Identifier(Kind.ATTRIBUTE, "name"), "!=", "cats"), {"Cats", "dogs", "Default"}),
            (compare(Identifier(Kind.ATTRIBUTE, "name"), "LIKE", "%at%"), {"cats", "Cats"}),
            (compare(Identifier(Kind.ATTRIBUTE, "name"), "ILIKE", "CATS"), {"cats", "Cats"}),
            (compare(Identifier(Kind.ATTRIBUTE, "experiment_id"), "=", "0"), {"Default"}),
            (compare(Identifier(Kind.ATTRIBUTE, "creation_time"), ">", 0.0), {"cats", "Cats", "dogs", "Default"}),
            (compare(TEAM, "=", "blue"), {"cats"}),
            (compare(TEAM, "!=", "blue"), {"dogs"}),
            (NullTest(TEAM), {"Cats", "Default"}),
            (Or((compare(TEAM, "=", "blue"), NullTest(TEAM))), {"cats", "Cats", "Default"}),
        ],
    )
    def test_filters_find_the_experiments_they_describe(
        self, store: TrackingStore, condition: Node, expected: set[str]
    ) -> None:
        store.create_experiment("cats", tags={"team": "blue"})
        store.create_experiment("Cats")
        store.create_experiment("dogs", tags={"team": "red"})
        found = store.search_experiments(ExperimentQuery(filter=Filter("(given as a tree)", condition)))
        assert {one.name for one in found} == expected

    def test_experiments_are_found_with_their_tags(self, store: TrackingStore) -> None:
        made = store.create_experiment("tagged", tags={"a": "1", "b": "2"})
        assert made in list(store.search_experiments(ExperimentQuery()))

    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            (OrderBy(Identifier(Kind.ATTRIBUTE, "name")), ["B", "Default", "a", "c"]),
            (OrderBy(Identifier(Kind.ATTRIBUTE, "name"), ascending=False), ["c", "a", "Default", "B"]),
            (OrderBy(Identifier(Kind.ATTRIBUTE, "experiment_id")), ["Default", "c", "a", "B"]),
        ],
    )
    def test_experiments_are_ordered_as_asked(self, store: TrackingStore, order: OrderBy, expected: list[str]) -> None:
        for name in ("c", "a", "B"):
            store.create_experiment(name)
        found = store.search_experiments(ExperimentQuery(order_by=[order]))
        assert [one.name for one in found] == expected

    @pytest.mark.parametrize("size", [1, 3, 7])
    def test_pages_give_every_experiment_once_and_in_order(self, store: TrackingStore, size: int) -> None:
        for number in range(12):
            store.create_experiment(f"e{number}")
        found: list[str] = []
        token = None
        for _ in range(20):
            page = store.search_experiments(ExperimentQuery(max_results=size, page_token=token))
            assert len(page) <= size
            found += [one.experiment_id for one in page]
            token = page.token
            if token is None:
                break
        assert found == [one.experiment_id for one in store.search_experiments(ExperimentQuery())]

    def test_a_page_token_of_experiments_that_is_none_is_refused(self, store: TrackingStore) -> None:
        with pytest.raises(InvalidInput):
            store.search_experiments(ExperimentQuery(page_token="no token"))

    @pytest.mark.parametrize("max_results", [0, -1])
    def test_a_page_holds_at_least_one_experiment(self, store: TrackingStore, max_results: int) -> None:
        with pytest.raises(InvalidInput):
            store.search_experiments(ExperimentQuery(max_results=max_results))


def _points(run: Run) -> dict[str, str]:
    return {metric.key: repr(metric) for metric in run.data.latest_metrics}
