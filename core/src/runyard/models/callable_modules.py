"""Which modules a function, class or object uses, found in its code and what that names."""

from __future__ import annotations

import dis
import functools
import inspect
import sys
import types
from collections.abc import Iterator
from typing import Any

import attrs


def modules_of_callable(found: Any) -> set[str]:
    """The dotted modules that a function, class or instance needs once it is pickled.

    What is pickled by reference needs its module; what is pickled by value, such as what `__main__` defines, needs what
    its code, closure, annotations, defaults and base classes name, and so on for what these name.
    """
    walk = _Walk()
    walk.add(found)
    return walk.modules


@attrs.define
class _Walk:
    """What was found so far, and what was already looked at."""

    modules: set[str] = attrs.Factory(set)
    _seen: dict[int, Any] = attrs.Factory(dict)

    def add(self, start: Any) -> None:
        waiting = [start]
        while waiting:
            found = waiting.pop()
            # The object is kept, so that its id is not given to another one.
            if id(found) not in self._seen:
                self._seen[id(found)] = found
                waiting.extend(self._parts(found))

    def _parts(self, found: Any) -> Iterator[Any]:
        if isinstance(found, types.ModuleType):
            self._use(found.__name__)
        elif isinstance(found, (staticmethod, classmethod, types.MethodType)):
            yield found.__func__
            yield getattr(found, "__self__", None)
        elif isinstance(found, property):
            yield from (found.fget, found.fset, found.fdel)
        elif isinstance(found, functools.partial):
            yield from (found.func, *found.args, *found.keywords.values())
        elif isinstance(found, types.FunctionType):
            yield from self._parts_of_function(found)
        elif isinstance(found, type):
            yield from self._parts_of_class(found)
        elif callable(found) and isinstance(getattr(found, "__qualname__", None), str):
            # A function of an extension, whose type says nothing.
            self._use(getattr(found, "__module__", None))
        else:
            yield type(found)
            if is_by_value(type(found)):
                yield from getattr(found, "__dict__", {}).values()

    def _use(self, module: str | None) -> None:
        if module and module not in {"__main__", "__mp_main__"}:
            self.modules.add(module)

    def _parts_of_function(self, function: types.FunctionType) -> Iterator[Any]:
        if not is_by_value(function):
            self._use(function.__module__)
            return
        yield from function.__annotations__.values()
        yield from (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
        yield from (cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell))
        wrapped = getattr(function, "__wrapped__", None)
        if wrapped is not None:
            yield wrapped
        attributes: set[str] = set()
        names: set[str] = set()
        for code in _codes(function.__code__):
            attributes.update(code.co_names)
            names.update(self._globals(code, function.__globals__.get("__package__") or ""))
        for name in names & function.__globals__.keys():
            value = function.__globals__[name]
            yield value
            if isinstance(value, types.ModuleType):
                self.modules.update(_submodules(value.__name__, attributes))

    def _globals(self, code: types.CodeType, package: str) -> Iterator[str]:
        """The global names that code reads; what it imports is noted."""
        module = ""
        constants: list[Any] = []
        for step in dis.get_instructions(code):
            if step.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
                yield step.argval
            elif step.opname in {"LOAD_CONST", "LOAD_SMALL_INT"}:
                constants = [*constants[-1:], step.argval]
            elif step.opname == "IMPORT_NAME":
                # The level of a relative import and what is imported from it lie on the stack.
                module = _absolute(step.argval, constants[0], package)
                self._use(module)
            elif step.opname == "IMPORT_FROM" and module:
                self._use(f"{module}.{step.argval}")

    def _parts_of_class(self, cls: type) -> Iterator[Any]:
        if not is_by_value(cls):
            self._use(cls.__module__)
            return
        yield type(cls)
        yield from cls.__bases__
        yield from inspect.get_annotations(cls).values()
        yield from (value for name, value in vars(cls).items() if name not in {"__dict__", "__weakref__", "__doc__"})


def is_by_value(found: Any) -> bool:
    """Whether cloudpickle would pickle a class or function itself, not the name it is imported by."""
    name = getattr(found, "__module__", None)
    if name == "builtins":
        return False
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None or name in {"__main__", "__mp_main__"} or _is_registered(str(name)):
        return True
    value: Any = module
    for part in found.__qualname__.split("."):
        value = getattr(value, part, None)
    return value is not found


def _is_registered(module: str) -> bool:
    cloudpickle = sys.modules.get("cloudpickle.cloudpickle")
    registered: set[str] = cloudpickle.list_registry_pickle_by_value() if cloudpickle else set()
    parts = module.split(".")
    return bool(registered) and any(".".join(parts[:end]) in registered for end in range(1, len(parts) + 1))


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _absolute(name: str, level: int, package: str) -> str:
    if not level:
        return name
    parts = package.split(".")
    stem = parts[: len(parts) - level + 1]
    return ".".join([*stem, *([name] if name else [])])


def _submodules(module: str, names: set[str]) -> set[str]:
    # `google.cloud.storage` in code is the global `google` and its attributes; only loaded modules are meant.
    stem = f"{module}."
    loaded = [name for name in list(sys.modules) if name.startswith(stem)]
    return {name for name in loaded if names.issuperset(name[len(stem) :].split("."))}
