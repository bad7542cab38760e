"""Files and folders to and from an artifact store: `upload`, `upload_folder`, `download`, `files_below`."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

import attrs

from runyard.entities import FileInfo
from runyard.errors import CorruptData, InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore, LocalFiles
from runyard.uris import artifact_path

CHUNK = 1 << 20
THREADS = 8
STAGING = ".runyard-download-"

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


@attrs.frozen
class Progress:
    """How far a transfer is, told after every piece of a file and at the end of each file."""

    path: str
    files: int
    total_files: int
    size: int
    total_size: int


Report = Callable[[Progress], None]


def upload(
    store: ArtifactStore,
    local_path: str | os.PathLike[str],
    artifact_path: str | None = None,
    *,
    report: Report | None = None,
) -> list[FileInfo]:
    """Store a file, or a folder with all it holds, under its own name below `artifact_path` (MLflow's log_artifact).

    Raises:
        NotFound: there is no such file or folder.
    """
    source = Path(local_path)
    name = source.name or source.resolve().name
    target = _join(artifact_path, name)
    if source.is_dir():
        return upload_folder(store, source, target, report=report)
    if not source.is_file():
        raise NotFound(f"no file or folder {str(source)!r} to log (working folder: {Path.cwd()})")
    return _upload(store, [(source, target)], report)


def upload_folder(
    store: ArtifactStore,
    local_dir: str | os.PathLike[str],
    artifact_path: str | None = None,
    *,
    report: Report | None = None,
) -> list[FileInfo]:
    """Store what a folder holds, its structure kept, in `artifact_path` (MLflow's log_artifacts).

    Names are checked before the first file is written. Links are followed; empty folders are not kept.

    Raises:
        NotFound: there is no such folder.
    """
    source = Path(local_dir)
    if not source.is_dir():
        raise NotFound(f"no folder {str(source)!r} to log (working folder: {Path.cwd()})")
    return _upload(store, [(path, _join(artifact_path, name)) for path, name in _local_files(source)], report)


def download(
    store: ArtifactStore,
    path: str = "",
    destination: str | os.PathLike[str] | None = None,
    *,
    keep_folders: bool = True,
    report: Report | None = None,
) -> Path:
    """Fetch a file or a folder into `destination`, or say where it lies if it is local and none is given.

    The result is `destination/path`; without `keep_folders` it is `destination/last part of path`. Without a
    destination, what is not local goes into a new temporary folder. Nothing appears before everything has arrived.

    Raises:
        NotFound: nothing is there.
        CorruptData: the store lists a name that would leave the destination.
    """
    name = artifact_path(path)
    info = store.stat(name)
    if name and info is None:
        raise NotFound(f"no artifact {path!r}; there is: {_names(store, name)}")
    if destination is None and isinstance(store, LocalFiles):
        return store.local_path(name)
    target = Path(tempfile.mkdtemp(prefix="runyard-") if destination is None else destination)
    target.mkdir(parents=True, exist_ok=True)
    strip = "" if keep_folders else name.rpartition("/")[0]
    files = list(files_below(store, name)) if info is None or info.is_dir else [info]
    _fetch(store, [(info, info.path[len(strip) :].lstrip("/")) for info in files], target, report)
    result = target / name[len(strip) :].lstrip("/")
    if info is not None and info.is_dir:
        result.mkdir(parents=True, exist_ok=True)
    return result


def files_below(store: ArtifactStore, folder: str = "") -> Iterator[FileInfo]:
    """Every file below a folder, depth first.

    Raises:
        CorruptData: the store lists a name that does not lie directly in the folder it was asked for.
    """
    for info in store.list(folder):
        parent, _, name = info.path.rpartition("/")
        if parent != folder or not name or not _is_safe(info.path):
            raise CorruptData(f"the artifact store lists {info.path!r} in folder {folder!r}; that is not safe to fetch")
        if info.is_dir:
            yield from files_below(store, info.path)
        else:
            yield info


class _Meter:
    """Counts what has been moved and tells the caller; used by several threads."""

    def __init__(self, report: Report | None, files: int, size: int) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._progress = Progress("", 0, files, 0, size)

    def add(self, path: str, *, size: int = 0, files: int = 0) -> None:
        if self._report is None:
            return
        with self._lock:
            now = self._progress
            self._progress = attrs.evolve(now, path=path, files=now.files + files, size=now.size + size)
            self._report(self._progress)


@attrs.frozen
class _Metered:
    """A source that tells a meter what is read from it."""

    source: BinaryIO
    path: str
    meter: _Meter

    def read(self, size: int = -1) -> bytes:
        content = self.source.read(size)
        self.meter.add(self.path, size=len(content))
        return content


def _upload(store: ArtifactStore, pairs: Sequence[tuple[Path, str]], report: Report | None) -> list[FileInfo]:
    pairs = [(path, artifact_path(name)) for path, name in pairs]
    meter = _Meter(report, len(pairs), sum(path.stat().st_size for path, _ in pairs) if report else 0)

    def one(pair: tuple[Path, str]) -> FileInfo:
        path, name = pair
        with path.open("rb") as source:
            info = store.write(name, cast("BinaryIO", _Metered(source, name, meter)) if report else source)
        meter.add(name, files=1)
        return info

    return _each(one, pairs, local=isinstance(store, LocalFiles))


def _fetch(store: ArtifactStore, files: Sequence[tuple[FileInfo, str]], target: Path, report: Report | None) -> None:
    """Into a staging folder first, so that a transfer that breaks off leaves the destination as it was."""
    meter = _Meter(report, len(files), sum(info.file_size or 0 for info, _ in files))
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=target))

    def one(item: tuple[FileInfo, str]) -> None:
        info, name = item
        local = staging / name
        local.parent.mkdir(parents=True, exist_ok=True)
        with store.open(info.path) as source, local.open("wb") as file:
            while chunk := source.read(CHUNK):
                file.write(chunk)
                meter.add(info.path, size=len(chunk))
        meter.add(info.path, files=1)

    try:
        _each(one, files, local=isinstance(store, LocalFiles))
        finals = [(staging / name, _below(target, name)) for _, name in files]
        for arrived, final in finals:
            final.parent.mkdir(parents=True, exist_ok=True)
            arrived.replace(final)
    finally:
        shutil.rmtree(staging)


def _each(do: Callable[[ItemT], ResultT], items: Sequence[ItemT], *, local: bool) -> list[ResultT]:
    """In threads where a network is waited for; a local disk is no faster with them."""
    if local or len(items) < 2:
        return [do(item) for item in items]
    with ThreadPoolExecutor(THREADS) as threads:
        futures = [threads.submit(do, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


def _local_files(root: Path) -> list[tuple[Path, str]]:
    """Files below a folder with their relative names, links followed, each folder entered once on the way down."""
    found: list[tuple[Path, str]] = []

    def walk(folder: Path, above: frozenset[str]) -> None:
        real = os.path.realpath(folder)
        if real in above:
            return
        for entry in sorted(folder.iterdir()):
            if entry.is_dir():
                walk(entry, above | {real})
            elif entry.is_file():
                found.append((entry, entry.relative_to(root).as_posix()))

    walk(root, frozenset())
    return found


def _below(target: Path, name: str) -> Path:
    final = target / name
    if not Path(os.path.realpath(final.parent)).is_relative_to(os.path.realpath(target)):
        raise InvalidInput(f"{final} is reached through a link that leads out of {target}; nothing was put there")
    return final


def _is_safe(path: str) -> bool:
    try:
        return artifact_path(path) == path
    except InvalidInput:
        return False


def _join(folder: str | None, name: str) -> str:
    return artifact_path(f"{artifact_path(folder)}/{name}" if folder else name)


def _names(store: ArtifactStore, path: str) -> str:
    """What lies beside a path, for a message."""
    names = [info.path for info in store.list(path.rpartition("/")[0])]
    return ", ".join(names[:10]) + (" ..." if len(names) > 10 else "") or "nothing"
