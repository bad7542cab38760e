"""Runyard's own API, called in this process over a SQLite store: columns, schema, series, ingest.

flock /tmp/bench.lock python benchmarks/bench_api.py
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from search_data import build

from runyard.entities import Batch, MetricColumns, RunStart
from runyard.host import Host
from runyard.server.service import Service
from runyard.settings import Settings
from runyard.uris import Uri
from runyard.wire import BATCH_TYPE, encode_batch
from runyard_api_v1.application import Application, application
from runyard_store_sql.engine import close_engine, open_engine

RUNS = 100_000
LONG = 1_000_000
CURVES, CURVE_POINTS = 100, 10_000
INGEST_RUNS, INGEST_POINTS = 50, 2_000
START = 1_700_000_000_000
FRAME = {b"accept": b"application/vnd.runyard.frame"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        table(Path(folder) / "runs.db")
        curves(Path(folder) / "curves.db")


def table(file: Path) -> None:
    """Columns and schema of 100,000 runs."""
    uri = f"sqlite:///{file}"
    database = open_engine(Uri.parse(uri), Settings())
    build(database.engine, RUNS)
    close_engine(database)
    with Host(Settings(tracking_uri=uri)) as host:
        api = Api(application(Service(host)))
        columns = [
            "attributes.run_name", "attributes.status", "attributes.start_time",
            *(f"params.param{number}" for number in range(3)),
            *(f"metrics.metric{number}" for number in range(6)),
        ]  # fmt: skip
        body = {"experiment_ids": ["1"], "columns": columns, "limit": RUNS}
        show("100,000 runs x 13 columns, binary, MB", 9, len(api.post("/runs/columns", body, FRAME)) / 1e6)
        show("  the same, ms", 1_000, timed(lambda: api.post("/runs/columns", body, FRAME), 3))
        show(
            "  the same, numbers to look at, MB",
            6.5,
            len(api.post("/runs/columns", {**body, "single": True}, FRAME)) / 1e6,
        )
        zipped = {**FRAME, b"accept-encoding": b"gzip"}
        show("  the same, gzip, MB", 4, len(api.post("/runs/columns", body, zipped)) / 1e6)
        ordered = {**body, "columns": columns[:5], "limit": 1_000, "order_by": ["metrics.metric1 DESC"]}
        ordered["filter"] = "metrics.metric0 > 0.5"
        show("1,000 of them, 5 columns, filtered, ordered, ms", 60, timed(lambda: api.post("/runs/columns", ordered)))
        show("schema of all, ms", 500, timed(lambda: api.post("/runs/schema", {"experiment_ids": ["1"]}), 3))


def curves(file: Path) -> None:
    """Series, and what ingest takes."""
    with Host(Settings(tracking_uri=f"sqlite:///{file}")) as host:
        api = Api(application(Service(host)))
        fill(api)
        long = {"run_ids": ["long"], "keys": ["loss"], "width": 1_000}
        show("1,000,000 points, first time, ms", 60, once(lambda: api.post("/metrics/series", long, FRAME)))
        show("  again or zoomed, ms", 60, timed(lambda: api.post("/metrics/series", long, FRAME)))
        show("  bytes", 65_536, len(api.post("/metrics/series", long, FRAME)))
        wall = {**long, "x": "relative"}
        show("  by relative time, ms", 60, timed(lambda: api.post("/metrics/series", wall, FRAME)))
        many = {"run_ids": [f"run{number}" for number in range(CURVES)], "keys": ["loss"], "width": 1_000}
        show("100 runs x 10,000 points, first time, ms", 300, once(lambda: api.post("/metrics/series", many, FRAME)))
        show("  again, ms", 300, timed(lambda: api.post("/metrics/series", many, FRAME)))


def fill(api: Api) -> None:
    names = ["long", *(f"run{number}" for number in range(CURVES)), *(f"in{number}" for number in range(INGEST_RUNS))]
    starts = [RunStart(name, name, "bench", START, experiment_id="0") for name in names]
    api.ingest(encode_batch(Batch("fill", 1, 1, starts=starts)))
    api.ingest(encode_batch(Batch("fill", 2, 2, points={("long", "loss"): curve(LONG, 1)})))
    points = {(f"run{number}", "loss"): curve(CURVE_POINTS, number) for number in range(CURVES)}
    api.ingest(encode_batch(Batch("fill", 3, 3, points=points)))
    batches = [
        encode_batch(
            Batch(
                "ingest",
                number + 1,
                number + 1,
                points={(f"in{number}", f"m{key}"): curve(INGEST_POINTS, key) for key in range(10)},
            )
        )
        for number in range(INGEST_RUNS)
    ]
    seconds = once(lambda: [api.ingest(batch) for batch in batches]) / 1000
    show("ingest, points/s", 500_000, INGEST_RUNS * INGEST_POINTS * 10 / seconds, more=True)


def curve(points: int, seed: int) -> MetricColumns:
    chance = np.random.default_rng(seed)
    values = np.exp(-np.arange(points) / points * 5) + chance.normal(0, 0.05, points)
    times = START + np.cumsum(40 + chance.exponential(3, points).astype(np.int64))
    return MetricColumns(
        array("q", range(points)), array("q", times.astype(np.int64).tobytes()), array("d", values.tobytes())
    )


class Api:
    """Calls the application without a network between."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._runner = asyncio.Runner()

    def post(self, path: str, body: Mapping[str, Any], headers: Mapping[bytes, bytes] | None = None) -> bytes:
        return self._call(path, orjson.dumps(body), {b"content-type": b"application/json", **(headers or {})})

    def ingest(self, batch: bytes) -> bytes:
        return self._call("/ingest", batch, {b"content-type": BATCH_TYPE.encode()})

    def _call(self, path: str, body: bytes, headers: Mapping[bytes, bytes]) -> bytes:
        return self._runner.run(self._answer(path, body, headers))

    async def _answer(self, path: str, body: bytes, headers: Mapping[bytes, bytes]) -> bytes:
        scope = {
            "type": "http", "method": "POST", "path": f"/api/v1{path}", "query_string": b"",
            "headers": list(headers.items()),
        }  # fmt: skip
        parts: list[bytes] = []
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Mapping[str, Any]) -> None:
            parts.append(message.get("body", b""))
            statuses.append(message.get("status", 200))

        await self._app(scope, receive, send)
        content = b"".join(parts)
        if statuses[0] != 200:
            raise SystemExit(f"{path}: {statuses[0]} {content[:300]!r}")
        return content


def once(work: Callable[[], object]) -> float:
    """Milliseconds that it takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def timed(work: Callable[[], object], repeats: int = 9) -> float:
    """The median of the milliseconds that it takes."""
    return statistics.median(once(work) for _ in range(repeats))


def show(what: str, aim: float, result: float, *, more: bool = False) -> None:
    reached = result >= aim if more else result <= aim
    sys.stdout.write(f"{what:<50}{aim:>12,.1f}{result:>14,.1f}  {'reached' if reached else 'MISSED'}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
