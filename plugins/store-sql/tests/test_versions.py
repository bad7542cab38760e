"""Schemas are created once, upgraded after a backup, and left alone where they are not known."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from runyard.entities import RunStart
from runyard.errors import StoreOutOfDate
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql import versions
from runyard_store_sql.engine import Database, close_engine, connect, open_engine
from runyard_store_sql.locations import locate
from runyard_store_sql.schema import metadata
from runyard_store_sql.tracking import open_store

NEXT = """
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "0003"

def upgrade():
    op.add_column("runs", sa.Column("colour", sa.String(20)))
"""


def empty(uri: str) -> Database:
    return connect(locate(Uri.parse(uri), Settings()))


def shape(database: Database) -> dict[str, Any]:
    """Everything about the tables that the database tells."""
    found: dict[str, Any] = {}
    with database.read() as connection:
        inspector = sa.inspect(connection)
        for table in sorted(set(inspector.get_table_names()) & set(metadata.tables)):
            columns = inspector.get_columns(table)
            found[table] = {
                "columns": [{**column, "type": repr(column["type"])} for column in columns],
                "key": inspector.get_pk_constraint(table),
                "foreign": sorted(inspector.get_foreign_keys(table), key=str),
                "unique": sorted(inspector.get_unique_constraints(table), key=str),
                "indexes": sorted(inspector.get_indexes(table), key=str),
                "options": inspector.get_table_options(table),
            }
            if database.kind == "sqlite":
                text = connection.execute(
                    sa.text("SELECT sql FROM sqlite_master WHERE name = :name").bindparams(name=table)
                ).scalar_one()
                found[table]["options"] = {"without rowid": "WITHOUT ROWID" in text}
    return found


def test_migrating_an_empty_database_gives_the_tables_of_the_schema(database_uri: str) -> None:
    database = empty(database_uri)
    database.write(versions.migrate)
    migrated = shape(database)
    assert set(migrated) == set(metadata.tables)
    assert versions.current(database) == versions.HEAD
    with database.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TABLE {versions.VERSION_TABLE}"))
        metadata.drop_all(connection)
    versions.prepare(database)
    assert shape(database) == migrated
    database.dispose()


def test_the_version_of_the_code_is_the_last_script() -> None:
    assert versions.HEAD in versions.known()
    assert max(versions.known()) == versions.HEAD


def test_the_sql_of_a_dry_run_makes_the_same_tables(tmp_path: Path) -> None:
    database = empty(f"sqlite:///{tmp_path / 'planned.db'}")
    plan = versions.planned_sql(database)
    assert not (tmp_path / "planned.db").exists()
    with sqlite3.connect(tmp_path / "planned.db") as connection:
        connection.executescript(plan)
    connection.close()
    assert versions.current(database) == versions.HEAD
    made = open_engine(Uri.parse(f"sqlite:///{tmp_path / 'made.db'}"), Settings())
    assert shape(database) == shape(made)
    close_engine(made)
    database.dispose()


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A version of the code that has one migration more."""
    scripts = tmp_path / "scripts"
    shutil.copytree(versions.SCRIPTS, scripts)
    (scripts / "versions" / "v9999_next.py").write_text(NEXT)
    monkeypatch.setattr(versions, "SCRIPTS", scripts)
    monkeypatch.setattr(versions, "HEAD", "9999")
    return "9999"


@pytest.fixture
def old_uri(database_uri: str) -> str:
    """A database with a run, made by this version."""
    store = open_store(Uri.parse(database_uri), Settings())
    store.create_run(RunStart("r1", "r1", "ada", 1, experiment_id="0"))
    store.close()
    return database_uri


def columns_of_runs(uri: str) -> list[str]:
    database = empty(uri)
    with database.read() as connection:
        names = [column["name"] for column in sa.inspect(connection).get_columns("runs")]
    database.dispose()
    return names


def test_an_old_database_is_upgraded_at_once_on_sqlite_and_on_request_elsewhere(
    old_uri: str, next_version: str, tmp_path: Path
) -> None:
    if old_uri.startswith("sqlite"):
        close_engine(open_engine(Uri.parse(old_uri), Settings()))
        (backup,) = tmp_path.glob("runyard.db.0003.*.backup")
        assert "colour" not in columns_of_runs(f"sqlite:///{backup}")
        with sqlite3.connect(backup) as connection:
            assert connection.execute("SELECT run_id FROM runs").fetchall() == [("r1",)]
        connection.close()
    else:
        with pytest.raises(StoreOutOfDate, match="runyard db upgrade"):
            open_engine(Uri.parse(old_uri), Settings())
        assert "colour" not in columns_of_runs(old_uri)
        database = empty(old_uri)
        assert "ALTER TABLE runs ADD" in versions.planned_sql(database)
        versions.upgrade(database)
        assert versions.planned_sql(database) == ""
        database.dispose()
    assert "colour" in columns_of_runs(old_uri)
    store = open_store(Uri.parse(old_uri), Settings())
    assert store.get_run("r1").info.run_id == "r1"
    store.close()


def test_a_migration_that_fails_leaves_a_sqlite_database_as_it_was(
    tmp_path: Path, next_version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"sqlite:///{tmp_path / 'runyard.db'}"
    with monkeypatch.context() as before:
        before.setattr(versions, "HEAD", "0003")
        open_store(Uri.parse(uri), Settings()).close()
    (versions.SCRIPTS / "versions" / "v9999_next.py").write_text(NEXT + "    raise ValueError('half way')\n")
    with pytest.raises(ValueError, match="half way"):
        open_store(Uri.parse(uri), Settings())
    assert "colour" not in columns_of_runs(uri)


def test_a_newer_database_is_refused_and_not_touched(old_uri: str) -> None:
    database = empty(old_uri)
    with database.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {versions.VERSION_TABLE} SET version_num = '7777'"))
    before = shape(database)
    for attempt in (lambda: open_store(Uri.parse(old_uri), Settings()), lambda: versions.upgrade(database)):
        with pytest.raises(StoreOutOfDate, match=r"7777.*newer version"):
            attempt()
    assert (shape(database), versions.current(database)) == (before, "7777")
    database.dispose()


def test_a_database_of_another_program_is_refused_and_not_touched(database_uri: str) -> None:
    database = empty(database_uri)
    with database.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE runs (id INTEGER, secret INTEGER)"))
    with pytest.raises(StoreOutOfDate, match="another program"):
        open_store(Uri.parse(database_uri), Settings())
    assert columns_of_runs(database_uri) == ["id", "secret"]
    with database.read() as connection:
        assert sa.inspect(connection).get_table_names() == ["runs"]
    database.dispose()


def test_a_creation_that_was_cut_short_is_finished(database_uri: str) -> None:
    database = empty(database_uri)
    with database.engine.begin() as connection:
        versions._version.create(connection)
        connection.execute(versions._version.insert().values(version_num=versions.INCOMPLETE))
        metadata.tables["experiments"].create(connection)
    store = open_store(Uri.parse(database_uri), Settings())
    assert store.get_experiment("0").name == "Default"
    store.close()
    database.dispose()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_sixteen_processes_may_open_an_empty_database_at_once(database_uri: str) -> None:
    context = multiprocessing.get_context("fork")
    barrier, made = context.Barrier(16), context.SimpleQueue()

    def create(number: int) -> None:
        barrier.wait()
        store = open_store(Uri.parse(database_uri), Settings())
        made.put(store.create_experiment(f"e{number}").experiment_id)
        store.close()

    processes = [context.Process(target=create, args=(number,)) for number in range(16)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 16
    assert len({made.get() for _ in processes}) == 16
