"""The artifacts of a model: fetched by their URIs when it is saved, kept in its folder `artifacts`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runyard.artifacts import download_artifacts
from runyard.errors import CorruptData, InvalidInput
from runyard.host import Host
from runyard.protocols.flavor import ModelFiles

FOLDER = "artifacts"


def keep_artifacts(artifacts: Mapping[str, Any], folder: Path, host: Host | None) -> dict[str, dict[str, str]]:
    """Fetch each URI into a model's folder; the entry `artifacts` of MLmodel.

    Two that end in the same name lie in folders of their own; a URI that several names share is kept once.

    Raises:
        InvalidInput: an artifact is no URI or path.
        NotFound: nothing is there.
    """
    kept: dict[str, dict[str, str]] = {}
    places: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="runyard-artifacts-") as scratch:
        for number, (name, given) in enumerate(artifacts.items()):
            if not isinstance(name, str) or not isinstance(given, str | os.PathLike):
                raise InvalidInput(f"artifacts are URIs or paths by name, got {name!r}: {given!r:.80}")
            uri = os.fspath(given)
            if uri not in places:
                fetched = Path(download_artifacts(uri, dst_path=Path(scratch) / str(number), host=host))
                places[uri] = _placed(fetched, folder / FOLDER, number).relative_to(folder).as_posix()
            kept[name] = {"path": places[uri], "uri": uri}
    return kept


def _placed(fetched: Path, root: Path, number: int) -> Path:
    root.mkdir(exist_ok=True)
    taken = {path.name.casefold() for path in root.iterdir()}
    home = root if fetched.name.casefold() not in taken else root / str(number)
    while home != root and home.name in taken:
        number += 1
        home = root / str(number)
    home.mkdir(exist_ok=True)
    return Path(shutil.move(fetched, home / fetched.name))


def paths_of_artifacts(files: ModelFiles) -> dict[str, str]:
    """Where the artifacts of a model lie on this machine, by name."""
    kept = files.keys.get("artifacts") or {}
    try:
        return {name: str(files.path(entry["path"])) for name, entry in kept.items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise CorruptData(f"MLmodel in {files.folder} does not say where the artifacts are: {kept!r:.200}") from error
