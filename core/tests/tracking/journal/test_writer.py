"""The writer survives a full disk and a fork, and cleans up after itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runyard.errors import RunyardError
from runyard.tracking.journal.folder import JournalFolder, journals
from runyard.tracking.journal.reader import JournalReader
from runyard.tracking.journal.writer import JournalWriter
from runyard.tracking.run_writer import RunWriter

FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from runyard.errors import StorageFull
from runyard.tracking.journal.writer import JournalWriter
from runyard.tracking.run_writer import RunWriter

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
run = RunWriter(JournalWriter(Path(sys.argv[1]), "lab:store"), "r")
step = refused = 0
while refused < 3:
    try:
        run.log_metric("loss", 1.0, step)
        step += 1
    except StorageFull:
        refused += 1
try:
    run.log_metrics({f"k{number}": 1.0 for number in range(20)}, 0)
except StorageFull as error:
    refused, message = refused + 1, str(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
run.log_metric("loss", 1.0, step)
run.set_tags({"after": str(step)})
print(step, refused, "\\n" in message, message)
"""


def steps(folder: JournalFolder) -> list[int]:
    with JournalReader(folder) as reader:
        extract = reader.read(0, folder.end())
    assert extract.damages == []
    batch = extract.records.batch("j", 1, extract.last)
    return list(batch.points["r", "loss"].steps)


def test_a_full_disk_refuses_the_call_in_one_line_and_logging_goes_on_when_there_is_room(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    logged, refused, many_lines, message = done.stdout.split(maxsplit=3)
    assert int(logged) > 50
    assert (refused, many_lines) == ("4", "False")
    assert "no room for the journal" in message
    (folder,) = journals(tmp_path)
    assert steps(folder) == list(range(int(logged) + 1))


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    writer = JournalWriter(tmp_path / "file" / "journal", "lab:store")
    with pytest.raises(RunyardError, match=r"cannot write the journal in .*journal_dir"):
        RunWriter(writer, "r").log_metric("loss", 1.0)
    (tmp_path / "file").unlink()
    RunWriter(writer, "r").log_metric("loss", 1.0, 4)
    assert steps(writer.open()) == [4]
    writer.close(remove=True)


def test_a_living_writers_journal_is_nobody_elses(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "lab:store")
    RunWriter(writer, "r").log_metric("loss", 1.0)
    (folder,) = journals(tmp_path)
    assert folder.acquire() is None
    writer.close(remove=False)
    lock = folder.acquire()
    assert lock is not None
    assert folder.acquire() is None
    lock.release()


def test_a_forked_child_writes_a_journal_of_its_own(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "lab:store")
    run = RunWriter(writer, "r")
    run.log_metric("loss", 1.0, 1)
    mine = writer.open()
    child = os.fork()
    if child == 0:
        writer.after_fork()
        run.log_metric("loss", 1.0, 2)
        os._exit(0 if mine.acquire() is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    run.log_metric("loss", 1.0, 3)
    assert steps(mine) == [1, 3]
    (other,) = (folder for folder in journals(tmp_path) if folder != mine)
    assert steps(other) == [2]
    assert mine.acquire() is None
    lock = other.acquire()
    assert lock is not None
    lock.release()
    writer.close(remove=True)


def test_the_header_shows_no_credentials(tmp_path: Path) -> None:
    from runyard.uris import Uri

    writer = JournalWriter(tmp_path, str(Uri.parse("postgresql://ann:hunter2@db/runs")))
    folder = writer.open()
    header = folder.header()
    assert header is not None
    assert header.destination == "postgresql://ann:***@db/runs"
    assert header.pid == os.getpid()
    assert not any(b"hunter2" in path.read_bytes() for path in folder.path.rglob("*") if path.is_file())
    writer.close(remove=True)
    assert list(tmp_path.iterdir()) == []
