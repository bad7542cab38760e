"""The artifact store of `s3:` URIs: files below a folder of a bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BufferedReader, BytesIO
from typing import BinaryIO, cast

from runyard.entities import FileInfo
from runyard.errors import AlreadyExists, InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore, Checksum, PresignedUrl, StartedUpload, UploadedPart
from runyard.settings import Settings
from runyard.uris import Uri, artifact_path
from runyard_store_s3 import deleting, listing, versions
from runyard_store_s3.address import location_of
from runyard_store_s3.checking import Checksums
from runyard_store_s3.connection import Bucket, Call
from runyard_store_s3.content import SourceBroke, content_of
from runyard_store_s3.copying import Copier
from runyard_store_s3.creating import Condition
from runyard_store_s3.digests import TOLD, crc32_in, etag_in
from runyard_store_s3.downloads import Download
from runyard_store_s3.parts import Uploads
from runyard_store_s3.settings import PRESIGN, access_of
from runyard_store_s3.writing import Writer, media_type

BUFFER = 1 << 16  # bytes; who reads more at a time than that gets them without another copy


class S3ArtifactStore:
    """Artifacts below the folder of an `s3:` URI.

    A bucket has keys, no folders: a folder is there as long as a key begins with its path and a slash. Where a file and
    a folder have one path, both are listed, and the path means the file. Keys that are no artifact paths, which others
    may have written, are not shown; deleting a folder deletes them too.
    """

    def __init__(self, uri: Uri, settings: Settings) -> None:
        self._where = location_of(uri)
        self._bucket = Bucket(self._where, access_of(settings))
        checksums = Checksums(self._bucket)
        self._uploads = Uploads(self._bucket, checksums)
        self._writer = Writer(self._bucket, self._uploads, checksums)
        self._copier = Copier(self._bucket, self._uploads)
        self._condition = Condition(self._bucket)

    def list(self, path: str = "") -> list[FileInfo]:
        return sorted((info for page in self.list_pages(path) for info in page), key=lambda info: info.path)

    def list_pages(self, path: str = "", *, recursive: bool = False) -> Iterator[Sequence[FileInfo]]:
        prefix = self._where.folder(artifact_path(path))
        return (self._shown(page) for page in listing.pages(self._bucket, prefix, recursive=recursive))

    def stat(self, path: str) -> FileInfo | None:
        name = artifact_path(path)
        headers = self._head(name) if name else None
        if headers is not None:
            return FileInfo(name, is_dir=False, file_size=int(headers.get("content-length", "0")))
        return FileInfo(name, is_dir=True) if listing.has_any(self._bucket, self._where.folder(name)) else None

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        name = artifact_path(path)
        if start < 0 or (length is not None and length < 0):
            raise InvalidInput(f"a range starts at 0 or later and has a length of 0 or more, got {start}, {length}")
        if not name:
            raise NotFound(f"{self._where.shown()} is a folder; name a file in it")
        if length == 0:
            if self._head(name) is None:
                raise NotFound(f"cannot open {self._where.shown(name)}: no file is there")
            return BytesIO()
        download = Download(self._bucket, name, start, length)
        return cast("BinaryIO", BufferedReader(download, max(1, min(BUFFER, download.left))))

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        name = self._named(path)
        return FileInfo(name, is_dir=False, file_size=self._writer.write(name, source, {}))

    def create(self, path: str, source: BinaryIO) -> FileInfo:
        name = self._named(path)
        condition = self._condition.headers()
        try:
            size = self._writer.write(name, source, condition)
        except AlreadyExists as error:
            raise AlreadyExists(f"{self._where.shown(name)} is there already and is not replaced") from error
        return FileInfo(name, is_dir=False, file_size=size)

    def delete(self, path: str) -> None:
        name = artifact_path(path)
        if name and self._head(name) is not None:
            deleting.delete_key(self._bucket, self._where.key(name))
        elif not deleting.delete_all(self._bucket, self._where.folder(name)) and name:
            raise NotFound(f"cannot delete {self._where.shown(name)}: nothing is there")

    # --- versions -----------------------------------------------------------------------------------------------------

    def version(self, path: str) -> str | None:
        name = artifact_path(path)
        headers = self._head(name) if name else None
        return etag_in(headers) or None if headers is not None else None

    def holds(self, path: str, source: BinaryIO) -> bool | None:
        headers = self.look(path)
        return versions.holds(self._bucket, self._where.key(artifact_path(path)), headers, source)

    def checksum(self, path: str) -> Checksum | None:
        headers = self.look(path)
        return versions.checksum(self._bucket, self._where.key(artifact_path(path)), headers)

    def crc32(self, path: str) -> int | None:
        name = artifact_path(path)
        headers = self._head(name, TOLD) if name else None
        known = crc32_in(headers) if headers is not None else None
        return None if known is None or known.parts else int.from_bytes(known.digest, "big")

    # --- copies by the service ----------------------------------------------------------------------------------------

    @property
    def bucket(self) -> Bucket:
        """What stores of the same service ask for, to copy from this one."""
        return self._bucket

    def copies_from(self, other: ArtifactStore) -> bool:
        return isinstance(other, S3ArtifactStore) and self._bucket.is_beside(other.bucket)

    def copy(self, path: str, other: ArtifactStore, source: str) -> FileInfo:
        if not isinstance(other, S3ArtifactStore) or not self.copies_from(other):
            raise InvalidInput(f"{self._where.shown()} only copies from the same service with the same credentials")
        name = self._named(path)
        headers = other.look(source)
        self._copier.copy(name, other.bucket.location, artifact_path(source), headers)
        made = int(self.look(name).get("content-length", "0"))
        return FileInfo(name, is_dir=False, file_size=made)

    def look(self, path: str) -> Mapping[str, str]:
        """What the service tells of a file.

        Raises:
            NotFound: no file is there.
        """
        name = artifact_path(path)
        headers = self._head(name, TOLD) if name else None
        if headers is None:
            raise NotFound(f"{self._where.shown(name)} is no file")
        return headers

    # --- uploads in parts ---------------------------------------------------------------------------------------------

    def create_upload(self, path: str, *, parts: int | None = None) -> str:  # noqa: ARG002 - of no use here
        name = self._named(path)
        return self._uploads.create(name, media_type(name), is_checked=True)

    def write_part(self, path: str, upload_id: str, number: int, source: BinaryIO) -> str:
        name = self._named(path)
        try:
            with content_of(source) as content:
                return self._uploads.write(name, upload_id, number, content)
        except SourceBroke as error:
            raise error.reason from None

    def list_parts(self, path: str, upload_id: str) -> Sequence[UploadedPart]:
        return self._uploads.parts(self._named(path), upload_id)

    def list_uploads(self, path: str = "") -> Sequence[StartedUpload]:
        return self._uploads.all(artifact_path(path))

    def complete_upload(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> FileInfo:
        name = self._named(path)
        self._uploads.complete(name, upload_id, parts)
        headers = self._head(name)
        if headers is None:
            raise NotFound(f"{self._where.shown(name)} was deleted just when its upload was completed")
        return FileInfo(name, is_dir=False, file_size=int(headers.get("content-length", "0")))

    def abort_upload(self, path: str, upload_id: str) -> None:
        self._uploads.abort(self._named(path), upload_id)

    # --- details ------------------------------------------------------------------------------------------------------

    def _named(self, path: str) -> str:
        name = artifact_path(path)
        if not name:
            raise InvalidInput(f"an artifact in {self._where.shown()} needs a name")
        return name

    def _head(self, name: str, headers: Mapping[str, str] | None = None) -> Mapping[str, str] | None:
        """What the service tells of a file; None where none is."""
        call = Call(
            method="HEAD",
            what=f"look at {self._where.shown(name)}",
            key=self._where.key(name),
            headers=headers or {},
            accepted=(404,),
        )
        response, _ = self._bucket.answered(call)
        return response.headers if response.status < 300 else None

    def _shown(self, page: listing.Page) -> tuple[FileInfo, ...]:
        """What a page shows; names that end in a slash stand for folders themselves."""
        folders = [self._where.path(key.removesuffix("/")) for key in page.folders]
        files = [(self._where.path(key), size) for key, size in page.files]
        return (
            *(FileInfo(path, is_dir=True) for path in folders if path is not None),
            *(FileInfo(path, is_dir=False, file_size=size) for path, size in files if path is not None),
        )


class PresigningS3Store(S3ArtifactStore):
    """The same, for a service that clients reach themselves."""

    def create_upload(self, path: str, *, parts: int | None = None) -> str:  # noqa: ARG002 - of no use here
        name = self._named(path)  # others may send the parts, without checksums
        return self._uploads.create(name, media_type(name), is_checked=False)

    def create_checked_upload(self, path: str, *, parts: int | None = None) -> str:
        return super().create_upload(path, parts=parts)

    def presign_download(self, path: str, *, expires: int) -> PresignedUrl:
        return self._presigned("GET", path, [], {}, expires)

    def presign_upload(self, path: str, *, expires: int) -> PresignedUrl:
        return self._presigned("PUT", path, [], self._bucket.access.uploads, expires)

    def presign_part(self, path: str, upload_id: str, number: int, *, expires: int) -> PresignedUrl:
        return self._presigned("PUT", path, [("partNumber", str(number)), ("uploadId", upload_id)], {}, expires)

    def _presigned(
        self, method: str, path: str, query: Sequence[tuple[str, str]], headers: Mapping[str, str], expires: int
    ) -> PresignedUrl:
        key = self._where.key(self._named(path))
        return PresignedUrl(*self._bucket.presign(method, key, query, headers, expires))


def open_store(uri: Uri, settings: Settings) -> S3ArtifactStore:
    """The store of a URI; it gives out URLs unless it is told not to."""
    kind = PresigningS3Store if settings.lookup(PRESIGN).value else S3ArtifactStore
    return kind(uri, settings)
