"""One curve of 1,000,000 points among other data: written, read, sampled, and what it takes on disk.

python benchmarks/bench_curve.py [URI]
"""

from __future__ import annotations

import math
import random
import statistics
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path

from runyard.entities import Batch, MetricColumns, RunStart
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.schema import metric_blocks
from runyard_store_sql.tracking import SqlTrackingStore, open_store

POINTS = 1_000_000
BATCH = 50_000
OTHERS, OTHER_POINTS = 400, 5_000  # curves of other runs: 2,000,000 points
START = 1_700_000_000_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        uri = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/runyard.db"
        measure(uri, Path(folder) / "runyard.db")


def measure(uri: str, file: Path) -> None:
    store = open_store(Uri.parse(uri), Settings())
    fill(store)
    before = size(file)
    whole = curve(POINTS, 1)
    parts = [
        MetricColumns(whole.steps[at : at + BATCH], whole.timestamps[at : at + BATCH], whole.values[at : at + BATCH])
        for at in range(0, POINTS, BATCH)
    ]
    seconds = timed(lambda: write_all(store, parts), 1)
    show("written, points/s", 1_000_000, POINTS / seconds, more=True)
    if file.exists():
        show("bytes a point, of the file", 12, (size(file) - before) / POINTS)
    show("bytes a point, of the blocks", 12, block_bytes(store) / POINTS)
    found = store.read_metric("long", "loss")
    assert (found.steps, found.timestamps, found.values) == (whole.steps, whole.timestamps, whole.values)
    show("read, ms", 60, timed(lambda: store.read_metric("long", "loss")) * 1000)
    show("sampled to 2,000, ms", 25, timed(lambda: store.sample_metric("long", "loss", max_points=2_000)) * 1000)
    part = timed(lambda: store.sample_metric("long", "loss", max_points=2_000, start_step=123_456, end_step=654_321))
    show("the middle half sampled, ms", 25, part * 1000)
    sampled = store.sample_metric("long", "loss", max_points=2_000)
    assert len(sampled) <= 2_000
    assert (min(sampled.values), max(sampled.values)) == (min(whole.values), max(whole.values))
    store.close()


def fill(store: SqlTrackingStore) -> None:
    ids = ["long", *(f"other{number}" for number in range(OTHERS // 10))]
    starts = [RunStart(run_id, run_id, "bench", START, experiment_id="0") for run_id in ids]
    store.ingest(Batch("others", 1, 1, starts=starts))
    columns = curve(OTHER_POINTS, 2)
    for number, run_id in enumerate(ids[1:]):
        points = {(run_id, f"metric_{key}"): columns for key in range(9)} | {(run_id, "loss"): columns}
        store.ingest(Batch("others", number + 2, number + 2, points=points))


def curve(points: int, seed: int) -> MetricColumns:
    """A noisy loss, logged every 40 ms or a little later."""
    chance = random.Random(seed)
    times = array("q", [START])
    for _ in range(points - 1):
        times.append(times[-1] + 40 + int(chance.expovariate(0.3)))
    values = array("d", [math.exp(-step / points * 5) + chance.gauss(0, 0.05) for step in range(points)])
    return MetricColumns(array("q", range(points)), times, values)


def write_all(store: SqlTrackingStore, parts: list[MetricColumns]) -> None:
    for number, columns in enumerate(parts):
        store.ingest(Batch("curve", number + 1, number + 1, points={("long", "loss"): columns}))


def timed(work: Callable[[], object], repeats: int = 9) -> float:
    """The median of the seconds that it takes."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def size(file: Path) -> int:
    """Of the database with what is in its write-ahead log only."""
    if not file.exists():
        return 0
    import sqlite3

    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file.stat().st_size


def block_bytes(store: SqlTrackingStore) -> int:
    import sqlalchemy as sa

    from runyard_store_sql.schema import runs

    data, summary = metric_blocks.c.data, sa.func.coalesce(sa.func.length(metric_blocks.c.summary), 0)
    query = sa.select(sa.func.sum(sa.func.length(data) + summary)).join(runs, runs.c.id == metric_blocks.c.run)
    with store._database.read() as connection:  # noqa: SLF001 - there is no public way to ask for bytes
        return int(connection.execute(query.where(runs.c.run_id == "long")).scalar_one())


def show(what: str, aim: float, result: float, *, more: bool = False) -> None:
    reached = result >= aim if more else result <= aim
    print(f"{what:<32}{aim:>12,.0f}{result:>14,.1f}  {'reached' if reached else 'MISSED'}", flush=True)


if __name__ == "__main__":
    main()
