"""Servers of one scikit-learn model, one process each, in one run: requests a second, latency, start and memory.

python benchmarks/bench_serve.py [FOLDER]

FOLDER has an environment for each of fastapi, mlserver, bentoml and litserve; RUNYARD_TEST_MLFLOW is the Python of one
that has mlflow. Servers without an environment are left out. The load comes from wrk.
"""

from __future__ import annotations

import math
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import attrs
import numpy as np
from model_servers import COLUMNS, RUNYARD, SERVERS, ModelServer, Rows, Running, environment, running

SECONDS = 2
ROUNDS = 3
BATCH = 1_000
SINGLE = (1, 8, 32)  # connections that ask about one row each
LARGE = 4  # connections that ask about a batch

# Least ratios of ours to theirs: one row at each number of connections, then the batch.
GOALS = {
    "mlflow models serve": (4, 6, 8, 5),
    "FastAPI, raw model": (1.2, 2, 2, 1),
    "MLServer": (1, 1, 1, 1),
    "BentoML": (1, 1, 1, 1),
    "LitServe": (1, 1, 1, 1),
}

LUA = """
wrk.method = "POST"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
file:close()
wrk.headers["Content-Type"] = "application/json"
"""

LOADING = """
import resource
import numpy, sklearn.linear_model, skops.io
file = "model/model.skops"
model = skops.io.load(file, trusted=skops.io.get_untrusted_types(file=file))
model.predict(numpy.zeros((1, 64)))
usage = resource.getrusage(resource.RUSAGE_SELF)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""


@attrs.define
class Figures:
    """What was measured of one server: the best of all rounds, as others on the machine only make it worse."""

    served: Running
    scripts: tuple[Path, Path]
    start: float  # seconds of CPU until the first prediction, of the whole process group
    rates: list[float] = attrs.field(factory=lambda: [0.0] * (len(SINGLE) + 1))
    late: float = math.inf  # milliseconds, the 99th percentile at the most connections
    cpu: float = math.inf  # seconds of CPU for a request at the most connections
    memory: float = 0.0  # MiB

    def measure(self, wrk: str) -> None:
        for at, count in enumerate(SINGLE):
            begun = cpu_seconds(self.served)
            rate, late, requests = load(wrk, self.served.url, self.scripts[0], count)
            self.rates[at] = max(self.rates[at], rate)
        self.late = min(self.late, late)
        self.cpu = min(self.cpu, (cpu_seconds(self.served) - begun) / max(requests, 1))
        self.rates[-1] = max(self.rates[-1], load(wrk, self.served.url, self.scripts[1], LARGE)[0])
        self.memory = memory(self.served)


def main() -> None:
    wrk = shutil.which("wrk") or sys.exit("the load comes from wrk; install it, on Debian with: apt-get install wrk")
    environments = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    rows = np.random.default_rng(0).normal(size=(BATCH, len(COLUMNS))).tolist()
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        make_model(folder)
        found: dict[str, Figures] = {}
        for server in SERVERS:
            python = python_of(server, environments)
            if python is None:
                print(f"{server.name:24}left out: no environment has {server.package}")
                continue
            served = stack.enter_context(running(server, python, folder, rows[:1]))
            found[server.name] = Figures(served, scripts(server, folder, rows), cpu_seconds(served))
        # Whatever else the machine does meanwhile, it does to all of them.
        for _ in range(ROUNDS):
            for figures in found.values():
                figures.measure(wrk)
        show(found)
        compare(found, folder)


def show(found: dict[str, Figures]) -> None:
    print(
        f"{'requests a second':24}" + "".join(f"{f'1 row x {count}':>12}" for count in SINGLE) + f"{'1,000 rows':>12}",
        end="",
    )
    print(f"{'p99 ms':>10}{'CPU us':>9}{'start CPU s':>13}{'MiB':>8}")
    for name, figures in found.items():
        rates = "".join(f"{rate:>12,.0f}" for rate in figures.rates)
        cost = f"{figures.cpu * 1e6:>9.0f}{figures.start:>13.2f}{figures.memory:>8.0f}"
        print(f"{name:24}{rates}{figures.late:>10.1f}{cost}")


def compare(found: dict[str, Figures], folder: Path) -> None:
    """Ours against each other server, and against the library alone."""
    ours = found[RUNYARD.name]
    for name, least in GOALS.items():
        if name in found:
            ratios = [mine / max(theirs, 0.1) for mine, theirs in zip(ours.rates, found[name].rates, strict=True)]
            shown = "  ".join(
                f"{ratio:.1f}x{'' if ratio >= goal else f' (goal {goal}x)'}"
                for ratio, goal in zip(ratios, least, strict=True)
            )
            print(f"ours to {name}: {shown}; CPU a request {found[name].cpu / ours.cpu:.1f}x")
    if "mlflow models serve" in found:
        print(f"p99 of mlflow to ours: {found['mlflow models serve'].late / ours.late:.1f}x (goal 10x)")
    command = [sys.executable, "-c", LOADING]
    alone = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=True)
    seconds, memory = map(float, alone.stdout.split())
    print(f"beyond the library alone: {ours.start - seconds:.2f} s of CPU (goal 0.5)", end="")
    print(f", {ours.memory - memory:.0f} MiB (goal 60)")


def make_model(folder: Path) -> None:
    """The model in the forms that the servers take."""
    import joblib
    from sklearn.linear_model import LogisticRegression

    from runyard.models import infer_signature, saving

    chance = np.random.default_rng(1)
    rows = chance.normal(size=(2_000, len(COLUMNS)))
    model = LogisticRegression().fit(rows, (rows[:, 0] > 0).astype(int))
    import pandas as pd

    table = pd.DataFrame(rows[:2], columns=COLUMNS)
    signature = infer_signature(table, model.predict(rows[:2]))
    saving.save_model("sklearn", model, folder / "model", signature=signature, input_example=table)
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    joblib.dump(model, folder / "model.joblib")


def python_of(server: ModelServer, environments: Path | None) -> str | None:
    if not server.package:
        return sys.executable
    if server.package == "mlflow":
        return os.environ.get("RUNYARD_TEST_MLFLOW")
    candidate = environments / server.package / "bin" / "python" if environments else None
    return str(candidate) if candidate and candidate.exists() else None


def scripts(server: ModelServer, folder: Path, rows: Rows) -> tuple[Path, Path]:
    """What wrk is told to send: one row, and all of them."""
    made = []
    for kind, part in (("single", rows[:1]), ("batch", rows)):
        script = folder / f"{server.package or server.name.partition(' ')[0]}-{kind}.lua"
        body = script.with_suffix(".json")
        body.write_bytes(server.request(part))
        script.write_text(LUA.format(body=body), encoding="utf-8")
        made.append(script)
    return made[0], made[1]


def load(wrk: str, url: str, script: Path, connections: int) -> tuple[float, float, int]:
    """Requests a second, the 99th percentile in milliseconds, and the number of requests."""
    command = [wrk, "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "--timeout", "30s", "-s", str(script), url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    late = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    count = re.search(r"(\d+) requests in", said)
    assert rate, said
    assert late, said
    assert count, said
    return float(rate[1]), float(late[1]) * {"us": 0.001, "ms": 1, "s": 1000}[late[2]], int(count[1])


def group(served: Running) -> list[Path]:
    """The processes of a server."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == served.process.pid:
                found.append(folder)
        except ProcessLookupError:
            continue
    return found


def cpu_seconds(served: Running) -> float:
    ticks = 0
    for folder in group(served):
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))  # its own and those of children that have ended
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(served: Running) -> float:
    """The memory that is resident, shared pages counted once, in MiB."""
    total = 0
    for folder in group(served):
        found = re.search(r"^Pss:\s+(\d+) kB", (folder / "smaps_rollup").read_text(), re.MULTILINE)
        total += int(found[1]) if found else 0
    return total / 1024


if __name__ == "__main__":
    main()
