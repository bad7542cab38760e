"""Logged models: several writers at once, and searches that find what the reference finds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa

from runyard.entities import LoggedModel, ModelMetric, ModelOutput, RunStart
from runyard.errors import InvalidInput
from runyard.protocols.logged_models import LoggedModelOrder, LoggedModelQuery
from runyard.protocols.tracking import RunQuery
from runyard.query import Target, parse_filter, parse_order
from runyard.settings import Settings
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.uris import Uri
from runyard_store_sql.tracking import SqlTrackingStore, open_store

WRITERS = 6
VALUES = [0.25, 0.5, 0.75, float("nan"), float("inf"), -1.0]
DATASETS = [(None, None), ("iris", "a"), ("iris", "b"), ("wine", None)]
FILTERS = [
    "",
    "metrics.acc > 0.4",
    "NOT metrics.acc > 0.4",
    "metrics.acc != 0.5",
    "metrics.acc NOT IN (0.5, 0.75)",
    "metrics.acc IS NULL OR metrics.loss IS NULL",
    "metrics.acc >= 0.5 AND metrics.loss < 1 AND params.lr < 0.05",
    "params.lr >= 0.01 AND params.lr != '0.1'",
    "params.lr IN (0.1, 0.01) OR tags.team =~ '^[xy]$'",
    "NOT (tags.team ILIKE 'X%' OR model_type IS NULL)",
    "name LIKE 'model-1%' AND status = 'PENDING'",
    "source_run_id != 'r1'",
    "model_type NOT IN ('tree', 'none')",
]
ORDERS = [
    ["name"],
    ["metrics.acc", "name DESC"],
    ["metrics.loss DESC", "name"],
    ["params.lr", "metrics.acc DESC", "name"],
    ["tags.team DESC", "model_type", "name"],
    ["source_run_id DESC", "name DESC"],
]


@pytest.fixture
def store(emptied_uri: str, tmp_path: Path) -> Iterator[SqlTrackingStore]:
    store = open_store(Uri.parse(emptied_uri), Settings(root=tmp_path))
    for run_id in ("r1", "r2"):
        store.create_run(RunStart(run_id, run_id, "ada", 1, experiment_id="0"))
    yield store
    store.close()


def at_once(work: Any) -> list[Any]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(work, range(WRITERS)))


def test_a_model_that_several_writers_create_at_once_is_created_once(store: SqlTrackingStore) -> None:
    made = at_once(lambda number: store.create_logged_model("0", model_id="m-1", params={"writer": str(number)}))
    assert len({str(model) for model in made}) == 1
    assert store.get_logged_model("m-1") == made[0]


def test_a_point_that_several_writers_log_at_once_is_kept_once(store: SqlTrackingStore) -> None:
    for model_id in ("m-1", "m-2"):
        store.create_logged_model("0", model_id=model_id)
    points = [ModelMetric(f"m-{step % 2 + 1}", f"m{step % 3}", step / 7, step, step) for step in range(60)]
    at_once(lambda number: store.log_model_metrics("r1", random.Random(number).sample(points, 60)))
    assert [len(store.get_logged_model(model_id).metrics) for model_id in ("m-1", "m-2")] == [30, 30]


def test_a_param_that_several_writers_set_at_once_has_one_value(store: SqlTrackingStore) -> None:
    store.create_logged_model("0", model_id="m-1")

    def set_param(number: int) -> str | None:
        try:
            store.log_logged_model_params("m-1", {"p": str(number)})
        except InvalidInput:
            return None
        return str(number)

    (winner,) = [value for value in at_once(set_param) if value is not None]
    assert store.get_logged_model("m-1").params == {"p": winner}


def test_models_that_several_writers_note_of_a_run_are_all_kept(store: SqlTrackingStore) -> None:
    at_once(lambda number: store.log_model_outputs("r1", [ModelOutput(f"m-{number}", number), ModelOutput("m-x", 1)]))
    found = store.get_run("r1").outputs.model_outputs
    assert {(model.model_id, model.step) for model in found} == {
        ("m-x", 1),
        *((f"m-{number}", number) for number in range(WRITERS)),
    }


def test_the_models_of_a_page_of_runs_are_read_in_one_query(store: SqlTrackingStore) -> None:
    for run_id in ("r1", "r2"):
        store.log_model_outputs(run_id, [ModelOutput("m-1"), ModelOutput("m-2")])
    asked = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    engine = store._database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        found = store.search_runs(RunQuery(experiment_ids=["0"]))
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert [len(run.outputs.model_outputs) for run in found] == [2, 2]
    assert len([statement for statement in asked if "run_models" in statement]) == 1


def test_searches_find_what_the_reference_finds(store: SqlTrackingStore) -> None:
    reference = MemoryTrackingStore()
    for run_id in ("r1", "r2"):
        reference.create_run(RunStart(run_id, run_id, "ada", 1, experiment_id="0"))
    chance = random.Random(7)
    for number in range(40):
        _add_model(chance, number, store, reference)
    for number in range(100):
        text = FILTERS[number % len(FILTERS)]
        query = LoggedModelQuery(
            experiment_ids=["0"],
            filter=parse_filter(text, Target.LOGGED_MODELS),
            datasets=chance.choice([[], [], [("iris", None)], [("iris", "a"), ("wine", None)], [("none", None)]]),
            order_by=_orders(chance),
        )
        expected = [model.model_id for model in _all(reference, query, 1000)]
        assert [model.model_id for model in _all(store, query, chance.choice([3, 7, 1000]))] == expected, query


def _add_model(chance: random.Random, number: int, *stores: Any) -> None:
    named: dict[str, Any] = {
        "model_id": f"m-{number}",
        "name": f"model-{number:02}",
        "model_type": chance.choice([None, "tree", "net"]),
        "source_run_id": chance.choice([None, "r1", "r2"]),
        "params": chance.choice([{}, {"lr": "0.1"}, {"lr": "0.01"}, {"lr": "1e-1"}, {"lr": "high"}]),
        "tags": chance.choice([{}, {"team": "x"}, {"team": "X y"}, {"team": "é"}]),
    }
    points = []
    for _ in range(chance.randrange(6)):
        name, digest = chance.choice(DATASETS)
        points.append(
            ModelMetric(
                named["model_id"],
                chance.choice(["acc", "loss"]),
                chance.choice(VALUES),
                chance.randrange(3),
                chance.randrange(3),
                dataset_name=name,
                dataset_digest=digest,
            )
        )
    for store in stores:
        store.create_logged_model("0", **named)
        store.log_model_metrics("r1", points)


def _orders(chance: random.Random) -> list[LoggedModelOrder]:
    found = []
    for order in parse_order(chance.choice(ORDERS), Target.LOGGED_MODELS):
        name, digest = chance.choice(DATASETS) if order.identifier.kind == "metric" else (None, None)
        found.append(LoggedModelOrder(order=order, dataset_name=name, dataset_digest=digest))
    return found


def _all(store: Any, query: LoggedModelQuery, size: int) -> list[LoggedModel]:
    found: list[LoggedModel] = []
    token: str | None = None
    while True:
        page = store.search_logged_models(attrs.evolve(query, max_results=size, page_token=token))
        found += page
        token = page.token
        if token is None:
            return found
