"""Sends files to a store: whole, or a large one in parts that are sent side by side and gone on with later."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import BinaryIO, Self, cast

import attrs

from runyard.entities import FileInfo
from runyard.errors import CorruptData, NotFound, NotSupported, RunyardError, Unavailable
from runyard.protocols.artifacts import (
    ArtifactStore,
    ChecksParts,
    CreatesFiles,
    LocalFiles,
    TellsVersions,
    UploadsParts,
)
from runyard.transfers.progress import Meter, Metered, Report
from runyard.transfers.sources import Source, local_file
from runyard.transfers.stretches import Stretch, is_large, length_for, stretches
from runyard.transfers.threads import each, gathered
from runyard.transfers.trying import Persistence
from runyard.transfers.unfinished import Note, Unfinished

FILES = 16  # that are sent at the same time
PARTS = 8  # of all files together


def send(
    store: ArtifactStore,
    files: Sequence[tuple[Source, str]],
    *,
    report: Report | None = None,
    unfinished: Unfinished | None = None,
    replace: bool = True,
) -> list[FileInfo]:
    """Store files under paths, several at the same time where a network is waited for.

    Args:
        store: Where to.
        files: Each with the path that it gets.
        report: Told how far it is.
        unfinished: Where uploads that break off are remembered, so that the next call goes on with them.
        replace: Whether a file may take the place of another.

    Raises:
        AlreadyExists: a file is there and must not be replaced; those before it may have been stored.
        NotSupported: `replace` is false, and the store cannot promise that.
    """
    if not replace and not isinstance(store, CreatesFiles):
        raise NotSupported("the artifact store cannot promise not to replace a file; let it replace files")
    meter = Meter(report, len(files), sum(source.size for source, _ in files))
    with _Sender(store, meter, unfinished, replace=replace) as sender:
        threads = 1 if isinstance(store, LocalFiles) else FILES
        return each(lambda pair: sender.send(*pair), files, threads)


def write(store: ArtifactStore, path: str, stream: BinaryIO) -> FileInfo:
    """Store what a stream has; what it reads from a large local file goes in parts."""
    file = local_file(stream)
    if file is None or not is_large(file.size):
        return store.write(path, stream)
    return send(store, [(file, path)])[0]


@attrs.define(eq=False)
class _Sender:
    """Sends one file after another, from any thread."""

    _store: ArtifactStore
    _meter: Meter
    _unfinished: Unfinished | None
    _replace: bool = attrs.field(kw_only=True)
    _persistence: Persistence = attrs.field(factory=Persistence, init=False)
    _pool: ThreadPoolExecutor = attrs.field(factory=lambda: ThreadPoolExecutor(PARTS), init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def send(self, source: Source, path: str) -> FileInfo:
        store = self._store
        if (
            self._replace
            and is_large(source.size)
            and isinstance(store, UploadsParts)
            and not isinstance(store, LocalFiles)
        ):
            info = self._send_parts(store, source, path)
        else:
            info = self._persistence.do(lambda: self._send_whole(source, path))
        self._meter.add(path, files=1)
        return info

    def _send_whole(self, source: Source, path: str) -> FileInfo:
        write = self._store.write if self._replace else cast("CreatesFiles", self._store).create
        with source.open() as stream:
            metered = Metered(stream, path, self._meter)
            try:
                return write(path, metered.stream)
            except BaseException:
                metered.take_back()
                raise

    def _send_parts(self, store: UploadsParts, source: Source, path: str) -> FileInfo:
        length = length_for(source.size)
        with ExitStack() as stack:
            note = Note()
            if self._unfinished is not None:
                note = stack.enter_context(self._unfinished.note(source.identity, path, length))
            parts = stretches(source.size, length)
            upload = _Upload(store, source, path, note)
            try:
                done = self._persistence.do(lambda: upload.begin(len(parts)))
                return self._finish(upload, parts, done)
            except _TakesNoParts:
                return self._persistence.do(lambda: self._send_whole(source, path))
            except BaseException as error:
                may_go_on = isinstance(error, Unavailable) or not isinstance(error, Exception)
                if not (note.is_kept and may_go_on):
                    upload.give_up()
                raise

    def _finish(self, upload: _Upload, parts: Sequence[Stretch], done: set[int]) -> FileInfo:
        self._meter.add(upload.path, size=sum(part.length for part in parts if part.number in done))
        gathered([self._pool.submit(self._send_part, upload, part) for part in parts if part.number not in done])
        return self._persistence.do(upload.complete)

    def _send_part(self, upload: _Upload, part: Stretch) -> None:
        self._persistence.do(lambda: upload.send(part, self._meter))


class _TakesNoParts(Exception):
    """What stands behind the store takes files whole only."""


@attrs.define(eq=False)
class _Upload:
    """One file on its way in parts."""

    _store: UploadsParts
    _source: Source
    path: str
    _note: Note
    _is_uncertain: bool = attrs.field(default=False, init=False)  # an earlier try may have completed it

    def begin(self, parts: int) -> set[int]:
        """Begin, or go on with what was begun before; the numbers of the parts that are stored."""
        if self._note.upload_id:
            # One that was cleaned away, or is of another store, gives its place to another.
            with suppress(NotFound, NotSupported):
                stored = {part.number: part.etag for part in self._store.list_parts(self.path, self._note.upload_id)}
                return {number for number, etag in self._note.etags.items() if stored.get(number) == etag}
        try:
            upload_id = self._create(parts)
        except NotSupported as error:
            raise _TakesNoParts from error
        self._note.begin(upload_id)
        return set()

    def _create(self, parts: int) -> str:
        store = self._store
        if isinstance(store, ChecksParts):
            return store.create_checked_upload(self.path, parts=parts)
        return store.create_upload(self.path, parts=parts)

    def send(self, part: Stretch, meter: Meter) -> None:
        with self._source.open(part.start, part.length) as stream:
            metered = Metered(stream, self.path, meter)
            try:
                etag = self._store.write_part(self.path, self._note.upload_id, part.number, metered.stream)
            except BaseException:
                metered.take_back()
                raise
        self._note.add(part.number, etag)

    def complete(self) -> FileInfo:
        try:
            info = self._store.complete_upload(self.path, self._note.upload_id, sorted(self._note.etags.items()))
        except Unavailable:
            self._is_uncertain = True
            raise
        except NotFound:
            info = self._completed_before()
        self._note.forget()
        if info.file_size != self._source.size:
            raise CorruptData(
                f"{self.path!r} has {info.file_size} bytes where {self._source.size} were to be sent; send it again"
            )
        return info

    def _completed_before(self) -> FileInfo:
        """What an earlier try, whose answer was lost, has made of it."""
        store = cast("ArtifactStore", self._store)
        info = store.stat(self.path) if self._is_uncertain else None
        if info is None or info.file_size != self._source.size:
            raise NotFound(f"the upload of {self.path!r} was cleaned away while it was sent; send it again")
        if isinstance(store, TellsVersions):
            with self._source.open() as stream:
                if store.holds(self.path, stream) is False:
                    raise NotFound(f"another file has taken the place of {self.path!r} while it was sent")
        return info

    def give_up(self) -> None:
        upload_id = self._note.upload_id
        self._note.forget()
        if upload_id:
            with suppress(RunyardError):  # what went wrong before is told; gc finds what is left
                self._store.abort_upload(self.path, upload_id)
