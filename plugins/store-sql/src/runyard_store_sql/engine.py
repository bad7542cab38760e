"""Connections to one database, shared by the stores that are opened at its URI."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy import event, exc

from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql import changes, failures, forks, versions
from runyard_store_sql.locations import Location, locate

ResultT = TypeVar("ResultT")

PATIENCE = 120.0  # seconds after which a transaction that others keep from succeeding is given up
BUSY_TIMEOUT = 30.0  # seconds that SQLite itself waits for a lock
_WRITES = "runyard_writes"


class Database:
    """One database: `read()` and `write()` are the only ways to it. Safe to use from several threads and after a fork.

    `kind` is `sqlite`, `postgresql` or `mysql` (which includes MariaDB).
    """

    def __init__(self, location: Location) -> None:
        self.location = location
        self.engine = _create_engine(location)
        self.kind = "mysql" if self.engine.dialect.name in {"mysql", "mariadb"} else self.engine.dialect.name
        # What stores know about this database and nothing can change, such as the numbers of keys.
        self.memory: dict[str, Any] = {}
        self._writing = self.engine.execution_options(**{_WRITES: True})
        self._guard = forks.Guard(self._before_fork, self._after_fork_in_child)
        self.name = location.identity
        self.users = 0

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection in a transaction that sees one state of the database and is rolled back."""
        with self._guard, failures.translated(self.location), self.engine.connect() as connection, connection.begin():
            yield connection

    def write(self, work: Callable[[sa.Connection], ResultT]) -> ResultT:
        """Do work in one transaction and commit it; `work` is called again where others got in the way.

        Raises:
            Unavailable: the database cannot be reached, or others are in the way for too long.
            StorageFull: no room is left.
            Forbidden: the database is read-only.
        """
        started = time.monotonic()
        attempt = 0
        with failures.translated(self.location):
            while True:
                try:
                    with self._guard, self._writing.begin() as connection:
                        changes.begin(connection)
                        result = work(connection)
                        changes.flush(connection)
                        return result
                except exc.DBAPIError as error:
                    if not failures.is_passing(error) or time.monotonic() - started > PATIENCE:
                        raise
                time.sleep(failures.pause(attempt))
                attempt += 1

    def dispose(self) -> None:
        """Close the connections that are not in use."""
        self._guard.forget()
        self.engine.dispose()

    def _before_fork(self) -> None:
        # SQLite's locks belong to a process, and a child would believe it holds its parent's: fork without connections.
        if self.kind == "sqlite":
            self.engine.dispose()

    def _after_fork_in_child(self) -> None:
        self.engine.dispose(close=False)


_databases: dict[str, Database] = {}
_lock = threading.Lock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


def open_engine(uri: Uri, settings: Settings) -> Database:
    """The database at a URI, its schema brought up to date; one object per URI, to be given back with `close_engine`.

    Raises:
        StoreOutOfDate: the schema is too old to be upgraded unasked, or newer than this version.
        Unavailable: the database cannot be reached.
    """
    location = locate(uri, settings)
    with _lock:
        database = _databases.get(location.identity)
        if database is None or (location.file is not None and not location.file.exists()):
            database = connect(location)
            try:
                versions.prepare(database)
            except BaseException:
                database.dispose()
                raise
            database.name = location.identity
            _databases[database.name] = database
        database.users += 1
        return database


def close_engine(database: Database) -> None:
    """Give a database back; the last user closes its connections."""
    with _lock:
        database.users -= 1
        if database.users <= 0:
            if _databases.get(database.name) is database:
                del _databases[database.name]
            database.dispose()


def connect(location: Location) -> Database:
    """A database as it is, whatever its schema; nothing is made."""
    database = Database(location)
    if database.kind == "mysql":
        with database.read() as connection:
            is_mariadb = getattr(connection.dialect, "is_mariadb", False)
        name = location.url.drivername
        if is_mariadb != name.startswith("mariadb"):
            # The tables are made with other options for each of the two, whatever the URI calls them.
            database.dispose()
            dialect = "mariadb" if is_mariadb else "mysql"
            url = location.url.set(drivername=f"{dialect}+{name.partition('+')[2]}")
            return Database(attrs.evolve(location, url=url))
    return database


def _create_engine(location: Location) -> sa.Engine:
    dialect = location.url.get_backend_name()
    if dialect == "sqlite":
        engine = sa.create_engine(
            location.url,
            poolclass=sa.QueuePool,
            pool_size=5,
            max_overflow=50,
            connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False, "isolation_level": None},
        )
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if dialect in {"mysql", "mariadb"}:
        engine = sa.create_engine(
            location.url, isolation_level="READ COMMITTED", pool_pre_ping=True, pool_recycle=3600, max_overflow=50
        )
        event.listen(engine, "connect", _set_up_mysql)
        return engine
    # What is read after others were waited for must see what they wrote.
    return sa.create_engine(location.url, isolation_level="READ COMMITTED", pool_pre_ping=True, max_overflow=50)


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("synchronous = NORMAL", "foreign_keys = ON", "cache_size = -64000", "wal_autocheckpoint = 4000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # Taking the write lock at once lets SQLite wait for it; a lock that is upgraded later fails instead.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _set_up_mysql(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO'), time_zone = '+00:00'"
    )
    cursor.close()
