"""Runs scripts of MLflow's client, and makes the answers that they get from servers comparable."""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from runyard.testing.mlflow_scripts import MlflowScripts
from runyard.testing.server import clean_environment

SCRIPTS = Path(__file__).parent / "mlflow_scripts"
UNSAID = frozenset({"workspace"})  # servers without workspaces need not name one
UNORDERED = frozenset({"aliases", "metrics", "params", "tags"})

_HEX = re.compile(r"\b(?:[md]-)?[0-9a-f]{32}\b|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RANDOM_NAME = re.compile(r"\b[a-z]+-[a-z]+-\d{1,4}\b")
_URL = re.compile(r"http://127\.0\.0\.1:\d+")
_DAY = 86_400_000


# What scripts use besides, and what takes seconds to import when a model is saved.
MODULES = ("matplotlib.pyplot", "mlflow.cli", "skops.io")


@attrs.frozen
class ScriptRunner:
    """Runs scripts with the unmodified mlflow package."""

    mlflow: MlflowScripts

    def answers(self, script: Path, url: str, folder: Path) -> list[tuple[str, Any]]:
        """What a script yields against a server, made comparable: (name, answer) in order."""
        folder.mkdir(parents=True, exist_ok=True)
        environ = {
            **clean_environment(),
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
            "DO_NOT_TRACK": "true",
            # No tags of the commit at hand, which may change between one server and the other.
            "GIT_PYTHON_REFRESH": "quiet",
            "GIT_PYTHON_GIT_EXECUTABLE": "/nowhere/git",
        }
        words = (str(SCRIPTS / "_runner.py"), str(script), url)
        done = self.mlflow.run(*words, environ=environ, folder=folder, modules=MODULES)
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{script.name} failed against {url} ({done.returncode}):\n{said[-8000:]}"
        answers = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
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


def differences(script: Path) -> Mapping[str, str]:
    """The answers of a script that are meant to differ from MLflow's, and why; read without running it."""
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DIFFERENCES":
            found: dict[str, str] = ast.literal_eval(node.value)
            return found
    return {}
