"""Starts a Runyard server or MLflow's own for the benchmarks, and measures what its processes take."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
from databases import fresh_postgres

TICK = os.sysconf("SC_CLK_TCK")
KINDS = ("runyard", "mlflow")
PATIENCE = 600  # seconds until a server must have answered: a busy machine takes minutes to start four workers
BYTECODE = str(Path(tempfile.gettempdir(), "runyard-benchmarks-bytecode"))


@attrs.frozen
class Server:
    """A server that answers: where, its first process, and how long it took until the first answer."""

    kind: str
    port: int
    process: subprocess.Popen[bytes]
    seconds: float
    cpu_at_start: float

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)

    def cpu(self) -> float:
        """CPU seconds of all its processes, those that ended and were waited for included."""
        return sum(_cpu(pid) for pid in _tree(self.process.pid))

    def memory(self) -> float:
        """What all its processes have for themselves, and their share of what they have together, in MB."""
        return sum(_memory(pid) for pid in _tree(self.process.pid))


@contextmanager
def serving(
    kind: str, folder: Path, store: str, *arguments: str, mlflow_python: str | None = None, port: int | None = None
) -> Iterator[Server]:
    """Run a server of a kind in a folder until the block ends."""
    server = start(kind, folder, store, *arguments, mlflow_python=mlflow_python, port=port)
    try:
        yield server
    finally:
        server.process.terminate()
        try:
            server.process.wait(30)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()


def start(
    kind: str, folder: Path, store: str, *arguments: str, mlflow_python: str | None = None, port: int | None = None
) -> Server:
    """Start a server and wait for its first answer."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    program = (
        [sys.executable, "-m", "runyard"] if kind == "runyard" else [mlflow_python or sys.executable, "-m", "mlflow"]
    )
    if kind == "mlflow":
        store = re.sub(r"^postgresql(\+\w+)?:", "postgresql+psycopg2:", store)  # its environment has the older driver
    command = [*program, "server", "--host", "127.0.0.1", "--port", str(port), "--backend-store-uri", store, *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RUNYARD_", "MLFLOW_"))}
    environment["PATH"] = f"{Path(program[0]).parent}{os.pathsep}{environment.get('PATH', '')}"
    # As where pip has installed it: modules are compiled once, whatever this environment says.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = BYTECODE
    if kind == "runyard":
        (folder / "runyard.toml").write_text("", encoding="utf-8")
    started = time.perf_counter()
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    while not _answers(port):
        if process.poll() is not None or time.perf_counter() - started > PATIENCE:
            for pid in _tree(process.pid):  # MLflow's first process leaves its children behind
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
            raise SystemExit(f"{kind} did not start:\n{(folder / 'server.log').read_text(errors='replace')[-2000:]}")
        time.sleep(0.01)
    seconds = time.perf_counter() - started
    return Server(kind, port, process, seconds, sum(_cpu(pid) for pid in _tree(process.pid)))


def post(connection: http.client.HTTPConnection, path: str, body: Any) -> Any:
    """POST JSON, or bytes that are JSON, and read the answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", path, body=data, headers={"Content-Type": "application/json"})
    return answer(connection)


def get(connection: http.client.HTTPConnection, path: str) -> Any:
    connection.request("GET", path)
    return answer(connection)


def answer(connection: http.client.HTTPConnection) -> Any:
    response = connection.getresponse()
    data = response.read()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {data[:500]!r}")
    return json.loads(data) if data[:1] in {b"{", b"["} else data


def create_run(connection: http.client.HTTPConnection, **fields: Any) -> str:
    body = {"experiment_id": "0", "start_time": int(time.time() * 1000), **fields}
    run_id: str = post(connection, "/api/2.0/mlflow/runs/create", body)["run"]["info"]["run_id"]
    return run_id


@contextmanager
def database(server_uri: str | None, folder: Path) -> Iterator[str]:
    """The URI of a new database: on the PostgreSQL server named, else a SQLite file."""
    if server_uri is None:
        yield f"sqlite:///{folder}/{uuid.uuid4().hex[:8]}.db"
        return
    with fresh_postgres(server_uri) as uri:
        yield uri


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def verdict(ratio: float, aim: float) -> str:
    return f"{ratio:,.1f}x, aim {aim:g}x: {'reached' if ratio >= aim else 'MISSED'}"


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _tree(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, ()))
    return found


def _stat(pid: int) -> Sequence[str]:
    """The fields of /proc/PID/stat from the state on; none where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ()


def _cpu(pid: int) -> float:
    fields = _stat(pid)
    return sum(int(field) for field in fields[11:15]) / TICK if fields else 0.0


def _memory(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    sizes: Mapping[str, str] = {line.partition(":")[0]: line.partition(":")[2] for line in lines}
    return int(sizes["Pss"].split()[0]) / 1024
