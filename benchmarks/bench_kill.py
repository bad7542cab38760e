"""Kill -9 while points are logged, then count: every confirmed point must be readable, each exactly once.

Usage: python benchmarks/bench_kill.py [--kills N] [--only WORD]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import attrs

from runyard.entities import RunStatus
from runyard.host import Host
from runyard.settings import Settings
from runyard.tracking.client import Client

# Logs through the public API and writes the number of each confirmed point to its standard output.
CHILD = """
import os, struct, sys, time
import runyard as ry

pause, run_id, fault = float(sys.argv[1]), sys.argv[2], sys.argv[3]
if fault == "acknowledgement":
    import runyard_store_sql.tracking as sql
    ingest = sql.SqlTrackingStore.ingest
    def die_after_commit(self, batch):
        ingest(self, batch)
        if ("KILL_AFTER" in os.environ) and len(batch.points) and next(iter(batch.points.values())).steps[-1] > 200:
            os.kill(os.getpid(), 9)
        return []
    sql.SqlTrackingStore.ingest = die_after_commit
ry.set_experiment("kill")
with ry.start_run(run_name=run_id) as run:
    os.write(1, run.info.run_id.encode().ljust(64))
    step = 0
    while True:
        ry.log_metric("loss", step * 0.5, step=step)
        os.write(1, struct.pack("<q", step))
        step += 1
        if pause:
            time.sleep(pause)
"""
AWAY = "postgresql://nobody@127.0.0.1:1/nothing"


@attrs.frozen
class Scenario:
    """How fast points come, where they go, and when the process dies."""

    name: str
    pause: float
    is_away: bool
    longest: float
    fault: str = "-"


SCENARIOS = (
    Scenario("burst, local store", 0.0, False, 0.6),
    Scenario("paced, local store", 0.001, False, 1.0),
    Scenario("burst, store unreachable", 0.0, True, 0.6),
    Scenario("paced, store unreachable", 0.001, True, 1.0),
    Scenario("between commit and answer", 0.0002, False, 20.0, "acknowledgement"),
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


def run_and_kill(scenario: Scenario, folder: Path, delay: float) -> tuple[str, int]:
    """Log in another process and kill its group; the run's id and how many points it had confirmed."""
    uri = AWAY if scenario.is_away else f"sqlite:///{folder}/runs.db"
    environ = os.environ | {
        "RUNYARD_TRACKING_URI": uri,
        "RUNYARD_DATA_DIR": str(folder / "data"),
        "KILL_AFTER": "1",
        "RUNYARD_DISABLED_PLUGINS": "capture",
    }
    command = [sys.executable, "-c", CHILD, str(scenario.pause), f"run-{random.random()}", scenario.fault]
    process = subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    run_id = process.stdout.read(64).decode().strip()
    if not run_id:
        raise RuntimeError(process.communicate()[1].decode())
    deadline = time.monotonic() + delay
    output = bytearray()
    os.set_blocking(process.stdout.fileno(), False)
    while process.poll() is None and time.monotonic() < deadline:
        output += process.stdout.read() or b""
        time.sleep(0.001)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    os.set_blocking(process.stdout.fileno(), True)
    output += process.stdout.read()
    process.stdout.close()
    if process.stderr is not None:
        process.stderr.close()
    whole = len(output) // 8
    steps = [step for (step,) in struct.iter_unpack("<q", output[: whole * 8])]
    assert steps == list(range(whole))
    return run_id, whole


def read_back(folder: Path, run_id: str, *, is_away: bool) -> tuple[list[tuple[int, float]], RunStatus]:
    """The points as the next process sees them."""
    uri = f"sqlite:///{folder}/runs.db"
    if is_away:
        command = [sys.executable, "-m", "runyard", "sync", str(folder / "data" / "journal"), "--to", uri]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"RUNYARD_DATA_DIR": str(folder)})
    with Host(Settings(data_dir=str(folder / "data"), root=folder, tracking_uri=uri)) as host:
        client = Client(host=host)
        status = client.get_run(run_id).info.status
        points = [(metric.step, metric.value) for metric in client.get_metric_history(run_id, "loss")]
    return points, RunStatus(status)


def kill_once(scenario: Scenario, tally: Tally, generator: random.Random) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        delay = scenario.longest if scenario.fault != "-" else generator.uniform(0.0, scenario.longest)
        run_id, confirmed = run_and_kill(scenario, folder, delay)
        points, status = read_back(folder, run_id, is_away=scenario.is_away)
    counts = Counter(step for step, _ in points)
    tally.kills += 1
    tally.confirmed += confirmed
    tally.found += len(points)
    tally.missing += sum(step not in counts for step in range(confirmed))
    tally.doubled += sum(count - 1 for count in counts.values())
    tally.unconfirmed += sum(step >= confirmed for step in counts)
    tally.wrong += sum(value != step * 0.5 for step, value in points)
    tally.not_failed += status is not RunStatus.FAILED


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
