"""The artifact store of `file:` URIs: files below a folder, written whole and never outside of it."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from runyard.entities import FileInfo
from runyard.errors import AlreadyExists, InvalidInput, NotFound
from runyard.protocols.artifacts import StartedUpload, UploadedPart
from runyard.settings import Settings
from runyard.uris import Uri, artifact_path
from runyard_store_local.copying import copy
from runyard_store_local.faults import explained
from runyard_store_local.folder import CREATE, PARTIAL, READ, Folder, Place
from runyard_store_local.parts import Uploads
from runyard_store_local.ranges import FileRange
from runyard_store_local.settings import FSYNC

BUFFER = 1 << 16  # bytes; a file of this size is read with one call of the system

# Names of partial files: a random number for each is much of what a small file takes to write.
_PROCESS = secrets.token_hex(8)
_numbers = itertools.count()


class LocalArtifactStore:
    """Artifacts below the folder of a `file:` URI, which is made at the first write.

    Links are followed as long as they stay below the root; what lies behind one that leads out is not shown, and a
    link is deleted or replaced itself, never what it points to.
    """

    def __init__(self, uri: Uri, settings: Settings) -> None:
        self._folder = Folder(uri.local_path)
        self._uploads = Uploads(self._folder, self._explained)
        self._fsync = bool(settings.lookup(FSYNC).value)

    def list(self, path: str = "") -> list[FileInfo]:
        name = self._checked(path)
        try:
            with (
                self._explained("list", name),
                self._folder.open(name) as folder,
                os.scandir(folder) as entries,
            ):
                found = [self._described(name, entry) for entry in entries]
        except (NotFound, InvalidInput):
            return []
        return sorted((info for info in found if info is not None), key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        name = self._checked(path)
        try:
            with self._explained("look at", name):
                if not name:
                    return FileInfo("", is_dir=True) if self._folder.real.is_dir() else None
                with self._folder.place(name, follow=True) as place:
                    return _file_info(name, os.stat(place.name, dir_fd=place.dir_fd, follow_symlinks=False))
        except (NotFound, InvalidInput):
            return None

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        name = self._checked(path)
        if start < 0 or (length is not None and length < 0):
            raise InvalidInput(f"a range starts at 0 or later and has a length of 0 or more, got {start}, {length}")
        descriptor = self._open_file(name)
        stream = os.fdopen(descriptor, "rb", BUFFER)
        if start:
            stream.seek(start)
        return stream if length is None else BufferedReader(FileRange(stream, length))

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        name = self._named(path)
        return FileInfo(name, is_dir=False, file_size=self._write(name, [source]))

    def create(self, path: str, source: BinaryIO) -> FileInfo:
        name = self._named(path)
        return FileInfo(name, is_dir=False, file_size=self._write(name, [source], is_new=True))

    def delete(self, path: str) -> None:
        name = self._checked(path)
        if not name:
            self._delete_root()
            return
        try:
            with self._explained("delete", name), self._folder.place(name) as place:
                _delete(place)
        except InvalidInput as error:
            raise NotFound(f"cannot delete {self._shown(name)}: nothing is there") from error

    def local_path(self, path: str = "") -> Path:
        """Where a file or folder lies.

        Raises:
            Forbidden: a link on the way leads out of the root.
        """
        name = self._checked(path)
        self._folder.resolve(name)
        return self._folder.path / name

    def create_upload(self, path: str, *, parts: int | None = None) -> str:  # noqa: ARG002 - of no use here
        return self._uploads.create(self._named(path))

    def write_part(self, path: str, upload_id: str, number: int, source: BinaryIO) -> str:
        name = self._named(path)
        with self._uploads.open(name, upload_id) as upload:
            if upload.done() is not None:
                raise NotFound(f"the upload {upload_id!r} of {name!r} is completed; begin a new one")
            return upload.write(number, source)

    def list_parts(self, path: str, upload_id: str) -> Sequence[UploadedPart]:
        name = self._named(path)
        with self._uploads.open(name, upload_id) as upload:
            if upload.done() is not None:
                raise NotFound(f"the upload {upload_id!r} of {name!r} is completed; begin a new one")
            return upload.parts()

    def list_uploads(self, path: str = "") -> Sequence[StartedUpload]:
        return self._uploads.all(self._checked(path))

    def complete_upload(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> FileInfo:
        name = self._named(path)
        with self._uploads.open(name, upload_id) as upload:
            size = upload.done()
            if size is None:
                try:
                    size = self._write(name, upload.contents(parts))
                except InvalidInput:
                    size = upload.done()  # somebody else may have completed it meanwhile
                    if size is None:
                        raise
                else:
                    upload.finish(size)
            return FileInfo(name, is_dir=False, file_size=size)

    def abort_upload(self, path: str, upload_id: str) -> None:
        self._uploads.abort(self._named(path), upload_id)

    def _named(self, path: str) -> str:
        name = self._checked(path)
        if not name:
            raise InvalidInput(f"an artifact in {self._folder.path} needs a name")
        return name

    def _checked(self, path: str) -> str:
        name = artifact_path(path)
        if any(part.startswith(PARTIAL) for part in name.split("/")):
            raise InvalidInput(f"invalid artifact path {path!r}: names that begin with {PARTIAL} are taken")
        return name

    def _shown(self, name: str) -> str:
        return f"artifact {name!r} in {self._folder.path}" if name else str(self._folder.path)

    def _explained(self, action: str, name: str) -> AbstractContextManager[None]:
        return explained(action, self._shown(name))

    def _described(self, folder: str, entry: os.DirEntry[str]) -> FileInfo | None:
        """An entry of a listing; None for what is neither a file nor a folder, unfinished or behind a link out."""
        path = f"{folder}/{entry.name}" if folder else entry.name
        if entry.name.startswith(PARTIAL) or (entry.is_symlink() and not self._folder.is_inside(path)):
            return None
        try:
            return _file_info(path, entry.stat())
        except OSError:  # gone meanwhile, or a link to nothing
            return None

    def _open_file(self, name: str) -> int:
        if not name:
            raise NotFound(f"{self._folder.path} is a folder; name a file in it")
        try:
            with self._explained("open", name), self._folder.place(name, follow=True) as place:
                descriptor = os.open(place.name, READ, dir_fd=place.dir_fd)
        except InvalidInput as error:
            raise NotFound(f"cannot open {self._shown(name)}: nothing is there") from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NotFound(f"cannot open {self._shown(name)}: it is no file")
        return descriptor

    def _write(self, name: str, sources: Iterable[BinaryIO], *, is_new: bool = False) -> int:
        """Make a file of what streams have, one after the other; its size."""
        with ExitStack() as stack:
            with self._explained("write", name):
                place = stack.enter_context(self._folder.place(name, create=True))
            return self._replace(name, place, sources, is_new=is_new)

    def _replace(self, name: str, place: Place, sources: Iterable[BinaryIO], *, is_new: bool) -> int:
        partial = place.beside(f"{PARTIAL}{_PROCESS}-{os.getpid()}-{next(_numbers)}")
        with self._explained("write", name):
            descriptor = os.open(partial.name, CREATE, 0o666, dir_fd=partial.dir_fd)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as target:
                size = self._copy(name, sources, target.fileno())
            with self._explained("write", name):
                if is_new:
                    self._become(name, partial, place)
                else:
                    os.replace(partial.name, place.name, src_dir_fd=partial.dir_fd, dst_dir_fd=place.dir_fd)
        except BaseException:
            with suppress(OSError):
                os.unlink(partial.name, dir_fd=partial.dir_fd)
            raise
        return size

    def _become(self, name: str, partial: Place, place: Place) -> None:
        try:
            partial.become(place)
        except FileExistsError as error:
            raise AlreadyExists(f"{self._shown(name)} is there already and is not replaced") from error

    def _copy(self, name: str, sources: Iterable[BinaryIO], target: int) -> int:
        size = sum(copy(source, target, lambda: self._explained("write", name)) for source in sources)
        if self._fsync:
            with self._explained("write", name):
                os.fsync(target)
        return size

    def _delete_root(self) -> None:
        with suppress(NotFound), self._explained("delete", ""):
            shutil.rmtree(self._folder.real)


def _file_info(path: str, status: os.stat_result) -> FileInfo | None:
    if stat.S_ISDIR(status.st_mode):
        return FileInfo(path, is_dir=True)
    return FileInfo(path, is_dir=False, file_size=status.st_size) if stat.S_ISREG(status.st_mode) else None


def _delete(place: Place) -> None:
    if stat.S_ISDIR(os.stat(place.name, dir_fd=place.dir_fd, follow_symlinks=False).st_mode):
        shutil.rmtree(place.name, dir_fd=place.dir_fd)
    else:
        os.unlink(place.name, dir_fd=place.dir_fd)
