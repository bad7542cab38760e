"""What is wrong with the installed plugins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from runyard import hooks
from runyard.discovery import Failure
from runyard.errors import BrokenPlugin
from runyard.host import Host
from runyard.settings import core_settings
from runyard.specs import FlavorSpec, Ref, ServerMount, Spec


@attrs.frozen
class Missing:
    """What a flavor or autologger is for and is not installed: no fault, it is of no use until then."""

    plugin: str
    provides: str
    missing: tuple[str, ...]
    advice: str


def examine(host: Host, *, deep: bool = False) -> list[Failure]:
    """Every failure there is: at loading, registering, declaring; names provided twice; with `deep`, broken targets."""
    declared = {hook: host.plugins.declared(hook) for hook in hooks.DECLARATIONS}
    problems = list(host.plugins.failures)
    for hook, pairs in declared.items():
        problems += _duplicates(host, hook, pairs)
    problems += _taken_commands(declared["runyard_commands"])
    problems += _bad_flavors(declared["runyard_flavors"])
    problems += _bad_settings(declared["runyard_settings"])
    if deep:
        problems += _broken_references(declared)
    return list({(problem.plugin, problem.stage, problem.error): problem for problem in problems}.values())


def missing_libraries(host: Host) -> Iterator[Missing]:
    """The flavors and autologgers whose library is not installed, and what brings it."""
    from importlib.util import find_spec

    from runyard.models.installed import installed_distributions

    installed = installed_distributions()
    for plugin, flavor in host.flavors.all():
        missing = tuple(name for name in flavor.requires if installed.get(name) is None)
        if missing:
            yield Missing(plugin, f"flavor {flavor.name}", missing, f"pip install {' '.join(missing)}")
    for plugin, logger in host.autologgers.all():
        tops = tuple(dict.fromkeys(library.partition(".")[0] for library in logger.libraries))
        if not any(find_spec(top) for top in tops):
            yield Missing(plugin, f"autologger {logger.name}", tops, "install what it logs")


def _duplicates(host: Host, hook: str, pairs: list[tuple[str, Any]]) -> Iterator[Failure]:
    owners: dict[str, list[str]] = {}
    for plugin, spec in pairs:
        owners.setdefault(str(getattr(spec, "name", spec)), []).append(plugin)
    for name, plugins in owners.items():
        setting = f"{hook.removeprefix('runyard_')}.{name}"
        if len(plugins) > 1 and host.settings.prefer.get(setting) not in plugins:
            others = ", ".join(plugins)
            advice = "" if hook == "runyard_settings" else f"; choose one with the setting prefer: {setting}=PLUGIN"
            yield _failure(plugins[0], "conflict", f"{others} all provide {setting!r} in {hook}{advice}")


def _taken_commands(pairs: list[tuple[str, Any]]) -> Iterator[Failure]:
    from runyard.cli.main import BUILT_IN

    for plugin, spec in pairs:
        if getattr(spec, "name", None) in BUILT_IN:
            yield _failure(plugin, "conflict", f"the command {spec.name!r} is built in, the plugin's is never used")


def _bad_flavors(pairs: list[tuple[str, Any]]) -> Iterator[Failure]:
    from runyard.models.names import refusal_of

    for plugin, spec in pairs:
        refusal = refusal_of(str(getattr(spec, "name", spec)))
        if refusal is not None:
            yield _failure(plugin, "declare", refusal)


def _bad_settings(pairs: list[tuple[str, Any]]) -> Iterator[Failure]:
    core = {setting.name for setting in core_settings()}
    for plugin, setting in pairs:
        name = str(getattr(setting, "name", setting))
        if name in core or "." not in name:
            yield _failure(plugin, "declare", f"setting {name!r} must be named plugin.setting")


def _broken_references(declared: dict[str, list[tuple[str, Any]]]) -> Iterator[Failure]:
    for pairs in declared.values():
        for plugin, spec in pairs:
            for reference in _references(spec) if isinstance(spec, Spec) else ():
                try:
                    reference.resolve()
                except BrokenPlugin as error:
                    yield Failure(plugin, "load", f"{type(spec).__name__} {spec.name!r}: {error}", _traceback(error))


def _references(spec: Spec) -> Iterator[Ref]:
    yield spec.target
    if isinstance(spec, ServerMount) and spec.openapi is not None:
        yield spec.openapi
    if isinstance(spec, FlavorSpec):
        yield Ref(f"{spec.module}:save_model")


def _failure(plugin: str, stage: str, error: str) -> Failure:
    return Failure(plugin, stage, error, "")


def _traceback(error: BrokenPlugin) -> str:
    return Failure.of("", "load", error).traceback
