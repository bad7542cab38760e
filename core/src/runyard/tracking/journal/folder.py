"""One journal's folder: its segments, who owns it, which runs its process worked on, how far it is delivered."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import attrs

from runyard.errors import CorruptData
from runyard.tracking.journal.format import SUFFIX, Header
from runyard.tracking.journal.ownership import LOCK_FILE, OwnerLock

UNFINISHED = ".runyard-partial-"  # how an artifact store names a file that is being written
_HEADER_BYTES = 1 << 14


@attrs.frozen
class Segment:
    """One file of a journal and the position at which it begins."""

    path: Path
    base: int


@attrs.frozen
class Delivered:
    """How far a journal has been delivered, and where to."""

    position: int
    destination: str


@attrs.frozen
class JournalFolder:
    """The folder of one journal. Whoever changes it holds its owner lock."""

    path: Path

    @property
    def journal_id(self) -> str:
        return self.path.name

    def segment(self, base: int) -> Path:
        """The file of the segment that begins at a position."""
        return self.path / f"{base:020d}{SUFFIX}"

    def segments(self) -> list[Segment]:
        """The segments that are there, from the first."""
        with contextlib.suppress(FileNotFoundError):
            names = sorted(name for name in os.listdir(self.path) if name.endswith(SUFFIX))  # noqa: PTH208 - only names
            return [
                Segment(self.path / name, int(name.removesuffix(SUFFIX)))
                for name in names
                if name.removesuffix(SUFFIX).isdecimal()
            ]
        return []

    def header(self) -> Header | None:
        """The header of the first segment that has a sound one."""
        for segment in self.segments():
            with contextlib.suppress(OSError, CorruptData), segment.path.open("rb") as file:
                return Header.decode(file.read(_HEADER_BYTES))[0]
        return None

    def end(self) -> int:
        """The position after the last byte."""
        segments = self.segments()
        return segments[-1].base + segments[-1].path.stat().st_size if segments else 0

    def last_change(self) -> int:
        """When the last record was appended, by the file system's clock."""
        segments = self.segments()
        return segments[-1].path.stat().st_mtime_ns // 1_000_000 if segments else 0

    def acquire(self) -> OwnerLock | None:
        """Become the owner; None while the writer or another recovery lives."""
        return OwnerLock.acquire(self.path)

    # --- the runs its process works on ---

    def mark_open(self, run_id: str) -> None:
        (self.path / "open" / run_id).touch()

    def mark_closed(self, run_id: str) -> None:
        (self.path / "open" / run_id).unlink(missing_ok=True)

    def open_runs(self) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return sorted(entry.name for entry in (self.path / "open").iterdir())
        return []

    def is_open(self, run_id: str) -> bool:
        return (self.path / "open" / run_id).exists()

    # --- artifacts of runs whose start is not delivered ---

    def staging(self, run_id: str) -> Path:
        return self.path / "artifacts" / run_id

    def staged_runs(self) -> list[str]:
        """Runs with staged files."""
        with contextlib.suppress(FileNotFoundError):
            return sorted(entry.name for entry in (self.path / "artifacts").iterdir() if self.staged_files(entry.name))
        return []

    def staged_files(self, run_id: str) -> list[Path]:
        """The whole files; those that are still being written are left out."""
        return sorted(
            Path(place, name)
            for place, _, names in os.walk(self.staging(run_id))
            for name in names
            if not name.startswith(UNFINISHED)
        )

    # --- delivery ---

    def delivered(self) -> Delivered:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return Delivered(*json.loads((self.path / "delivered").read_text(encoding="utf-8")))
        return Delivered(0, "")

    def note_delivered(self, delivered: Delivered) -> None:
        new = self.path / "delivered.new"
        new.write_text(json.dumps(attrs.astuple(delivered)), encoding="utf-8")
        new.replace(self.path / "delivered")

    def discard_before(self, position: int) -> None:
        """Delete the segments that end at or before a position; the last one stays."""
        segments = self.segments()
        for segment, following in pairwise(segments):
            if following.base <= position:
                segment.path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the folder, the oldest segments first and the lock last."""
        for segment in self.segments():
            segment.path.unlink(missing_ok=True)
        for name in ("open", "artifacts"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        for name in ("delivered", "delivered.new", LOCK_FILE):
            (self.path / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()


def journals(root: Path) -> Iterator[JournalFolder]:
    """The journals in a folder, oldest first; the folder may be a single journal itself."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        with os.scandir(root) as found:
            entries = sorted((entry for entry in found), key=lambda entry: entry.name)
        if any(entry.name.endswith(SUFFIX) for entry in entries):
            yield JournalFolder(root)
            return
        for entry in entries:
            if (
                entry.is_dir()
                and not entry.name.startswith(".")
                and not entry.name.endswith((".damaged", ".artifacts"))
            ):
                yield JournalFolder(Path(entry.path))
