"""`http:` and `https:` artifacts: files on a web server, to be read only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import attrs

from runyard.errors import InvalidInput, NotFound
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_fsspec.connections import FRESH, Connections, connections_at
from runyard_store_fsspec.faults import Teller, meaning_of
from runyard_store_fsspec.locations import location_of, needs_host
from runyard_store_fsspec.settings import TIMEOUT, options_of
from runyard_store_fsspec.stores import ReadOnlyStore, Root
from runyard_store_fsspec.streams import BLOCK, Fetch, exactly
from runyard_store_fsspec.systems import Entry, FolderSystem

PROXY = "/api/2.0/mlflow-artifacts/artifacts"


def open_store(uri: Uri, settings: Settings) -> ReadOnlyStore:
    """The artifacts below an `http:` or `https:` URI; a folder is listed where the server shows an index of it."""
    location = needs_host(uri, location_of(uri), "https://host/folder")
    if PROXY in location.path:
        below = location.path.partition(PROXY)[2]
        raise InvalidInput(
            f"{uri} is kept by a tracking server; write mlflow-artifacts://{location.authority}{below or '/'}"
        )
    timeout: float = settings.lookup(TIMEOUT).value
    options = {"timeout": timeout, **options_of(uri.scheme, settings, "https", "http")}
    if location.user:
        options["auth"] = [location.user, location.password]
    base = f"{uri.scheme}://{location.authority}{location.path}"
    system = HttpSystem(connections_at(connect, options), timeout, base)
    return ReadOnlyStore(Root(system, "", str(uri), Teller.of(location.password)))


def connect(options: dict[str, Any]) -> Any:
    """The file system; nothing is asked yet."""
    import aiohttp
    from fsspec.implementations.http import HTTPFileSystem

    timeout = options.pop("timeout")
    auth = options.pop("auth", None)
    client = {
        **options.pop("client_kwargs", {}),
        "timeout": aiohttp.ClientTimeout(total=None, sock_connect=timeout, sock_read=timeout),
        **({"auth": aiohttp.BasicAuth(*auth)} if auth else {}),
    }
    return HTTPFileSystem(encoded=True, client_kwargs=client, **options, **FRESH)


class HttpSystem(FolderSystem):
    """A web server. A place is relative to a URL; a folder is what a server answers for with a slash at the end."""

    def __init__(self, connections: Connections, timeout: float, base: str) -> None:
        super().__init__(connections, timeout)
        self._base = base

    def info(self, place: str) -> Entry | None:
        try:
            found = self.call("info", self._url(place))
        except FileNotFoundError as error:
            # It is raised for whatever fails.
            if error.__cause__ is not None and meaning_of(error.__cause__)[0] is not NotFound:
                raise error.__cause__ from None
            return None
        if (urlsplit(str(found.get("url", ""))).path or "/").endswith("/"):
            return Entry("", is_dir=True)
        return Entry("", is_dir=False, size=found.get("size"))

    def pages(self, folder: str) -> Iterator[Sequence[Entry]]:
        info = self.info(folder)
        if info is None or not info.is_dir:
            return
        url = self._url(folder) + "/"
        path = urlsplit(url).path
        names: dict[str, bool] = {}
        for item in self.call("ls", url, detail=True):
            below = urlsplit(item["name"]).path.removeprefix(path)
            name, slash, rest = below.partition("/")
            if urlsplit(item["name"]).path.startswith(path) and name and not rest:
                names[unquote(name)] = bool(slash)
        files = [Entry(name, is_dir=is_dir) for name, is_dir in names.items()]
        yield [entry if entry.is_dir else self._sized(folder, entry) for entry in files]

    def read(self, place: str, entry: Entry, start: int) -> tuple[Fetch, Callable[[], None]]:  # noqa: ARG002
        file = self.connections.call(lambda system: system.open(self._url(place), "rb", block_size=0))
        position = 0

        def fetch(start: int, stop: int) -> bytes:
            nonlocal position
            while position < start:  # not every server can begin elsewhere than at the start
                position += len(exactly(file.read, min(BLOCK, start - position))) or start
            content = exactly(file.read, stop - start)
            position = start + len(content)
            return content

        return fetch, file.close

    def _sized(self, folder: str, entry: Entry) -> Entry:
        info = self.info(f"{folder}/{entry.name}" if folder else entry.name)
        return entry if info is None else attrs.evolve(entry, size=info.size)

    def _url(self, place: str) -> str:
        return f"{self._base}/{quote(place)}" if place else self._base
