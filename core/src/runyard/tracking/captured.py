"""What a run kept of its packages and uncommitted changes, among its artifacts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import attrs

from runyard.errors import Forbidden, NotFound, NotSupported, PluginError, Unavailable
from runyard.protocols.artifacts import ArtifactStore

PACKAGES = "runyard/requirements.txt"
PATCH = "runyard/diff.patch"
MAX_BYTES = 2 << 20
MAX_FILE = 32 << 10  # characters of a file's changes that are shown

_FILE = re.compile(r"^diff --git a/(.*?) b/", re.MULTILINE)
_PACKAGE = re.compile(r"(?:# )?([\w.-]+)(?:==([^\s]+)| @ (\S+))")


@attrs.frozen
class Captured:
    """Versions by package, changes by file, and what could not be read."""

    packages: Mapping[str, str] = attrs.field(factory=dict)
    patch: Mapping[str, str] = attrs.field(factory=dict)
    notes: Sequence[str] = ()


def captured(open_store: Callable[[], ArtifactStore]) -> Captured:
    """What a run kept; a place that cannot be read is noted, for the rest can still be compared.

    Args:
        open_store: Opens the run's artifacts.
    """
    try:
        store = open_store()
        packages, patch = _text(store, PACKAGES), _text(store, PATCH)
    except (Forbidden, NotSupported, PluginError, Unavailable) as error:
        return Captured(notes=[f"packages and patch cannot be read: {error}"])
    notes = [f"of {name} only the first {MAX_BYTES:,} bytes were read" for name, text in
             ((PACKAGES, packages), (PATCH, patch)) if len(text.encode()) >= MAX_BYTES]  # fmt: skip
    return Captured(_packages(packages), _files(patch), notes)


def _text(store: ArtifactStore, path: str) -> str:
    try:
        with store.open(path, length=MAX_BYTES) as stream:
            return stream.read().decode("utf-8", "replace")
    except NotFound:
        return ""


def _packages(text: str) -> dict[str, str]:
    found = {}
    for line in text.splitlines():
        match = _PACKAGE.match(line)
        if match:
            found[match.group(1)] = match.group(2) or match.group(3)
        elif line.startswith("# Python "):
            found["python"] = line.removeprefix("# Python ").partition(" on ")[0]
    return found


def _files(text: str) -> dict[str, str]:
    """The changes of each file of a patch."""
    starts = [*_FILE.finditer(text)]
    ends = [*(match.start() for match in starts[1:]), len(text)]
    found = {}
    for match, end in zip(starts, ends, strict=False):
        part = text[match.start() : end]
        cut = f"{part[:MAX_FILE]}\n… ({len(part):,} characters in all)\n"
        found[match.group(1)] = part if len(part) <= MAX_FILE else cut
    return found
