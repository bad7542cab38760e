"""House rules that no linter knows."""

from __future__ import annotations

import ast
import functools
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for pattern in ("core/src/**/*.py", "plugins/*/src/**/*.py", "tools/*.py", "benchmarks/*.py", "examples/**/*.py")
    for path in ROOT.glob(pattern)
)
TESTS = sorted(
    path
    for pattern in ("core/tests/**/*.py", "plugins/*/tests/**/*.py", "tests/*.py", "conftest.py")
    for path in ROOT.glob(pattern)
)
MAX_LINES = 500

# Where whatever a plugin, a user's own object or a request makes fail is caught: the boundaries of plugins, requests,
# processes and threads.
BROAD = {
    "core/src/runyard/autologging/reports.py",
    "core/src/runyard/discovery.py",
    "core/src/runyard/host.py",
    "core/src/runyard/models/saving.py",
    "core/src/runyard/server/threads.py",
    "core/src/runyard/models/batch.py",
    "core/src/runyard/specs.py",
    "core/src/runyard/testing/contracts/plugin.py",
    "core/src/runyard/tracking/recorder.py",
    "core/src/runyard/tracking/shipper.py",
    "plugins/flavor-python/src/runyard_flavor_python/pickling.py",
    "plugins/store-fsspec/src/runyard_store_fsspec/deadlines.py",
    "plugins/store-sql/src/runyard_store_sql/group_commit.py",
    "core/src/runyard/server/workers.py",
    "plugins/server/src/runyard_server/pages.py",
    "plugins/server/src/runyard_server/mounts.py",
    "plugins/server/src/runyard_server/door.py",
    "plugins/serve-http/src/runyard_serve_http/application.py",
    "plugins/serve-http/src/runyard_serve_http/scoring.py",
    "plugins/serve-http/src/runyard_serve_http/streams.py",
    "plugins/serve-http/src/runyard_serve_http/swapping.py",
    "plugins/api-v1/src/runyard_api_v1/application.py",
    "plugins/api-mlflow/src/runyard_api_mlflow/application.py",
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def handlers(path: Path) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler))


def is_broad(handler: ast.ExceptHandler) -> bool:
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} if handler.type else set()
    return handler.type is None or bool(names & {"Exception", "BaseException"})


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 100
    assert len(TESTS) > 30


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_no_file_is_long(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, f"{relative(path)} has {lines} lines"


def test_most_files_are_short() -> None:
    assert statistics.median(len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES) <= 150


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_nothing_global_and_nothing_left_to_do(path: Path) -> None:
    assert not [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Global)]
    marks = re.findall(r"#.*\b(?:TODO|FIXME|XXX|HACK)\b.*", path.read_text(encoding="utf-8"))
    assert marks == []


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_error_disappears(path: Path) -> None:
    silent = [
        handler.lineno
        for handler in handlers(path)
        if handler.type is None or (is_broad(handler) and all(isinstance(node, ast.Pass) for node in handler.body))
    ]
    assert silent == [], f"{relative(path)} hides every error at line {silent}"


def test_everything_is_caught_at_the_boundaries_only() -> None:
    shipped = [path for path in SOURCES if "src" in path.relative_to(ROOT).parts]
    broad = {
        relative(path)
        for path in shipped
        if any(is_broad(handler) and not isinstance(handler.body[-1], ast.Raise) for handler in handlers(path))
    }
    assert broad <= BROAD, f"broad excepts in {sorted(broad - BROAD)}"


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name != "__init__.py"], ids=relative)
def test_every_module_says_in_a_line_what_it_is_for(path: Path) -> None:
    said = ast.get_docstring(tree(path))
    assert said, f"{relative(path)} has no docstring"
    assert said.splitlines()[0].endswith((".", ":", "?")), said.splitlines()[0]


def test_package_files_hold_no_code() -> None:
    # Names that are imported on first use, and the entry point of the command line.
    core = "core/src/runyard"
    packages = ("cli", "models", "projects", "query", "tracking", "types")
    lazy = {f"{core}/__init__.py", *(f"{core}/{name}/__init__.py" for name in packages)}
    for path in SOURCES:
        if path.name == "__init__.py" and relative(path) not in lazy:
            allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
            assert all(isinstance(node, allowed) for node in tree(path).body), relative(path)


def test_no_name_says_manager_helper_or_utils() -> None:
    for path in SOURCES:
        names = [node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
        for name in [path.stem, *names]:
            assert not re.search(r"manager|helper|utils?$", name, re.IGNORECASE), f"{name} in {relative(path)}"
