"""`webhdfs:` artifacts: a folder of HDFS by HTTP, as name servers and HttpFS gateways serve it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_fsspec.connections import FRESH, connections_at
from runyard_store_fsspec.faults import Teller
from runyard_store_fsspec.locations import location_of, needs_host
from runyard_store_fsspec.settings import TIMEOUT, options_of
from runyard_store_fsspec.stores import CreatingStore, Root
from runyard_store_fsspec.streams import BLOCK, Fetch, Guard
from runyard_store_fsspec.systems import Entry, FolderSystem

if TYPE_CHECKING:
    import requests


def open_store(uri: Uri, settings: Settings) -> CreatingStore:
    """The artifacts below a `webhdfs:` URI."""
    location = needs_host(uri, location_of(uri), "webhdfs://user@host:port/folder")
    timeout: float = settings.lookup(TIMEOUT).value
    server = {name if name != "username" else "user": value for name, value in location.server.items()}
    options = {**options_of(uri.scheme, settings, "hdfs"), **server, "timeout": timeout}
    secrets = (str(options.get("password", "")), str(options.get("token", "")))
    system = WebHdfsSystem(connections_at(connect, options), timeout)
    return CreatingStore(Root(system, location.path or "/", str(uri), Teller.of(*secrets)))


def connect(options: dict[str, Any]) -> Any:
    """The file system; nothing is asked yet."""
    from fsspec.implementations.webhdfs import WebHDFS
    from requests.adapters import HTTPAdapter

    timeout = options.pop("timeout")

    class Patient(HTTPAdapter):
        """Gives up a server that does not answer."""

        def send(self, *arguments: Any, **named: Any) -> requests.Response:
            return super().send(*arguments, **{**named, "timeout": timeout})

    system = WebHDFS(**options, **FRESH)
    for scheme in ("http://", "https://"):
        system.session.mount(scheme, Patient(pool_maxsize=16))
    return system


class WebHdfsSystem(FolderSystem):
    """HDFS by HTTP. A file goes to its data server in one request."""

    def read(self, place: str, entry: Entry, start: int) -> tuple[Fetch, Callable[[], None]]:  # noqa: ARG002
        def fetch(start: int, stop: int) -> bytes:
            return self.connections.call(lambda system: _read(system, place, start, stop - start))

        return fetch, _nothing

    def delete_file(self, system: Any, place: str) -> None:
        system.rm(place)

    def open_to_write(self, system: Any, place: str) -> Any:
        return _address(system, "CREATE", "put", place, overwrite="true")

    def fill(self, system: Any, file: Any, source: BinaryIO, writing: Guard) -> int:
        body = _Body(source)
        headers = {"Content-Type": "application/octet-stream"}
        try:
            with writing():
                system.session.put(file, data=iter(body), headers=headers).raise_for_status()
        except Exception:
            if body.error is not None:
                raise body.error from None
            raise
        return body.size

    def rename(self, system: Any, partial: str, place: str, *, is_new: bool) -> None:
        options = "NONE" if is_new else "OVERWRITE"
        try:
            system._call("RENAME", "put", path=partial, destination=place, renameoptions=options)  # noqa: SLF001 - mv knows no options
        except RuntimeError as error:
            if is_new and "already exists" in str(error):
                raise FileExistsError(place) from error
            raise


class _Body:
    """What a stream has, block by block; keeps what it raised, which the HTTP library would take for its own."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.size = 0
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            while chunk := self._source.read(BLOCK):
                self.size += len(chunk)
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as error:
            self.error = error
            raise


def _address(system: Any, operation: str, method: str, place: str, **named: Any) -> str:
    """Where the data server is that a name server sends us to."""
    answer = system._call(operation, method, path=place, redirect=False, **named)  # noqa: SLF001
    return str(system._apply_proxy(answer.headers["Location"]))  # noqa: SLF001 - the addresses of the option data_proxy


def _read(system: Any, place: str, start: int, length: int) -> bytes:
    address = _address(system, "OPEN", "get", place, offset=start, length=length)
    answer = system.session.get(address)
    if answer.status_code in {400, 404} and "%25" in address:
        # Hadoop 2's data servers decode the name twice. The name server knows that the file is there.
        answer = system.session.get(address.replace("%25", "%2525"))
    answer.raise_for_status()
    content: bytes = answer.content
    return content


def _nothing() -> None:
    """There is nothing to end."""
