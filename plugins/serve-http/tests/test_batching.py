"""Requests that come at once are predicted at once, and none suffers for another."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runyard.models.signature import ModelSignature
from runyard.types.schema import ColSpec, Schema
from runyard_serve_http.layouts import layout_of, split
from runyard_serve_http.pace import FAST, Pace


def body(*values: float) -> dict[str, Any]:
    return {"dataframe_split": {"columns": ["x"], "data": [[value] for value in values]}}


async def together(served: Any, *bodies: Any) -> list[Any]:
    return list(await asyncio.gather(*(served.ask(item) for item in bodies)))


@pytest.mark.parametrize("takes", ["ndarray", "dataframe"])
def test_requests_of_one_moment_are_one_prediction(save_odd: Any, asked: Any, takes: str) -> None:
    served = asked(save_odd(takes=takes, factor=2.0))
    served.predictor.asked.clear()
    replies = served.run(lambda: together(served, body(1), body(2, 3), body(4)))
    assert [reply.predictions for reply in replies] == [[2.0], [4.0, 6.0], [8.0]]
    assert served.predictor.asked == [4]
    assert served.predictor.kinds == {"ndarray" if takes == "ndarray" else "DataFrame"}


def test_requests_that_come_while_a_prediction_runs_are_the_next_one(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(seconds=0.2))
    served.predictor.asked.clear()

    async def main() -> list[Any]:
        first = asyncio.create_task(served.ask(body(1)))
        await asyncio.sleep(0.05)
        later = [asyncio.create_task(served.ask(body(value))) for value in (2, 3, 4)]
        return [await first, *await asyncio.gather(*later)]

    assert [reply.predictions for reply in served.run(main)] == [[1.0], [2.0], [3.0], [4.0]]
    assert served.predictor.asked == [1, 3]
    assert "MainThread" not in served.predictor.threads - {"MainThread"}


def test_a_single_request_waits_for_nothing(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd())

    async def main() -> float:
        best = 1.0
        for _ in range(50):
            begun = time.perf_counter()
            await served.ask(body(1))
            best = min(best, time.perf_counter() - begun)
        return best

    assert served.run(main) < 0.005


def test_a_bad_request_hurts_nobody_else(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd())
    replies = served.run(lambda: together(served, body(1), body(-2), body(3)))
    assert [reply.status for reply in replies] == [200, 400, 200]
    assert replies[2].predictions == [3.0]
    assert served.predictor.asked[-4:] == [3, 1, 1, 1]


def test_a_model_whose_rows_depend_on_each_other_is_asked_singly(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(is_batchable=False, tells=True))
    replies = served.run(lambda: together(served, body(1), body(2), body(3)))
    assert [reply.predictions for reply in replies] == [[1], [1], [1]]


def test_such_models_are_asked_by_several_threads(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(is_batchable=False, seconds=0.3))
    begun = time.perf_counter()
    served.run(lambda: together(served, *(body(value) for value in range(8))))
    assert time.perf_counter() - begun < 8 * 0.3


def test_a_batch_has_a_greatest_size(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(tells=True), max_batch=4)
    replies = served.run(lambda: together(served, *(body(1, 2) for _ in range(5)), body(*range(9))))
    assert [reply.predictions[0] for reply in replies] == [4, 4, 4, 4, 2, 9]


def test_only_what_has_one_form_is_joined(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(signature=ModelSignature(None, Schema([ColSpec("double")]))))
    bodies = [{"inputs": [[1.0, 2.0]]}, {"inputs": [[3.0]]}, {"inputs": [[5]]}, {"inputs": [[6.0]]}]
    replies = served.run(lambda: together(served, *bodies))
    assert [reply.predictions for reply in replies] == [[1.0], [3.0], [5.0], [6.0]]
    assert sum(served.predictor.asked) == 4


def test_too_long_a_queue_is_shed(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(seconds=0.2), max_queue=3)
    replies = served.run(lambda: together(served, *(body(value) for value in range(6))))
    statuses = sorted(reply.status for reply in replies)
    assert statuses == [200, 200, 200, 503, 503, 503]
    refused = next(reply for reply in replies if reply.status == 503)
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json["error_code"] == "TEMPORARILY_UNAVAILABLE"


def test_what_takes_too_long_is_504(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(seconds=0.8), timeout=0.2)
    begun = time.perf_counter()

    async def main() -> tuple[Any, float]:
        reply = await served.ask(body(1))
        return reply, time.perf_counter() - begun

    reply, seconds = served.run(main)
    assert reply.status == 504
    assert seconds < 0.7


def test_fast_models_are_asked_on_the_loop_and_slow_ones_in_threads(save_odd: Any, asked: Any) -> None:
    fast, slow = asked(save_odd()), asked(save_odd(seconds=0.05))
    for served in (fast, slow):
        served.predictor.threads.clear()
        served.once(body(1))
    assert fast.predictor.threads == {"MainThread"}
    assert "MainThread" not in slow.predictor.threads


def test_pace_is_learnt_by_size() -> None:
    pace = Pace()
    assert not pace.is_fast(1)
    pace.note(1, FAST / 10)
    assert pace.is_fast(1)
    assert not pace.is_fast(64)  # at worst the time grows with the rows
    pace.note(64, FAST / 2)
    assert pace.is_fast(64)
    for _ in range(20):
        pace.note(1, FAST * 2)
    assert not pace.is_fast(1)


@pytest.mark.parametrize(
    "parts",
    [
        [np.array([[1.0], [2.0]]), np.array([[3.0]])],
        [pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), pd.DataFrame({"a": [3], "b": ["z"]})],
        [{"a": np.array([1, 2]), "b": np.array([[1], [2]])}, {"a": np.array([3]), "b": np.array([[3]])}],
    ],
    ids=["arrays", "tables", "named arrays"],
)
def test_what_is_joined_has_one_layout(parts: list[Any]) -> None:
    layouts = [layout_of(part) for part in parts]
    assert layouts[0][0] == layouts[1][0]
    assert [rows for _, rows in layouts] == [2, 1]
    layout = layouts[0][0]
    assert layout is not None
    assert layout_of(layout.joined(parts))[1] == 3


@pytest.mark.parametrize(
    "data",
    [
        [1, 2],
        {"a": [1]},
        {"a": np.array([1]), "b": np.array([1, 2])},
        pd.DataFrame({"a": [1]}, index=[7]),
        np.array(1.0),
        np.array([None]),
    ],
)
def test_what_cannot_be_joined_has_none(data: Any) -> None:
    assert layout_of(data)[0] is None


def test_layouts_differ_where_joining_would_change_something() -> None:
    assert layout_of(np.zeros((1, 2)))[0] != layout_of(np.zeros((1, 3)))[0]
    assert layout_of(np.zeros((1, 2)))[0] != layout_of(np.zeros((1, 2), dtype="float32"))[0]
    assert layout_of(pd.DataFrame({"a": [1]}))[0] != layout_of(pd.DataFrame({"a": [1.0]}))[0]


def test_answers_are_split_by_rows_or_not_at_all() -> None:
    assert split([1, 2, 3], [1, 2]) == [[1], [2, 3]]
    parts = split(pd.DataFrame({"a": [1, 2, 3]}), [2, 1])
    assert parts is not None
    assert parts[1]["a"].tolist() == [3]
    assert split([1, 2], [1, 2]) is None
    assert split({"a": 1}, [1]) is None
