"""The version of a database's schema: created, checked and upgraded."""

from __future__ import annotations

import contextlib
import io
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from runyard.errors import Forbidden, InvalidInput, StoreOutOfDate, Unavailable
from runyard_store_sql import failures
from runyard_store_sql.schema import experiments, metadata

if TYPE_CHECKING:
    from alembic.config import Config

    from runyard_store_sql.engine import Database

HEAD = "0003"
SCRIPTS = Path(__file__).with_name("migrations")
VERSION_TABLE = "runyard_version"
# What a database without transactions for its schema bears until all tables exist.
INCOMPLETE = "incomplete"
DEFAULT_EXPERIMENT = "Default"
_LOCK_NUMBER = 0x52554E59415244  # of PostgreSQL's advisory lock

_version = sa.Table(VERSION_TABLE, sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))
_alembic = threading.Lock()  # its context is a global of the process


def prepare(database: Database) -> None:
    """Make the database usable: create an empty one, upgrade SQLite's, refuse what needs a decision.

    Raises:
        StoreOutOfDate: the schema is too old to be upgraded unasked, newer than this version, or of another program.
    """
    found = current(database)
    if found == HEAD:
        return
    if found in {None, INCOMPLETE}:
        _create(database)
        return
    _check_known(database, found)
    if database.kind != "sqlite":
        raise StoreOutOfDate(
            f"database {database.location.shown} has schema {found}, this version needs {HEAD};"
            " make a backup and run: runyard db upgrade"
        )
    upgrade(database)


def current(database: Database) -> str | None:
    """The version of the schema; None where the database has none."""
    if database.location.file is not None and not database.location.file.exists():
        return None
    with database.read() as connection:
        return _read(connection)


def upgrade(database: Database) -> Path | None:
    """Bring the schema to this version; the backup that was made of a SQLite file, None where nothing was to do."""
    if database.kind == "sqlite" and database.location.file is not None:
        return _upgrade_sqlite(database, database.location.file)
    found = current(database)
    if found in {None, INCOMPLETE}:
        _create(database)
        return None
    _check_known(database, found)
    if found != HEAD:
        _locked(database, lambda connection: migrate(connection) if _read(connection) != HEAD else None)
    return None


def planned_sql(database: Database) -> str:
    """The SQL that `upgrade` would run; empty where nothing is to do."""
    found = current(database)
    if found == HEAD:
        return ""
    if found not in {None, INCOMPLETE}:
        _check_known(database, found)
    from alembic import command

    output = io.StringIO()
    config = _config(dialect=database.engine.dialect.name, output=output)
    with _alembic:
        command.upgrade(config, f"{found}:head" if found not in {None, INCOMPLETE} else "head", sql=True)
    return output.getvalue()


def migrate(connection: sa.Connection, revision: str = "head") -> None:
    """Run the migration scripts on a connection that is in a transaction."""
    from alembic import command

    with _alembic:
        command.upgrade(_config(connection=connection), revision)


def known() -> set[str]:
    """Every version that a migration script leads to."""
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config(**attributes: Any) -> Config:
    from alembic.config import Config

    config = Config(attributes={**attributes, "version_table": VERSION_TABLE})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _read(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(sa.select(_version.c.version_num)).scalar()
    return None if found is None else str(found)


def _check_known(database: Database, found: str | None) -> None:
    if found not in known():
        raise StoreOutOfDate(
            f"database {database.location.shown} has schema {found!r}, which this version of runyard-store-sql does not"
            f" know (it needs {HEAD!r}); install a newer version"
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except PermissionError as error:
        raise Forbidden(f"cannot make the folder {folder}: access is denied") from error
    except (FileExistsError, NotADirectoryError) as error:
        raise InvalidInput(f"cannot make the folder {folder}: a file is in the way") from error
    except OSError as error:
        raise Unavailable(f"cannot make the folder {folder}: {error.strerror}") from error


def _create(database: Database) -> None:
    if database.location.file is not None:
        _make_folder(database.location.file.parent)
        _use_write_ahead_log(database)
    _locked(database, lambda connection: _create_tables(database, connection))


def _create_tables(database: Database, connection: sa.Connection) -> None:
    found = _read(connection)
    if found not in {None, INCOMPLETE}:
        return  # another process was faster
    if found is None:
        _check_free(database, connection)
        _version.create(connection, checkfirst=True)
        connection.execute(_version.insert().values(version_num=INCOMPLETE))
    metadata.create_all(connection)
    now = time.time_ns() // 1_000_000
    if connection.execute(sa.select(experiments.c.id).where(experiments.c.id == 0)).first() is None:
        connection.execute(
            experiments.insert().values(
                id=0,
                name=DEFAULT_EXPERIMENT,
                active_name=DEFAULT_EXPERIMENT,
                artifact_location=f"{database.location.artifact_root}/0",
                creation_time=now,
                last_update_time=now,
            )
        )
    connection.execute(_version.update().values(version_num=HEAD))


def _check_free(database: Database, connection: sa.Connection) -> None:
    taken = sorted(set(sa.inspect(connection).get_table_names()) & set(metadata.tables))
    if taken:
        raise StoreOutOfDate(
            f"database {database.location.shown} belongs to another program: it has a table {taken[0]!r} and no table"
            f" {VERSION_TABLE!r}; give Runyard a database of its own"
        )


def _locked(database: Database, work: Callable[[sa.Connection], None]) -> None:
    """Do work on the schema in a transaction, one process at a time."""

    def alone(connection: sa.Connection) -> None:
        with _schema_lock(database, connection):
            work(connection)

    database.write(alone)


@contextlib.contextmanager
def _schema_lock(database: Database, connection: sa.Connection) -> Iterator[None]:
    if database.kind == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_NUMBER)))
        yield
    elif database.kind == "mysql":
        name = sa.func.concat(sa.func.database(), ".runyard")
        connection.execute(sa.select(sa.func.get_lock(name, 60)))
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.release_lock(name)))
    else:
        yield  # BEGIN IMMEDIATE is one


def _use_write_ahead_log(database: Database) -> None:
    """Switch the file to write-ahead logging; SQLite refuses at once while others have it open, so try again."""
    for attempt in range(200):
        with failures.translated(database.location), database.engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            try:
                raw.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                    return  # the transaction that follows meets the same and says so
            else:
                return
        time.sleep(failures.pause(min(attempt, 4)))


def _upgrade_sqlite(database: Database, file: Path) -> Path | None:
    found = current(database)
    if found in {None, INCOMPLETE}:
        _create(database)
        return None
    if found == HEAD:
        return None
    _check_known(database, found)
    backup = _free_name(file, str(found))
    saved: list[Path] = []

    def work(connection: sa.Connection) -> None:
        if _read(connection) != found:
            return  # another process was faster
        _copy(file, backup)
        saved.append(backup)
        migrate(connection)

    database.write(work)
    return saved[0] if saved else None


def _free_name(file: Path, version: str) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return file.with_name(f"{file.name}.{version}.{stamp}.backup")


def _copy(file: Path, backup: Path) -> None:
    """SQLite's own copy: whole, and without what others have not committed."""
    with contextlib.closing(sqlite3.connect(file)) as source, contextlib.closing(sqlite3.connect(backup)) as target:
        source.backup(target)
