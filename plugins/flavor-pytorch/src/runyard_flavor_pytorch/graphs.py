"""The graph of an exported program, looked through for texts that torch would evaluate into more than numbers.

Reading a program evaluates its sizes and guards as Python, finds what its nodes call by name, and makes code of its
names. So each text must be what torch itself writes: a formula of sizes, an operator of its own, a plain name.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9_.]{0,300}")
_VERSION = re.compile(r"[A-Za-z0-9_.+-]{0,100}")
_SYMBOL = re.compile(r"[a-z]+\d+|True|False|oo|int_oo")
_OPERATOR = re.compile(
    r"torch\.ops\.(aten|prims|quantized_decomposed)\.(?!(from_file|save|load|warn|print|format)\b)[a-z_]\w*\.\w+"
    r"|torch\.ops\.higher_order\.(cond|while_loop|map_impl|scan|associative_scan|flex_attention"
    r"|wrap_with_set_grad_enabled|wrap_with_autocast)"
    r"|torch\._?sym_[a-z]+"
    r"|_operator\.(getitem|add|sub|mul|truediv|floordiv|mod|pow|neg|pos|abs|eq|ne|lt|le|gt|ge|and_|or_|not_)"
    r"|math\.[a-z]+"
)
_FUNCTION = re.compile(
    r"Abs|Add|And|CeilDiv|CeilToInt|CleanDiv|Eq|Float|FloatPow|FloatTrueDiv|FloorDiv|FloorToInt|Ge|Gt|Identity|IntTrueDiv"
    r"|Integer|LShift|Le|Lt|Max|Min|Mod|ModularIndexing|Mul|Ne|Not|Or|Pow|PowByNatural|PythonMod|RShift|Rational"
    r"|RoundDecimal|RoundToInt|Symbol|ToFloat|TruncToFloat|TruncToInt|Where"
)
_METHODS = frozenset({"size", "stride", "storage_offset", "dim"})
_CONTAINERS = frozenset({None, "builtins.tuple", "builtins.list", "builtins.dict", "collections.OrderedDict"})
_FORMULA = (
    ast.keyword,
    ast.Expression,
    ast.Constant,
    ast.Name,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Call,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
    ast.expr_context,
)
_GUARD = (*_FORMULA, ast.Subscript, ast.Attribute)
# Texts that torch keeps as they are, and notes for people.
_KEPT = frozenset({"as_string", "as_strings", "metadata"})


def suspicious(document: Any) -> Iterator[str]:
    """What in a graph is not as torch writes it, each in a few words."""
    yield from _walk(document, "")


def _walk(value: Any, key: str) -> Iterator[str]:
    if key in _KEPT:
        return
    if isinstance(value, dict):
        for name, item in value.items():
            if not _NAME.fullmatch(name):
                yield f"the name {name[:60]!r}"
            yield from _walk(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, key)
    elif isinstance(value, str):
        yield from _text(value, key)


def _text(text: str, key: str) -> Iterator[str]:
    if key in {"target", "as_operator"}:
        if not _OPERATOR.fullmatch(text):
            yield f"the operator {text[:60]}"
    elif key == "expr_str":
        if not _is_formula(text, _FORMULA):
            yield f"the formula {text[:60]!r}"
    elif key == "guards_code":
        if not _is_formula(text, _GUARD):
            yield f"the guard {text[:60]!r}"
    elif key in {"in_spec", "out_spec"}:
        if not _is_containers(text):
            yield f"the structure {text[:60]!r}"
    elif not (_VERSION if key == "torch_version" else _NAME).fullmatch(text):
        yield f"the text {text[:60]!r}"


def _is_formula(text: str, allowed: tuple[type[ast.AST], ...]) -> bool:
    """Whether it does nothing but calculate with sizes."""
    try:
        nodes = list(ast.walk(ast.parse(text, mode="eval")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if not all(isinstance(node, allowed) for node in nodes):
        return False
    is_guard = ast.Attribute in allowed
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    indexes = {id(node.slice) for node in nodes if isinstance(node, ast.Subscript)}
    return all(_is_allowed(node, is_guard=is_guard, called=called, indexes=indexes) for node in nodes)


def _is_allowed(node: ast.AST, *, is_guard: bool, called: set[int], indexes: set[int]) -> bool:
    match node:
        case ast.Call():
            return isinstance(node.func, ast.Name | ast.Attribute)
        case ast.Attribute():
            return id(node) in called and node.attr in _METHODS
        case ast.Name() if id(node) in called:
            return bool(_FUNCTION.fullmatch(node.id))
        case ast.Name():
            return not node.id.startswith("__") if is_guard else bool(_SYMBOL.fullmatch(node.id))
        case ast.Constant():
            return not isinstance(node.value, str) or id(node) in indexes or bool(_SYMBOL.fullmatch(node.value))
    return True


def _is_containers(text: str) -> bool:
    """Whether a description of nested arguments names only tuples, lists and dictionaries."""
    if not text:
        return True
    try:
        nodes = [json.loads(text)]
    except (ValueError, RecursionError):
        return False
    while nodes:
        node = nodes.pop()
        if isinstance(node, list):
            nodes += node
        elif isinstance(node, dict):
            if node.get("type") not in _CONTAINERS or not _is_plain_context(node.get("context")):
                return False
            nodes.append(node.get("children_spec", []))
        elif not isinstance(node, int):
            return False
    return True


def _is_plain_context(context: Any) -> bool:
    """Whether it is the keys of a dictionary, or nothing."""
    if context is None:
        return True
    try:
        keys = json.loads(context)
    except (TypeError, ValueError, RecursionError):
        return False
    return keys is None or (isinstance(keys, list) and all(isinstance(key, str | int) for key in keys))
