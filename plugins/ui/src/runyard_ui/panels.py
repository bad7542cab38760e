"""Panels by plugins: which there are, and the files of their modules under addresses that hold a hash of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import attrs

from runyard.errors import BrokenPlugin, NotFound, RunyardError
from runyard.host import Host
from runyard.specs import PanelSpec
from runyard_ui.settings import EVERY, PANELS

API = "1"  # what modules export as `api`; it grows when older modules would no longer work
FOLDER = "panels/"  # below it are the modules
API_FOLDER = "api/ui/v1/"
MANIFEST = f"{API_FOLDER}panels"
HASH = 16  # hexadecimal digits


@attrs.frozen
class Panel:
    """A panel, the address of its module, and why it is not loaded, where it is not."""

    plugin: str
    distribution: str
    version: str
    spec: PanelSpec
    module: str | None
    problem: str | None


class Panels:
    """The panels of the plugins of a host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def manifest(self) -> Mapping[str, Any]:
        """What a browser is told of them."""
        return {"api": API, "panels": [_told(panel) for panel in self.all()]}

    def all(self) -> Iterator[Panel]:
        """Every panel of every plugin, in the order of their names."""
        for plugin, spec in self._host.ui_panels.all():
            about = self._host.plugins.plugins[plugin]
            try:
                problem, contents = None, self._contents(plugin, spec)
            except RunyardError as error:
                problem, contents = error.message, {}
            module = None if problem else self._place(plugin, spec, contents) + spec.target.name
            yield Panel(plugin, about.distribution, about.version, spec, module, problem)

    def file(self, path: str) -> tuple[str, bytes]:
        """The name and the content of a file by its address.

        Raises:
            NotFound: no panel has a file there, or it has changed since the address was told.
        """
        folder, _, name = path.rpartition("/")
        for plugin, spec in self._host.ui_panels.all():
            if folder.startswith(f"{FOLDER}{plugin}/{spec.name}/"):
                contents = self._contents(plugin, spec)
                if name in contents and quote(f"{folder}/") == self._place(plugin, spec, contents):
                    return name, contents[name]
        raise NotFound(f"there is no file /{path}; the plugin may have been updated, so load the page again")

    def _contents(self, plugin: str, spec: PanelSpec) -> dict[str, bytes]:
        """The files of a panel that may be loaded, by name, as they are now."""
        self._check_allowed(plugin)
        self._check_unique(spec)
        try:
            files = {spec.target.name: spec.target.resolve()}
            return files | {name: spec.target.beside(name).resolve() for name in spec.others}
        except BrokenPlugin as error:
            self._report(plugin, error)
            raise

    def _check_allowed(self, plugin: str) -> None:
        allowed = self._host.settings.lookup(PANELS).value
        if EVERY not in allowed and plugin not in allowed:
            raise NotFound(f"the setting {PANELS.name} does not name the plugin {plugin!r}")

    def _check_unique(self, spec: PanelSpec) -> None:
        if self._host.ui_panels.get(spec.name) != spec:
            raise NotFound(f"the setting prefer chooses the panel {spec.name!r} of another plugin")

    def _place(self, plugin: str, spec: PanelSpec, contents: Mapping[str, bytes]) -> str:
        version = self._host.plugins.plugins[plugin].version or "0"
        return quote(f"{FOLDER}{plugin}/{spec.name}/{version}-{_hash(contents)}/")

    def _report(self, plugin: str, error: BrokenPlugin) -> None:
        told = f"BrokenPlugin: {error}"
        if not any((known.plugin, known.error) == (plugin, told) for known in self._host.plugins.failures):
            self._host.plugins.report(plugin, "load", error)


def _told(panel: Panel) -> Mapping[str, Any]:
    spec = panel.spec
    return {
        "plugin": panel.plugin,
        "distribution": panel.distribution,
        "version": panel.version,
        "name": spec.name,
        "title": spec.title,
        "summary": spec.summary,
        "slot": spec.slot,
        "files": spec.files,
        "media_types": spec.media_types,
        "keys": spec.keys,
        "module": panel.module,
        "problem": panel.problem,
    }


def _hash(contents: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name, content in sorted(contents.items()):
        whole.update(f"{name}\n{len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()[:HASH]
