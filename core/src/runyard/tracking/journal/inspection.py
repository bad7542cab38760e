"""What a journal holds, found by reading all of it; nothing is changed."""

from __future__ import annotations

import attrs

from runyard.errors import CorruptData
from runyard.tracking.journal.folder import JournalFolder
from runyard.tracking.journal.format import Header
from runyard.tracking.journal.reader import Damage, JournalReader


@attrs.frozen
class Inspection:
    """One journal: whose it is, where it goes, what it holds and what of it cannot be read."""

    folder: JournalFolder
    header: Header | None
    is_alive: bool
    size: int
    records: int
    open_runs: tuple[str, ...]
    damages: tuple[Damage, ...]
    problem: str = ""


def inspect(folder: JournalFolder) -> Inspection:
    """Read a journal from end to end."""
    alive = is_alive(folder)
    end = folder.end()
    position, records, problem = 0, 0, ""
    damages: list[Damage] = []
    with JournalReader(folder) as reader:
        try:
            while position < end:
                extract = reader.read(position, end)
                position = extract.last
                records += extract.records.count
                damages += extract.damages
        except (CorruptData, FileNotFoundError) as error:  # another version, or delivered meanwhile
            problem = str(error) if isinstance(error, CorruptData) else ""
    if alive and damages and damages[-1].position + damages[-1].length == end:
        damages.pop()  # a record that is being written
    return Inspection(
        folder=folder,
        header=folder.header(),
        is_alive=alive,
        size=sum(segment.path.stat().st_size for segment in folder.segments()),
        records=records,
        open_runs=tuple(folder.open_runs()),
        damages=tuple(damages),
        problem=problem,
    )


def is_alive(folder: JournalFolder) -> bool:
    """Whether a process writes or delivers the journal."""
    lock = folder.acquire()
    if lock is not None:
        lock.release()
    return lock is None
