"""SQL search finds what the naive evaluator finds, in the same order, on every database."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.entities import Run
from runyard.protocols.tracking import RunQuery
from runyard.query import Filter, Node, OrderBy
from runyard.query.evaluate import matches, ordered
from runyard_store_sql import schema
from runyard_store_sql.search import search_runs

sys.path.insert(0, str(Path(__file__).parent))
from search_samples import SampleRun, orders, put, samples, trees

EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


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


def asked(tree: Node | None, order: Sequence[OrderBy] = (), size: int = 1000, token: str | None = None) -> RunQuery:
    condition = None if tree is None else Filter("(a tree)", tree)
    return RunQuery(experiment_ids=["1"], filter=condition, order_by=order, max_results=size, page_token=token)


def ids(found: Sequence[Run]) -> list[str]:
    return [run.info.run_id for run in found]


def expected(sample: Sequence[SampleRun], tree: Node | None, order: Sequence[OrderBy] = ()) -> list[str]:
    kept = [run for run in sample if not run.is_deleted and (tree is None or matches(tree, run))]
    return [run.run_id for run in ordered(kept, order, lambda run: run.tie)]


@EXAMPLES
@given(sample=samples, tree=trees)
def test_a_filter_finds_what_the_evaluator_finds(
    connection: sa.Connection, sample: list[SampleRun], tree: Node
) -> None:
    with connection.begin() as transaction:
        put(connection, sample)
        found = ids(search_runs(connection, asked(tree)))
        transaction.rollback()
    assert found == expected(sample, tree)


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
