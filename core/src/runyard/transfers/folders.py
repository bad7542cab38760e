"""Files and folders to and from an artifact store, under their own names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runyard.entities import FileInfo
from runyard.errors import CorruptData, InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore, ListsPages, LocalFiles
from runyard.uris import artifact_path

if TYPE_CHECKING:
    from runyard.transfers.progress import Report
    from runyard.transfers.unfinished import Unfinished


def upload(
    store: ArtifactStore,
    local_path: str | os.PathLike[str],
    artifact_path: str | None = None,
    *,
    report: Report | None = None,
    unfinished: Unfinished | None = None,
    replace: bool = True,
) -> list[FileInfo]:
    """Store a file, or a folder with all it holds, under its own name below `artifact_path` (MLflow's log_artifact).

    Raises:
        NotFound: there is no such file or folder.
    """
    source = Path(local_path)
    name = source.name or source.resolve().name
    target = join(artifact_path, name)
    if source.is_dir():
        return upload_folder(store, source, target, report=report, unfinished=unfinished, replace=replace)
    if not source.is_file():
        raise NotFound(f"no file or folder {str(source)!r} to log (working folder: {Path.cwd()})")
    return _send(store, [(source, target)], report, unfinished, replace=replace)


def upload_folder(
    store: ArtifactStore,
    local_dir: str | os.PathLike[str],
    artifact_path: str | None = None,
    *,
    report: Report | None = None,
    unfinished: Unfinished | None = None,
    replace: bool = True,
) -> list[FileInfo]:
    """Store what a folder holds, its structure kept, in `artifact_path` (MLflow's log_artifacts).

    Names are checked before the first file is written. Links are followed; empty folders are not kept.

    Raises:
        NotFound: there is no such folder.
    """
    source = Path(local_dir)
    if not source.is_dir():
        raise NotFound(f"no folder {str(source)!r} to log (working folder: {Path.cwd()})")
    files = [(path, join(artifact_path, name)) for path, name in local_files(source)]
    return _send(store, files, report, unfinished, replace=replace)


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
    from runyard.transfers.downloads import receive

    target = Path(tempfile.mkdtemp(prefix="runyard-") if destination is None else destination)
    target.mkdir(parents=True, exist_ok=True)
    strip = "" if keep_folders else name.rpartition("/")[0]
    files = list(files_below(store, name)) if info is None or info.is_dir else [info]
    receive(store, [(info, info.path[len(strip) :].lstrip("/")) for info in files], target, report=report)
    result = target / name[len(strip) :].lstrip("/")
    if info is not None and info.is_dir:
        result.mkdir(parents=True, exist_ok=True)
    return result


def files_below(store: ArtifactStore, folder: str = "") -> Iterator[FileInfo]:
    """Every file below a folder, in the store's order.

    Raises:
        CorruptData: the store lists a name that does not lie in the folder it was asked for.
    """
    if isinstance(store, ListsPages):
        for page in store.list_pages(folder, recursive=True):
            for info in page:
                if info.is_dir or not info.path.startswith(f"{folder}/" if folder else ""):
                    raise _unsafe(info, folder)
                yield _safe(info, folder)
        return
    for info in store.list(folder):
        if info.path.rpartition("/")[0] != folder:
            raise _unsafe(info, folder)
        if _safe(info, folder).is_dir:
            yield from files_below(store, info.path)
        else:
            yield info


def _safe(info: FileInfo, folder: str) -> FileInfo:
    try:
        if info.path and artifact_path(info.path) == info.path:
            return info
    except InvalidInput as error:
        raise _unsafe(info, folder) from error
    raise _unsafe(info, folder)


def _unsafe(info: FileInfo, folder: str) -> CorruptData:
    return CorruptData(f"the artifact store lists {info.path!r} in folder {folder!r}; that is not safe to fetch")


def _send(
    store: ArtifactStore,
    files: Sequence[tuple[Path, str]],
    report: Report | None,
    unfinished: Unfinished | None,
    *,
    replace: bool,
) -> list[FileInfo]:
    """Send files as they are now, their names checked before the first."""
    from runyard.transfers.sources import LocalFile
    from runyard.transfers.uploads import send

    checked = [(LocalFile.at(path), artifact_path(name)) for path, name in files]
    return send(store, checked, report=report, unfinished=unfinished, replace=replace)


def local_files(root: Path) -> list[tuple[Path, str]]:
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


def join(folder: str | None, name: str) -> str:
    """An artifact path below a folder, checked."""
    return artifact_path(f"{artifact_path(folder)}/{name}" if folder else name)


def _names(store: ArtifactStore, path: str) -> str:
    """What lies beside a path, for a message."""
    names = [info.path for info in store.list(path.rpartition("/")[0])]
    return ", ".join(names[:10]) + (" ..." if len(names) > 10 else "") or "nothing"
