"""Search in 10,000 and in 100,000 runs: pages of 1,000 rows, whole and with five chosen columns.

    python benchmarks/bench_search.py [--postgres URI] [--runs 100000] [--keep FOLDER]

PostgreSQL takes part where `--postgres` or RUNYARD_TEST_POSTGRES names a server. `--keep` keeps the SQLite files, so
that the next measurement need not build them.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from databases import fresh_postgres
from search_data import build

from runyard.protocols.tracking import RunQuery
from runyard.query import Identifier, Kind, Target, parse_filter, parse_order
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.engine import Database, connect
from runyard_store_sql.locations import locate
from runyard_store_sql.search import search_runs

ROWS = 1_000
REPEATS = 7
COLUMNS = (
    Identifier(Kind.METRIC, "metric1"),
    Identifier(Kind.METRIC, "metric7"),
    Identifier(Kind.PARAM, "param1"),
    Identifier(Kind.PARAM, "param4"),
    Identifier(Kind.TAG, "tag1"),
)
SEARCHES = [
    # name, filter, order
    ("half and half of the runs", "metrics.metric3 < 0.5 AND params.param4 < 0.5", ["metrics.metric7 DESC"]),
    ("half and a sixth", "metrics.metric3 < 0.5 AND params.param5 = 'choice-1'", ["metrics.metric7 DESC"]),
    ("a tenth and a tenth", "metrics.metric3 < 0.1 AND params.param4 < 0.1", ["metrics.metric7"]),
    ("half and a hundredth", "metrics.metric3 < 0.5 AND params.param4 < 0.01", ["metrics.metric7"]),
    ("half or half", "metrics.metric3 < 0.5 OR params.param4 < 0.5", ["metrics.metric7"]),
    ("the latest runs", None, []),
]
AIM = "aim: 150 ms for all columns, 50 ms for five, the same with ten times the runs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", default=os.environ.get("RUNYARD_TEST_POSTGRES"))
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder for the SQLite files")
    options = parser.parse_args()
    sizes = [options.runs // 10, options.runs]
    print(f"{ROWS:,} rows a page, ms (median of {REPEATS}); {AIM}\n")
    with tempfile.TemporaryDirectory() as folder:
        report("SQLite", {size: sqlite(options.keep or Path(folder), size) for size in sizes})
    if options.postgres:
        with postgres(options.postgres, sizes[0]) as small, postgres(options.postgres, sizes[1]) as large:
            report("PostgreSQL", {sizes[0]: small, sizes[1]: large})


def report(name: str, databases: dict[int, str]) -> None:
    opened = {size: opened_at(uri) for size, uri in databases.items()}
    headings = [f"{size:,} runs {what}" for what in ("all", "five") for size in opened]
    print(f"{name:<28}" + "".join(f"{heading:>20}" for heading in headings) + f"{'rows':>8}")
    for title, text, order in SEARCHES:
        cells = []
        found = 0
        for columns in (None, COLUMNS):
            for database in opened.values():
                query = RunQuery(
                    experiment_ids=["1"],
                    filter=parse_filter(text, Target.RUNS),
                    order_by=parse_order(order, Target.RUNS),
                    max_results=ROWS,
                    columns=columns,
                )
                milliseconds, found = measure(database, query)
                cells.append(f"{milliseconds:>20.1f}")
        print(f"{title:<28}" + "".join(cells) + f"{found:>8}")
    print()
    for database in opened.values():
        database.dispose()


def measure(database: Database, query: RunQuery) -> tuple[float, int]:
    times = []
    found = 0
    for _ in range(REPEATS):
        started = time.perf_counter()
        with database.read() as connection:
            found = len(search_runs(connection, query))
        times.append(time.perf_counter() - started)
    return sorted(times)[REPEATS // 2] * 1000, found


def opened_at(uri: str) -> Database:
    return connect(locate(Uri.parse(uri), Settings()))


def sqlite(folder: Path, size: int) -> str:
    file = folder / f"search-{size}.db"
    uri = f"sqlite:///{file}"
    if not file.exists():
        fill(uri, size)
    return uri


@contextmanager
def postgres(server: str, size: int) -> Iterator[str]:
    """A database with so many runs, dropped afterwards."""
    with fresh_postgres(server) as uri:
        fill(uri, size)
        yield uri


def fill(uri: str, size: int) -> None:
    database = opened_at(uri)
    build(database.engine, size)
    database.dispose()


if __name__ == "__main__":
    main()
