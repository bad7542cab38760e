"""The servers that one script is run against, and how their answers are made comparable."""

from __future__ import annotations

import ast
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from runyard.testing.server import clean_environment, running_server

SCRIPTS = Path(__file__).parent / "mlflow_scripts"
PATIENCE = 400.0  # seconds: it imports for long on a busy machine
UNSAID = frozenset({"workspace"})  # servers without workspaces need not name one
UNORDERED = frozenset({"aliases", "metrics", "params", "tags"})

_HEX = re.compile(r"\b(?:[md]-)?[0-9a-f]{32}\b|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RANDOM_NAME = re.compile(r"\b[a-z]+-[a-z]+-\d{1,4}\b")
_URL = re.compile(r"http://127\.0\.0\.1:\d+")
_DAY = 86_400_000


def run_script(script: Path, url: str, folder: Path) -> list[tuple[str, Any]]:
    """What a script yields against a server, made comparable: (name, answer) in order."""
    python = os.environ["RUNYARD_TEST_MLFLOW"]
    environment = {
        **clean_environment(),
        "MLFLOW_TRACKING_URI": url,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        # No tags of the commit at hand, which may change between one server and the other.
        "GIT_PYTHON_REFRESH": "quiet",
        "GIT_PYTHON_GIT_EXECUTABLE": "/nowhere/git",
    }
    folder.mkdir(parents=True, exist_ok=True)
    command = [python, "-W", "ignore", str(SCRIPTS / "_runner.py"), str(script)]
    ended = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=280, check=False
    )
    assert ended.returncode == 0, f"{script.name} failed against {url}:\n{ended.stdout[-2000:]}\n{ended.stderr[-6000:]}"
    answers = json.loads(ended.stdout.strip().rsplit("\n", 1)[-1])
    return _Normalised(time.time_ns() // 1_000_000).answers(answers)


class _Normalised:
    """Ids become numbers in the order in which they are seen, times of today one word."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._ids: dict[str, str] = {}

    def answers(self, answers: list[list[Any]]) -> list[tuple[str, Any]]:
        return [(name, self._plain(value)) for name, value in answers]

    def _plain(self, value: Any, field: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._plain(item, key) for key, item in sorted(value.items()) if key not in UNSAID}
        if isinstance(value, list):
            items = [self._plain(item, field) for item in value]
            return sorted(items, key=repr) if field in UNORDERED else items
        if isinstance(value, str):
            return self._named("experiment", value) if field == "experiment_id" else self._text(value)
        is_recent = isinstance(value, int | float) and abs(value - self._now) < _DAY
        return "<time>" if is_recent else value

    def _text(self, text: str) -> str:
        text = _HEX.sub(lambda match: self._named("id", match.group()), text)
        text = re.sub(r"(mlflow-artifacts:/|/artifacts/|/mlartifacts/)(\d+)", self._location, text)
        return _RANDOM_NAME.sub("<random name>", _URL.sub("<server>", text))

    def _location(self, match: re.Match[str]) -> str:
        return match.group(1) + self._named("experiment", match.group(2))

    def _named(self, kind: str, value: str) -> str:
        if kind == "experiment" and value in {"", "0"}:
            return value
        return self._ids.setdefault(f"{kind} {value}", f"<{kind} {len(self._ids)}>")


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """MLflow's own server on a fresh SQLite database; its URL."""
    port = free_port()
    python = Path(os.environ["RUNYARD_TEST_MLFLOW"])
    command = [
        *(str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
        *("--artifacts-destination", str(folder / "mlartifacts"), "--serve-artifacts"),
    ]
    environment = {**clean_environment(), "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    with (folder / "mlflow.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _await_health(url, process, folder / "mlflow.log")
        yield url
    finally:
        os.killpg(process.pid, 15)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


@contextmanager
def runyard_server(folder: Path, store_uri: str) -> Iterator[str]:
    """`runyard server` on a store, as a process of its own; its URL."""
    with running_server(folder, "--backend-store-uri", store_uri) as server:
        yield server.url


def differences(script: Path) -> Mapping[str, str]:
    """The answers of a script that are meant to differ from MLflow's, and why; read without running it."""
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DIFFERENCES":
            found: dict[str, str] = ast.literal_eval(node.value)
            return found
    return {}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"mlflow server does not answer:\n{log.read_text(errors='replace')[-3000:]}")
