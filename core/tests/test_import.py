"""What `import runyard` costs and offers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import runyard


def modules_after(statement: str) -> set[str]:
    code = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def test_importing_runyard_imports_nothing_else() -> None:
    assert modules_after("import runyard") == {"runyard"}


def test_logging_imports_no_heavy_package() -> None:
    loaded = modules_after("import runyard; runyard.log_metric, runyard.log_table, runyard.search_runs, runyard.Client")

    heavy = {"numpy", "pandas", "PIL", "matplotlib", "sqlalchemy", "pyarrow"}
    assert {name.partition(".")[0] for name in loaded} & heavy == set()


def test_type_checkers_are_told_the_names_that_exist() -> None:
    tree = ast.parse(Path(runyard.__file__).read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    told = {alias.asname for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}

    assert told == {*runyard._MODULES, *(name for names in runyard._NAMES.values() for name in names)}
