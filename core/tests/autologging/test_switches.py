"""Which autologgers are on, and when what is imported is watched."""

from __future__ import annotations

import importlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import runyard as ry
from runyard.autologging.fluent import autolog_one
from runyard.autologging.imports import ImportWatch
from runyard.autologging.switches import Switch, switches
from runyard.errors import NoSuchPlugin
from runyard.host import Host
from runyard.protocols.autologger import AutologOptions
from runyard.testing.memory import fitting
from runyard.testing.memory.autologger import LineAutologger


def is_watched() -> bool:
    return hasattr(fitting.fit, "__wrapped__")


def options() -> AutologOptions | None:
    return switches.by_name["line"].options


def test_on_and_off(host: Host) -> None:
    own = fitting.fit
    ry.autolog(log_models=False)
    assert is_watched()
    ry.autolog(disable=True)
    assert fitting.fit is own


def test_an_autologger_that_is_excluded_stays_as_it_is(host: Host) -> None:
    ry.autolog(exclude_flavors=["line", "tensorflow"])
    assert not is_watched()


def test_options_of_its_own_outlast_those_for_all(host: Host) -> None:
    autolog_one("line", AutologOptions(exclusive=True), disable=False)
    ry.autolog(log_models=False)
    chosen = options()
    assert chosen is not None
    assert (chosen.exclusive, chosen.log_models) == (True, True)
    autolog_one("line", AutologOptions(), disable=True)
    ry.autolog(log_models=False)
    chosen = options()
    assert chosen is not None
    assert not chosen.log_models


def test_on_twice_watches_once(host: Host) -> None:
    ry.autolog(log_models=False)
    first = fitting.fit
    ry.autolog(log_models=False, exclusive=True)
    assert fitting.fit is first
    chosen = options()
    assert chosen is not None
    assert chosen.exclusive


def test_what_somebody_put_over_it_stays(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    own = fitting.fit
    monkeypatch.setattr(fitting, "fit", own)  # undone last, so that the next test finds it
    ry.autolog(log_models=False)
    watched = fitting.fit

    def over(*args: object) -> object:
        return watched(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(fitting, "fit", over)
    ry.autolog(disable=True)
    assert fitting.fit is over
    assert over([1.0], [2.0]) == own([1.0], [2.0])


@pytest.mark.parametrize(
    ("supports", "is_tested"),
    [({"pytest": ">=1"}, True), ({"pytest": ">=1,<2"}, False), ({"not-installed": ">=1"}, True)],
)
def test_a_library_in_a_version_that_is_not_tested_is_left_alone_where_that_is_asked(
    host: Host, supports: dict[str, str], is_tested: bool
) -> None:
    spec = attrs.evolve(host.autologgers.get("line"), supports=supports)
    for is_asked in (False, True):
        switch = Switch(spec, LineAutologger(), AutologOptions(disable_for_unsupported_versions=is_asked))
        switch.look_at(fitting)
        assert is_watched() is (is_tested or not is_asked)
        switch.undo()


def test_an_unknown_autologger_is_refused(host: Host) -> None:
    with pytest.raises(NoSuchPlugin, match=r"autologger 'keras' \(available: line\)"):
        autolog_one("keras", AutologOptions(), disable=False)


def test_what_is_imported_later_is_watched_then(tmp_path: Path) -> None:
    script = """
    import sys
    import runyard as ry
    from runyard.host import Host, set_default_host
    from runyard.testing.memory import plugin
    set_default_host(Host(plugins={"memory": plugin}, discover=False))
    finders = list(sys.meta_path)
    ry.autolog()
    assert "runyard.testing.memory.fitting" not in sys.modules
    assert len(sys.meta_path) == len(finders) + 1
    from runyard.testing.memory import fitting
    assert hasattr(fitting.fit, "__wrapped__")
    assert type(fitting.__loader__) is type(ry.__loader__) is type(fitting.__spec__.loader)
    ry.autolog(disable=True)
    assert not hasattr(fitting.fit, "__wrapped__")
    assert sys.meta_path == finders
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "autolog_example"
    folder.mkdir()
    (folder / "__init__.py").write_text("from autolog_example import part\n")
    (folder / "part.py").write_text("x = 1\n")
    (folder / "broken.py").write_text("raise ValueError('broken')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    yield folder
    for name in [name for name in sys.modules if name.startswith("autolog_example")]:
        del sys.modules[name]


def test_modules_are_announced_when_they_are_whole(package: Path) -> None:
    told: list[str] = []
    watch = ImportWatch(lambda module: told.append(module.__name__))
    watch.watch(["autolog_example"])
    importlib.import_module("autolog_example")
    assert told == ["autolog_example.part", "autolog_example"]


def test_two_watches_and_a_broken_module(package: Path) -> None:
    told: list[str] = []
    for _ in range(2):
        ImportWatch(lambda module: told.append(module.__name__)).watch(["autolog_example"])
    importlib.import_module("autolog_example")
    assert sorted(told) == ["autolog_example"] * 2 + ["autolog_example.part"] * 2
    with pytest.raises(ValueError, match="broken"):
        importlib.import_module("autolog_example.broken")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("autolog_example.nothing")
    assert len(told) == 4
