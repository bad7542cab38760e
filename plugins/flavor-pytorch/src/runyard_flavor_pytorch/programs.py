"""Exported programs, MLflow's `model.pt2`: written, read, and looked through for what could run code."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runyard.errors import CorruptData
from runyard_flavor_pytorch.graphs import suspicious
from runyard_flavor_pytorch.opcodes import is_data

FILE = "model.pt2"

_TEXTS = frozenset({"archive_format", "archive_version", "version", "byteorder", "serialization_id"})
_UNPICKLED = ("data/weights/", "data/constants/", "data/sample_inputs/")
_TENSORS = ("weight_", "tensor_")
_OBJECTS = ("custom_obj_", "opaque_obj_")
_END_OF_ZIP = 22


def write_program(program: Any, file: Path) -> None:
    """Write an exported program."""
    import torch

    torch.export.save(program, file)


def read_program(file: Path, device: Any = None) -> Any:
    """The program as a module, on another device than it was saved on if that is asked for."""
    import torch

    try:
        program = torch.export.load(file)
    except (RuntimeError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise CorruptData(f"{file} cannot be read by torch {torch.__version__}: {error}") from error
    if device is not None and any(tensor.device != torch.device(device) for tensor in program.state_dict.values()):
        from torch.export.passes import move_to_device_pass

        program = move_to_device_pass(program, device)
    return program.module()


def program_risks(file: Path) -> list[str]:
    """What in the archive can run code: torch unpickles some of what may be in it, and evaluates texts of the graph."""
    found = list(dict.fromkeys(_findings(file)))
    more = [f"{len(found) - 5} more things in {file.name}"] if len(found) > 5 else []
    return [*found[:5], *more]


def _findings(file: Path) -> Iterator[str]:
    if not _is_plain_archive(file):
        yield f"{file.name}, which is no plain archive of torch.export"
        return
    with zipfile.ZipFile(file) as archive:
        names = [info.filename for info in archive.infolist()]
        if len({name.casefold() for name in names}) != len(names) or len({name.split("/")[0] for name in names}) != 1:
            yield f"names in {file.name} that stand for more than one file"
            return
        raw = set(_raw_records(archive, names))
        for name in names:
            path = name.partition("/")[2]
            if name in raw or path.rpartition("/")[2] in _TEXTS:
                continue
            yield from (f"{what} in {file.name}" for what in _record(archive, name, path))


def _record(archive: zipfile.ZipFile, name: str, path: str) -> Iterator[str]:
    if path.startswith("models/") and path.endswith(".json"):
        yield from suspicious(_json(archive, name))
    elif path.startswith(_UNPICKLED) and not path.rpartition("/")[2].startswith(_OBJECTS):
        if not (path.endswith("_config.json") or is_data(archive.read(name))):
            yield f"the pickle {path}"
    else:
        yield path


def _is_plain_archive(file: Path) -> bool:
    """Whether every reader of archives finds the same table of contents: nothing before or behind the files."""
    if not zipfile.is_zipfile(file):
        return False
    with file.open("rb") as stream:
        starts_with_file = stream.read(4) == b"PK\x03\x04"
        stream.seek(-_END_OF_ZIP, io.SEEK_END)
        return starts_with_file and stream.read(4) == b"PK\x05\x06"


def _raw_records(archive: zipfile.ZipFile, names: list[str]) -> Iterator[str]:
    """The records that are read as the bytes of tensors."""
    for name in names:
        if name.endswith("_config.json") and ("/data/weights/" in name or "/data/constants/" in name):
            folder = name.rpartition("/")[0]
            pickled = {entry.get("path_name") for entry in _entries(archive, name) if entry.get("use_pickle")}
            yield from (
                f"{folder}/{entry.get('path_name')}"
                for entry in _entries(archive, name)
                if entry.get("path_name") not in pickled and str(entry.get("path_name")).startswith(_TENSORS)
            )


def _entries(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    config = _json(archive, name)
    entries = config.get("config") if isinstance(config, dict) else None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise CorruptData(f"{name} in the exported program does not say where its tensors are")
    return list(entries.values())


def _json(archive: zipfile.ZipFile, name: str) -> Any:
    try:
        return json.loads(archive.read(name))
    except ValueError as error:
        raise CorruptData(f"{name} in the exported program is no JSON: {error}") from error
