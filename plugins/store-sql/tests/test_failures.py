"""What goes wrong with a database is one clear line, and nothing is half-written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from runyard.entities import Batch, Metric, RunStart
from runyard.errors import (
    CorruptData,
    InvalidInput,
    NoSuchPlugin,
    RunyardError,
    StorageFull,
    Unavailable,
)
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.tracking import SqlTrackingStore, open_store


def opened(uri: str, **settings: object) -> SqlTrackingStore:
    return open_store(Uri.parse(uri), Settings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"not a database", os.urandom(20_000)], ids=["text", "random bytes"])
def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.db"
    file.write_bytes(content)
    with pytest.raises(CorruptData, match=r"notes\.db is not a SQLite database") as raised:
        opened(f"sqlite:///{file}")
    assert "\n" not in str(raised.value)
    assert file.read_bytes() == content


def test_a_damaged_database_says_so(tmp_path: Path) -> None:
    file = tmp_path / "runyard.db"
    store = opened(f"sqlite:///{file}")
    store.create_run(RunStart("r1", "r1", "ada", 1, experiment_id="0"))
    for step in range(200):
        store.log_batch("r1", params={f"p{step}": "x" * 500})
    store.close()
    content = bytearray(file.read_bytes())
    content[8_192:] = b"\xff" * (len(content) - 8_192)
    file.write_bytes(content)
    with pytest.raises(CorruptData, match="damaged"):
        opened(f"sqlite:///{file}").get_run("r1")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is a folder"):
        opened(f"sqlite:///{tmp_path}")


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(InvalidInput, match="data"):
        opened(f"file://{tmp_path / 'data'}")


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(uri: str) -> None:
    with pytest.raises(InvalidInput, match=r"sqlite:///runs\.db"):
        opened(uri)


@pytest.mark.parametrize("uri", ["postgresql://u:secret@127.0.0.1:1/d", "mysql://u:secret@127.0.0.1:1/d"])
def test_a_server_that_is_not_there_is_unavailable_and_no_password_is_shown(uri: str) -> None:
    pytest.importorskip({"p": "psycopg", "m": "pymysql"}[uri[0]])
    with pytest.raises(Unavailable) as raised:
        opened(uri)
    assert "127.0.0.1" in str(raised.value)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("uri", "advice"),
    [
        ("postgresql+nodriver://h/d", "postgresql://"),
        ("postgresql+pg8000://h/d", "pg8000"),
        ("mysql+nodriver://h/d", "mysql://"),
    ],
)
def test_a_driver_that_is_missing_is_named(uri: str, advice: str) -> None:
    with pytest.raises(NoSuchPlugin, match=advice):
        opened(uri)


def test_the_usual_driver_that_is_missing_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    monkeypatch.setattr("runyard_store_sql.locations.find_spec", lambda name: None)
    with pytest.raises(NoSuchPlugin, match=r"install runyard-store-sql\[mysql\]"):
        opened("mariadb://h/d")


def test_a_server_without_a_database_is_refused() -> None:
    with pytest.raises(InvalidInput, match="names no database"):
        opened("postgresql://localhost")


def test_no_sql_is_shown(database_uri: str) -> None:
    store = opened(database_uri)
    with store._database.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE input_tags"))
    store.create_run(RunStart("r1", "r1", "ada", 1, experiment_id="0"))
    store.delete_run("r1")
    with store._database.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE tags"))
    with pytest.raises(RunyardError) as raised:
        store.create_run(RunStart("r2", "r2", "ada", 1, experiment_id="0"))
    assert not {"INSERT", "SELECT", "DELETE"} & set(str(raised.value).split())
    assert "\n" not in str(raised.value)
    store.close()


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from runyard.entities import Metric, RunStart
from runyard.errors import StorageFull
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.tracking import open_store

file = Path(sys.argv[1])
store = open_store(Uri.parse(f"sqlite:///{file}"), Settings())
store.create_run(RunStart("r1", "r1", "ada", 1, experiment_id="0"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
confirmed = 0
try:
    for number in range(1_000):
        store.log_batch("r1", params={f"p{number}": "x" * 6_000}, tags={f"t{number}": "1"})
        confirmed += 1
except StorageFull as error:
    print(confirmed, error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.log_batch("r1", params={"after": "1"})
"""


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="limits are set in the way of POSIX")
def test_a_full_disk_loses_nothing_confirmed_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    file = tmp_path / "runyard.db"
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    confirmed, message = done.stdout.strip().split(" ", 1)
    assert "no room is left" in message
    store = opened(f"sqlite:///{file}")
    data = store.get_run("r1").data
    assert len(data.params) == int(confirmed) + 1
    assert {key[1:] for key in data.params if key != "after"} == {key[1:] for key in data.tags if key[0] == "t"}
    store.close()


def fill(store: SqlTrackingStore) -> None:
    for number in range(1_000):
        store.log_batch("r1", params={f"p{number}": "x" * 6_000}, tags={f"p{number}": "1"})


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting needs root")
def test_a_full_file_system_is_storage_full(tmp_path: Path) -> None:
    mounted = tmp_path / "small"
    mounted.mkdir()
    options = ["-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(mounted)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        store = opened(f"sqlite:///{mounted / 'runyard.db'}")
        store.create_run(RunStart("r1", "r1", "ada", 1, experiment_id="0"))
        with pytest.raises(StorageFull, match="no room is left"):
            fill(store)
        data = store.get_run("r1").data
        assert sorted(data.params) == sorted(key for key in data.tags if key.startswith("p"))
        store.close()
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=True)


READ_ONLY = """
import os, sys
from runyard.entities import RunStart
from runyard.errors import Forbidden
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.tracking import open_store

if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
store = open_store(Uri.parse(sys.argv[1]), Settings())
try:
    store.create_run(RunStart("r2", "r2", "ada", 1, experiment_id="0"))
except Forbidden as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are those of POSIX")
def test_a_read_only_database_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    uri = f"sqlite:///{folder / 'runyard.db'}"
    opened(uri).close()
    (folder / "runyard.db").chmod(0o444)
    for parent in [folder, *tmp_path.parents[:3], tmp_path]:
        parent.chmod(parent.stat().st_mode | 0o055)
    folder.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, uri], capture_output=True, text=True, check=False, cwd=folder
    )
    last = (done.stdout + done.stderr).strip().splitlines()[-1]
    assert "read-only" in last or "may not be written" in last, done.stderr


def test_values_that_a_database_cannot_hold_are_rejections_of_a_batch(database_uri: str) -> None:
    store = opened(database_uri)
    starts = [RunStart("r1", "r1", "ada", 1, experiment_id="0")]
    params = [("r1", "nul", "a\0b"), ("r1", "half", "\ud83d"), ("r1", "good", "1")]
    rejected = store.ingest(Batch("j", 1, 4, starts=starts, params=params))
    assert sorted(rejection.what for rejection in rejected) == ["param 'half'", "param 'nul'"]
    assert dict(store.get_run("r1").data.params) == {"good": "1"}
    assert store.ingested("j") == 4
    store.close()


def test_a_store_that_was_closed_twice_is_closed(tmp_path: Path) -> None:
    store = opened(f"sqlite:///{tmp_path / 'runyard.db'}")
    other = opened(f"sqlite:///{tmp_path / 'runyard.db'}")
    store.close()
    store.close()
    other.create_run(RunStart("r1", "r1", "ada", 1, experiment_id="0"))
    other.log_batch("r1", metrics=[Metric("m", 1.0, 1, 1)])
    other.close()
