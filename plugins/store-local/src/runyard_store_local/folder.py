"""A folder whose entries are reached without ever leaving it, whatever links lie on the way or appear meanwhile."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

from runyard.errors import Forbidden

PARTIAL = ".runyard-partial-"  # how the names of entries begin that are still being written
READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
DESCRIPTORS = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_LINK_MET = {errno.ELOOP, errno.ENOTDIR}  # what systems say of a link where a folder was to be opened


@attrs.frozen
class Place:
    """An entry of an open folder: what the functions of `os` take as a path and as `dir_fd`."""

    name: str | Path
    dir_fd: int | None

    @classmethod
    def of(cls, folder: int | Path, name: str) -> Place:
        return cls(name, folder) if isinstance(folder, int) else cls(folder / name, None)

    def is_link(self) -> bool:
        try:
            return stat.S_ISLNK(os.stat(self.name, dir_fd=self.dir_fd, follow_symlinks=False).st_mode)
        except FileNotFoundError:
            return False

    def become(self, other: Place) -> None:
        """Give the file here another name.

        Raises:
            FileExistsError: something has that name.
        """
        if os.name == "nt":
            Path(self.name).rename(other.name)
            return
        os.link(self.name, other.name, src_dir_fd=self.dir_fd, dst_dir_fd=other.dir_fd, follow_symlinks=False)
        os.unlink(self.name, dir_fd=self.dir_fd)

    def beside(self, name: str) -> Place:
        return Place(name if self.dir_fd is not None else Path(self.name).with_name(name), self.dir_fd)


@attrs.frozen
class Folder:
    """The root, which may itself lie behind links."""

    path: Path

    @property
    def real(self) -> Path:
        return Path(os.path.realpath(self.path))

    def resolve(self, path: str) -> Path:
        """The entry relative to the root, links followed.

        Raises:
            Forbidden: a link leads out of the root.
        """
        real = self.real
        target = Path(os.path.realpath(real / path))
        if not target.is_relative_to(real):
            raise Forbidden(f"artifact {path!r} is reached through a link that leads out of {self.path}")
        return target.relative_to(real)

    def is_inside(self, path: str) -> bool:
        real = self.real
        return Path(os.path.realpath(real / path)).is_relative_to(real)

    @contextmanager
    def open(self, path: str, *, create: bool = False) -> Iterator[int | Path]:
        """An open folder below the root: a descriptor where the system has them, else a path."""
        if not DESCRIPTORS:
            folder = self.real / self.resolve(path)
            if create:
                folder.mkdir(parents=True, exist_ok=True)
            yield folder
            return
        try:
            descriptor = self._descend(path.split("/") if path else (), create=create)
        except OSError as error:
            if error.errno not in _LINK_MET:
                raise
            descriptor = self._descend(self.resolve(path).parts, create=create)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def place(self, path: str, *, create: bool = False, follow: bool = False) -> Iterator[Place]:
        """An entry below the root; with `follow` what a link stands for, else the link itself."""
        above, _, name = path.rpartition("/")
        with self.open(above, create=create) as folder:
            place = Place.of(folder, name)
            if not (follow and place.is_link()):
                yield place
                return
        target = self.resolve(path)
        with self.open("/".join(target.parent.parts)) as folder:
            yield Place.of(folder, target.name)

    def _descend(self, names: Sequence[str], *, create: bool) -> int:
        """Step by step, each from the one before, so that a link is met, not followed, whenever it appeared."""
        try:
            descriptor = os.open(self.path, _FOLDER)
        except FileNotFoundError:
            if not create:
                raise
            self.real.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, _FOLDER)
        try:
            for name in names:
                above, descriptor = descriptor, _below(descriptor, name, create=create)
                os.close(above)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _below(descriptor: int, name: str, *, create: bool) -> int:
    try:
        return os.open(name, _FOLDER | _NO_LINK, dir_fd=descriptor)
    except FileNotFoundError:
        if not create:
            raise
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=descriptor)
        return os.open(name, _FOLDER | _NO_LINK, dir_fd=descriptor)
