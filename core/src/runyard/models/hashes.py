"""The hashes of a model's files: written when it is saved, checked when it is loaded.

They stand in `checksums.sha256` in the form of `sha256sum`, so that `sha256sum -c checksums.sha256` checks them too.
While files are being replaced they stand there twice, as they were and as they will be: a model whose editing was
interrupted is whole, for each of its files is one or the other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs

from runyard.errors import CorruptData

FILE_NAME = "checksums.sha256"
THREADS = 4

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def write_hashes(folder: Path) -> str:
    """Note the hash of every file in a model's folder; the hash of the list itself."""
    names = sorted(_files(folder))
    with ThreadPoolExecutor(THREADS) as pool:
        hashes = pool.map(lambda name: hash_of(folder / name), names)
        lines = [f"{digest}  {name}\n" for digest, name in zip(hashes, names, strict=True)]
    content = "".join(lines).encode()
    (folder / FILE_NAME).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


@attrs.frozen
class HashCheck:
    """How a model's files compare with its hashes; `digest` is the hash of the list itself, which names `files`."""

    digest: str
    files: int
    changed: Sequence[str] = ()
    missing: Sequence[str] = ()


def check_hashes(folder: Path, only: Collection[str] | None = None) -> HashCheck | None:
    """Compare every file that the hashes name, or only some of them; None where the model has no hashes.

    Raises:
        CorruptData: the list of hashes cannot be read.
    """
    file = folder / FILE_NAME
    if not file.is_file():
        return None
    content = file.read_bytes()
    expected = {name: hashes for name, hashes in _parse(content, folder).items() if only is None or name in only}
    with ThreadPoolExecutor(THREADS) as pool:
        found = dict(zip(expected, pool.map(lambda name: _hash_if_there(folder / name), expected), strict=True))
    return HashCheck(
        hashlib.sha256(content).hexdigest(),
        len(expected),
        [name for name, digest in found.items() if digest is not None and digest not in expected[name]],
        [name for name, digest in found.items() if digest is None],
    )


def verify_hashes(folder: Path) -> str | None:
    """Check every file that the hashes name; the hash of the list itself, None where the model has none.

    Files that they do not name are passed over, as nothing loads them, but for modules, which an import would find.

    Raises:
        CorruptData: a file is missing, is not what was saved, or is a module that was added.
    """
    check = check_hashes(folder)
    if check is None:
        return None
    for name in check.missing:
        raise CorruptData(f"the model in {folder} is incomplete: {name} is missing")
    for name in check.changed:
        raise CorruptData(f"the model in {folder} was changed after it was saved: {name} has another SHA-256")
    for name in unlisted(folder):
        if name.startswith("code/"):
            raise CorruptData(f"the model in {folder} was changed after it was saved: {name} was added to its modules")
    return check.digest


def unlisted(folder: Path) -> list[str]:
    """The files of a model that its hashes say nothing of."""
    listed = _parse((folder / FILE_NAME).read_bytes(), folder)
    return sorted(name for name in _files(folder) if name not in listed)


def replaced(content: bytes, source: str, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    """The list of hashes while some files are written anew, and after it; `old` and `new` are their contents.

    Raises:
        CorruptData: a file was not what the hashes say, so that nobody knows what it was.
    """
    listed = _parse(content, Path(source))
    before = {name: hashlib.sha256(text).hexdigest() for name, text in old.items()}
    after = {name: hashlib.sha256(text).hexdigest() for name, text in new.items()}
    for name, digest in before.items():
        if digest not in listed.get(name, [digest]):
            raise CorruptData(f"{source}: {name} was changed after the model was saved; it has another SHA-256")
    meanwhile = {name: list(dict.fromkeys([before[name], digest])) for name, digest in after.items()}
    return _text(listed | meanwhile), _text(listed | {name: [digest] for name, digest in after.items()})


def hash_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _hash_if_there(file: Path) -> str | None:
    try:
        return hash_of(file)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file() and path.name != FILE_NAME:
            yield path.relative_to(folder).as_posix()


def _parse(content: bytes, folder: Path) -> dict[str, list[str]]:
    """The hashes that each file may have."""
    found: dict[str, list[str]] = {}
    for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), 1):
        match = _LINE.fullmatch(line)
        parts = match.group(2).split("/") if match else [".."]
        if match is None or ".." in parts or parts[0] == "":
            raise CorruptData(f"line {number} of {folder / FILE_NAME} is not a SHA-256 and the path of a file")
        found.setdefault(match.group(2), []).append(match.group(1))
    return found


def _text(listed: Mapping[str, Sequence[str]]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name in sorted(listed) for digest in listed[name]).encode()
