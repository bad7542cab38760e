"""`wasbs:`, `abfss:`, `abfs:` and `az:` artifacts: a container of Azure's storage, by adlfs."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from runyard.errors import InvalidInput
from runyard.settings import Settings
from runyard.transfers.stretches import Stretch, stretches
from runyard.transfers.threads import each
from runyard.uris import Uri
from runyard_store_fsspec.clouds import CopyingCreatingStore, PresigningCreatingStore
from runyard_store_fsspec.connections import FRESH, connections_at
from runyard_store_fsspec.faults import Teller
from runyard_store_fsspec.locations import Location, location_of, needs_host
from runyard_store_fsspec.objects import PART, ObjectSystem, prefix_of, split
from runyard_store_fsspec.settings import PRESIGN, TIMEOUT, options_of
from runyard_store_fsspec.stores import CreatingVersionedStore, Root
from runyard_store_fsspec.systems import Entry

EXAMPLE = "abfss://container@account.dfs.core.windows.net/folder or abfss://container/folder"
CONNECTION, KEY, ACCOUNT = "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_NAME"
PAGE = 1000
LARGEST_COPY = 256 << 20  # bytes that the service copies with one request
COPY_BLOCK = 100 << 20
COPIED_BLOCKS = 8  # at the same time
COPY_EXPIRES = 24 * 3600  # seconds

_SECRETS = ("account_key", "sas_token", "client_secret", "credential")
_IN_CONNECTION = re.compile(r"(?:AccountKey|SharedAccessSignature)=([^;]+)")
_FOLDER_MARKS = ("hdi_isfolder", "is_directory")


def open_store(uri: Uri, settings: Settings) -> CreatingVersionedStore:
    """The artifacts below a URI of Azure's; without a key or a connection string, as Azure's libraries log in."""
    location = needs_host(uri, location_of(uri), EXAMPLE)
    timeout: float = settings.lookup(TIMEOUT).value
    container, account = _container_and_account(uri, location)
    options = {**_from_environment(settings), **account, **options_of(uri.scheme, settings, "abfss", "az", "wasbs")}
    if not (options.get("connection_string") or options.get("account_name")):
        raise InvalidInput(f"{uri} names no storage account; write {EXAMPLE}, and set {ACCOUNT} or {CONNECTION}")
    secrets = [str(options.get(name) or "") for name in _SECRETS]
    secrets += _IN_CONNECTION.findall(str(options.get("connection_string", "")))
    system = AzureSystem(
        connections_at(connect, {"connection_timeout": timeout, "read_timeout": timeout, **options}), timeout
    )
    root = Root(system, container + location.path, str(uri), Teller.of(*secrets))
    # Whoever was let in by another way than the account's key has nothing to sign with.
    has_key = bool(options.get("account_key")) or "accountkey=" in str(options.get("connection_string", "")).lower()
    if not has_key:
        return CreatingVersionedStore(root)
    kind = PresigningCreatingStore if settings.lookup(PRESIGN).value else CopyingCreatingStore
    return kind(root, system)


def connect(options: dict[str, Any]) -> Any:
    """The file system; nothing is asked yet."""
    from adlfs import AzureBlobFileSystem

    class Blobs(AzureBlobFileSystem):  # type: ignore[misc]
        """Takes names as they are, whatever characters are in them."""

        @classmethod
        def _strip_protocol(cls, path: Any) -> Any:
            return [item.strip("/") for item in path] if isinstance(path, list) else path.strip("/")

    return Blobs(**options, **FRESH)


class AzureSystem(ObjectSystem):
    """Blobs in Azure's storage. The version of one is its ETag, and its MD5 is stored with it."""

    def info(self, place: str) -> Entry | None:
        container, name = split(place)
        if name:
            from azure.core.exceptions import ResourceNotFoundError

            async def properties(system: Any) -> Any:
                async with system.service_client.get_blob_client(container, name) as client:
                    return await client.get_blob_properties()

            try:
                return _entry(self._run(properties), name="")
            except ResourceNotFoundError:
                pass
        return Entry("", is_dir=True) if any(self._pages(place, recursive=True, limit=1)) else None

    def put(self, system: Any, place: str, content: bytes, *, is_new: bool) -> None:
        container, name = split(place)

        async def upload() -> None:
            async with system.service_client.get_blob_client(container, name) as client:
                await client.upload_blob(content, length=len(content), overwrite=not is_new, max_concurrency=1)

        self.sync(system, upload)

    def open_object(self, system: Any, place: str, *, is_new: bool) -> tuple[Any, Callable[[bytes], None]]:
        from azure.storage.blob import ContentSettings

        content = ContentSettings(content_type="application/octet-stream")

        def finish(digest: bytes) -> None:
            content.content_md5 = bytearray(digest)

        file = system.open(place, "xb" if is_new else "wb", block_size=PART, content_settings=content)
        return file, finish

    def sign(self, place: str, expires: int) -> str:
        url: str = self.call("url", place, expires=expires)
        return url

    def copy(self, place: str, entry: Entry, target: str) -> None:
        # Of the ways to copy, these two make a blob whole or not at all; both read the other one by a URL.
        url, size = self.sign(place, COPY_EXPIRES), entry.size or 0
        if size <= LARGEST_COPY:
            self._with_blob(target, lambda blob: blob.start_copy_from_url(url, requires_sync=True))
            return
        from azure.storage.blob import BlobBlock, ContentSettings

        md5 = None if entry.md5 is None else bytearray(entry.md5)
        content = ContentSettings(content_type="application/octet-stream", content_md5=md5)
        parts = stretches(size, COPY_BLOCK)
        names = [b64encode(f"{part.number:08}".encode()).decode("ascii") for part in parts]

        def stage(part: Stretch) -> None:
            self._with_blob(
                target, lambda blob: blob.stage_block_from_url(names[part.number - 1], url, part.start, part.length)
            )

        each(stage, parts, COPIED_BLOCKS)
        blocks = [BlobBlock(name) for name in names]
        self._with_blob(target, lambda blob: blob.commit_block_list(blocks, content_settings=content))

    def _with_blob(self, place: str, call: Callable[[Any], Any]) -> Any:
        """What a call about one blob gives."""
        container, name = split(place)

        async def called(system: Any) -> Any:
            async with system.service_client.get_blob_client(container, name) as blob:
                return await call(blob)

        return self._run(called)

    def _pages(self, folder: str, *, recursive: bool, limit: int = PAGE) -> Iterator[Sequence[Entry]]:
        container, name = split(folder)
        prefix = prefix_of(name)
        token: str | None = None

        async def page(system: Any) -> tuple[list[Entry], str | None]:
            async with system.service_client.get_container_client(container) as client:
                asked = {"name_starts_with": prefix, "include": ["metadata"], "results_per_page": limit}
                blobs = client.list_blobs(**asked) if recursive else client.walk_blobs(**asked, delimiter="/")
                pages = blobs.by_page(continuation_token=token)
                found = [_entry(blob, name=blob.name[len(prefix) :]) async for blob in await anext(pages)]
                return found, pages.continuation_token

        while True:
            found, token = self._run(page)
            yield [entry for entry in found if entry.name and not (recursive and entry.is_dir)]
            if not token:
                return

    def _run(self, call: Callable[[Any], Any]) -> Any:
        return self.connections.call(lambda system: self.sync(system, call, system))


def _entry(blob: Any, name: str) -> Entry:
    """What a listing or a question says of a blob, or of a prefix, which has no size."""
    marks = blob.get("metadata") or {}
    if blob.get("size") is None or name.endswith("/") or any(marks.get(mark) == "true" for mark in _FOLDER_MARKS):
        return Entry(name.rstrip("/"), is_dir=True)
    md5 = blob.content_settings.content_md5
    return Entry(name, is_dir=False, size=blob.size, version=blob.etag, md5=bytes(md5) if md5 else None)


def _container_and_account(uri: Uri, location: Location) -> tuple[str, dict[str, str]]:
    """`container@account.blob.core.windows.net` taken apart; a bare container is in the account that is set."""
    if not location.user:
        return location.authority, {}
    name, dot, rest = location.host.partition(".")
    service, _, domain = rest.partition(".")
    if not dot or service not in {"blob", "dfs"} or not domain:
        raise InvalidInput(f"{uri} names no host of Azure's storage; write {EXAMPLE}")
    account = {"account_name": name}
    # Both services of an account hold the same; blobs are what adlfs asks for.
    return location.user, account if domain == "core.windows.net" else {
        **account,
        "account_host": f"{name}.blob.{domain}",
    }


def _from_environment(settings: Settings) -> dict[str, str]:
    named = {"connection_string": CONNECTION, "account_key": KEY, "account_name": ACCOUNT}
    return {option: settings.environ[name] for option, name in named.items() if settings.environ.get(name)}
