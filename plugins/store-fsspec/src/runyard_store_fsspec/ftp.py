"""`ftp:` artifacts: a folder on an FTP server, by fsspec's connection and the standard library's commands."""

from __future__ import annotations

import ftplib
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import attrs

from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_fsspec.connections import FRESH, connections_at
from runyard_store_fsspec.faults import Teller
from runyard_store_fsspec.locations import location_of, needs_host
from runyard_store_fsspec.settings import TIMEOUT, options_of
from runyard_store_fsspec.stores import FileStore, Root
from runyard_store_fsspec.streams import Fetch, exactly
from runyard_store_fsspec.systems import Entry, FolderSystem

# A server that knows no command for the facts of a file says one of these.
_UNKNOWN = ("500", "501", "502", "504")


def open_store(uri: Uri, settings: Settings) -> FileStore:
    """The artifacts below an `ftp:` URI."""
    location = needs_host(uri, location_of(uri), "ftp://user:password@host/folder")
    timeout: float = settings.lookup(TIMEOUT).value
    options = {"timeout": timeout, **options_of(uri.scheme, settings), **location.server}
    system = FtpSystem(connections_at(connect, options, is_shared=False), timeout)
    return FileStore(Root(system, location.path or "/", str(uri), Teller.of(str(options.get("password", "")))))


def connect(options: dict[str, Any]) -> Any:
    """Log in, as `anonymous` where no user is named."""
    from fsspec.implementations.ftp import FTPFileSystem

    return FTPFileSystem(**options, **FRESH)


class FtpSystem(FolderSystem):
    """A folder on an FTP server. A connection does one thing at a time."""

    def info(self, place: str) -> Entry | None:
        if not place.strip("/"):
            return Entry("", is_dir=True)
        return self.connections.call(lambda system: _info(system.ftp, place))

    def pages(self, folder: str) -> Iterator[Sequence[Entry]]:
        def listed(system: Any) -> Sequence[Entry]:
            try:
                found = list(system.ftp.mlsd(folder))
            except ftplib.error_perm as error:
                if (
                    not str(error).startswith(_UNKNOWN)
                    or (info := _info(system.ftp, folder)) is None
                    or not info.is_dir
                ):
                    return []
                found = [(item["name"].rpartition("/")[2], item) for item in system.ls(folder)]
            return [_entry(name, facts) for name, facts in found if _is_kept(name, facts)]

        yield self.connections.call(listed)

    def read(self, place: str, entry: Entry, start: int) -> tuple[Fetch, Callable[[], None]]:  # noqa: ARG002
        def begin(system: Any) -> Any:
            system.ftp.voidcmd("TYPE I")
            return system, system.ftp.transfercmd(f"RETR {place}", rest=start or None)

        # It is not given back before it has sent all, nor can it do anything else until then.
        taken: list[Any] = []

        def take() -> Any:
            system, _ = self.connections.take()
            taken.append(system)
            return begin(system)

        system, data = take()
        reader = data.makefile("rb")

        def close() -> None:
            reader.close()
            data.close()
            is_over = False
            with suppress(ftplib.Error, OSError, EOFError):
                system.ftp.voidresp()
                is_over = True
            self.connections.give_back(system, is_broken=not is_over)

        return lambda start, stop: exactly(reader.read, stop - start), close

    def delete_file(self, system: Any, place: str) -> None:
        system.ftp.delete(place)

    def delete_folder(self, system: Any, place: str) -> None:
        for name, facts in list(system.ftp.mlsd(place)):
            if not _is_kept(name, facts):
                continue
            below = posixpath.join(place, name)
            if _entry(name, facts).is_dir:
                self.delete_folder(system, below)
            else:
                system.ftp.delete(below)
        system.ftp.rmd(place)

    def open_to_write(self, system: Any, place: str) -> Any:
        system.ftp.voidcmd("TYPE I")
        try:
            return _Upload(system.ftp, system.ftp.transfercmd(f"STOR {place}"))
        except ftplib.error_perm as error:
            raise FileNotFoundError(str(error)) from error

    def makedirs(self, system: Any, folder: str) -> None:
        names = folder.strip("/").split("/")
        for number in range(len(names)):
            step = "/" + "/".join(names[: number + 1])
            try:
                system.ftp.mkd(step)
            except ftplib.error_perm:
                info = _info(system.ftp, step)
                if info is None or not info.is_dir:
                    raise

    def rename(self, system: Any, partial: str, place: str, *, is_new: bool) -> None:
        try:
            system.ftp.rename(partial, place)
        except ftplib.error_perm:
            info = _info(system.ftp, place)
            if is_new or info is None or info.is_dir:
                raise
            # Some servers do not replace.
            system.ftp.delete(place)
            system.ftp.rename(partial, place)


@attrs.frozen
class _Upload:
    """A file that is being sent."""

    ftp: ftplib.FTP
    data: Any

    def write(self, chunk: bytes) -> None:
        self.data.sendall(chunk)

    def close(self) -> None:
        if self.data.fileno() < 0:
            return
        if hasattr(self.data, "unwrap"):
            self.data.unwrap()
        self.data.close()
        self.ftp.voidresp()


def _info(ftp: ftplib.FTP, place: str) -> Entry | None:
    try:
        line = ftp.sendcmd(f"MLST {place}").splitlines()[1]
    except ftplib.error_perm as error:
        return _info_by_trying(ftp, place) if str(error).startswith(_UNKNOWN) else None
    facts = dict(fact.partition("=")[::2] for fact in line.strip().partition(" ")[0].rstrip(";").lower().split(";"))
    return _entry("", facts)


def _info_by_trying(ftp: ftplib.FTP, place: str) -> Entry | None:
    """For servers that tell no facts: only a folder can be gone into, and a file has a size."""
    with suppress(ftplib.error_perm):
        ftp.cwd(place)
        return Entry("", is_dir=True)
    with suppress(ftplib.error_perm):
        ftp.voidcmd("TYPE I")
        return Entry("", is_dir=False, size=ftp.size(place))
    return None


def _entry(name: str, facts: Mapping[str, Any]) -> Entry:
    is_dir = str(facts["type"]).lower() in {"dir", "cdir", "pdir", "directory"}
    size = facts.get("size")
    return Entry(name, is_dir=is_dir, size=None if is_dir or size is None else int(size))


def _is_kept(name: str, facts: Mapping[str, Any]) -> bool:
    return name not in {"", ".", ".."} and str(facts["type"]).lower() not in {"cdir", "pdir"}
