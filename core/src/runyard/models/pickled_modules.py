"""Which modules a pickle names, found by walking its opcodes: nothing of it is executed or built."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import attrs

from runyard.errors import CorruptData, NotFound
from runyard.models.source_modules import is_importable

# Kinds of opcodes in the table of the walk, where a number that is not negative is the size of a fixed argument.
_COUNTED, _TEXT, _LINE, _GET, _PUT, _MEMOIZE, _GLOBAL, _STACK_GLOBAL, _FRAME, _STOP, _UNKNOWN = range(-1, -12, -1)
_KINDS = {
    "MEMOIZE": _MEMOIZE,
    "GLOBAL": _GLOBAL,
    "INST": _GLOBAL,
    "STACK_GLOBAL": _STACK_GLOBAL,
    "FRAME": _FRAME,
    "STOP": _STOP,
    **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), _TEXT),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _GET),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _PUT),
}
_LONGEST_NAME = 512

# cloudpickle keeps a module that a function uses as a call of one of these with the module's name.
_IMPORTERS = {("cloudpickle.cloudpickle", b"subimport"), ("cloudpickle", b"subimport")}
_IMPORTER = b"\0a function that imports"
_JOBLIB = "joblib.numpy_pickle"

_NAME = rb"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*"
_TEXTUAL = re.compile(rb"c(" + _NAME + rb")\n" + _NAME + rb"\n")
_IN_SKOPS = re.compile(rb'"__module__":\s*"(' + _NAME + rb')"')
_STACKED = re.compile(rb"\x8c(.)(" + _NAME + rb")\x94?(?:\x8c." + _NAME + rb"|h.|j....)\x94?\x93", re.DOTALL)


def modules_of_pickle(data_or_file: bytes | Path | str) -> set[str]:
    """The dotted modules that loading would import: of pickles of any protocol, files of joblib, torch and skops.

    Args:
        data_or_file: The pickle, or the path of its file.
    """
    with _opened(data_or_file) as data:
        try:
            if data[:4] == b"PK\x03\x04":
                return _modules_of_archive(data)
            return _modules_of_stream(_decompressed(data))
        except _unpacking_errors() as error:
            raise CorruptData(f"the pickle cannot be unpacked: {error}") from error


@contextmanager
def _opened(source: bytes | Path | str) -> Iterator[bytes | mmap.mmap]:
    if isinstance(source, bytes):
        yield source
        return
    path = Path(source)
    if not path.is_file():
        raise NotFound(f"no pickle file {str(path)!r}")
    if path.stat().st_size == 0:
        raise CorruptData(f"the pickle file {str(path)!r} is empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _modules_of_archive(data: bytes | mmap.mmap) -> set[str]:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        found = {name for file in names if file.endswith(".pkl") for name in _modules_of_stream(archive.read(file))}
        if "schema.json" in names:
            found |= {name.decode() for name in _IN_SKOPS.findall(archive.read("schema.json"))}
        return found


def _decompressed(data: bytes | mmap.mmap) -> bytes | mmap.mmap:
    # What joblib compresses with; none of these begins as a pickle does.
    if data[:1] == b"\x78":
        import zlib

        return zlib.decompress(data)
    if data[:2] == b"\x1f\x8b":
        import gzip

        return gzip.decompress(data)
    if data[:3] == b"BZh":
        import bz2

        return bz2.decompress(data)
    if data[:6] == b"\xfd7zXZ\0" or data[:3] == b"\x5d\0\0":
        import lzma

        return lzma.decompress(data)
    return data


def _unpacking_errors() -> tuple[type[Exception], ...]:
    import lzma
    import zipfile
    import zlib

    return (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError)


def _modules_of_stream(data: bytes | mmap.mmap) -> set[str]:
    walk = _Walk(data)
    walk.run()
    while not walk.has_arrays and data[walk.at : walk.at + 1] == b"\x80":
        # Several pickles in a row, as in torch's files of old; what follows the last of them need not be one.
        following = _Walk(data, walk.at, walk.found)
        try:
            following.run()
        except CorruptData:
            break
        walk = following
    return walk.found | (_searched(data, walk.at) if walk.has_arrays else set())


def _searched(data: bytes | mmap.mmap, start: int) -> set[str]:
    # Between joblib's opcodes lie the bytes of arrays, whose end only the unpickled dtype tells: names are looked for.
    is_textual = data[0] != 0x80 or data[1] < 4
    if is_textual:
        found = {match[1] for match in _TEXTUAL.finditer(data, start)}
    else:
        found = {match[2] for match in _STACKED.finditer(data, start) if match[1][0] == len(match[2])}
    return {name.decode() for name in found if is_importable(name.decode())}


@attrs.define
class _Walk:
    """One pass over one pickle, which follows only the texts that may be names of modules."""

    data: bytes | mmap.mmap
    at: int = 0
    found: set[str] = attrs.Factory(set)
    has_arrays: bool = False

    def run(self) -> None:
        try:
            self._run()
        except IndexError as error:
            raise CorruptData(f"the pickle ends in the middle, at byte {len(self.data)}") from error

    def _run(self) -> None:  # noqa: C901, PLR0912, PLR0915 - one loop: a call for each opcode would double its time
        data, kinds, sizes = self.data, *_table()
        at = self.at
        memo: dict[int, bytes] = {}
        stored = 0
        below: bytes | None = None
        top: bytes | None = None
        while True:
            code = data[at]
            kind = kinds[code]
            at += 1
            if kind >= 0:
                at += kind
                below = top = None
            elif kind == _MEMOIZE:
                if top is not None:
                    memo[stored] = top
                stored += 1
            elif kind == _TEXT:
                size = int.from_bytes(data[at : at + sizes[code]], "little")
                at += sizes[code] + size
                below, top = top, data[at - size : at] if size <= _LONGEST_NAME else None
                if below is _IMPORTER and top is not None:
                    self._add(top)
            elif kind == _GET:
                number, at = self._number(at, sizes[code])
                below, top = top, memo.get(number)
                if below is _IMPORTER and top is not None:
                    self._add(top)
            elif kind == _PUT:
                number, at = self._number(at, sizes[code])
                if top is not None:
                    memo[number] = top
                stored += 1
            elif kind == _COUNTED:
                size = int.from_bytes(data[at : at + sizes[code]], "little")
                at += sizes[code] + size
                below = top = None
            elif kind == _STACK_GLOBAL:
                below, top = None, self._name(below, top)
            elif kind == _GLOBAL:
                module, at = self._line(at)
                name, at = self._line(at)
                below, top = None, self._name(module, name)
            elif kind == _LINE:
                _, at = self._line(at)
                below = top = None
            elif kind == _FRAME:
                at += 8
            elif kind == _STOP:
                break
            else:
                raise CorruptData(f"byte {at - 1} of the pickle, {code:#04x}, is no opcode")
            if self.has_arrays:
                break
        self.at = at

    def _name(self, module: bytes | None, name: bytes | None) -> bytes | None:
        if module is None:
            return None
        added = self._add(module)
        self.has_arrays = added == _JOBLIB
        return _IMPORTER if (added, name) in _IMPORTERS else None

    def _add(self, module: bytes) -> str:
        from _compat_pickle import IMPORT_MAPPING

        name = module.decode("utf-8", "replace")
        # Protocols up to 2 name the standard library as Python 2 did.
        is_old = self.data[0] != 0x80 or self.data[1] < 3
        name = IMPORT_MAPPING.get(name, name) if is_old else name
        self.found.add(name)
        return name

    def _number(self, at: int, size: int) -> tuple[int, int]:
        if size:
            return int.from_bytes(self.data[at : at + size], "little"), at + size
        line, at = self._line(at)
        return int(line), at

    def _line(self, at: int) -> tuple[bytes, int]:
        end = self.data.find(b"\n", at)
        if end < 0:
            raise IndexError(at)
        return self.data[at:end], end + 1


@cache
def _table() -> tuple[list[int], list[int]]:
    """For each opcode its kind, and the size of its argument or of the number that counts it."""
    import pickletools as tools

    counts = {tools.TAKEN_FROM_ARGUMENT1: 1, tools.TAKEN_FROM_ARGUMENT4: 4}
    counts |= {tools.TAKEN_FROM_ARGUMENT4U: 4, tools.TAKEN_FROM_ARGUMENT8U: 8}
    kinds, sizes = [_UNKNOWN] * 256, [0] * 256
    for opcode in tools.opcodes:
        size = opcode.arg.n if opcode.arg else 0
        usual = size if size >= 0 else _LINE if size == tools.UP_TO_NEWLINE else _COUNTED
        kinds[ord(opcode.code)] = _KINDS.get(opcode.name, usual)
        sizes[ord(opcode.code)] = size if size >= 0 else counts.get(size, 0)
    return kinds, sizes
