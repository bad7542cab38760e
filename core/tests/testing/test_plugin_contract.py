"""The in-memory plugin keeps the plugin contract, and each test of it catches a manifest that does not."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from runyard import hooks
from runyard.discovery import KINDS
from runyard.testing.contracts.plugin import PluginContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory import plugin as memory_plugin

HEAD = """
from runyard import hookimpl
from runyard.specs import ArtifactScheme, AutologgerSpec, Command, FlavorSpec, Listener, ServerMount
"""
COMMAND = """
@hookimpl
def runyard_commands():
    return [Command(name={name!r}, target={target!r}, summary={summary!r})]
"""
LISTENER = """
@hookimpl
def runyard_listeners():
    return [Listener(name="ear", target={target!r}, events={events!r}, summary="Listens.")]

class Ear:
    @staticmethod
    @hookimpl
    def runyard_run_started(run):
        pass
"""

MOUNT = """
@hookimpl
def runyard_server_mounts():
    return [ServerMount(name="page", target="json:dumps", summary="Is.", prefixes=("/page",), openapi="json:none")]
"""

FLAVOR = """
@hookimpl
def runyard_flavors():
    return [FlavorSpec(
        name={name!r}, target="json:dumps", module={module!r}, key={key!r}, loader_module={loader!r},
        requires={requires!r}, summary="Saves.",
    )]
"""
AUTOLOGGER = """
@hookimpl
def runyard_autologgers():
    return [AutologgerSpec(name="ear", target={target!r}, libraries=({library!r},), summary="Logs.")]
"""


def flavor(
    name: str = "ball",
    module: str = "json",
    key: str = "ball",
    loader: str = "mlflow.ball",
    requires: tuple[str, ...] = ("no-such-package",),
) -> str:
    return FLAVOR.format(name=name, module=module, key=key, loader=loader, requires=requires)


def autologger(target: str = "json:dumps", library: str = "numpy.linalg") -> str:
    return AUTOLOGGER.format(target=target, library=library)


def command(name: str = "greet", target: str = "json:dumps", summary: str = "Greets.") -> str:
    return COMMAND.format(name=name, target=target, summary=summary)


def listener(target: str, events: tuple[str, ...]) -> str:
    return LISTENER.format(target=target, events=events)


DOUBLES: dict[str, list[str]] = {
    "test_it_implements_hooks_that_exist": [
        "",
        "@hookimpl\ndef runyard_comands(): return []",
        "@hookimpl\ndef runyard_run_started(engine): pass",
    ],
    "test_every_function_named_like_a_hook_is_marked_as_one": [command() + "def runyard_settings(): return []"],
    "test_it_imports_nothing_but_runyard_and_the_standard_library": [
        command() + "import yaml",
        command().replace("return [", "import yaml; return ["),
    ],
    "test_it_costs_next_to_nothing": [command() + "sum(range(3_000_000))"],
    "test_each_hook_returns_its_kind_of_spec": [command().replace("[Command", "[ArtifactScheme")],
    "test_every_reference_resolves": [
        command(target="json:no_such_name"),
        command(target="no_such_module:name"),
        MOUNT,
    ],
    "test_names_are_well_formed": [command(name="Greet"), command(name="a  b")],
    "test_no_name_is_given_twice": [command().replace("return [", "return 2 * [")],
    "test_summaries_are_one_sentence": [
        command(summary=summary) for summary in ("greets.", "Greets", "", "Greets.\nAll.", "G" * 100 + ".")
    ],
    "test_flavors_can_be_reached_by_their_names": [
        flavor(name=name) for name in ("data", "start_run", "hooks", "class")
    ],
    "test_flavors_name_their_modules_and_packages": [
        flavor(key="Ball"),
        flavor(requires=("scikit-learn>=1",)),
        flavor(module="json.no-such"),
        flavor(loader=""),
        flavor(loader="runyard.testing.memory.line"),
        flavor(loader="{name}") + "_load_pyfunc = 1",
    ],
    "test_autologgers_name_the_module_they_wait_for": [autologger(library="scikit-learn")],
    "test_nothing_imports_the_library_it_is_for": [
        flavor(module="{name}_eager", requires=("PyYAML",)),
        autologger(target="{name}_eager:log", library="yaml"),
    ],
    "test_listeners_hear_the_events_they_name": [
        listener("{name}:Ear", ("runyard_run_finished",)),
        listener("{name}:Ear", ()),
        listener("json:dumps", ("runyard_run_started",)),
    ],
}

numbers = itertools.count()


class TestMemoryPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> ModuleType:
        return memory_plugin


class TestPluginOfALibrary(PluginContract):
    """Flavors and autologgers, for a library that is there and one that is not."""

    @pytest.fixture
    def manifest(self, written: Callable[[str], ModuleType]) -> ModuleType:
        return written(flavor(requires=("PyYAML", "no-such-package")) + autologger())


class TestListeningPlugin(PluginContract):
    """The memory plugin has no listener; this one has."""

    @pytest.fixture
    def manifest(self, written: Callable[[str], ModuleType]) -> ModuleType:
        return written(listener("{name}:Ear", ("runyard_run_started",)))


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Writes a manifest as a module of its own and imports it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(source: str) -> ModuleType:
        name = f"wrong_manifest_{next(numbers)}"
        (tmp_path / f"{name}.py").write_text(HEAD + source.replace("{name}", name), encoding="utf-8")
        (tmp_path / f"{name}_eager.py").write_text("import yaml\nlog = print\n", encoding="utf-8")
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    return write


@pytest.mark.parametrize(
    ("test", "source"), [(test, source) for test, sources in DOUBLES.items() for source in sources]
)
def test_each_test_catches_its_wrong_double(test: str, source: str, written: Callable[[str], ModuleType]) -> None:
    assert_caught(PluginContract, test, lambda: written(source))


def test_no_test_lacks_a_wrong_double() -> None:
    assert_each_has_a_double(PluginContract, DOUBLES)


def test_every_declaration_hook_has_its_kind_of_spec() -> None:
    assert set(KINDS) == set(hooks.DECLARATIONS)
