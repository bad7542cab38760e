"""Imports of a model's own source, so that models whose modules have the same names do not get each other's."""

from __future__ import annotations

import builtins
import filecmp
import importlib
import importlib.util
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from runyard.models.source_modules import is_standard, place_of, python_files

_LOCK = threading.RLock()
_PRIVATE: dict[Path, _PrivateCode] = {}


@contextmanager
def importing_code(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Within it, and for what is imported in it, imports find the source in a model's folder `code`.

    The folder is put first on the import path and stays there. Where a module of a name it brings is there already and
    differs, the folder's modules are kept apart instead: the model uses its own, now and whenever its code imports
    later, the program keeps what it had, and a warning tells.
    """
    code = Path(folder).resolve()
    with _LOCK:
        private = _PRIVATE.get(code) or _kept_apart(code)
        if private is None and str(code) not in sys.path:
            sys.path.insert(0, str(code))
            importlib.invalidate_caches()
    if private is None:
        yield
        return
    with private.installed():
        yield


def _kept_apart(code: Path) -> _PrivateCode | None:
    tops = _tops(code)
    others = {name: other for name, path in tops.items() if (other := _other(name, path, code))}
    if not others:
        return None
    shown = ", ".join(f"{name!r} (there is {str(other)!r})" for name, other in sorted(others.items()))
    warnings.warn(
        f"the model's code in {str(code)!r} brings modules that differ from those of the same names: {shown}; "
        "the model uses its own, the program keeps the others",
        stacklevel=4,
    )
    return _PRIVATE.setdefault(code, _PrivateCode(code, frozenset(tops)))


def _tops(code: Path) -> dict[str, Path]:
    """The top-level modules of a folder."""
    found = {}
    for path in sorted(code.iterdir()) if code.is_dir() else ():
        is_package = path.is_dir() and next(python_files(path), None) is not None
        name = path.name if is_package else path.stem
        if (is_package or path.suffix == ".py") and name.isidentifier() and not is_standard(name):
            found[name] = path
    return found


def _other(name: str, path: Path, code: Path) -> Path | None:
    """Where else a module of this name comes from, if that is not the same source."""
    other = place_of(name)
    if other is None or other.resolve().is_relative_to(code) or _is_same(path, other):
        return None
    return other


def _is_same(path: Path, other: Path) -> bool:
    if path.is_dir() != other.is_dir():
        return False
    pairs = (
        [(file, other / file.relative_to(path)) for file in python_files(path)] if path.is_dir() else [(path, other)]
    )
    return all(second.is_file() and filecmp.cmp(first, second, shallow=False) for first, second in pairs)


class _PrivateCode:
    """The modules of one folder, which only its own source finds, and whoever imports while the model is loaded."""

    def __init__(self, folder: Path, tops: frozenset[str]) -> None:
        self.folder = folder
        self.tops = tops
        self.modules: dict[str, ModuleType] = {}
        self._builtins = {**vars(builtins), "__import__": self._import}
        self._finder = _Finder(self)
        self._ready: set[str] = set()
        self._lock = threading.RLock()
        self._is_installed = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Everybody's imports find the folder's modules within it: unpickling looks for them in `sys.modules`."""
        with _LOCK:
            if self._is_installed:
                yield
                return
            hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if self._brings(name)}
            sys.modules.update(self.modules)
            sys.meta_path.insert(0, self._finder)
            self._is_installed = True
            try:
                yield
            finally:
                self._is_installed = False
                sys.meta_path.remove(self._finder)
                for name, module in self.modules.items():
                    if sys.modules.get(name) is module:
                        del sys.modules[name]
                sys.modules.update(hidden)

    def run(self, module: ModuleType, execute: Callable[[ModuleType], None]) -> None:
        """Execute a module of the folder, unless it was already, so that its import statements find the others."""
        name = module.__name__
        with self._lock:
            if self.modules.get(name) is module:
                return
            self.modules[name] = module
            module.__dict__["__builtins__"] = self._builtins
            try:
                execute(module)
            except BaseException:
                del self.modules[name]
                raise
            self._ready.add(name)

    def _brings(self, module: str) -> bool:
        return module.partition(".")[0] in self.tops

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - named by `__import__`
        locals: Mapping[str, Any] | None = None,  # noqa: A002 - the same
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """What an import statement in the folder's source does, whenever it runs."""
        package = (globals or {}).get("__package__")
        absolute = importlib.util.resolve_name("." * level + name, package) if level else name
        if not self._brings(absolute):
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        module = self._load(absolute)
        if not fromlist:
            return self._load(absolute.partition(".")[0])
        for wanted in fromlist:
            if wanted != "*" and not hasattr(module, wanted) and self._spec(f"{absolute}.{wanted}", module):
                self._load(f"{absolute}.{wanted}")
        return module

    def _load(self, name: str) -> ModuleType:
        if name in self._ready:
            return self.modules[name]
        with self._lock:
            stem, _, last = name.rpartition(".")
            parent = self._load(stem) if stem else None
            if name in self.modules:
                return self.modules[name]
            spec = self._spec(name, parent)
            if spec is None or spec.loader is None:
                raise ModuleNotFoundError(
                    f"No module named {name!r} in the model's code {str(self.folder)!r}", name=name
                )
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self.modules.setdefault(name, module)
            if parent:
                setattr(parent, last, module)
            return module

    def _spec(self, name: str, parent: ModuleType | None) -> ModuleSpec | None:
        path = getattr(parent, "__path__", None)
        return self._finder.find_spec(name, path) if parent is None or path is not None else None


class _Finder(MetaPathFinder):
    def __init__(self, code: _PrivateCode) -> None:
        self._code = code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top, _, inner = fullname.partition(".")
        if top not in self._code.tops:
            return None
        spec = PathFinder.find_spec(fullname, path if inner else [str(self._code.folder)], target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, str(spec.loader.path), self._code)
        return spec


class _Loader(SourceFileLoader):
    """Loads source of a folder once, whether its own import statements or others ask for it first."""

    def __init__(self, name: str, path: str, code: _PrivateCode) -> None:
        super().__init__(name, path)
        self._code = code

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._code.modules.get(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        self._code.run(module, super().exec_module)
