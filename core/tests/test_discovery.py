"""Plugins are found, loaded, registered and asked each by itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from runyard.discovery import EntryPoint, PluginSet, installed
from runyard.hooks import DECLARATIONS, EVENTS, hookimpl
from runyard.specs import Command


def point(name: str, load: Callable[[], Any], distribution: str = "") -> EntryPoint:
    return EntryPoint(name, f"module_of_{name}", load, lambda: (distribution or f"dist-{name}", "1.0"))


def manifest(**hooks: Callable[..., Any]) -> Any:
    """A manifest with these hooks."""
    return SimpleNamespace(**{name: hookimpl(function) for name, function in hooks.items()})


def commands(*names: str) -> Any:
    specs = [Command(name=name, target="json:dumps", summary="X.") for name in names]
    return manifest(runyard_commands=lambda: specs)


def raising(error: BaseException) -> Callable[..., Any]:
    def load(*_: Any) -> Any:
        raise error

    return load


BROKEN_LOADS = [
    ModuleNotFoundError("No module named 'torch'"),
    SyntaxError("invalid syntax"),
    SystemExit(3),
    RuntimeError("boom"),
    AttributeError("x"),
]


def test_a_plugin_is_found_loaded_and_asked() -> None:
    plugins = PluginSet()
    plugins.discover([point("good", lambda: commands("a", "b"))])
    assert [(name, spec.name) for name, spec in plugins.declared("runyard_commands")] == [("good", "a"), ("good", "b")]
    plugin = plugins.plugins["good"]
    assert (plugin.state, plugin.hooks, plugin.distribution, plugin.version) == (
        "loaded",
        ("runyard_commands",),
        "dist-good",
        "1.0",
    )
    assert plugins.failures == []


@pytest.mark.parametrize("error", BROKEN_LOADS, ids=lambda error: type(error).__name__)
def test_a_plugin_that_cannot_be_loaded_leaves_the_others(error: BaseException) -> None:
    plugins = PluginSet()
    plugins.discover(
        [point("a", lambda: commands("a")), point("bad", raising(error)), point("z", lambda: commands("z"))]
    )
    assert [spec.name for _, spec in plugins.declared("runyard_commands")] == ["a", "z"]
    (failure,) = plugins.failures
    assert (failure.plugin, failure.stage) == ("bad", "load")
    assert failure.error == f"{type(error).__name__}: {error}"
    assert type(error).__name__ in failure.traceback
    assert plugins.plugins["bad"].state == "broken"


@pytest.mark.parametrize("error", BROKEN_LOADS, ids=lambda error: type(error).__name__)
def test_strict_raises_what_a_plugin_raises(error: BaseException) -> None:
    plugins = PluginSet(strict=True)
    with pytest.raises(type(error)):
        plugins.discover([point("bad", raising(error))])


def test_an_interrupt_is_the_users_not_the_plugins() -> None:
    with pytest.raises(KeyboardInterrupt):
        PluginSet().discover([point("slow", raising(KeyboardInterrupt()))])


def test_an_unknown_hook_is_refused_with_a_suggestion() -> None:
    plugins = PluginSet()
    plugins.discover([point("bad", lambda: manifest(runyard_comands=lambda: [1])), point("z", lambda: commands("z"))])
    (failure,) = plugins.failures
    assert (failure.plugin, failure.stage) == ("bad", "register")
    assert "unknown hook 'runyard_comands', did you mean 'runyard_commands'?" in failure.error
    assert [spec.name for _, spec in plugins.declared("runyard_commands")] == ["z"]


def test_a_hook_with_an_argument_that_does_not_exist_is_refused_and_never_called() -> None:
    def runyard_run_started(engine: Any) -> None:
        raise AssertionError("called")

    plugins = PluginSet()
    plugins.discover([point("bad", lambda: manifest(runyard_run_started=runyard_run_started))])
    (failure,) = plugins.failures
    assert (failure.plugin, failure.stage) == ("bad", "register")
    assert "engine" in failure.error
    assert plugins.notify("runyard_run_started", {"host": None, "run": None}) == []


@pytest.mark.parametrize("error", [RuntimeError("boom"), SystemExit(3)], ids=["error", "exit"])
def test_a_declaration_that_raises_leaves_the_others(error: BaseException) -> None:
    plugins = PluginSet()
    plugins.discover(
        [point("bad", lambda: manifest(runyard_commands=raising(error))), point("z", lambda: commands("z"))]
    )
    assert [spec.name for _, spec in plugins.declared("runyard_commands")] == ["z"]
    (failure,) = plugins.failures
    assert (failure.plugin, failure.stage) == ("bad", "declare")


@pytest.mark.parametrize("specs", [["text"], [None], 5, [Command(name="a", target="a:b", summary="A."), "text"]])
def test_a_declaration_of_something_else_leaves_the_others(specs: Any) -> None:
    plugins = PluginSet()
    plugins.discover(
        [point("bad", lambda: manifest(runyard_commands=lambda: specs)), point("z", lambda: commands("z"))]
    )
    assert [name for name, _ in plugins.declared("runyard_commands")] == ["z"]
    assert [(failure.plugin, failure.stage) for failure in plugins.failures] == [("bad", "declare")]


def test_a_declaration_of_nothing_is_no_error() -> None:
    plugins = PluginSet(strict=True)
    plugins.discover([point("none", lambda: manifest(runyard_commands=lambda: None))])
    assert plugins.declared("runyard_commands") == []


@pytest.mark.parametrize("error", [RuntimeError("boom"), SystemExit(3)], ids=["error", "exit"])
def test_an_event_reaches_every_plugin_whatever_one_raises(error: BaseException) -> None:
    heard = []
    plugins = PluginSet()
    plugins.discover(
        [
            point("a", lambda: manifest(runyard_run_started=lambda run: heard.append(("a", run)))),
            point("bad", lambda: manifest(runyard_run_started=raising_hook(error))),
            point("z", lambda: manifest(runyard_run_started=lambda host, run: heard.append(("z", host)))),
        ]
    )
    failures = plugins.notify("runyard_run_started", {"host": "the host", "run": "the run"})
    assert sorted(heard) == [("a", "the run"), ("z", "the host")]
    assert [(failure.plugin, failure.stage) for failure in failures] == [("bad", "event")]
    assert plugins.failures == failures


def raising_hook(error: BaseException) -> Callable[[], None]:
    def hook() -> None:
        raise error

    return hook


def test_disabled_plugins_are_listed_and_not_loaded() -> None:
    plugins = PluginSet(disabled=["bad"])
    plugins.discover([point("bad", raising(AssertionError("loaded"))), point("z", lambda: commands("z"))])
    assert {name: plugin.state for name, plugin in plugins.plugins.items()} == {"bad": "disabled", "z": "loaded"}
    assert plugins.failures == []


def test_only_the_plugins_asked_for_are_loaded() -> None:
    plugins = PluginSet(only=["z"])
    plugins.discover([point("other", raising(AssertionError("loaded"))), point("z", lambda: commands("z"))])
    assert {name: plugin.state for name, plugin in plugins.plugins.items()} == {"other": "disabled", "z": "loaded"}


def test_two_plugins_of_one_name_are_both_kept() -> None:
    plugins = PluginSet()
    plugins.discover([point("same", lambda: commands("a"), "dist-1"), point("same", lambda: commands("b"), "dist-2")])
    assert plugins.declared("runyard_commands")
    assert [(name, spec.name) for name, spec in sorted(plugins.declared("runyard_commands"))] == [
        ("same", "a"),
        ("same (dist-2)", "b"),
    ]


def test_a_manifest_given_by_hand_needs_no_discovery() -> None:
    plugins = PluginSet()
    plugins.add(commands("a"), "mine")
    assert plugins.has("runyard_commands")
    assert not plugins.has("runyard_run_started")
    assert plugins.plugins["mine"].state == "loaded"


def test_installed_plugins_are_found_and_not_imported() -> None:
    points = {found.name: found for found in installed()}
    assert {"store-sql", "store-local", "uris", "capture"} <= set(points)
    assert points["store-local"].origin()[0] == "runyard-store-local"
    assert points["store-local"].module == "runyard_store_local.plugin"
    assert [found.name for found in installed()] == sorted(points)


def test_every_hook_is_a_declaration_or_an_event() -> None:
    from runyard import hooks

    specified = {name for name in vars(hooks) if name.startswith("runyard_")}
    assert specified == {*DECLARATIONS, *EVENTS}
    assert sys.modules["runyard.hooks"] is hooks
