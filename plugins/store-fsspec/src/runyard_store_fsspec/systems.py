"""What a store asks of a file system, and how any file system of fsspec's that has folders answers."""

from __future__ import annotations

import posixpath
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, Protocol, TypeVar

import attrs

from runyard_store_fsspec.connections import Connections
from runyard_store_fsspec.streams import Fetch, Guard, copy, exactly

T = TypeVar("T")

PARTIAL = ".runyard-partial-"  # how the names of files begin that are still being written


@attrs.frozen
class Entry:
    """A file or a folder; `name` is relative to the folder it was listed in."""

    name: str
    is_dir: bool
    size: int | None = None
    version: str = ""
    md5: bytes | None = None


class System(Protocol):
    """A file system. Places are paths as it takes them; what is not there is None or nothing, never an error."""

    def info(self, place: str) -> Entry | None:
        """What is at a place."""

    def pages(self, folder: str) -> Iterator[Sequence[Entry]]:
        """What lies directly in a folder."""

    def files(self, folder: str) -> Iterator[Sequence[Entry]]:
        """All files below a folder."""

    def read(self, place: str, entry: Entry, start: int) -> tuple[Fetch, Callable[[], None]]:
        """What fetches the bytes of a file, in order from `start` on, and what ends that."""

    def write(self, place: str, source: BinaryIO, writing: Guard, *, is_new: bool) -> int:
        """Make a file of a stream, whole or not at all; its size.

        Raises:
            FileExistsError: a file is there, and it was to be new.
        """

    def delete(self, place: str, entry: Entry) -> None:
        """Delete a file, or a folder with all it holds."""


class FolderSystem:
    """A file system with folders, in which a file is written beside its place and then renamed."""

    def __init__(self, connections: Connections, timeout: float) -> None:
        self.connections = connections
        self.timeout = timeout

    def info(self, place: str) -> Entry | None:
        try:
            return entry_of(self.call("info", place), "")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def pages(self, folder: str) -> Iterator[Sequence[Entry]]:
        try:
            found = self.call("ls", folder, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return
        yield [entry_of(item, folder) for item in found if item["name"].strip("/") != folder.strip("/")]

    def files(self, folder: str) -> Iterator[Sequence[Entry]]:
        below = [""]
        while below:
            above = below.pop()
            for page in self.pages(posixpath.join(folder, above) if above else folder):
                named = [attrs.evolve(entry, name=posixpath.join(above, entry.name)) for entry in page]
                below += [entry.name for entry in named if entry.is_dir]
                yield [entry for entry in named if not entry.is_dir]

    def read(self, place: str, entry: Entry, start: int) -> tuple[Fetch, Callable[[], None]]:  # noqa: ARG002
        file = self.connections.call(lambda system: self.open_to_read(system, place))
        if start:
            file.seek(start)
        return lambda start, stop: exactly(file.read, stop - start), file.close

    def write(self, place: str, source: BinaryIO, writing: Guard, *, is_new: bool) -> int:
        folder = posixpath.dirname(place)
        partial = posixpath.join(folder, PARTIAL + secrets.token_hex(12))
        with self.connections.lent() as system:
            with writing():
                file = self._open_to_write(system, folder, partial)
            try:
                size = self.fill(system, file, source, writing)
                with writing():
                    self.rename(system, partial, place, is_new=is_new)
            except BaseException:
                with suppress(Exception):  # what failed first is what is told
                    self.delete_file(system, partial)
                raise
        return size

    def delete(self, place: str, entry: Entry) -> None:
        with self.connections.lent() as system:
            if entry.is_dir:
                self.delete_folder(system, place)
            else:
                self.delete_file(system, place)

    def delete_file(self, system: Any, place: str) -> None:
        self.ask(system, "rm_file", place)

    def delete_folder(self, system: Any, place: str) -> None:
        self.ask(system, "rm", place, recursive=True)

    def open_to_read(self, system: Any, place: str) -> Any:
        return system.open(place, "rb")

    def open_to_write(self, system: Any, place: str) -> Any:
        """Open a new file; FileNotFoundError where its folder is not there."""
        return system.open(place, "wb")

    def makedirs(self, system: Any, folder: str) -> None:
        self.ask(system, "makedirs", folder, exist_ok=True)

    def rename(self, system: Any, partial: str, place: str, *, is_new: bool) -> None:
        """Give a file its name, in place of an earlier one unless it `is_new`.

        Where a file system cannot replace in one step, the earlier file is gone for a moment.
        """
        if is_new:
            raise NotImplementedError("a store of this file system creates no files")
        try:
            self.ask(system, "mv", partial, place)
        except FileExistsError:
            self.delete_file(system, place)
            self.ask(system, "mv", partial, place)

    def call(self, name: str, /, *arguments: Any, **named: Any) -> Any:
        """Ask something that may be asked twice."""
        return self.connections.call(lambda system: self.ask(system, name, *arguments, **named))

    def ask(self, system: Any, name: str, /, *arguments: Any, **named: Any) -> Any:
        """Call a method of the file system, for as long as the timeout allows where that can be limited."""
        if not system.async_impl:
            return getattr(system, name)(*arguments, **named)
        return self.sync(system, getattr(system, f"_{name}"), *arguments, **named)

    def sync(self, system: Any, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Run a coroutine function where the file system runs its own."""
        from fsspec.asyn import sync

        return sync(system.loop, call, *arguments, timeout=self.timeout, **named)

    def _open_to_write(self, system: Any, folder: str, partial: str) -> Any:
        try:
            return self.open_to_write(system, partial)
        except FileNotFoundError:
            self.makedirs(system, folder)
            return self.open_to_write(system, partial)

    def fill(self, system: Any, file: Any, source: BinaryIO, writing: Guard) -> int:  # noqa: ARG002 - others need the file system
        """Write all that a stream has, and close the file."""
        try:
            size = copy(source, file.write, writing)
            with writing():
                file.close()
        except BaseException:
            with suppress(Exception):
                file.close()
            raise
        return size


def entry_of(found: Mapping[str, Any], folder: str) -> Entry:
    """What a file system of fsspec's says about a file or a folder."""
    is_dir = found["type"] == "directory"
    name = found["name"].rstrip("/")
    below = folder.rstrip("/") + "/"
    size = found.get("size")
    return Entry(
        name.removeprefix(below) if name.startswith(below) else posixpath.basename(name),
        is_dir=is_dir,
        size=None if is_dir or size is None else int(size),
    )
