"""What every plugin's manifest must be: inherit `PluginContract` and give the fixture `manifest`, the module."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import pytest

from runyard import hooks
from runyard.discovery import KINDS, PluginSet
from runyard.errors import BrokenPlugin
from runyard.models.names import refusal_of
from runyard.settings import Setting
from runyard.specs import (
    ArtifactScheme,
    AutologgerSpec,
    Command,
    FlavorSpec,
    Listener,
    Ref,
    RegistryScheme,
    ServerMount,
    Spec,
    TrackingScheme,
    UriResolver,
)

MAX_SUMMARY = 100
MAX_SECONDS = 0.02

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_WORD = re.compile(r"[a-z][a-z0-9_-]*")
_COMMAND = re.compile(r"[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)*")
_SETTING = re.compile(r"[a-z][a-z0-9_-]*\.[a-z][a-z0-9_]*")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_DISTRIBUTION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_NAMES = {TrackingScheme: _SCHEME, RegistryScheme: _SCHEME, ArtifactScheme: _SCHEME, UriResolver: _SCHEME}

# Imports a manifest and asks it everything, as a host does; prints what that imported and the least CPU time it took.
_PROBE = """
import importlib, json, sys, time
sys.path[:] = json.loads(sys.argv[2])
import runyard.hooks, runyard.settings, runyard.specs
before = set(sys.modules)
def probe():
    manifest = importlib.import_module(sys.argv[1])
    for name in runyard.hooks.DECLARATIONS:
        list(getattr(manifest, name, list)() or ())
probe()
new = sorted(set(sys.modules) - before)
times = []
for _ in range(5):
    for name in new:
        sys.modules.pop(name, None)
    start = time.process_time()
    probe()
    times.append(time.process_time() - start)
print(json.dumps([new, min(times)]))
"""

# Imports modules as they are where a library is not installed: importing it fails.
_WITHOUT = """
import importlib, json, sys
modules, libraries, sys.path[:] = json.loads(sys.argv[1])
class Absent:
    @staticmethod
    def find_spec(fullname, path=None, target=None):
        if fullname.partition(".")[0] in libraries:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
sys.meta_path.insert(0, Absent)
for name in modules:
    importlib.import_module(name)
"""


class PluginContract:
    """The tests; `manifest` is the module that the entry point names."""

    @pytest.fixture
    def manifest(self) -> ModuleType:
        raise NotImplementedError("override the fixture manifest")

    def test_it_implements_hooks_that_exist(self, manifest: ModuleType) -> None:
        names = _hooks_of(manifest)
        assert names, f"{manifest.__name__} implements no hook"

    def test_every_function_named_like_a_hook_is_marked_as_one(self, manifest: ModuleType) -> None:
        marked = _hooks_of(manifest)
        unmarked = [name for name in vars(manifest) if name.startswith("runyard_") and name not in marked]
        assert not unmarked, f"{manifest.__name__} lacks @hookimpl on {unmarked}"

    def test_it_imports_nothing_but_runyard_and_the_standard_library(self, manifest: ModuleType) -> None:
        modules, _ = _probe(manifest)
        own = {"runyard", manifest.__name__.partition(".")[0]}
        foreign = {name.partition(".")[0] for name in modules} - own - sys.stdlib_module_names
        assert not foreign, f"{manifest.__name__} imports {sorted(foreign)}; name them in a target, import them there"

    def test_it_costs_next_to_nothing(self, manifest: ModuleType) -> None:
        _, seconds = _probe(manifest)
        assert seconds < MAX_SECONDS, f"{manifest.__name__} takes {seconds * 1000:.0f} ms of CPU on each start"

    def test_each_hook_returns_its_kind_of_spec(self, manifest: ModuleType) -> None:
        for hook, spec in _declared(manifest):
            assert isinstance(spec, KINDS[hook]), f"{hook} returns {spec!r}, not {KINDS[hook].__name__}"

    def test_every_reference_resolves(self, manifest: ModuleType) -> None:
        broken = []
        for spec in _specs(manifest):
            openapi = spec.openapi if isinstance(spec, ServerMount) else None
            for reference in (spec.target, *([openapi] if openapi else [])):
                try:
                    reference.resolve()
                except BrokenPlugin as error:
                    broken.append(f"{spec.name}: {error}")
        assert not broken, "\n".join(broken)

    def test_names_are_well_formed(self, manifest: ModuleType) -> None:
        for _, spec in _declared(manifest):
            pattern = _SETTING if isinstance(spec, Setting) else _COMMAND if isinstance(spec, Command) else None
            pattern = pattern or _NAMES.get(type(spec), _WORD)
            assert pattern.fullmatch(spec.name), f"{type(spec).__name__} {spec.name!r} does not match {pattern.pattern}"

    def test_no_name_is_given_twice(self, manifest: ModuleType) -> None:
        counted = Counter((hook, spec.name) for hook, spec in _declared(manifest))
        twice = [key for key, number in counted.items() if number > 1]
        assert not twice, f"{manifest.__name__} gives twice: {twice}"

    def test_summaries_are_one_sentence(self, manifest: ModuleType) -> None:
        for spec in _specs(manifest):
            text = spec.summary
            sentence = text[:1].isupper() and text.endswith(".") and text == text.strip() and "\n" not in text
            assert sentence, f"the summary of {spec.name} is no sentence: {text!r}"
            assert len(text) <= MAX_SUMMARY, f"the summary of {spec.name} has more than {MAX_SUMMARY} characters"

    def test_flavors_can_be_reached_by_their_names(self, manifest: ModuleType) -> None:
        refusals = [refusal_of(spec.name) for spec in _specs(manifest) if isinstance(spec, FlavorSpec)]
        assert [refusal for refusal in refusals if refusal] == []

    def test_flavors_name_their_modules_and_packages(self, manifest: ModuleType) -> None:
        own = {"runyard", manifest.__name__.partition(".")[0]}
        for spec in _specs(manifest):
            if not isinstance(spec, FlavorSpec):
                continue
            assert _KEY.fullmatch(spec.key), f"the key {spec.key!r} of flavor {spec.name} does not match {_KEY.pattern}"
            for name in spec.requires:
                assert _DISTRIBUTION.fullmatch(name), f"flavor {spec.name} requires {name!r}: name a package alone"
            for module in (spec.module, spec.loader_module):
                assert _MODULE.fullmatch(module), f"flavor {spec.name} names {module!r}, which is no module"
            if spec.loader_module.partition(".")[0] in own:
                loader = Ref(f"{spec.loader_module}:_load_pyfunc").resolve()
                assert callable(loader), f"{spec.loader_module}._load_pyfunc is no function"

    def test_autologgers_name_the_module_they_wait_for(self, manifest: ModuleType) -> None:
        for spec in _specs(manifest):
            if isinstance(spec, AutologgerSpec):
                wrong = [library for library in spec.libraries if not _MODULE.fullmatch(library)]
                assert spec.libraries, f"autologger {spec.name} names no library"
                assert not wrong, f"autologger {spec.name} waits for {wrong}, no modules"

    def test_nothing_imports_the_library_it_is_for(self, manifest: ModuleType) -> None:
        own = manifest.__name__.partition(".")[0]
        for spec in _specs(manifest):
            modules = [spec.target.path.partition(":")[0]]
            if isinstance(spec, FlavorSpec):
                modules.append(spec.module)
                libraries = _modules_of(spec.requires)
            elif isinstance(spec, AutologgerSpec):
                libraries = {library.partition(".")[0] for library in spec.libraries}
            else:
                continue
            arguments = json.dumps([modules, sorted(libraries - {own}), sys.path])
            command = [sys.executable, "-c", _WITHOUT, arguments]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{spec.name} is broken where its library is not installed:\n{done.stderr}"

    def test_listeners_hear_the_events_they_name(self, manifest: ModuleType) -> None:
        for spec in _specs(manifest):
            if isinstance(spec, Listener):
                assert spec.events, f"listener {spec.name} names no event"
                heard = set(_hooks_of(spec.target.resolve()))
                assert heard == set(spec.events), f"listener {spec.name} names {spec.events} and hears {sorted(heard)}"


def _hooks_of(plugin: Any) -> tuple[str, ...]:
    plugins = PluginSet(strict=True)
    try:
        plugins.add(plugin, "plugin")
    except Exception as error:
        raise AssertionError(f"not a plugin: {error}") from error
    return plugins.plugins["plugin"].hooks


def _declared(manifest: ModuleType) -> list[tuple[str, Any]]:
    """Every (hook, spec) pair of a manifest."""
    named = [name for name in hooks.DECLARATIONS if name in vars(manifest)]
    return [(name, spec) for name in named for spec in getattr(manifest, name)() or ()]


def _specs(manifest: ModuleType) -> list[Spec]:
    return [spec for _, spec in _declared(manifest) if isinstance(spec, Spec)]


def _modules_of(distributions: Iterable[str]) -> set[str]:
    """The top-level modules of packages; those of a package that is not installed need not be known."""
    wanted = {name.lower() for name in distributions}
    provided = importlib.metadata.packages_distributions().items()
    return {module for module, owners in provided if wanted & {owner.lower() for owner in owners}}


def _probe(manifest: ModuleType) -> tuple[list[str], float]:
    command = [sys.executable, "-c", _PROBE, manifest.__name__, json.dumps(sys.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{manifest.__name__} cannot be imported alone:\n{done.stderr}"
    modules, seconds = json.loads(done.stdout)
    return modules, seconds
