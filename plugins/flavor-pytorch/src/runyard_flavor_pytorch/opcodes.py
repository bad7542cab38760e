"""What a pickle of torch names, and whether all of it is torch's own data and layers: found without unpickling."""

from __future__ import annotations

import io
import pickletools
import re
import zipfile
from pathlib import Path
from typing import BinaryIO

from runyard.errors import CorruptData

# What torch's restricted unpickler builds by itself.
_DATA = re.compile(
    r"collections (OrderedDict|Counter)"
    r"|(builtins|__builtin__) (set|bytearray|complex|list|dict|tuple|int|float|bool|str)"
    r"|_codecs encode"
    r"|torch (\w+Storage|Size|Tensor|device|dtype|u?int\d+|b?float\d+\w*|bool|complex\d+|per_\w+_affine)"
    r"|torch\.storage (Untyped|Typed)Storage"
    r"|torch\._utils _rebuild_\w+"
    r"|torch\.nn\.parameter (Parameter|Buffer)"
    r"|torch\.serialization _get_layout"
)
# torch's own layers and the functions they keep; which classes these are is checked again when they are built.
_LAYERS = re.compile(r"torch\.nn\.modules\.\w+ [A-Z]\w*|torch\.nn\.functional (relu|gelu)|torch\._C\._nn gelu")


def globals_of(pickle: bytes) -> set[str]:
    """Each `module name` in a pickle; what cannot be told without running it is named `?`.

    Raises:
        CorruptData: it is no whole pickle.
    """
    found = set()
    try:
        for opcode, argument, _ in pickletools.genops(pickle):
            if opcode.name in {"GLOBAL", "INST"}:
                found.add(str(argument))
            elif opcode.name in {"STACK_GLOBAL", "EXT1", "EXT2", "EXT4"}:
                found.add("? ?")
    except (ValueError, IndexError, EOFError) as error:
        raise CorruptData(f"a pickle cannot be read to its end: {error}") from error
    return found


def layers_of(names: set[str]) -> set[str]:
    """Those of the names that are layers of torch, which its restricted unpickler builds if it is told to."""
    return {name for name in names if _LAYERS.fullmatch(name)}


def is_data(record: bytes) -> bool:
    """Whether what `torch.save` wrote into a record builds tensors and plain containers only."""
    pickle = pickle_in(io.BytesIO(record), "a record")
    return pickle is not None and all(_DATA.fullmatch(name) for name in globals_of(pickle))


def foreign(names: set[str]) -> set[str]:
    """Those of the names that are neither data nor layers of torch."""
    return {name for name in names if not (_DATA.fullmatch(name) or _LAYERS.fullmatch(name))}


def pickle_in(file: Path | BinaryIO, what: str) -> bytes | None:
    """The pickle in an archive of `torch.save`; None if it is no such archive, but one of old or TorchScript."""
    if not zipfile.is_zipfile(file):
        return None
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if _has_constants(names):
            return None
        pickles = [name for name in names if name.rpartition("/")[2] == "data.pkl"]
        if len(pickles) != 1:
            raise CorruptData(f"{what} is no archive of torch.save: it has {len(pickles)} files data.pkl")
        return archive.read(pickles[0])


def is_torchscript(file: Path) -> bool:
    """Whether it is an archive of `torch.jit.save`."""
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return _has_constants(archive.namelist())


def _has_constants(names: list[str]) -> bool:
    return any(name.rpartition("/")[2] == "constants.pkl" for name in names)
