"""Lines of a requirements file: `scikit-learn[alldeps]>=1.5,<2; python_version >= "3.11"` (PEP 508)."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache

import attrs

from runyard.errors import InvalidInput
from runyard.models.versions import parse_specifiers, satisfies

_LINE = re.compile(
    r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[(?P<extras>[^\]]*)\])?"
    r"\s*(?P<specifiers>\([^;@()]*\)|[^;@()]*?)\s*(?:;\s*(?P<marker>.*?))?\s*"
)
_TOKEN = re.compile(
    r"\s*(\(|\)|===|==|~=|!=|<=|>=|<|>|'[^']*'|\"[^\"]*\"|not\s+in\b|in\b|and\b|or\b|[A-Za-z_][A-Za-z_.]*)"
)
_OPERATORS = {"===", "==", "~=", "!=", "<=", ">=", "<", ">", "in", "not in"}


@attrs.frozen
class Requirement:
    """A package, and which of its versions are accepted where."""

    name: str
    extras: tuple[str, ...] = ()
    specifiers: tuple[tuple[str, str], ...] = ()
    marker: str = ""

    @classmethod
    def parse(cls, line: str) -> Requirement | None:
        """What a line asks for, or None where it is a URL, a path, an option or cannot be read."""
        match = _LINE.fullmatch(_without_options(line))
        if match is None:
            return None
        specifiers = parse_specifiers(match["specifiers"].strip("()"))
        if specifiers is None:
            return None
        extras = sorted({extra.strip() for extra in (match["extras"] or "").split(",") if extra.strip()})
        return cls(match["name"], tuple(extras), specifiers, (match["marker"] or "").strip())

    @property
    def key(self) -> str:
        """The name as package indexes compare it."""
        return normalized(self.name)

    def applies(self) -> bool:
        """Whether the marker holds in this process."""
        return not self.marker or marker_holds(self.marker)

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        specifiers = ",".join(sorted(sign + version for sign, version in self.specifiers))
        return f"{self.name}{extras}{specifiers}{'; ' if self.marker else ''}{self.marker}"


def normalized(name: str) -> str:
    """A package's name as indexes compare it: lower case, with single hyphens."""
    return re.sub(r"[-_.]+", "-", name).lower()


def merge_requirements(lines: Iterable[str]) -> list[str]:
    """Lines with one for each package, which holds what all of its lines ask; what names no package stays as it is."""
    merged: dict[tuple[str, str], Requirement | str] = {}
    for line in lines:
        requirement = Requirement.parse(line)
        if requirement is None or line != _without_options(line):
            merged[line, ""] = line
            continue
        place = (requirement.key, requirement.marker)
        earlier = merged.get(place)
        merged[place] = _both(earlier, requirement) if isinstance(earlier, Requirement) else requirement
    return [str(found) for found in merged.values()]


def _both(first: Requirement, second: Requirement) -> Requirement:
    specifiers = first.specifiers
    if second.specifiers and set(second.specifiers) != set(specifiers):
        specifiers = tuple(dict.fromkeys((*specifiers, *second.specifiers)))
        _check_possible(first, second, specifiers)
    extras = tuple(sorted({*first.extras, *second.extras}))
    return attrs.evolve(second, extras=extras, specifiers=specifiers)


def _check_possible(first: Requirement, second: Requirement, specifiers: tuple[tuple[str, str], ...]) -> None:
    pins = [version for sign, version in specifiers if sign == "==" and not version.endswith(".*")]
    if pins and not any(satisfies(version, specifiers) for version in pins):
        raise InvalidInput(
            f"the requirements '{first}' and '{second}' exclude each other; "
            "name the package once, or give every requirement in pip_requirements"
        )


def _without_options(line: str) -> str:
    # `numpy==2.0 --hash=sha256:…`: options of one requirement stand behind it.
    return re.split(r"\s-", line, maxsplit=1)[0] if not line.startswith("-") else line


def marker_holds(marker: str) -> bool:
    """Whether an environment marker is true in this process; False for one that cannot be read."""
    try:
        tokens = list(_tokens(marker))
        result = _either(tokens)
    except (LookupError, ValueError):
        return False
    return result and not tokens


def _tokens(marker: str) -> Iterator[str]:
    place = 0
    while place < len(marker.rstrip()):
        match = _TOKEN.match(marker, place)
        if match is None:
            raise ValueError(marker)
        yield re.sub(r"\s+", " ", match[1])
        place = match.end()


def _either(tokens: list[str]) -> bool:
    result = _every(tokens)
    while tokens and tokens[0] == "or":
        tokens.pop(0)
        result = _every(tokens) or result
    return result


def _every(tokens: list[str]) -> bool:
    result = _one(tokens)
    while tokens and tokens[0] == "and":
        tokens.pop(0)
        result = _one(tokens) and result
    return result


def _one(tokens: list[str]) -> bool:
    if tokens[0] == "(":
        tokens.pop(0)
        result = _either(tokens)
        if tokens.pop(0) != ")":
            raise ValueError("a parenthesis is not closed")
        return result
    left, sign, right = _value(tokens.pop(0)), tokens.pop(0), _value(tokens.pop(0))
    if sign not in _OPERATORS:
        raise ValueError(sign)
    if sign in {"in", "not in"}:
        return (left in right) is (sign == "in")
    specifiers = parse_specifiers(sign + right)
    if specifiers and left[:1].isdigit():
        return satisfies(left, specifiers)
    # Texts that are no versions have no order.
    return (left == right) is (sign != "!=") and sign not in {"<", ">"}


def _value(token: str) -> str:
    return token[1:-1] if token[0] in "'\"" else _environment()[token]


@cache
def _environment() -> dict[str, str]:
    version = ".".join(map(str, sys.version_info[:3]))
    return {
        "os_name": os.name,
        "sys_platform": sys.platform,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_version": ".".join(map(str, sys.version_info[:2])),
        "python_full_version": version,
        "implementation_name": sys.implementation.name,
        "implementation_version": version,
        "extra": "",
    }
