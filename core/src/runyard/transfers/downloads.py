"""Fetches files from a store: a large one in stretches that arrive side by side and are gone on with later."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO, Self, cast

import attrs

from runyard.entities import FileInfo
from runyard.errors import CorruptData, InvalidInput, NotFound, NotSupported
from runyard.protocols.artifacts import ArtifactStore, ChecksReads, LocalFiles, TellsCrcs, TellsVersions
from runyard.transfers.arrival import Arrival, Partial
from runyard.transfers.locks import lock
from runyard.transfers.progress import Meter, Report
from runyard.transfers.stretches import Stretch, is_large, length_for
from runyard.transfers.threads import each, gathered
from runyard.transfers.trying import Persistence

FILES = 16  # that are fetched at the same time
STRETCHES = 8  # of all files together
CHUNK = 1 << 18  # bytes that are read, checked and written while the processor's cache still has them
STAGING = ".runyard-download-"
JUST_MADE = 60.0  # seconds in which whoever made a staging folder has locked it
FORGOTTEN = 7 * 24 * 3600.0  # seconds after which what an interrupted download left is cleaned away


def receive(
    store: ArtifactStore, files: Sequence[tuple[FileInfo, str]], target: Path, *, report: Report | None = None
) -> None:
    """Fetch files into a folder, each under a relative name; none appears before all have arrived.

    What was fetched of large files before this broke off, or the process ended, is gone on with by the next call that
    fetches the same content into the same folder.

    Raises:
        NotFound: a file is not there any more.
        CorruptData: what came is not what the store has, or changed on the way.
        InvalidInput: a name is reached through a link that leads out of the folder.
    """
    meter = Meter(report, len(files), sum(info.file_size or 0 for info, _ in files))
    with _Receiver(store, meter, target) as receiver:
        threads = 1 if isinstance(store, LocalFiles) else FILES
        each(lambda pair: receiver.fetch(*pair), files, threads)
        receiver.deliver([name for _, name in files])


@attrs.define(eq=False)
class _Receiver:
    """Fetches one file after another into a staging folder, from any thread."""

    _store: ArtifactStore
    _meter: Meter
    _target: Path
    _persistence: Persistence = attrs.field(factory=Persistence, init=False)
    _pool: ThreadPoolExecutor = attrs.field(factory=lambda: ThreadPoolExecutor(STRETCHES), init=False)
    _staging: Path = attrs.field(init=False)
    _alive: int | None = attrs.field(init=False)  # locked for as long as the staging folder is used

    def __enter__(self) -> Self:
        _clean(self._target)
        self._staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=self._target))
        self._alive = _opened(self._staging)
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        shutil.rmtree(self._staging)
        if self._alive is not None:
            os.close(self._alive)

    def fetch(self, info: FileInfo, name: str) -> None:
        local = self._staging / name
        local.parent.mkdir(parents=True, exist_ok=True)
        if is_large(info.file_size or 0) and not isinstance(self._store, LocalFiles):
            self._fetch_stretches(info, local)
        else:
            self._persistence.do(lambda: self._fetch_whole(info, local))
        self._meter.add(info.path, files=1)

    def deliver(self, names: Sequence[str]) -> None:
        finals = [(self._staging / name, _below(self._target, name)) for name in names]
        for arrived, final in finals:
            final.parent.mkdir(parents=True, exist_ok=True)
            arrived.replace(final)

    def _fetch_whole(self, info: FileInfo, local: Path) -> None:
        size = 0
        try:
            with self._store.open(info.path) as source, local.open("wb", buffering=0) as file:
                for piece in _poured(source, file):
                    size += len(piece)
                    self._meter.add(info.path, size=len(piece))
        except BaseException:
            self._meter.add(info.path, size=-size)
            raise
        if info.file_size is not None and size != info.file_size:
            raise CorruptData(
                f"{size} bytes of {info.path!r} came where the store has {info.file_size}; fetch it again"
            )

    def _fetch_stretches(self, info: FileInfo, local: Path) -> None:
        size = info.file_size or 0
        version = self._version(info.path)
        kept = self._target / f"{STAGING}{_digest(info.path, size, version)}" if version else None
        expected = self._crc32(info.path)
        with Partial.open(kept, local, size, length_for(size), is_summed=expected is not None) as partial:
            arrival = Arrival(partial)
            self._meter.add(info.path, size=sum(stretch.length for stretch in partial.done()))
            checking = self._check(info.path, arrival) if expected is None else None
            try:
                gathered([self._pool.submit(self._fetch_one, info.path, part, arrival) for part in partial.missing()])
            except BaseException:
                arrival.fail()
                raise
            is_right = checking is None or checking.result() is not False
            if expected is not None:
                is_right = partial.crc32() == expected
            if self._version(info.path) != version or not is_right:
                partial.drop()
                raise CorruptData(f"what came is not what {info.path!r} holds now; fetch it again")
            partial.finish()

    def _fetch_one(self, path: str, stretch: Stretch, arrival: Arrival) -> None:
        self._persistence.do(lambda: self._fetch_stretch(path, stretch, arrival))

    def _fetch_stretch(self, path: str, stretch: Stretch, arrival: Arrival) -> None:
        size = crc32 = 0
        try:
            with (
                self._store.open(path, start=stretch.start, length=stretch.length) as source,
                arrival.partial.place(stretch) as file,
            ):
                for piece in _poured(source, file, stretch.length):
                    size += len(piece)
                    if arrival.partial.is_summed:
                        crc32 = zlib.crc32(piece, crc32)
                    self._meter.add(path, size=len(piece))
            if size < stretch.length:
                raise CorruptData(f"{path!r} became shorter while it was fetched; fetch it again")  # noqa: TRY301
        except BaseException:
            self._meter.add(path, size=-size)
            raise
        arrival.note(stretch, crc32)

    def _version(self, path: str) -> str:
        """Empty where the store tells none."""
        store = self._store
        if not isinstance(store, TellsVersions):
            return ""
        try:
            version = self._persistence.do(lambda: store.version(path))
        except NotSupported:
            return ""
        if version is None:
            raise NotFound(f"artifact {path!r} is not there any more")
        return version

    def _crc32(self, path: str) -> int | None:
        store = self._store
        return self._persistence.do(lambda: store.crc32(path)) if isinstance(store, TellsCrcs) else None

    def _check(self, path: str, arrival: Arrival) -> Future[bool | None] | None:
        """Compare what arrives with what the store says of it, while it arrives."""
        store = self._store
        if not isinstance(store, TellsVersions) or (isinstance(store, ChecksReads) and store.checks_reads(path)):
            return None
        return arrival.in_thread(lambda stream: store.holds(path, stream))


def _poured(source: BinaryIO, file: RawIOBase, most: int | None = None) -> Iterator[memoryview]:
    """Write what a stream has, at most so many bytes; each piece, to be used before the next one is asked for."""
    room = memoryview(bytearray(CHUNK if most is None else min(CHUNK, most)))
    left = most
    while left is None or left > 0:
        count = _read_into(source, room if left is None else room[:left])
        if not count:
            return
        rest = room[:count]
        while rest:
            rest = rest[file.write(rest) or 0 :]
        left = None if left is None else left - count
        yield room[:count]


def _read_into(source: BinaryIO, room: memoryview) -> int:
    if hasattr(source, "readinto"):  # as all of Python's own streams have it; it copies less
        return cast("RawIOBase", source).readinto(room) or 0
    content = source.read(len(room))
    room[: len(content)] = content
    return len(content)


def _below(target: Path, name: str) -> Path:
    final = target / name
    if not Path(os.path.realpath(final.parent)).is_relative_to(os.path.realpath(target)):
        raise InvalidInput(f"{final} is reached through a link that leads out of {target}; nothing was put there")
    return final


def _digest(*values: object) -> str:
    return hashlib.sha256("\0".join(map(str, values)).encode(errors="surrogatepass")).hexdigest()[:40]


def _clean(target: Path) -> None:
    """Clean away the staging folders of processes that are gone, and large files that nobody went on with."""
    now = time.time()
    for place in target.glob(f"{STAGING}*"):
        with suppress(OSError):
            age = now - place.stat().st_mtime
            if place.is_dir():
                if age > JUST_MADE and _is_left(place):
                    shutil.rmtree(place)
            elif age > FORGOTTEN:
                place.unlink()


def _is_left(staging: Path) -> bool:
    descriptor = _opened(staging)
    if descriptor is None:
        return False
    os.close(descriptor)
    return True


def _opened(folder: Path) -> int | None:
    """The folder, open and locked; None where another process has it, or folders cannot be locked."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows
        return None
    if lock(descriptor):
        return descriptor
    os.close(descriptor)
    return None
