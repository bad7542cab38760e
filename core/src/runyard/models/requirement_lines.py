"""Lines of a requirements file: `scikit-learn[alldeps]>=1.5,<2; python_version >= "3.11"` (PEP 508)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging import requirements
from packaging.markers import UndefinedComparison
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from runyard.errors import InvalidInput


class Requirement(requirements.Requirement):
    """A package, and which of its versions are accepted where."""

    @classmethod
    def read(cls, line: str) -> Requirement | None:
        """What a line asks for, or None where it names no package, as a path and an option do, or cannot be read."""
        try:
            return cls(_without_options(line))
        except requirements.InvalidRequirement:
            return None

    @classmethod
    def parse(cls, line: str) -> Requirement | None:
        """What a line asks of a package index, so that `name @ URL` is None too."""
        found = cls.read(line)
        return found if found and not found.url else None

    @property
    def key(self) -> str:
        """The name as package indexes compare it."""
        return canonicalize_name(self.name)

    @property
    def specifiers(self) -> SpecifierSet:
        """The clauses that a version has to meet."""
        return self.specifier

    def applies(self, extra: str = "") -> bool:
        """Whether the marker holds in this process; one that compares what cannot be compared here does not."""
        try:
            return self.marker is None or self.marker.evaluate({"extra": extra})
        except (InvalidVersion, KeyError, UndefinedComparison):
            # The key is a variable of lock files alone, such as `extras`, or a text where a variable has to stand.
            return False


def satisfies(version: str, specifiers: SpecifierSet) -> bool:
    """Whether a version, of a prerelease too, meets every clause."""
    try:
        return specifiers.contains(version, prereleases=True)
    except InvalidVersion:
        # Before its release 26, `packaging` refuses such a version; from then on, only `===` accepts it.
        return all(one.operator == "===" and one.version.lower() == version.lower() for one in specifiers)


def merge_requirements(lines: Iterable[str]) -> list[str]:
    """Lines with one for each package, which holds what all of its lines ask; what names no package stays as it is."""
    merged: dict[tuple[str, str], Requirement | str] = {}
    for line in lines:
        requirement = Requirement.parse(line)
        if requirement is None or line != _without_options(line):
            merged[line, ""] = line
            continue
        place = (requirement.key, str(requirement.marker or ""))
        earlier = merged.get(place)
        merged[place] = _both(earlier, requirement) if isinstance(earlier, Requirement) else requirement
    return [str(found) for found in merged.values()]


def _both(first: Requirement, second: Requirement) -> Requirement:
    specifiers = first.specifiers & second.specifiers
    pins = [one.version for one in specifiers if one.operator == "==" and not one.version.endswith(".*")]
    if pins and not any(satisfies(version, specifiers) for version in pins):
        raise InvalidInput(
            f"the requirements '{first}' and '{second}' exclude each other; "
            "name the package once, or give every requirement in pip_requirements"
        )
    second.specifier = specifiers
    second.extras |= first.extras
    return second


def _without_options(line: str) -> str:
    # `numpy==2.0 --hash=sha256:…`: options of one requirement stand behind it.
    return re.split(r"\s-", line, maxsplit=1)[0] if not line.startswith("-") else line
