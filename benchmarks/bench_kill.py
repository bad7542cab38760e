"""Kill -9 while points are logged, then count: every confirmed point must be readable, each exactly once.

Usage: python benchmarks/bench_kill.py [--kills N] [--only WORD]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import select
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

import runyard as ry
import runyard.tracking.fluent  # what every process needs is imported once, before the first fork
from runyard.cli.main import root
from runyard.entities import Batch, Rejection
from runyard.host import Host
from runyard.settings import Settings
from runyard.tracking.client import Client
from runyard_store_sql.tracking import SqlTrackingStore

AWAY = "postgresql://nobody@127.0.0.1:1/nothing"


@attrs.frozen
class Scenario:
    """How fast points come, where they go, and when the process dies."""

    name: str
    pause: float
    is_away: bool
    longest: float
    fault: bool = False  # killed by itself, between the store's commit and its answer


SCENARIOS = (
    Scenario("burst, local store", 0.0, False, 0.6),
    Scenario("paced, local store", 0.001, False, 1.0),
    Scenario("burst, store unreachable", 0.0, True, 0.6),
    Scenario("paced, store unreachable", 0.001, True, 1.0),
    Scenario("between commit and answer", 0.0002, False, 30.0, fault=True),
)


@attrs.define
class Tally:
    """What was found after the kills of one scenario."""

    kills: int = 0
    confirmed: int = 0
    found: int = 0
    missing: int = 0
    doubled: int = 0
    unconfirmed: int = 0  # logged, but killed before the confirmation was written
    wrong: int = 0
    not_failed: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.missing or self.doubled or self.wrong or self.not_failed)


def log_for_ever(scenario: Scenario, folder: Path, output: int) -> None:
    """Log through the public API, and write the number of each confirmed point."""
    os.environ["RUNYARD_TRACKING_URI"] = AWAY if scenario.is_away else f"sqlite:///{folder}/runs.db"
    os.environ["RUNYARD_DATA_DIR"] = str(folder / "data")
    os.environ["RUNYARD_DISABLED_PLUGINS"] = "capture"
    os.environ["RUNYARD_EXPERIMENT_NAME"] = "kill"
    sys.stderr = None  # what is said of the unreachable store is none of the benchmark's
    if scenario.fault:
        die_after_commit(200)
    run = ry.start_run()
    os.write(output, run.info.run_id.encode().ljust(64))
    step = 0
    while True:
        ry.log_metric("loss", step * 0.5, step=step)
        os.write(output, struct.pack("<q", step))
        step += 1
        if scenario.pause:
            time.sleep(scenario.pause)


def die_after_commit(step: int) -> None:
    """Have the process killed when a batch is committed and the store has not answered yet."""
    ingest = SqlTrackingStore.ingest

    def ingest_and_die(store: SqlTrackingStore, batch: Batch) -> Sequence[Rejection]:
        rejections = ingest(store, batch)
        if any(columns.steps[-1] > step for columns in batch.points.values()):
            os.kill(os.getpid(), signal.SIGKILL)
        return rejections

    SqlTrackingStore.ingest = ingest_and_die  # type: ignore[method-assign,assignment]


def in_child(work: Callable[[int], None]) -> tuple[int, int]:
    """Start a process with a group of its own; its id, and what reads its output."""
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, read
    try:
        os.setsid()
        os.close(read)
        work(write)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the child must not go on as its parent
        traceback.print_exc()
        os._exit(1)


def run_and_kill(scenario: Scenario, folder: Path, delay: float) -> tuple[str, int]:
    """Log in another process and kill its group; the run's id and how many points it had confirmed."""
    child, source = in_child(lambda output: log_for_ever(scenario, folder, output))
    with os.fdopen(source, "rb", buffering=0) as file:
        run_id = (file.read(64) or b"").decode().strip()
        output, deadline = bytearray(), time.monotonic() + delay
        while (left := deadline - time.monotonic()) > 0 and select.select([file], [], [], left)[0]:
            more = file.read(1 << 16)
            if not more:
                break
            output += more
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        while more := file.read(1 << 16):
            output += more
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status), f"the process ended by itself: {status}"
    assert os.WTERMSIG(status) == signal.SIGKILL
    whole = len(output) // 8
    assert [step for (step,) in struct.iter_unpack("<q", output[: whole * 8])] == list(range(whole))
    return run_id, whole


def read_back(scenario: Scenario, folder: Path, run_id: str) -> tuple[list[tuple[int, float]], str]:
    """The points and the status, as the next process sees them."""

    def read(output: int) -> None:
        uri = f"sqlite:///{folder}/runs.db"
        if scenario.is_away:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            arguments = ["--data-dir", str(folder / "data"), "sync", "--to", uri]
            root.main(arguments, prog_name="runyard", standalone_mode=False)
        with Host(Settings(data_dir=str(folder / "data"), root=folder, tracking_uri=uri)) as host:
            client = Client(host=host)
            status = client.get_run(run_id).info.status
            points = [(metric.step, metric.value) for metric in client.get_metric_history(run_id, "loss")]
        with os.fdopen(output, "w") as file:
            json.dump([points, str(status)], file)

    child, source = in_child(read)
    with os.fdopen(source) as file:
        content = file.read()
    assert os.waitpid(child, 0)[1] == 0
    points, status = json.loads(content)
    return [(step, value) for step, value in points], status


def kill_once(scenario: Scenario, tally: Tally, generator: random.Random) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        delay = scenario.longest if scenario.fault else generator.uniform(0.0, scenario.longest)
        run_id, confirmed = run_and_kill(scenario, folder, delay)
        points, status = read_back(scenario, folder, run_id)
    counts = Counter(step for step, _ in points)
    tally.kills += 1
    tally.confirmed += confirmed
    tally.found += len(points)
    tally.missing += sum(step not in counts for step in range(confirmed))
    tally.doubled += sum(count - 1 for count in counts.values())
    tally.unconfirmed += sum(step >= confirmed for step in counts)
    tally.wrong += sum(value != step * 0.5 for step, value in points)
    tally.not_failed += status != "FAILED"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--only", default="", help="scenarios with this in their name")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    generator = random.Random(options.seed)
    results = {}
    for scenario in SCENARIOS:
        if options.only not in scenario.name:
            continue
        tally = results[scenario.name] = Tally()
        for _ in range(options.kills):
            kill_once(scenario, tally, generator)
        if not options.json:
            print(
                f"{scenario.name:28} {tally.kills} kills  {tally.confirmed} confirmed  {tally.missing} missing  "
                f"{tally.doubled} doubled  {tally.wrong} wrong  {tally.unconfirmed} logged but not yet confirmed  "
                f"{tally.not_failed} not shown as FAILED",
                flush=True,
            )
    if options.json:
        print(json.dumps({name: attrs.asdict(tally) for name, tally in results.items()}))
    sys.exit(not all(tally.is_clean for tally in results.values()))


if __name__ == "__main__":
    main()
