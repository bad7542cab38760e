"""MLflow's own server, for the tests that compare."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import requests

from runyard.testing.server import clean_environment

PATIENCE = 240.0  # it takes its time on a busy machine


@contextmanager
def mlflow_server(python: str, folder: Path, port: int) -> Iterator[Callable[[], None]]:
    """Run MLflow's own server until the block ends; what it gives kills it with -9, and all its processes."""
    arguments = [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        f"{folder}/artifacts",
    ]
    command = [python, "-m", "mlflow", "server", *arguments, "--port", str(port), "--workers", "1"]
    # Its eight processes for background jobs take longest to start, and no test needs them.
    environment = {**clean_environment(), "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )

    def kill() -> None:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    try:
        _wait_for(f"http://127.0.0.1:{port}", process, folder / "server.log")
        yield kill
    finally:
        kill()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{url}/health", timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError(f"MLflow's server does not answer:\n{log.read_text(errors='replace')}")
