"""Remembers uploads in parts that are under way, so that one that was interrupted is gone on with.

For each upload there is a file of JSON lines: the upload's id, then a line for each part that is stored. What a process
has written is there after it was killed; the last line may be torn.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import attrs

from runyard.settings import user_cache_folder
from runyard.transfers.locks import lock

FORGOTTEN = 7 * 24 * 3600.0  # seconds after which an upload that nobody went on with is forgotten


@attrs.define
class Note:
    """What is known of one upload. `upload_id` is empty where there is none to go on with.

    It is kept in a file that this process has locked; without one, nobody finds it again.
    """

    _file: BinaryIO | None = None
    _path: Path | None = None
    upload_id: str = ""
    etags: dict[int, str] = attrs.field(factory=dict)

    @classmethod
    def read(cls, file: BinaryIO, path: Path) -> Note:
        note = cls(file, path)
        file.seek(0)
        for line in file:
            try:
                entry = json.loads(line)
                if "upload_id" in entry:
                    note.upload_id = str(entry["upload_id"])
                else:
                    note.etags[int(entry["part"])] = str(entry["etag"])
            except (ValueError, KeyError, TypeError):  # torn by the end of the process
                break
        return note

    @property
    def is_kept(self) -> bool:
        """Whether it is there when the upload is tried again."""
        return self._file is not None

    def begin(self, upload_id: str) -> None:
        """Another upload takes the place of what was known."""
        if self._file is not None:
            self._file.truncate(0)
        self.upload_id, self.etags = upload_id, {}
        self._write({"upload_id": upload_id})

    def add(self, number: int, etag: str) -> None:
        self.etags[number] = etag
        self._write({"part": number, "etag": etag})

    def forget(self) -> None:
        """The upload is over."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self.upload_id, self.etags = "", {}

    def _write(self, entry: dict[str, object]) -> None:
        # One call of the system, at the end of the file: nothing of another thread's comes between.
        if self._file is not None:
            self._file.write(json.dumps(entry).encode() + b"\n")


@attrs.frozen
class Unfinished:
    """The notes of one user's uploads, in a folder."""

    folder: Path

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Unfinished | None:
        """Those of the user that an environment tells; None where it tells none."""
        cache = user_cache_folder(environ)
        return None if cache is None else cls(cache / "uploads")

    @contextmanager
    def note(self, identity: str, path: str, length: int) -> Iterator[Note]:
        """What is known of sending a file, told by its identity, to a path in parts of a length.

        Where another process sends the same, or the folder cannot be written to, nothing is kept.
        """
        if not identity:
            yield Note()
            return
        name = hashlib.sha256(f"{identity}\0{path}\0{length}".encode(errors="surrogatepass")).hexdigest()[:40]
        place = self.folder / f"{name}.jsonl"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._clean()
            file = place.open("a+b", buffering=0)
        except OSError:
            yield Note()
            return
        with file:
            if not lock(file.fileno()):
                yield Note()
                return
            note = Note.read(file, place)
            yield note
            if not note.upload_id:
                note.forget()

    def _clean(self) -> None:
        oldest = time.time() - FORGOTTEN
        for place in self.folder.glob("*.jsonl"):
            with suppress(OSError):
                if place.stat().st_mtime < oldest:
                    place.unlink()
