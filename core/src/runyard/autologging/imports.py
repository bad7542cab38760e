"""Tells of modules when they are imported; costs nothing while nobody wants to know."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

Told = Callable[[ModuleType], None]


class ImportWatch(MetaPathFinder):
    """A finder that finds nothing itself, but has the modules of some packages announced once they were executed."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._packages: frozenset[str] = frozenset()
        self._finding = threading.local()

    def watch(self, packages: Sequence[str]) -> None:
        """Announce the modules of these packages from now on, and of no others."""
        self._packages = frozenset(packages)
        if self._packages and self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        elif not self._packages and self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in self._packages:
            return None
        finding: set[str] = self._finding.__dict__.setdefault("names", set())
        if fullname in finding:  # another finder of this kind asks all finders again
            return None
        finding.add(fullname)
        try:
            spec = self._from_others(fullname, path, target)
        finally:
            finding.discard(fullname)
        if spec is not None and hasattr(spec.loader, "exec_module") and spec.loader is not None:
            spec.loader = _Announcing(spec.loader, self._told)
        return spec

    def _from_others(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in list(sys.meta_path):
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(fullname, path, target)
                if spec is not None:
                    return spec
        return None


class _Announcing(Loader):
    """Loads as another loader does, and announces the module; the module itself is left with the other loader."""

    def __init__(self, loader: Loader, told: Told) -> None:
        self._loader = loader
        self._told = told

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._told(module)


def imported_modules(packages: Sequence[str]) -> list[ModuleType]:
    """The modules of packages that were imported already, whole."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in packages
        and isinstance(module, ModuleType)
        and not getattr(module.__spec__, "_initializing", False)
    ]
