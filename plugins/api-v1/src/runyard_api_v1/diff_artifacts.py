"""Which artifacts of runs and of folders differ: by size, and by content where reading it costs little."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Annotated

import attrs

from runyard.errors import Forbidden, NotFound, NotSupported, PluginError, Unavailable
from runyard.protocols.artifacts import ArtifactStore
from runyard_api_v1.fields import About

MAX_FILES = 5_000  # of a run or a folder
MAX_FOLDERS = 500  # of one, as each is asked for by itself
MAX_HASHED = 16 << 20  # bytes of a file whose content is compared
MAX_READ = 128 << 20  # bytes that are read for one answer
MAX_OPENED = 500  # files that are read for one answer
CHUNK = 1 << 20

_UNREADABLE = (Forbidden, NotSupported, PluginError, Unavailable)


@attrs.frozen
class ArtifactDiff:
    """A file for each run or folder in the order in which they were named; null where one has none."""

    path: str
    differs: Annotated[bool | None, About("Null where all sizes are equal and the contents were not compared.")]
    sizes: Annotated[Sequence[int | None], About("Bytes; null also where the store does not tell.")]
    hashes: Annotated[
        Sequence[str | None],
        About("SHA-256 in hexadecimal; null where sizes differ already, or there was too much to read."),
    ]


@attrs.frozen
class Files:
    """The files below a folder with their sizes, and what could not be listed."""

    store: ArtifactStore | None = None
    root: str = ""
    sizes: Mapping[str, int | None] = attrs.field(factory=dict)
    notes: Sequence[str] = ()


@attrs.define
class _Budget:
    """What may still be read."""

    size: int
    files: int

    def takes(self, size: int, files: int) -> bool:
        if size > self.size or files > self.files:
            return False
        self.size -= size
        self.files -= files
        return True


def files_of(open_store: Callable[[], ArtifactStore], root: str = "") -> Files:
    """The files below a folder; a place that cannot be read is noted, for the rest can still be compared."""
    try:
        store = open_store()
        sizes, is_whole = listed(store, root)
    except (NotFound, *_UNREADABLE) as error:
        return Files(notes=[f"artifacts cannot be listed: {error}"])
    most = f"artifacts are compared as far as the first {MAX_FILES:,} files in {MAX_FOLDERS} folders go"
    return Files(store, root, sizes, [] if is_whole else [most])


def compared(of_runs: Sequence[Files]) -> list[ArtifactDiff]:
    """Every file, by path below its folder; where files could not be listed there are none."""
    budget = _Budget(MAX_READ, MAX_OPENED)
    return [_row(path, of_runs, budget) for path in sorted({path for one in of_runs for path in one.sizes})]


def _row(path: str, of_runs: Sequence[Files], budget: _Budget) -> ArtifactDiff:
    having = [one for one in of_runs if path in one.sizes]
    sizes = [one.sizes.get(path) for one in of_runs]
    unread: list[str | None] = [None] * len(of_runs)
    if len(having) < len(of_runs):
        return ArtifactDiff(path, True, sizes, unread)
    known = {size for size in sizes if size is not None}
    if len(known) > 1:
        return ArtifactDiff(path, True, sizes, unread)
    size = max(known, default=MAX_HASHED + 1)
    if None in sizes or size > MAX_HASHED or not budget.takes(size * len(of_runs), len(of_runs)):
        return ArtifactDiff(path, None, sizes, unread)
    hashes = [_hash(one, path) for one in of_runs]
    return ArtifactDiff(path, None if None in hashes else len(set(hashes)) > 1, sizes, hashes)


def _hash(files: Files, path: str) -> str | None:
    """The SHA-256 of a file; None where it is gone or cannot be read now."""
    if files.store is None:
        return None
    digest, size = hashlib.sha256(), 0
    try:
        with files.store.open(posixpath.join(files.root, path), length=MAX_HASHED + 1) as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except (NotFound, *_UNREADABLE):
        return None
    return digest.hexdigest() if size <= MAX_HASHED else None


def listed(store: ArtifactStore, root: str = "", without: Collection[str] = ()) -> tuple[dict[str, int | None], bool]:
    """Files below a folder with their sizes, and whether these are all; nothing of folders that are left out."""
    found: dict[str, int | None] = {}
    folders, asked = [root], 0
    while folders:
        if asked == MAX_FOLDERS:
            return found, False
        asked += 1
        for info in store.list(folders.pop(0)):
            if info.is_dir:
                folders.extend(() if info.path in without else [info.path])
            elif len(found) == MAX_FILES:
                return found, False
            else:
                found[posixpath.relpath(info.path, root or ".")] = info.file_size
    return found, True
