"""Which modules Python source imports, and where a module that is not installed has its source."""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from runyard.errors import InvalidInput, NotFound

SKIPPED_FOLDERS = frozenset({"__pycache__", ".git", ".hg", ".svn", ".bzr", ".venv", ".ipynb_checkpoints"})


def modules_of_sources(paths: Iterable[str | os.PathLike[str]]) -> set[str]:
    """The dotted modules that Python files, or those of folders, import anywhere, if they can be imported here."""
    found: set[str] = set()
    for path in map(Path, paths):
        if not path.exists():
            raise NotFound(f"no source file or folder {str(path)!r}")
        for file in sorted(python_files(path)):
            found |= set(imports_of(file))
    return {name for name in found if is_importable(name)}


def python_files(path: Path) -> Iterator[Path]:
    """A file itself, or the Python files below a folder, without caches and version control."""
    if path.is_file():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
        yield from (Path(folder) / name for name in files if name.endswith(".py"))


def imports_of(file: Path) -> Iterator[str]:
    """What a file imports, relative imports by the name of its package; `from a import b` is `a.b`."""
    try:
        tree = ast.parse(file.read_bytes(), str(file))
    except (SyntaxError, ValueError) as error:
        raise InvalidInput(f"{str(file)!r} is no Python that can be read: {error}") from error
    package = package_of(file)
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _imported_from(node, package)


def _imported_from(node: ast.ImportFrom, package: tuple[str, ...]) -> Iterator[str]:
    start = package[: len(package) - node.level + 1] if node.level else ()
    if node.level > len(package):
        return
    stem = [*start, *([node.module] if node.module else [])]
    yield from (".".join([*stem, *([] if alias.name == "*" else [alias.name])]) for alias in node.names)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and _is_for_type_checkers(node.test):
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _is_for_type_checkers(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def package_of(file: Path) -> tuple[str, ...]:
    """The names of the packages that a file lies in, outermost first."""
    names: list[str] = []
    folder = file.resolve().parent
    while (folder / "__init__.py").is_file():
        names.append(folder.name)
        folder = folder.parent
    return tuple(reversed(names))


def is_standard(module: str) -> bool:
    """Whether a module comes with Python, or is the program itself."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in {"__main__", "__mp_main__"}


def is_importable(module: str) -> bool:
    """Whether the top-level package of a module is imported or could be."""
    return place_of(module.partition(".")[0]) is not None or is_standard(module)


def place_of(top: str) -> Path | None:
    """The file or folder that a top-level module comes from, without importing it."""
    loaded = sys.modules.get(top)
    spec = getattr(loaded, "__spec__", None)
    file = getattr(loaded, "__file__", None)
    if spec is None and file is None:
        try:
            spec = importlib.util.find_spec(top)
        except (ImportError, ValueError):
            return None
    if spec is not None and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    origin = file or (spec.origin if spec else None)
    return Path(origin) if origin else None


def is_local(top: str) -> bool:
    """Whether a top-level module is a program's own: importable, but from no folder of installed packages."""
    place = place_of(top)
    return place is not None and not is_standard(top) and not is_ours(top) and not _is_installed(place)


def is_ours(module: str) -> bool:
    """Whether a module is Runyard's."""
    top = module.partition(".")[0]
    return top == "runyard" or top.startswith("runyard_")


def _is_installed(place: Path) -> bool:
    path = str(place)
    return any(path.startswith(folder) for folder in _installed_folders()) or "-packages" in path


@cache
def _installed_folders() -> tuple[str, ...]:
    names = ("purelib", "platlib", "stdlib", "platstdlib")
    return tuple(f"{sysconfig.get_path(name)}{os.sep}" for name in names)


def source_of(module: str) -> Path | None:
    """The file of a local module, looked up without importing its packages; of `a.b.name` that of `a.b` if need be."""
    top, *rest = module.split(".")
    place = place_of(top)
    if place is None:
        return None
    if place.is_file():
        return place if place.suffix == ".py" else None
    found = _initial(place)
    for part in rest:
        inner = place / f"{part}.py"
        if inner.is_file():
            return inner
        place /= part
        if not place.is_dir():
            return found
        found = _initial(place)
    return found


def _initial(folder: Path) -> Path | None:
    file = folder / "__init__.py"
    return file if file.is_file() else None


def local_sources(modules: Iterable[str]) -> dict[str, Path]:
    """The files of local modules and of all local modules that these import, by dotted name."""
    found: dict[str, Path] = {}
    waiting = [name for module in modules for name in _with_packages(module)]
    while waiting:
        name = waiting.pop()
        if name in found or not is_local(name.partition(".")[0]):
            continue
        file = source_of(name)
        if file is None:
            continue
        real = _name_of(name, file)
        if real not in found:
            found[real] = file
            waiting.extend(inner for imported in imports_of(file) for inner in _with_packages(imported))
    return found


def _with_packages(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _name_of(module: str, file: Path) -> str:
    # `a.b.function` was found in the file of `a.b`.
    parts = module.split(".")
    while len(parts) > 1 and parts[-1] != (file.parent.name if file.name == "__init__.py" else file.stem):
        parts.pop()
    return ".".join(parts)
