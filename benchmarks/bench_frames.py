"""What the server's own API asks of a store: frames, schemas, many curves, changes, and logging from many threads.

    python benchmarks/bench_frames.py [--postgres URI] [--runs 100000] [--keep FOLDER]

PostgreSQL takes part where `--postgres` or RUNYARD_TEST_POSTGRES names a server. `--keep` keeps the SQLite file with
the many runs, so that the next measurement need not build it. Times are CPU ms of this process, the median, and for
PostgreSQL, whose own work is not in them, wall ms.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import statistics
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

from bench_search import SEARCHES, opened_at, postgres, sqlite
from databases import fresh_postgres

from runyard.entities import Batch, Metric, MetricColumns, RunStart
from runyard.protocols.frames import FrameQuery
from runyard.protocols.tracking import RunQuery
from runyard.query import Aggregate, Identifier, Kind, Target, parse_filter, parse_order
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql import changes, frames, frames_schema
from runyard_store_sql.frames_cache import Kept, now
from runyard_store_sql.search import search_runs
from runyard_store_sql.tracking import SqlTrackingStore, open_store

REPEATS = 5
THREADS, BATCHES, POINTS = 16, 20, 1_000
FIVE = (
    *(Identifier(Kind.METRIC, "metric1"), Identifier(Kind.METRIC, "metric7")),
    *(Identifier(Kind.PARAM, "param1"), Identifier(Kind.PARAM, "param4"), Identifier(Kind.TAG, "tag1")),
)
TWELVE = (
    *(Identifier(Kind.METRIC, f"metric{number}") for number in range(4)),
    Identifier(Kind.METRIC, "metric4", Aggregate.MIN),
    *(Identifier(Kind.PARAM, f"param{number}") for number in range(4)),
    *(Identifier(Kind.TAG, "tag1"), Identifier(Kind.ATTRIBUTE, "run_name"), Identifier(Kind.ATTRIBUTE, "start_time")),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", default=os.environ.get("RUNYARD_TEST_POSTGRES"))
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder for the SQLite file with many runs")
    options = parser.parse_args()
    print(f"{'':<58}{'aim':>10}{'result':>12}")
    with tempfile.TemporaryDirectory() as folder:
        report_frames("SQLite", sqlite(options.keep or Path(folder), options.runs), time.process_time)
        report_writes("SQLite", lambda name: contextlib.nullcontext(f"sqlite:///{folder}/{name}.db"))
    if options.postgres:
        with postgres(options.postgres, options.runs) as uri:
            report_frames("PostgreSQL", uri, time.perf_counter)
        report_writes("PostgreSQL", lambda _: fresh_postgres(options.postgres))


def show(what: str, aim: float, result: float, *, most: bool = True) -> None:
    verdict = "reached" if (result <= aim if most else result >= aim) else "MISSED"
    print(f"{what:<58}{aim:>10,.0f}{result:>12,.1f}  {verdict}", flush=True)


def report_frames(name: str, uri: str, clock: Callable[[], float]) -> None:
    database = opened_at(uri)

    def read(kept: Kept | None, **asked: object) -> None:
        query = FrameQuery(experiment_ids=["1"], **asked)  # type: ignore[arg-type]
        with now(database, query.experiment_ids) as moment:
            frames.read(moment, query, kept or Kept())

    def describe(kept: Kept) -> None:
        with now(database, ["1"]) as moment:
            frames_schema.describe(moment, FrameQuery(experiment_ids=["1"], columns=()), 50, kept)

    def search() -> None:
        with database.read() as connection:
            search_runs(connection, RunQuery(experiment_ids=["1"], max_results=1_000))

    known = Kept()
    searches = [
        (title, parse_filter(text, Target.RUNS), parse_order(order, Target.RUNS)) for title, text, order in SEARCHES
    ]
    for title, tree, order in searches:
        asked = {"columns": FIVE, "filter": tree, "order_by": order, "max_results": 1_000}
        first = milliseconds(partial(read, None, **asked), clock)
        again = milliseconds(partial(read, known, **asked), clock)
        show(f"{name}, 1,000 x 5, {title}, ms", 50, first)
        show(f"{name}, the same with a known total, ms", 50, again)
    whole = {"columns": TWELVE, "max_results": 1_000_000}
    show(f"{name}, all runs x 12 columns, ms", 2_000, milliseconds(partial(read, None, **whole), clock))
    show(f"{name}, description of all runs, ms", 1_000, milliseconds(lambda: describe(Kept()), clock))
    show(f"{name}, the same known already, ms", 5, milliseconds(lambda: describe(known), clock))
    show(f"{name}, a page of 1,000 whole runs, ms", 60, milliseconds(search, clock))
    database.dispose()


def milliseconds(action: Callable[[], object], clock: Callable[[], float]) -> float:
    action()
    times = []
    for _ in range(REPEATS):
        started = clock()
        action()
        times.append(clock() - started)
    return statistics.median(times) * 1_000


def report_writes(name: str, fresh: Callable[[str], contextlib.AbstractContextManager[str]]) -> None:
    for kind, aim in (("keys", 140_000), ("steps", 140_000)):
        for threads in (1, THREADS):
            with fresh(f"{kind}{threads}") as uri, opened(uri) as store:
                rate = logging_rate(store, kind, threads)
            what = "1,000 keys" if kind == "keys" else "1 key"
            show(f"{name}, log_batch, {what}, {threads} threads, points/s", aim, rate, most=False)
    with fresh("curves") as uri, opened(uri) as store:
        report_curves(name, store)
    with fresh("changes") as uri, opened(uri) as store:
        report_changes(name, store)


@contextlib.contextmanager
def opened(uri: str) -> Iterator[SqlTrackingStore]:
    store = open_store(Uri.parse(uri), Settings())
    try:
        yield store
    finally:
        store.close()


def start_runs(store: SqlTrackingStore, count: int) -> None:
    starts = [RunStart(f"run{number}", "bench", "bench", 1, experiment_id="0") for number in range(count)]
    store.ingest(Batch("starts", 1, 1, starts=starts))


def logging_rate(store: SqlTrackingStore, kind: str, threads: int) -> float:
    """Points per second that threads log, each to a run of its own, from the call to the commit."""
    start_runs(store, threads)
    batches = [list(batches_of(kind)) for _ in range(threads)]
    store.log_batch("run0", metrics=[Metric(metric.key, 0.0, 1, -1) for metric in batches[0][0]])

    def log(number: int) -> None:
        for batch in batches[number]:
            store.log_batch(f"run{number}", metrics=batch)

    workers = [threading.Thread(target=log, args=(number,)) for number in range(threads)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - started
    for number in range(threads):
        key = batches[number][0][0].key
        assert len(store.read_metric(f"run{number}", key)) >= BATCHES
    return threads * BATCHES * POINTS / seconds


def batches_of(kind: str) -> Iterator[list[Metric]]:
    for batch in range(BATCHES):
        if kind == "keys":
            yield [Metric(f"metric_{key}", key / 7 + batch, 1_700_000_000_000 + batch, batch) for key in range(POINTS)]
        else:
            first = batch * POINTS
            yield [
                Metric("loss", math.sin(step), 1_700_000_000_000 + step, step) for step in range(first, first + POINTS)
            ]


def report_curves(name: str, store: SqlTrackingStore) -> None:
    start_runs(store, 10)
    pairs = [(f"run{number}", f"m{key}") for number in range(10) for key in range(10)]
    steps = range(10_000)
    points = MetricColumns(
        array("q", steps), array("q", [40 * step + step * 7 % 13 for step in steps]), array("d", map(math.sin, steps))
    )
    store.ingest(Batch("curves", 1, 1, points=dict.fromkeys(pairs, points)))
    many = milliseconds(lambda: store.read_metrics(pairs), time.process_time)
    one_by_one = milliseconds(lambda: [store.read_metric(*pair) for pair in pairs], time.process_time)
    show(f"{name}, 100 curves x 10,000 points, ms", 60, many)
    print(f"{'  one by one, ms':<58}{'':>10}{one_by_one:>12,.1f}")
    steps = range(200_000)
    long = MetricColumns(array("q", steps), array("q", steps), array("d", steps))
    store.ingest(Batch("curves", 2, 2, points={("run0", "long"): long}))
    page = milliseconds(lambda: store.get_metric_history("run0", "long", max_results=1_000), time.process_time)
    show(f"{name}, a page of 1,000 of 200,000 points, ms", 5, page)


def report_changes(name: str, store: SqlTrackingStore) -> None:
    """The share of the time of short calls that noting the change takes, in one measurement."""
    start_runs(store, 1)
    times: dict[bool, list[float]] = {True: [], False: []}
    for step in range(2_000):
        is_noted = bool(step % 2)
        with contextlib.nullcontext() if is_noted else mock.patch.object(changes, "flush", _write_nothing):
            started = time.thread_time()
            store.log_batch("run0", metrics=[Metric("loss", 1.0, 1, step)])
            times[is_noted].append(time.thread_time() - started)
    ratio = statistics.median(times[True]) / statistics.median(times[False])
    show(f"{name}, CPU of logging a point with its change, % of without", 125, 100 * ratio)
    since = store.changes().last
    store.log_batch("run0", metrics=[Metric("loss", 2.0, 1, 1)])
    show(f"{name}, one change told, ms", 2, milliseconds(lambda: store.changes(since), time.perf_counter))
    since = store.changes().last
    show(f"{name}, nothing new told, ms", 1, milliseconds(lambda: store.changes(since), time.perf_counter))


def _write_nothing(_connection: object) -> None:
    """Instead of the notes."""


if __name__ == "__main__":
    main()
