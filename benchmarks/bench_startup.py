"""CPU of starting up: `import runyard` and `runyard --help` against bare Python, and the heavy modules they import."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 15
HEAVY = (
    "boto3",
    "docker",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
    "requests",
    "sklearn",
    "sqlalchemy",
    "starlette",
    "torch",
)
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import runyard": ["-c", "import runyard"],
    "runyard --help": ["-m", "runyard", "--help"],
}
AIMS = {"import runyard": 1.5, "runyard --help": 15.0}


def main() -> int:
    """Measure the commands in turn, round by round, and print medians, ratios and heavy modules."""
    with tempfile.TemporaryDirectory() as folder:
        times: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(ROUNDS + 1):
            for name, arguments in COMMANDS.items():
                times[name].append(cpu(arguments, folder))
        medians = {name: statistics.median(values[1:]) for name, values in times.items()}  # the first one warms up
        plugins, heavy = loaded(folder)
    bare = medians["python -c pass"]
    for name, median in medians.items():
        aim = f"  (aim: at most {AIMS[name]:g}x)" if name in AIMS else ""
        print(f"{name:16}  {median * 1000:7.1f} ms CPU  {median / bare:5.2f}x{aim}")
    print(f"plugins loaded: {', '.join(plugins) or 'none'}")
    print(f"heavy modules imported by runyard --help: {', '.join(heavy) or 'none'}")
    missed = [name for name, aim in AIMS.items() if medians[name] / bare > aim]
    return 1 if heavy or missed or not plugins else 0


def cpu(arguments: list[str], folder: str) -> float:
    """User and system seconds of one call."""
    # Compiled once, as after any installation, whatever the caller's environment says about that.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ["PYTHONPYCACHEPREFIX"] = f"{folder}/pycache"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder, env=environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def loaded(folder: str) -> tuple[list[str], list[str]]:
    """The plugins that `runyard --help` loads, and the heavy modules that come with them."""
    code = (
        "import json, sys\n"
        "from runyard.cli.context import Context\n"
        "from runyard.cli.main import root\n"
        "context = Context()\n"
        "try: root.main(['--help'], obj=context)\n"
        "except SystemExit: pass\n"
        "plugins = [p.name for p in context.host.plugins.plugins.values() if p.state == 'loaded']\n"
        f"json.dump([plugins, sorted(set({HEAVY!r}) & set(sys.modules))], sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=folder)
    plugins, heavy = json.loads(done.stderr)
    return plugins, heavy


if __name__ == "__main__":
    sys.exit(main())
