"""Uploads in parts: what came of them lies hidden below the root until the file is made of it."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import attrs

from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import StartedUpload, UploadedPart
from runyard_store_local.copying import copy
from runyard_store_local.folder import CREATE, PARTIAL, READ, Folder, Place

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FOLDER = PARTIAL + "uploads"
GIVEN_UP = 24 * 3600.0  # after so many seconds without a part an upload counts as given up
MAX_PARTS = 10_000

_DONE = "done"
_NAME = "name"  # of the file that it is an upload of
_PART = re.compile(r"part-(\d{5})")
_DIGEST = hashlib.sha256
_HEADER = _DIGEST().digest_size  # a part's file begins with its ETag, so that both change in one step
_ATTEMPTS = 8  # at removing a folder that somebody still writes to
_UPLOAD_ID = re.compile(r"[0-9a-f]{48}")

Explained = Callable[[str, str], AbstractContextManager[None]]  # what is done, and to which artifact


@attrs.frozen
class Upload:
    """An open upload: a folder with a file for each part."""

    name: str
    folder: int | Path
    explained: Explained

    def done(self) -> int | None:
        """The size of the file that was made of it, None where none was."""
        place = Place.of(self.folder, _DONE)
        try:
            with self.explained("read the upload of", self.name):
                descriptor = os.open(place.name, READ, dir_fd=place.dir_fd)
        except NotFound:
            return None
        with os.fdopen(descriptor, "rb") as file:
            return int(file.read())

    def write(self, number: int, source: BinaryIO) -> str:
        """Store a part whole or not at all; its ETag is the digest of what it holds."""
        hashed = _Hashed(source)
        partial, place = Place.of(self.folder, secrets.token_hex(8)), Place.of(self.folder, _part(number))
        with self._explained():
            descriptor = os.open(partial.name, CREATE, 0o666, dir_fd=partial.dir_fd)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as target:
                with self._explained():
                    target.write(bytes(_HEADER))
                copy(cast("BinaryIO", hashed), target.fileno(), self._explained)
                with self._explained():
                    target.seek(0)
                    target.write(hashed.digest())
            with self._explained():
                _replace(partial, place)
        except BaseException:
            with suppress(OSError):
                os.unlink(partial.name, dir_fd=partial.dir_fd)
            raise
        return hashed.digest().hex()

    def parts(self) -> list[UploadedPart]:
        """The parts that are there, by their numbers."""
        with self._explained(), os.scandir(self.folder) as entries:
            found = {int(match[1]): entry for entry in entries if (match := _PART.fullmatch(entry.name))}
            return [
                UploadedPart(number, self._etag(number), entry.stat(follow_symlinks=False).st_size - _HEADER)
                for number, entry in sorted(found.items())
            ]

    def _etag(self, number: int) -> str:
        with self._opened(number) as stream:
            return stream.read(_HEADER).hex()

    def contents(self, parts: Sequence[tuple[int, str]]) -> Iterator[BinaryIO]:
        """What the parts hold, one stream after the other.

        Raises:
            InvalidInput: the parts are none or not in ascending order, or one is missing or has another ETag.
        """
        numbers = [number for number, _ in parts]
        if not numbers or any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
            raise InvalidInput(
                f"an upload of {self.name!r} is completed with its parts in ascending order, got {numbers}"
            )
        for number, etag in parts:
            with self._opened(number) as stream:
                if stream.read(_HEADER).hex() != etag:
                    raise InvalidInput(
                        f"part {number} of {self.name!r} has another ETag than {etag!r}; upload it again"
                    )
                yield stream

    def finish(self, size: int) -> None:
        """Note that the file was made, for whoever asks again because the answer was lost, and drop the parts."""
        partial = Place.of(self.folder, secrets.token_hex(8))
        with self._explained():
            _write(partial, str(size).encode())
            _replace(partial, Place.of(self.folder, _DONE))
            with os.scandir(self.folder) as entries:
                names = [entry.name for entry in entries if entry.name != _DONE]
        for name in names:
            place = Place.of(self.folder, name)
            with suppress(FileNotFoundError):
                os.unlink(place.name, dir_fd=place.dir_fd)

    @contextmanager
    def _opened(self, number: int) -> Iterator[BinaryIO]:
        place = Place.of(self.folder, _part(number))
        try:
            with self._explained():
                descriptor = os.open(place.name, READ, dir_fd=place.dir_fd)
        except NotFound as error:
            raise InvalidInput(f"part {number} of {self.name!r} is missing; upload it, then complete again") from error
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            yield cast("BinaryIO", stream)

    def _explained(self) -> AbstractContextManager[None]:
        return self.explained("upload", self.name)


@attrs.frozen
class Uploads:
    """All uploads below a root."""

    root: Folder
    explained: Explained

    def create(self, name: str) -> str:
        """Begin an upload, which its id ties to the name, and clean away those that were given up."""
        upload_id = secrets.token_hex(16) + _mark(name)
        with self.explained("upload", name), self.root.open(FOLDER, create=True) as uploads:
            _clean(uploads)
            place = Place.of(uploads, upload_id)
            os.mkdir(place.name, dir_fd=place.dir_fd)
        with self.explained("upload", name), self.root.open(f"{FOLDER}/{upload_id}") as folder:
            _write(Place.of(folder, _NAME), name.encode(errors="surrogatepass"))
        return upload_id

    @contextmanager
    def open(self, name: str, upload_id: str) -> Iterator[Upload]:
        """An upload that was begun.

        Raises:
            NotFound: there is no such upload of that name.
        """
        with ExitStack() as stack:
            try:
                _check_id(name, upload_id)
                with self.explained("upload", name):
                    folder = stack.enter_context(self.root.open(f"{FOLDER}/{upload_id}"))
                    if isinstance(folder, Path):  # not looked at yet, unlike a descriptor
                        folder.stat()
            except NotFound as error:
                raise NotFound(f"there is no upload {upload_id!r} of {name!r}; begin a new one") from error
            yield Upload(name, folder, self.explained)

    def all(self, name: str) -> list[StartedUpload]:
        """The uploads of a file, or of all files below a folder, that are not over, the oldest first."""
        try:
            with self.explained("list the uploads of", name), self.root.open(FOLDER) as uploads:
                with os.scandir(uploads) as entries:
                    ids = [entry.name for entry in entries if _UPLOAD_ID.fullmatch(entry.name)]
                found = [started for upload_id in ids if (started := self._started(upload_id)) is not None]
        except NotFound:
            return []
        wanted = [one for one in found if not name or one.path == name or one.path.startswith(f"{name}/")]
        return sorted(wanted, key=lambda one: (one.started, one.upload_id))

    def _started(self, upload_id: str) -> StartedUpload | None:
        """What an upload's folder tells of it; None where it is over or just begins."""
        try:
            with self.explained("list the uploads of", ""), self.root.open(f"{FOLDER}/{upload_id}") as folder:
                place = Place.of(folder, _NAME)
                with os.fdopen(os.open(place.name, READ, dir_fd=place.dir_fd), "rb") as file:
                    path = file.read().decode(errors="surrogatepass")
                    return StartedUpload(path, upload_id, os.fstat(file.fileno()).st_mtime_ns // 1_000_000)
        except NotFound:
            return None

    def abort(self, name: str, upload_id: str) -> None:
        """Clean an upload away.

        Raises:
            NotFound: there is no such upload of that name.
        """
        with self.open(name, upload_id), self.explained("upload", name), self.root.open(FOLDER) as uploads:
            _remove(Place.of(uploads, upload_id))


class _Hashed(RawIOBase):
    """A stream that takes the digest of what is read from it."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._hash = _DIGEST()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        content = self._source.read(size)
        self._hash.update(content)
        return content

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        content = self.read(len(view))
        view[: len(content)] = content
        return len(content)

    def digest(self) -> bytes:
        return self._hash.digest()


def _part(number: int) -> str:
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MAX_PARTS:
        raise InvalidInput(f"parts are numbered from 1 to {MAX_PARTS:,}, got {number!r}")
    return f"part-{number:05d}"


def _mark(name: str) -> str:
    return _DIGEST(name.encode(errors="surrogatepass")).hexdigest()[:16]


def _check_id(name: str, upload_id: str) -> None:
    if not _UPLOAD_ID.fullmatch(upload_id) or upload_id[32:] != _mark(name):
        raise NotFound("no id that was given out for this name")


def _write(place: Place, content: bytes) -> None:
    with os.fdopen(os.open(place.name, CREATE, 0o666, dir_fd=place.dir_fd), "wb") as file:
        file.write(content)


def _replace(partial: Place, place: Place) -> None:
    os.replace(partial.name, place.name, src_dir_fd=partial.dir_fd, dst_dir_fd=place.dir_fd)


def _clean(uploads: int | Path) -> None:
    oldest = time.time() - GIVEN_UP
    with os.scandir(uploads) as entries:
        names = [entry.name for entry in entries]
    for name in names:
        place = Place.of(uploads, name)
        with suppress(FileNotFoundError):
            status = os.stat(place.name, dir_fd=place.dir_fd, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode) and status.st_mtime < oldest:
                _remove(place)


def _remove(place: Place) -> None:
    """Take the folder away under its name first, so that nobody goes on with what is half removed."""
    gone = place.beside(f"{secrets.token_hex(8)}.gone")
    _replace(place, gone)
    # Whoever had the folder open may put a part into it while it is emptied; once it is removed, nobody can. What is
    # left all the same goes with the next upload.
    for _ in range(_ATTEMPTS):
        shutil.rmtree(gone.name, ignore_errors=True, dir_fd=gone.dir_fd)
        try:
            os.stat(gone.name, dir_fd=gone.dir_fd, follow_symlinks=False)
        except FileNotFoundError:
            return
