"""Copies files and folders from one artifact store to another, and makes one folder like another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count, zip_longest
from typing import BinaryIO

import attrs

from runyard.entities import FileInfo
from runyard.errors import NotFound, NotSupported
from runyard.protocols.artifacts import ArtifactStore, CopiesFiles, LocalFiles, TellsVersions
from runyard.transfers.downloads import receive
from runyard.transfers.folders import files_below, join
from runyard.transfers.progress import Meter, Report
from runyard.transfers.sources import StoredFile
from runyard.transfers.threads import each
from runyard.transfers.unfinished import Unfinished
from runyard.transfers.uploads import FILES, send
from runyard.transfers.within import copy_within

_PIECE = 1 << 20


@attrs.frozen
class Place:
    """A file or a folder of an artifact store; the empty path is the root."""

    store: ArtifactStore
    path: str


@attrs.frozen
class Differences:
    """What makes a folder like another: paths relative to both, sorted."""

    copied: Sequence[FileInfo]  # of the source: new, or with another content
    deleted: Sequence[str]
    unchanged: int


def copy(
    source: Place,
    target: Place,
    *,
    report: Report | None = None,
    unfinished: Unfinished | None = None,
    replace: bool = True,
    info: FileInfo | None = None,
) -> list[FileInfo]:
    """Copy a file, or what a folder holds, which gets the target's path; what was stored, with its paths there.

    `info` is what the source's store has just told of it, where it has been asked.

    Raises:
        NotFound: nothing is at the source.
        AlreadyExists: `replace` is false, and a file is there; those before it may have been copied.
    """
    info = source.store.stat(source.path) if info is None else info
    if info is None:
        raise NotFound(f"no artifact {source.path!r} to copy")
    found = list(files_below(source.store, source.path)) if info.is_dir else [info]
    files = [(file, join(target.path, file.path[len(source.path) :].lstrip("/"))) for file in found]
    return _transfer(source.store, files, target.store, report=report, unfinished=unfinished, replace=replace)


def differences(
    source: Place, target: Place, *, by_size: bool = False, compared: Callable[[int, int], None] | None = None
) -> Differences:
    """How a folder differs from another.

    Files of the same size are compared by what the stores know of their content, by reading them where the stores know
    nothing, and with `by_size` not at all. `compared` is told how many of how many have been.

    Raises:
        NotFound: there is no such folder at the source.
    """
    info = source.store.stat(source.path)
    if info is None or not info.is_dir:
        raise NotFound(f"no folder {source.path!r} to copy from")
    there = _relative(target)
    here = _relative(source)
    same_size = [name for name, info in here.items() if name in there and there[name].file_size == info.file_size]
    equal = set(same_size) if by_size else _equal(source, target, same_size, compared)
    copied = [attrs.evolve(here[name], path=name) for name in sorted(here.keys() - equal)]
    return Differences(copied, sorted(there.keys() - here.keys()), len(equal))


def synchronise(
    source: Place,
    target: Place,
    found: Differences,
    *,
    delete: bool = False,
    report: Report | None = None,
    unfinished: Unfinished | None = None,
) -> None:
    """Copy what differs, and then, with `delete`, delete what only the target has."""
    files = [
        (attrs.evolve(info, path=join(source.path, info.path)), join(target.path, info.path)) for info in found.copied
    ]
    _transfer(source.store, files, target.store, report=report, unfinished=unfinished, replace=True)
    if delete:
        each(lambda name: target.store.delete(join(target.path, name)), found.deleted, FILES)


def _transfer(
    source: ArtifactStore,
    files: Sequence[tuple[FileInfo, str]],
    target: ArtifactStore,
    *,
    report: Report | None,
    unfinished: Unfinished | None,
    replace: bool,
) -> list[FileInfo]:
    if replace and isinstance(target, LocalFiles) and not isinstance(source, LocalFiles):
        folder = target.local_path()
        folder.mkdir(parents=True, exist_ok=True)
        receive(source, files, folder, report=report)
        return [attrs.evolve(info, path=name) for info, name in files]
    if replace and isinstance(target, CopiesFiles) and target.copies_from(source):
        meter = Meter(report, len(files), sum(info.file_size or 0 for info, _ in files))
        made = copy_within(target, source, files, meter)
        left = [pair for pair, info in zip(files, made, strict=True) if info is None]
        sent = iter(_send(source, left, target, report=report, unfinished=unfinished, replace=True) if left else ())
        return [next(sent) if info is None else info for info in made]
    return _send(source, files, target, report=report, unfinished=unfinished, replace=replace)


def _send(
    source: ArtifactStore,
    files: Sequence[tuple[FileInfo, str]],
    target: ArtifactStore,
    *,
    report: Report | None,
    unfinished: Unfinished | None,
    replace: bool,
) -> list[FileInfo]:
    """Copy by reading and writing."""
    sources = [(StoredFile.of(source, info), name) for info, name in files]
    return send(target, sources, report=report, unfinished=unfinished, replace=replace)


def _relative(place: Place) -> dict[str, FileInfo]:
    return {info.path[len(place.path) :].lstrip("/"): info for info in files_below(place.store, place.path)}


def _equal(source: Place, target: Place, names: Sequence[str], compared: Callable[[int, int], None] | None) -> set[str]:
    done = count(1)

    def is_equal(name: str) -> bool:
        answer = _holds_the_same(
            Place(source.store, join(source.path, name)), Place(target.store, join(target.path, name))
        )
        if compared is not None:
            compared(next(done), len(names))
        return answer

    answers = each(is_equal, names, FILES)
    return {name for name, answer in zip(names, answers, strict=True) if answer}


def _holds_the_same(one: Place, other: Place) -> bool:
    """Whether two files are equal; a store is asked about the content of the other, the one that is nearer."""
    if isinstance(other.store, LocalFiles):
        one, other = other, one
    if isinstance(other.store, TellsVersions):
        answer = None
        with suppress(NotSupported), one.store.open(one.path) as stream:
            answer = other.store.holds(other.path, stream)
        if answer is not None:
            return answer
    with one.store.open(one.path) as stream, other.store.open(other.path) as another:
        pieces = iter(lambda: _piece(stream), b""), iter(lambda: _piece(another), b"")
        return all(piece == other_piece for piece, other_piece in zip_longest(*pieces))


def _piece(stream: BinaryIO) -> bytes:
    """The next bytes, all of a piece unless the end is near."""
    pieces, left = [], _PIECE
    while left and (content := stream.read(left)):
        pieces.append(content)
        left -= len(content)
    return b"".join(pieces)
