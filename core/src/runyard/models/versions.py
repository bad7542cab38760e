"""Versions of packages and what is asked of them: `2.1.0+cpu`, `>=1.4,!=1.5.*` (PEP 440)."""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from typing import Any

import attrs

_VERSION = re.compile(
    r"""v?(?:(?P<epoch>\d+)!)?
    (?P<release>\d+(?:\.\d+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|rc|c)[-_.]?(?P<pre_number>\d*))?
    (?P<post>-(?P<bare_post_number>\d+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>\d*))?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>\d*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?""",
    re.VERBOSE | re.IGNORECASE,
)
_CLAUSE = re.compile(r"(===|==|~=|!=|<=|>=|<|>)\s*([^\s,;()]+)")
_PRE = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_LOWEST, _HIGHEST = (-1,), (1,)
_ORDER = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}


@attrs.frozen
class Version:
    """A version in the order of PEP 440."""

    epoch: int
    release: tuple[int, ...]
    pre: tuple[str, int] | None
    post: int | None
    dev: int | None
    local: str | None

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """The version that a text is, or None where it is none."""
        return _parse(text)

    def public(self) -> Version:
        """The version without its local label."""
        return attrs.evolve(self, local=None)

    def base(self) -> tuple[int, tuple[int, ...]]:
        """What two versions of one release have in common."""
        return self.epoch, _trimmed(self.release)

    def key(self) -> tuple[Any, ...]:
        """What versions are ordered by."""
        if self.pre is not None:
            pre: tuple[Any, ...] = (0, *self.pre)
        else:
            pre = _LOWEST if self.post is None and self.dev is not None else _HIGHEST
        post = _LOWEST if self.post is None else (0, self.post)
        dev = _HIGHEST if self.dev is None else (0, self.dev)
        local = _LOWEST if self.local is None else (0, tuple(map(_local_key, re.split(r"[-_.]", self.local))))
        return (*self.base(), pre, post, dev, local)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Version | None:
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        return None
    pre = match["pre"].lower() if match["pre"] else None
    return Version(
        int(match["epoch"] or 0),
        tuple(map(int, match["release"].split("."))),
        (_PRE.get(pre, pre), int(match["pre_number"] or 0)) if pre else None,
        int(match["bare_post_number"] or match["post_number"] or 0) if match["post"] else None,
        int(match["dev_number"] or 0) if match["dev"] else None,
        match["local"].lower() if match["local"] else None,
    )


def _trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    end = len(release)
    while end > 1 and release[end - 1] == 0:
        end -= 1
    return release[:end]


def _local_key(part: str) -> tuple[int, int, str]:
    return (1, int(part), "") if part.isdigit() else (0, 0, part)


def without_local_label(version: str) -> str:
    """A version as an index of packages has it: `2.1.0+cpu` is `2.1.0` there."""
    return version.partition("+")[0]


def parse_specifiers(text: str) -> tuple[tuple[str, str], ...] | None:
    """The clauses of `>=1.4,<2` as pairs of operator and version, or None where a clause cannot be read."""
    clauses = [clause.strip() for clause in text.split(",") if clause.strip()]
    matches = [_CLAUSE.fullmatch(clause) for clause in clauses]
    found = tuple((match[1], match[2]) for match in matches if match)
    return found if len(found) == len(clauses) and all(map(_is_readable, found)) else None


def _is_readable(clause: tuple[str, str]) -> bool:
    sign, wanted = clause
    if sign == "===":
        return True
    version = Version.parse(wanted.removesuffix(".*"))
    if version is None or (wanted.endswith(".*") and sign not in {"==", "!="}):
        return False
    return sign != "~=" or len(version.release) > 1


def satisfies(version: str, specifiers: tuple[tuple[str, str], ...]) -> bool:
    """Whether a version, of a prerelease too, meets every clause."""
    parsed = Version.parse(version)
    return all(_meets(version, parsed, sign, wanted) for sign, wanted in specifiers)


def _meets(text: str, version: Version | None, sign: str, wanted: str) -> bool:
    if sign == "===":
        return text.lower() == wanted.lower()
    target = Version.parse(wanted.removesuffix(".*"))
    if version is None or target is None:
        return text == wanted
    if sign in {"==", "!="}:
        return _equals(version, target, wanted.endswith(".*")) is (sign == "==")
    if sign == "~=":
        stem = attrs.evolve(target, release=target.release[:-1], pre=None, post=None, dev=None)
        return version.public().key() >= target.key() and _equals(version, stem, prefix=True)
    return _is_ordered(version, target, sign)


def _equals(version: Version, target: Version, prefix: bool) -> bool:
    if prefix:
        padded = version.release + (0,) * (len(target.release) - len(version.release))
        return (version.epoch, padded[: len(target.release)]) == (target.epoch, target.release)
    return (version if target.local else version.public()).key() == target.key()


def _is_ordered(version: Version, target: Version, sign: str) -> bool:
    if sign in {"<=", ">="}:
        return bool(_ORDER[sign](version.public().key(), target.key()))
    if not _ORDER[sign](version.key(), target.key()):
        return False
    # `<2` is not met by its prerelease 2rc1, nor `>1` by its own 1.post1 and 1+cpu.
    if sign == "<":
        is_its_own = version.base() == target.base() and version.post == target.post
        return not (is_its_own and _is_prerelease(version) and not _is_prerelease(target))
    stem = version.public() if target.post is not None else attrs.evolve(version.public(), post=None, dev=None)
    return version.public().key() != target.key() and (version.post is None or stem.key() != target.key())


def _is_prerelease(version: Version) -> bool:
    return version.pre is not None or version.dev is not None
