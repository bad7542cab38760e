"""SQL search finds what the naive evaluator finds, in the same order, on every database."""

from __future__ import annotations

import base64
import itertools
import json
import math
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.entities import Run, ViewType
from runyard.errors import InvalidInput
from runyard.protocols.tracking import ExperimentQuery, RunQuery
from runyard.query import (
    And,
    Comparison,
    Filter,
    Identifier,
    Kind,
    Node,
    Operator,
    OrderBy,
    Target,
    parse_filter,
    parse_order,
)
from runyard.query.evaluate import matches, ordered
from runyard_store_sql import schema
from runyard_store_sql.paging import write_token
from runyard_store_sql.search import search_experiments, search_runs
from runyard_store_sql.search_plans import Plan, choose_plan

sys.path.insert(0, str(Path(__file__).parent))
from search_samples import (
    SampleRun,
    every_kind,
    every_number_condition,
    every_text_condition,
    orders,
    put,
    samples,
    trees,
)

EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
FILTERS = settings(EXAMPLES, max_examples=150)
EVERY_KIND = every_kind()


@pytest.fixture
def engine(database_uri: str) -> Iterator[sa.Engine]:
    url = sa.make_url(database_uri)
    drivers = {"postgresql": "postgresql+psycopg", "mariadb": "mariadb+pymysql", "sqlite": "sqlite"}
    engine = sa.create_engine(url.set(drivername=drivers[url.get_backend_name()]))
    schema.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        yield connection


def asked(
    tree: Node | None,
    order: Sequence[OrderBy] = (),
    size: int = 1000,
    token: str | None = None,
    columns: Sequence[Identifier] | None = None,
) -> RunQuery:
    return RunQuery(
        experiment_ids=["1"],
        filter=None if tree is None else Filter("(a tree)", tree),
        order_by=order,
        max_results=size,
        page_token=token,
        columns=columns,
    )


def ids(found: Sequence[Run]) -> list[str]:
    return [run.info.run_id for run in found]


def expected(sample: Sequence[SampleRun], tree: Node | None, order: Sequence[OrderBy] = ()) -> list[str]:
    kept = [run for run in sample if not run.is_deleted and (tree is None or matches(tree, run))]
    return [run.run_id for run in ordered(kept, order, lambda run: run.tie)]


@pytest.fixture
def filled(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A database with every kind of run."""
    with engine.connect() as connection, connection.begin() as transaction:
        put(connection, every_kind())
        yield connection
        transaction.rollback()


@pytest.mark.parametrize("conditions", [every_text_condition, every_number_condition])
def test_every_condition_finds_what_the_evaluator_finds(
    filled: sa.Connection, conditions: Callable[[], Iterator[Node]]
) -> None:
    for tree in conditions():
        assert (tree, ids(search_runs(filled, asked(tree, columns=())))) == (tree, expected(EVERY_KIND, tree))


@FILTERS
@given(tree=trees)
def test_a_filter_finds_what_the_evaluator_finds(filled: sa.Connection, tree: Node) -> None:
    assert ids(search_runs(filled, asked(tree, columns=()))) == expected(EVERY_KIND, tree)


@EXAMPLES
@given(order=orders)
def test_an_order_is_the_evaluators(filled: sa.Connection, order: list[OrderBy]) -> None:
    assert ids(search_runs(filled, asked(None, order, columns=()))) == expected(EVERY_KIND, None, order)


@EXAMPLES
@given(sample=samples, order=orders, size=st.integers(1, 4), tree=st.none() | trees)
def test_pages_follow_the_evaluators_order(
    connection: sa.Connection, sample: list[SampleRun], order: list[OrderBy], size: int, tree: Node | None
) -> None:
    found: list[str] = []
    token = None
    with connection.begin() as transaction:
        put(connection, sample)
        for _ in range(20):
            page = search_runs(connection, asked(tree, order, size, token))
            found += ids(page)
            token = page.token
            if token is None:
                break
        transaction.rollback()
    assert found == expected(sample, tree, order)


LOSS = Identifier(Kind.METRIC, "loss")
SPEED = Identifier(Kind.METRIC, "x y")  # NaN in a third of the runs that have it
NAME = Identifier(Kind.PARAM, "acc")


def many(count: int) -> list[SampleRun]:
    """Runs of which a share, known from the number, meets each condition."""
    return [
        SampleRun(
            run_id=f"r{number:05}",
            run_name="",
            start_time=number % 7,
            end_time=None,
            status="RUNNING",
            user_id="",
            artifact_uri="",
            is_deleted=number % 11 == 0,
            params={"acc": str(number % 100)} if number % 3 else {},
            tags={},
            metrics={
                **({"loss": [(0, 0, float(number * 7919 % 1000))]} if number % 5 else {}),
                **({"x y": [(0, 0, math.nan if number % 4 == 1 else number * 31 % 97 / 7)]} if number % 4 else {}),
            },
            datasets=[],
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def many_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    engine = sa.create_engine(f"sqlite:///{tmp_path_factory.mktemp('many') / 'runyard.db'}")
    schema.metadata.create_all(engine)
    with engine.begin() as connection:
        put(connection, many(3_000))
    yield engine
    engine.dispose()


def both(limit: int, least: float) -> And:
    return And((Comparison(LOSS, Operator.LT, float(limit)), Comparison(NAME, Operator.GE, least)))


ORDERS = [[], [OrderBy(LOSS)], [OrderBy(SPEED, ascending=False)], [OrderBy(NAME, ascending=False)]]


@pytest.mark.parametrize("limit", [5, 300, 900])
@pytest.mark.parametrize("least", [20.0, 98.0])
@pytest.mark.parametrize("order", ORDERS)
def test_many_runs_are_found_in_order_whatever_way_the_search_takes(
    many_runs: sa.Engine, limit: int, least: float, order: list[OrderBy]
) -> None:
    tree = both(limit, least)
    with many_runs.connect() as connection:
        page = search_runs(connection, asked(tree, order, 100))
        found = ids(page)
        while page.token is not None:
            page = search_runs(connection, asked(tree, order, 100, page.token))
            found += ids(page)
    assert found == expected(many(3_000), tree, order)


def test_a_search_takes_the_way_that_suits_its_conditions(
    many_runs: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = set()

    def noted(*arguments: Any) -> Plan:
        plan = choose_plan(*arguments)
        ways.add((plan.walks, "numbers" if plan.numbers is not None else "driver" if plan.driver is not None else ""))
        return plan

    monkeypatch.setattr("runyard_store_sql.search_pages.choose_plan", noted)
    with many_runs.connect() as connection:
        for order, limit, least, most in itertools.product(ORDERS, (5, 300, 900), (20.0, 98.0), (10, 100)):
            search_runs(connection, asked(both(limit, least), order, most))
    assert {(True, "numbers"), (False, "numbers"), (True, ""), (False, "driver")} <= ways


def test_a_page_has_every_value_as_it_was_logged(connection: sa.Connection) -> None:
    texts = {"loss": 'a "b", \\ [c]\n', "acc": "", "x y": "ä😀" * 200}
    values = {"loss": math.nan, "acc": -math.inf, "x y": 0.1 + 0.2}
    metrics = {key: [(-7, 2**62, value)] for key, value in values.items()}
    sample = [attrs.evolve(run, params=texts, tags=texts, metrics=metrics) for run in many(3)]
    put(connection, sample)
    for run in search_runs(connection, asked(None, [], 10)):
        assert (run.data.params, run.data.tags) == (texts, texts)
        # As texts, since NaN differs from itself.
        assert [(name, repr(value), time, step) for name, value, time, step in run.data.latest_metrics] == [
            (name, repr(value), 2**62, -7) for name, value in values.items()
        ]


def first_page(connection: sa.Connection, order: Sequence[OrderBy] = ()) -> str:
    token = search_runs(connection, asked(None, order, 1)).token
    assert token is not None
    return token


def test_a_token_of_another_search_is_refused(connection: sa.Connection) -> None:
    with connection.begin() as transaction:
        put(connection, many(3))
        token = first_page(connection)
        others = [
            asked(Comparison(LOSS, Operator.LT, 1.0), token=token),
            asked(None, [OrderBy(LOSS)], token=token),
            attrs.evolve(asked(None, token=token), experiment_ids=["1", "2"]),
            attrs.evolve(asked(None, token=token), view=ViewType.ALL),
        ]
        for query in others:
            with pytest.raises(InvalidInput, match="another search"):
                search_runs(connection, query)
        with pytest.raises(InvalidInput, match="another search"):
            search_experiments(connection, ExperimentQuery(page_token=token))
        transaction.rollback()


@pytest.mark.parametrize("token", ["", "x", "e30=", "AAAA", "\x00", "é", "e" * 10_000])
def test_a_broken_token_is_refused(connection: sa.Connection, token: str) -> None:
    if not token:
        assert len(search_runs(connection, asked(None, token=token))) == 0
        return
    with pytest.raises(InvalidInput, match="page token"):
        search_runs(connection, asked(None, token=token))


def test_a_token_with_a_changed_place_is_refused_or_another_place(connection: sa.Connection) -> None:
    with connection.begin() as transaction:
        put(connection, many(3))
        order = [OrderBy(LOSS)]
        places: list[list[tuple[int, object]]] = [
            [],
            [(0, "x"), (0, 1), (0, "r")],
            [(3, 1.0), (0, 1), (0, "r")],
            [(0, 1.0), (0, 2**70), (0, "r")],
        ]
        for place in places:
            asked_for = json.loads(zlib.decompress(base64.urlsafe_b64decode(first_page(connection, order))))[0]
            with pytest.raises(InvalidInput, match="page token"):
                search_runs(connection, asked(None, order, token=write_token(asked_for, place)))
        transaction.rollback()


def test_experiments_are_found_by_attribute_and_tag(connection: sa.Connection) -> None:
    with connection.begin() as transaction:
        for number, name in enumerate(["cats", "Cats", "dogs"], 1):
            row = {"id": number, "name": name, "active_name": name, "artifact_location": "", "creation_time": 5}
            connection.execute(schema.experiments.insert().values(last_update_time=number, **row))
        tag = {"experiment": 2, "key": "team", "value": "blue"}
        connection.execute(schema.experiment_tags.insert().values(tag))
        found = {}
        for text in ("name ILIKE 'cats'", "tags.team = 'blue'", "experiment_id != '1'", "tags.team IS NULL"):
            query = ExperimentQuery(filter=parse_filter(text, Target.EXPERIMENTS))
            found[text] = [one.experiment_id for one in search_experiments(connection, query)]
        order = parse_order(["tags.team", "experiment_id DESC"], Target.EXPERIMENTS)
        sorted_ids = [one.experiment_id for one in search_experiments(connection, ExperimentQuery(order_by=order))]
        transaction.rollback()
    assert found == {
        "name ILIKE 'cats'": ["1", "2"],
        "tags.team = 'blue'": ["2"],
        "experiment_id != '1'": ["2", "3"],
        "tags.team IS NULL": ["1", "3"],
    }
    assert sorted_ids == ["2", "3", "1"]
