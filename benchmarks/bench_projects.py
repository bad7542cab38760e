"""What running a project costs beside running its script: launching, a cached environment, building one, a killed grid.

python benchmarks/bench_projects.py [--mlflow PYTHON] [--rounds N] [--runs N]

CPU is that of all processes, the program's own subtracted. Compared with is `mlflow run`, in the Python of `--mlflow`;
for building environments that needs virtualenv in that Python's folder. Packages are built from a warm cache: each tool
builds once before it is measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from servers import verdict

SCRIPT = "print('done')\n"
RUNYARD = [sys.executable, "-m", "runyard"]
PACKAGES = (
    "attrs", "certifi", "charset-normalizer", "click", "colorama", "filelock", "idna", "iniconfig", "jinja2",
    "markupsafe", "packaging", "platformdirs", "pluggy", "pygments", "pytest", "pyyaml", "requests", "six", "tqdm",
    "urllib3",
)  # fmt: skip
CPU_AIM, MLFLOW_AIM, CACHED_AIM, BUILD_AIM = 0.4, 8.0, 0.3, 5.0

Cost = tuple[float, float]  # seconds of the processor, and of the clock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mlflow", default=os.environ.get("RUNYARD_TEST_MLFLOW", ""), help="a Python with mlflow")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=200, help="of the grid that is killed")
    options = parser.parse_args()
    mlflow = [options.mlflow, "-m", "mlflow"] if options.mlflow else []
    with tempfile.TemporaryDirectory(prefix="runyard-bench-") as folder:
        launching(Path(folder), options.rounds, mlflow)
        building(Path(folder), mlflow)
        killed(Path(folder), options.runs)


def launching(folder: Path, rounds: int, mlflow: Sequence[str]) -> None:
    """A script by itself, through `runyard run`, in a cached environment, and through `mlflow run`, in turns."""
    here, cached = _project(folder / "here"), _project(folder / "cached", ["six"])
    commands = {
        "the script": (["python", "script.py"], here),
        "runyard run --env local": ([*RUNYARD, "run", ".", "--env", "local"], here),
        "runyard run, cached environment": ([*RUNYARD, "run", "."], cached),
    }
    if mlflow:
        commands["mlflow run --env-manager local"] = ([*mlflow, "run", ".", "--env-manager", "local"], here)
    for command, place in commands.values():
        _cost(command, place, folder)
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, (command, place) in commands.items():
            costs[name].append(_cost(command, place, folder))
    typical = {name: tuple(map(statistics.median, zip(*each, strict=True))) for name, each in costs.items()}
    bare = typical["the script"][0]
    print(f"medians of {rounds} rounds; the script by itself takes {bare:.3f} s of CPU")
    for name, (cpu, wall) in typical.items():
        print(f"  {name:34} {cpu - bare:6.3f} s CPU more, {wall:6.2f} s in all")
    ours = typical["runyard run --env local"][0] - bare
    more = typical["runyard run, cached environment"][0] - bare - ours
    for what, seconds, aim in (("overhead", ours, CPU_AIM), ("a cached environment on top", more, CACHED_AIM)):
        print(f"{what}: {seconds:.2f} s CPU, aim {aim}: {'reached' if seconds <= aim else 'MISSED'}")
    if mlflow:
        theirs = typical["mlflow run --env-manager local"][0] - bare
        print(f"beside mlflow run: {verdict(theirs / ours, MLFLOW_AIM)}")


def building(folder: Path, mlflow: Sequence[str]) -> None:
    """An environment of 20 packages, from a warm cache of packages."""
    project = _project(folder / "twenty", PACKAGES)
    ours = _built([*RUNYARD, "run", "."], project, folder, folder / "cache" / "runyard" / "environments")
    print(f"{len(PACKAGES)} packages: {ours[1]:.1f} s, {ours[0]:.1f} s CPU")
    if mlflow:
        command = [*mlflow, "run", ".", "--env-manager", "virtualenv"]
        theirs = _built(command, project, folder, folder / ".mlflow", Path(mlflow[0]).parent)
        print(f"with mlflow: {theirs[1]:.1f} s, {theirs[0]:.1f} s CPU: {verdict(theirs[1] / ours[1], BUILD_AIM)}")


def killed(folder: Path, runs: int) -> None:
    """A grid whose launcher is killed in the middle and resumed; each program notes that it ran."""
    project = _project(folder / "grid", script="import sys\nopen('ran.txt', 'a').write(sys.argv[2] + '\\n')\n")
    values = ",".join(map(str, range(runs)))
    command = [*RUNYARD, "run", ".", "-P", f"x={values}", "--env", "local", "--parallel", "4"]
    ran = project / "ran.txt"
    process = subprocess.Popen(command, cwd=project, env=_environ(folder), stderr=subprocess.PIPE, text=True)
    while not ran.exists() or len(ran.read_text().splitlines()) < runs // 2:
        time.sleep(0.05)
    process.kill()
    _, said = process.communicate()
    parent = said.split(" below ")[1].split(",")[0]
    again = [*RUNYARD, "run", "--resume", parent, "--parallel", "4"]
    subprocess.run(again, cwd=project, env=_environ(folder), check=True, capture_output=True)
    counts = Counter(ran.read_text().splitlines())
    missing, twice = runs - len(counts), sum(count > 1 for count in counts.values())
    done = 'tags.`runyard.grid.number` LIKE "%" AND attributes.status = "FINISHED"'
    found = subprocess.run(
        [*RUNYARD, "runs", "search", "--filter", done, "--limit", "0", "--json"],
        cwd=project,
        env=_environ(folder),
        check=True,
        capture_output=True,
        text=True,
    )
    tracked = found.stdout.count('"status": "FINISHED"')
    print(f"{runs} runs, killed and resumed: {missing} missing, {twice} done twice, {tracked} tracked as FINISHED")


def _project(folder: Path, requirements: Sequence[str] = (), script: str = SCRIPT) -> Path:
    folder.mkdir()
    (folder / "script.py").write_text(script)
    (folder / "MLproject").write_text("entry_points:\n  main:\n    command: python script.py\n")
    if requirements:
        lines = "".join(f"  - {name}\n" for name in requirements)
        # MLflow takes no other than the very version that it is told.
        version = platform.python_version()
        (folder / "python_env.yaml").write_text(f'python: "{version}"\ndependencies:\n{lines}')
    return folder


def _built(command: Sequence[str], project: Path, folder: Path, environments: Path, *programs: Path) -> Cost:
    """The cost of the second time that an environment is built, when its packages have been fetched before."""
    _cost(command, project, folder, *programs)
    shutil.rmtree(environments)
    return _cost(command, project, folder, *programs)


def _cost(command: Sequence[str], place: Path, folder: Path, *programs: Path) -> Cost:
    # The same `python` for all, and none that is a shell script which looks for one.
    path = os.pathsep.join([*map(str, programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=place, env={**_environ(folder), "PATH": path}, check=True, capture_output=True)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, end - start


def _environ(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUNYARD_", "MLFLOW_"))}
    return {
        **kept,
        "RUNYARD_TRACKING_URI": str(folder / "runyard-data"),
        "RUNYARD_DATA_DIR": str(folder / "runyard-data"),
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
        "MLFLOW_ENV_ROOT": str(folder / ".mlflow"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "UV_CACHE_DIR": str(Path(tempfile.gettempdir(), "runyard-benchmarks-uv")),
    }


if __name__ == "__main__":
    main()
