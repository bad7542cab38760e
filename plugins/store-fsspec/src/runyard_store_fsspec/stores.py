"""Artifact stores on a file system: a class for each set of capabilities, so that `isinstance` tells the truth."""

from __future__ import annotations

import hashlib
import itertools
import posixpath
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from typing import BinaryIO

import attrs

from runyard.entities import FileInfo
from runyard.errors import AlreadyExists, InvalidInput, NotFound, NotSupported
from runyard.protocols.artifacts import Checksum
from runyard.uris import artifact_path
from runyard_store_fsspec.faults import Teller
from runyard_store_fsspec.streams import BLOCK, opened
from runyard_store_fsspec.systems import PARTIAL, Entry, System


@attrs.frozen
class Root:
    """Where a store's files lie: a file system, a place in it, and how both are shown."""

    system: System
    place: str
    shown: str
    teller: Teller = attrs.field(factory=Teller)


class ReadOnlyStore:
    """Artifacts that can be listed and read."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._system = root.system

    def list(self, path: str = "") -> list[FileInfo]:
        name = self._checked(path)
        with self._explained("list", name):
            pages = [self._infos(name, page) for page in self._system.pages(self._place(name))]
        return sorted(itertools.chain.from_iterable(pages), key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        name = self._checked(path)
        with self._explained("look at", name):
            entry = self._system.info(self._place(name))
        return None if entry is None else _file_info(name, entry)

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        name = self._checked(path)
        if start < 0 or (length is not None and length < 0):
            raise InvalidInput(f"a range starts at 0 or later and has a length of 0 or more, got {start}, {length}")
        with self._explained("open", name):
            entry = self._file(name, "open")
            end = entry.size
            if length is not None:
                end = start + length if end is None else min(end, start + length)
            if end is not None and start >= end:
                return BytesIO(b"")
            fetch, close = self._system.read(self._place(name), entry, start)
        return opened(fetch, start, end, lambda: self._explained("read", name), close)

    def write(self, path: str, source: BinaryIO) -> FileInfo:  # noqa: ARG002 - as the protocol has it
        raise NotSupported(f"cannot write {self._shown(self._named(path))}: artifacts of its scheme can only be read")

    def delete(self, path: str) -> None:
        raise NotSupported(
            f"cannot delete {self._shown(self._checked(path))}: artifacts of its scheme can only be read"
        )

    def _file(self, name: str, action: str) -> Entry:
        entry = self._system.info(self._place(name)) if name else None
        if entry is None or entry.is_dir:
            raise NotFound(f"cannot {action} {self._shown(name)}: no file is there")
        return entry

    def _infos(self, folder: str, page: Sequence[Entry]) -> Sequence[FileInfo]:
        return [
            _file_info(posixpath.join(folder, entry.name), entry)
            for entry in page
            if not posixpath.basename(entry.name).startswith(PARTIAL)
        ]

    def _named(self, path: str) -> str:
        name = self._checked(path)
        if not name:
            raise InvalidInput(f"an artifact in {self._root.shown} needs a name")
        return name

    def _checked(self, path: str) -> str:
        name = artifact_path(path)
        if any(part.startswith(PARTIAL) for part in name.split("/")):
            raise InvalidInput(f"invalid artifact path {path!r}: names that begin with {PARTIAL} are taken")
        return name

    def _place(self, name: str) -> str:
        return posixpath.join(self._root.place, name) if name else self._root.place

    def _shown(self, name: str) -> str:
        return f"artifact {name!r} in {self._root.shown}" if name else self._root.shown

    def _explained(self, action: str, name: str) -> AbstractContextManager[None]:
        return self._root.teller.explained(action, self._shown(name))


class FileStore(ReadOnlyStore):
    """Artifacts that can be written and deleted as well, and listed in pages."""

    def list_pages(self, path: str = "", *, recursive: bool = False) -> Iterator[Sequence[FileInfo]]:
        name = self._checked(path)
        pages = (self._system.files if recursive else self._system.pages)(self._place(name))
        while True:
            with self._explained("list", name):
                page = next(pages, None)
            if page is None:
                return
            if found := self._infos(name, page):
                yield found

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        return self._write(self._named(path), source, is_new=False)

    def delete(self, path: str) -> None:
        name = self._checked(path)
        with self._explained("delete", name):
            if name:
                self._delete(name)
                return
            for page in tuple(self._system.pages(self._root.place)):
                for entry in page:
                    self._system.delete(self._place(entry.name), entry)

    def _delete(self, name: str) -> None:
        entry = self._system.info(self._place(name))
        if entry is None:
            raise NotFound(f"cannot delete {self._shown(name)}: nothing is there")
        self._system.delete(self._place(name), entry)

    def _write(self, name: str, source: BinaryIO, *, is_new: bool) -> FileInfo:
        def writing() -> AbstractContextManager[None]:
            return self._explained("write", name)

        size = self._system.write(self._place(name), source, writing, is_new=is_new)
        return FileInfo(name, is_dir=False, file_size=size)


class CreatingStore(FileStore):
    """Artifacts that can be told never to replace a file."""

    def create(self, path: str, source: BinaryIO) -> FileInfo:
        name = self._named(path)
        try:
            return self._write(name, source, is_new=True)
        except AlreadyExists as error:
            raise AlreadyExists(f"{self._shown(name)} is there already and is not replaced") from error


class VersionedStore(FileStore):
    """Artifacts whose contents can be told apart."""

    def version(self, path: str) -> str | None:
        name = self._checked(path)
        with self._explained("look at", name):
            entry = self._system.info(self._place(name)) if name else None
        return entry.version or None if entry is not None and not entry.is_dir else None

    def holds(self, path: str, source: BinaryIO) -> bool | None:
        name = self._checked(path)
        with self._explained("look at", name):
            entry = self._file(name, "compare")
        if entry.md5 is None:
            return None
        digest = hashlib.md5(usedforsecurity=False)
        while chunk := source.read(BLOCK):
            digest.update(chunk)
        return digest.digest() == entry.md5

    def checksum(self, path: str) -> Checksum | None:
        name = self._checked(path)
        with self._explained("look at", name):
            md5 = self._file(name, "compare").md5
        return None if md5 is None else Checksum(md5.hex())


class CreatingVersionedStore(CreatingStore, VersionedStore):
    """Both at once."""


def _file_info(name: str, entry: Entry) -> FileInfo:
    return FileInfo(name, is_dir=entry.is_dir, file_size=entry.size)
