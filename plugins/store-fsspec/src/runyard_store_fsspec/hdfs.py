"""`hdfs:` and `viewfs:` artifacts, by hdfs-native: Hadoop's protocols without Java."""

from __future__ import annotations

import getpass
import itertools
import os
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import attrs

from runyard.errors import InvalidInput, NotSupported
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_fsspec.connections import connections_at
from runyard_store_fsspec.deadlines import within
from runyard_store_fsspec.faults import Teller
from runyard_store_fsspec.locations import location_of
from runyard_store_fsspec.settings import TIMEOUT, options_of
from runyard_store_fsspec.stores import CreatingStore, Root
from runyard_store_fsspec.systems import Entry, FolderSystem

T = TypeVar("T")

PAGE = 1000
CACHE, PRINCIPAL, CONFIGURATION = "MLFLOW_KERBEROS_TICKET_CACHE", "MLFLOW_KERBEROS_USER", "MLFLOW_PYARROW_EXTRA_CONF"

# By default a client goes on trying to reach a name server for many minutes.
PATIENCE: Mapping[str, str] = MappingProxyType(
    {
        "dfs.client.failover.max.attempts": "4",
        "dfs.client.failover.sleep.base.millis": "200",
        "dfs.client.failover.sleep.max.millis": "2000",
    }
)


@attrs.define
class _FirstUse:
    process: int = 0


_first_use = _FirstUse()


def open_store(uri: Uri, settings: Settings) -> CreatingStore:
    """The artifacts below an `hdfs:` or `viewfs:` URI; without a host, where Hadoop's configuration says."""
    location = location_of(uri)
    timeout: float = settings.lookup(TIMEOUT).value
    environ = settings.environ
    options = {
        "url": f"{uri.scheme}://{location.authority}" if location.authority else None,
        "kerberos_cache": environ.get(CACHE) or None,
        "kerberos_principal": environ.get(PRINCIPAL) or None,
        "config": _pairs(environ.get(CONFIGURATION, "")),
        **options_of(uri.scheme, settings, "hdfs"),
    }
    user = environ.get("HADOOP_USER_NAME") or getpass.getuser()
    if location.user and location.user != user and not options["kerberos_principal"]:
        raise InvalidInput(
            f"{uri} names the user {location.user!r}, but hdfs-native acts as {user!r}: set HADOOP_USER_NAME, or use "
            "webhdfs://user@host:port/folder"
        )
    system = HdfsSystem(connections_at(connect, options), timeout)
    return CreatingStore(Root(system, location.path or "/", str(uri), Teller()))


def connect(options: dict[str, Any]) -> Any:
    """A client, which asks nothing yet."""
    from hdfs_native import Client

    # The library's threads are not there in a forked child, where a call would never return.
    _first_use.process = _first_use.process or os.getpid()
    if _first_use.process != os.getpid():
        raise NotSupported(
            "HDFS was used before this process was forked, and hdfs-native does not work after that: start processes "
            "with the method 'spawn' or 'forkserver', or use webhdfs:// URIs"
        )
    options["config"] = {**PATIENCE, **{name: str(value) for name, value in options["config"].items()}}
    return Client(**options)


class HdfsSystem(FolderSystem):
    """HDFS by its own protocols, in which a rename replaces, or does not, in one step."""

    def info(self, place: str) -> Entry | None:
        try:
            return _entry(self.call("get_file_info", place))
        except FileNotFoundError:
            return None

    def pages(self, folder: str) -> Iterator[Sequence[Entry]]:
        try:
            found = self.call("list_status", folder, False)
            while page := within(self.timeout, lambda: list(itertools.islice(found, PAGE))):
                yield [_entry(status) for status in page if status.path != folder]
        except FileNotFoundError:
            return

    def delete_folder(self, system: Any, place: str) -> None:
        self.ask(system, "delete", place, True)

    def delete_file(self, system: Any, place: str) -> None:
        self.ask(system, "delete", place, False)

    def open_to_read(self, system: Any, place: str) -> Any:
        return _Limited(self.ask(system, "read", place), self.timeout)

    def open_to_write(self, system: Any, place: str) -> Any:
        return _Limited(self.ask(system, "create", place), self.timeout)

    def rename(self, system: Any, partial: str, place: str, *, is_new: bool) -> None:
        self.ask(system, "rename", partial, place, not is_new)

    def ask(self, system: Any, name: str, /, *arguments: Any, **named: Any) -> Any:
        return within(self.timeout, lambda: getattr(system, name)(*arguments, **named))


@attrs.frozen
class _Limited:
    """An open file whose calls are given up after a while."""

    file: Any
    timeout: float

    def read(self, size: int) -> bytes:
        content: bytes = self._within(lambda: self.file.read(size))
        return content

    def write(self, chunk: bytes) -> None:
        self._within(lambda: self.file.write(chunk))

    def seek(self, position: int) -> None:
        self.file.seek(position)

    def close(self) -> None:
        self._within(self.file.close)

    def _within(self, call: Callable[[], T]) -> T:
        return within(self.timeout, call)


def _entry(status: Any) -> Entry:
    return Entry(posixpath.basename(status.path), is_dir=status.isdir, size=None if status.isdir else status.length)


def _pairs(text: str) -> dict[str, str]:
    """`a=b,c=d`, as MLflow's variable has it."""
    found = (item.partition("=") for item in text.split(",") if "=" in item)
    return {name.strip(): value.strip() for name, _, value in found}
