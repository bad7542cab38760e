"""What is common to the stores of objects: folders are prefixes, and a file appears when its upload is completed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, BinaryIO

from runyard.errors import CorruptData
from runyard_store_fsspec.streams import Fetch, Guard, copy, exactly
from runyard_store_fsspec.systems import Entry, FolderSystem

PART = 8 << 20  # bytes of a part of an upload


class ObjectSystem(FolderSystem):
    """Objects by name. A place is the bucket and the name, `bucket/folder/file`."""

    def pages(self, folder: str) -> Iterator[Sequence[Entry]]:
        return self._pages(folder, recursive=False)

    def files(self, folder: str) -> Iterator[Sequence[Entry]]:
        return self._pages(folder, recursive=True)

    def read(self, place: str, entry: Entry, start: int) -> tuple[Fetch, Callable[[], None]]:
        begin = start

        def fetch(start: int, stop: int) -> bytes:
            content: bytes = self.call("cat_file", place, start=start, end=stop)
            if start != begin and stop == entry.size:  # the last of several requests
                now = self.info(place)
                if now is None or now.version != entry.version:
                    raise CorruptData("it was replaced while it was read; read it again")
            return content

        return fetch, lambda: None

    def write(self, place: str, source: BinaryIO, writing: Guard, *, is_new: bool) -> int:
        first = exactly(source.read, PART + 1)
        if len(first) > PART:
            return self._write_parts(place, first, source, writing, is_new=is_new)
        # In one request, which neither fails nor mixes with another where several write the same file.
        with writing(), self.connections.lent() as system:
            self.put(system, place, first, is_new=is_new)
        return len(first)

    def delete(self, place: str, entry: Entry) -> None:
        with self.connections.lent() as system, suppress(FileNotFoundError):  # somebody else was faster
            if entry.is_dir:
                self.ask(system, "rm", place, recursive=True)
            else:
                self.ask(system, "rm_file", place)

    def put(self, system: Any, place: str, content: bytes, *, is_new: bool) -> None:
        """Store an object in one request."""
        self.ask(system, "pipe_file", place, content, mode="create" if is_new else "overwrite")

    def open_object(self, system: Any, place: str, *, is_new: bool) -> tuple[Any, Callable[[bytes], None]]:
        """A file to write to, and what to call with the MD5 of it all before it is closed."""
        return system.open(place, "xb" if is_new else "wb", block_size=PART), lambda _: None

    def sign(self, place: str, expires: int) -> str:
        """A URL that reads an object for so many seconds."""
        raise NotImplementedError

    def copy(self, place: str, entry: Entry, target: str) -> None:
        """Have the storage make an object of another one, whole or not at all."""
        raise NotImplementedError

    def _write_parts(self, place: str, first: bytes, source: BinaryIO, writing: Guard, *, is_new: bool) -> int:
        digest = hashlib.md5(usedforsecurity=False)
        with self.connections.lent() as system:
            with writing():
                file, finish = self.open_object(system, place, is_new=is_new)

            def write(chunk: bytes) -> None:
                digest.update(chunk)
                file.write(chunk)

            try:
                with writing():
                    write(first)
                size = len(first) + copy(source, write, writing)
                with writing():
                    finish(digest.digest())
                    file.close()
            except BaseException:
                # Else it would be completed when it is collected. What was sent of it goes by itself in a week.
                file.closed = True
                raise
        return size

    def _pages(self, folder: str, *, recursive: bool) -> Iterator[Sequence[Entry]]:
        raise NotImplementedError


def split(place: str) -> tuple[str, str]:
    """The bucket and the name."""
    bucket, _, name = place.partition("/")
    return bucket, name


def prefix_of(name: str) -> str:
    """How the names of objects begin that lie below a folder."""
    return f"{name}/" if name else ""
