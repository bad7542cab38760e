"""Which part of an object cannot be pickled, found by trying its parts one by one."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

from runyard.models.callable_modules import is_by_value

_DEEPEST = 12


def culprit_of(model: Any, can_pickle: Callable[[Any], bool]) -> tuple[str, Any]:
    """The innermost part that cannot be pickled, as a path a person can follow, and the part itself."""
    path = "the function" if isinstance(model, types.FunctionType) else "the model"
    seen = {id(model)}
    value = model
    for _ in range(_DEEPEST):
        found = next(
            ((name, part) for name, part in _parts(value) if id(part) not in seen and not can_pickle(part)),
            None,
        )
        if found is None:
            break
        name, value = found
        seen.add(id(value))
        path = name.format(path)
    return path, value


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What a value is made of; the names have a place for the path to the value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{{}}[{_escaped(repr(key))}]", item
    elif isinstance(value, list | tuple | set | frozenset):
        for number, item in enumerate(value):
            yield f"{{}}[{number}]", item
    elif isinstance(value, types.MethodType):
        yield "{}.__self__", value.__self__
        yield "{}.__func__", value.__func__
    elif isinstance(value, types.FunctionType):
        yield from _parts_of_function(value)
    elif isinstance(value, type):
        yield from _parts_of_class(value)
    else:
        for name, item in getattr(value, "__dict__", {}).items():
            yield f"{{}}.{name}", item
        yield f"the class {type(value).__name__}", type(value)


def _parts_of_class(cls: type) -> Iterator[tuple[str, Any]]:
    if is_by_value(cls):
        for name, item in vars(cls).items():
            if name not in {"__dict__", "__weakref__"}:
                yield f"{cls.__name__}.{name}", item


def _parts_of_function(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    if not is_by_value(function):
        return
    if hasattr(function, "__wrapped__"):
        yield "{}", function.__wrapped__
    name = function.__qualname__.rpartition("<locals>.")[2]
    for free, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield f"the variable {free!r} that {name} uses", cell.cell_contents
        except ValueError:  # a variable that was never set
            continue
    for code in _codes(function.__code__):
        for used in code.co_names:
            if used in function.__globals__:
                yield f"the global variable {used!r} that {name} uses", function.__globals__[used]
    for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        yield f"a default value of {name}", default


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
