"""`sftp:` and `ssh:` artifacts: a folder on an SSH server, by sshfs, which checks the keys of hosts."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_fsspec.connections import connections_at
from runyard_store_fsspec.faults import Teller
from runyard_store_fsspec.locations import location_of, needs_host
from runyard_store_fsspec.settings import TIMEOUT, options_of
from runyard_store_fsspec.stores import CreatingStore, Root
from runyard_store_fsspec.systems import FolderSystem

KEEPALIVE = 15  # seconds without an answer after which the server is asked whether it is still there


def open_store(uri: Uri, settings: Settings) -> CreatingStore:
    """The artifacts below an `sftp:` or `ssh:` URI."""
    location = needs_host(uri, location_of(uri), "sftp://user@host/folder")
    timeout: float = settings.lookup(TIMEOUT).value
    given = options_of(uri.scheme, settings, "sftp", "ssh")
    options = {"timeout": timeout, "keepalive_interval": KEEPALIVE, **given, **location.server}
    secrets = (str(options.get("password", "")), str(options.get("passphrase", "")))
    system = SshSystem(connections_at(connect, options), timeout)
    return CreatingStore(Root(system, location.path or "/", str(uri), Teller.of(*secrets)))


def connect(options: dict[str, Any]) -> Any:
    """Log in. Without the option `known_hosts` the host's key must be in the user's file; "none" accepts any."""
    from sshfs import SSHFileSystem

    known_hosts = options.pop("known_hosts", ())
    return SSHFileSystem(
        **options, known_hosts=None if known_hosts == "none" else known_hosts, skip_instance_cache=True
    )


class SshSystem(FolderSystem):
    """A folder on an SSH server, by SFTP."""

    def rename(self, system: Any, partial: str, place: str, *, is_new: bool) -> None:
        from asyncssh.sftp import SFTPFailure, SFTPFileAlreadyExists, SFTPOpUnsupported

        if not is_new:
            with suppress(SFTPOpUnsupported):
                self._on_channel(system, "posix_rename", partial, place)
                return
            with suppress(FileNotFoundError):
                self.ask(system, "rm_file", place)
        try:
            self._on_channel(system, "rename", partial, place)
        except (SFTPFailure, SFTPFileAlreadyExists) as error:  # the protocol has no word of its own for it
            if is_new and self.info(place) is not None:
                raise FileExistsError(place) from error
            raise

    def makedirs(self, system: Any, folder: str) -> None:
        try:
            super().makedirs(system, folder)
        except OSError:
            # Somebody else may have made one of the folders just then.
            super().makedirs(system, folder)

    def _on_channel(self, system: Any, name: str, *arguments: str) -> None:
        async def call() -> None:
            async with system._pool.get() as channel:  # noqa: SLF001 - the file system has no such method
                await getattr(channel, name)(*arguments)

        self.sync(system, call)
