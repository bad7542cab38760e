"""`import runyard.sklearn`: installed flavors are modules of `runyard`, and nothing else changes for imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HOST = """
from runyard.host import Host, set_default_host
from runyard.settings import Settings
from runyard.testing.memory import plugin
set_default_host(Host(Settings(environ={}), plugins={"memory": plugin}, discover=False))
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    """The folder where scripts run, with a module of its own in it."""
    (tmp_path / "other.py").write_text("")
    return str(tmp_path)


def run(folder: str, code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "statement",
    [
        "import runyard.line\nline = runyard.line",
        "import runyard as mlflow\nimport runyard.line\nline = mlflow.line",
        "import runyard.line as line",
        "from runyard import line",
        "from runyard.line import log_model, save_model\nimport runyard\nline = runyard.line",
        "import importlib\nline = importlib.import_module('runyard.line')",
    ],
)
def test_every_form_of_import_gives_the_flavor_s_module(script: str, statement: str) -> None:
    same = "from runyard.testing.memory import line as own\nprint(line is own, own.__name__, own.__spec__.name)"
    assert run(script, f"{HOST}{statement}\n{same}") == "True runyard.testing.memory.line runyard.testing.memory.line"


def test_names_are_imported_from_a_flavor(script: str) -> None:
    code = "from runyard.line import log_model\nprint(log_model.__module__)"
    assert run(script, HOST + code) == "runyard.testing.memory.line"


def test_the_flavor_s_module_can_be_loaded_anew(script: str) -> None:
    code = "import importlib, runyard.line\nprint(importlib.reload(runyard.line).__name__)"
    assert run(script, HOST + code) == "runyard.testing.memory.line"


def test_a_flavor_is_found_without_being_imported(script: str) -> None:
    code = (
        "import importlib.util, sys\n"
        "spec = importlib.util.find_spec('runyard.line')\n"
        "print(spec.origin, 'runyard.testing.memory.line' in sys.modules)"
    )
    assert run(script, HOST + code) == "runyard.testing.memory.line False"


@pytest.mark.parametrize("statement", ["import runyard.sklearn", "from runyard import sklearn"])
def test_a_flavor_that_is_not_installed_says_what_to_install(script: str, statement: str) -> None:
    code = f"try:\n    {statement}\nexcept ModuleNotFoundError as error:\n    print(error)"
    assert run(script, HOST + code) == "No module named 'runyard.sklearn'; install runyard-flavor-sklearn"


def test_an_attribute_that_is_not_installed_says_so_too(script: str) -> None:
    code = "import runyard\ntry:\n    runyard.sklearn\nexcept AttributeError as error:\n    print(error)"
    expected = "module 'runyard' has no attribute 'sklearn'; install runyard-flavor-sklearn"
    assert run(script, HOST + code) == expected


@pytest.mark.parametrize("name", ["runyard.nothing", "runyard.models.line", "runyard.line.nothing", "runyard.s3"])
def test_what_is_no_flavor_is_not_found(script: str, name: str) -> None:
    code = f"try:\n    import {name}\nexcept ModuleNotFoundError as error:\n    print(error.name)"
    assert run(script, HOST + code) == name


def test_other_imports_make_no_host(script: str) -> None:
    code = (
        "import sys, runyard\n"
        "import other\n"
        "try: import no_such_module\n"
        "except ModuleNotFoundError: pass\n"
        "import runyard.uris\n"
        "print('runyard.host' in sys.modules)"
    )
    assert run(script, code) == "False"


def test_the_core_s_own_modules_come_first(script: str) -> None:
    code = """
import runyard.cli.text, runyard.discovery
from runyard import hooks
print(runyard.discovery.__name__, hooks.__name__)
"""
    assert run(script, HOST + code) == "runyard.discovery runyard.hooks"


def test_two_plugins_of_one_name_are_refused(script: str) -> None:
    code = """
from runyard.errors import AmbiguousPlugin
import types
copy = types.SimpleNamespace(**{name: hook for name, hook in vars(plugin).items() if name.startswith("runyard_")})
set_default_host(Host(Settings(environ={}), plugins={"one": plugin, "two": copy}, discover=False))
try:
    import runyard.line
except AmbiguousPlugin as error:
    print("prefer: flavors.line=PLUGIN" in str(error))
"""
    assert run(script, HOST + code) == "True"
