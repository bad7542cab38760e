"""What a database's own errors mean to a user; no SQL in any message."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import exc

from runyard.errors import CorruptData, Forbidden, InvalidInput, RunyardError, StorageFull, Unavailable
from runyard_store_sql.locations import Location

ROOM = 1 << 20  # bytes below which an input/output error is put down to a full disk

POSTGRES = {
    "53100": StorageFull,
    "53200": Unavailable,
    "53300": Unavailable,
    "25006": Forbidden,
    "42501": Forbidden,
    "28000": Forbidden,
    "28P01": Forbidden,
    "XX001": CorruptData,
    "XX002": CorruptData,
}
MYSQL = {
    1021: StorageFull,
    1041: StorageFull,
    1114: StorageFull,
    1044: Forbidden,
    1045: Forbidden,
    1142: Forbidden,
    1290: Forbidden,
    1836: Forbidden,
    1034: CorruptData,
    1194: CorruptData,
}
ADVICE = {
    StorageFull: "no room is left; free some and try again",
    Forbidden: "access is denied, or it is read-only",
    CorruptData: "it is damaged; restore a backup",
    Unavailable: "it cannot be reached or is too busy",
}
POSTGRES_AGAIN = {"40001", "40P01", "55P03"}
MYSQL_AGAIN = {1020, 1205, 1213}


def is_passing(error: exc.DBAPIError) -> bool:
    """Whether the same transaction may succeed when it is tried again."""
    cause = error.orig
    name = getattr(cause, "sqlite_errorname", "")
    if name:
        return str(name).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    state = getattr(cause, "sqlstate", None)
    return state in POSTGRES_AGAIN or _mysql_number(cause) in MYSQL_AGAIN


def pause(attempt: int) -> float:
    """Seconds to wait before another attempt, with jitter."""
    return float(min(0.005 * 2**attempt, 0.5) * random.uniform(0.5, 1.5))  # noqa: S311 - no secret


@contextmanager
def translated(location: Location) -> Iterator[None]:
    """Raise Runyard's errors for the database's."""
    try:
        yield
    except exc.DBAPIError as error:
        raise _meaning(error, location) from error
    except exc.TimeoutError as error:
        raise Unavailable(f"database {location.shown}: all connections are busy; try again") from error


def _meaning(error: exc.DBAPIError, location: Location) -> RunyardError:
    cause = error.orig
    name = str(getattr(cause, "sqlite_errorname", ""))
    if location.file is not None:
        return _sqlite_meaning(name, location, location.file)
    kind = POSTGRES.get(str(getattr(cause, "sqlstate", ""))) or MYSQL.get(_mysql_number(cause))
    if kind is None and isinstance(error, exc.DataError):
        return InvalidInput(f"database {location.shown} cannot hold a value: {_first_line(cause)}")
    if kind is None and (error.connection_invalidated or isinstance(error, exc.OperationalError | exc.InterfaceError)):
        kind = Unavailable
    if kind is None:
        return RunyardError(f"database {location.shown}: {_first_line(cause)}")
    return kind(f"database {location.shown}: {ADVICE[kind]} ({_first_line(cause)})")


def _sqlite_meaning(name: str, location: Location, file: Path) -> RunyardError:  # noqa: PLR0911 - a table of codes
    shown = location.shown
    if name == "SQLITE_FULL" or (name.startswith("SQLITE_IOERR") and _is_full(file)):
        return StorageFull(f"database {shown}: {ADVICE[StorageFull]}")
    if name == "SQLITE_NOTADB":
        return CorruptData(f"{shown} is not a SQLite database; give another file")
    if name.startswith("SQLITE_CORRUPT"):
        return CorruptData(f"database {shown} is damaged; restore a backup, or see runyard db check")
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")):
        return Forbidden(f"database {shown} is read-only; change the rights of the file and of its folder")
    if name.startswith("SQLITE_CANTOPEN"):
        return _unopenable(shown, file)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Unavailable(f"database {shown} is kept busy by other processes; try again")
    if name.startswith("SQLITE_IOERR"):
        return Unavailable(f"database {shown} cannot be read or written ({name})")
    return RunyardError(f"database {shown} refused a statement ({name or 'unknown error'})")


def _unopenable(shown: str, file: Path) -> RunyardError:
    if file.is_dir():
        return InvalidInput(f"{shown} is a folder, not a database; give a file")
    if file.exists() and not os.access(file, os.R_OK):
        return Forbidden(f"database {shown} may not be read; change the rights of the file")
    if not os.access(file.parent, os.W_OK):
        return Forbidden(f"folder {file.parent} may not be written, so no database can be opened in it")
    return Unavailable(f"database {shown} cannot be opened")


def _is_full(file: Path) -> bool:
    """Whether the disk, or what this process may write, is used up."""
    probe = file.with_name(f".{file.name}.probe-{os.getpid()}")
    try:
        with probe.open("wb") as stream:
            os.posix_fallocate(stream.fileno(), file.stat().st_size, ROOM)
    except OSError as error:
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    except AttributeError:  # no such call on this system
        return False
    finally:
        probe.unlink(missing_ok=True)
    return False


def _mysql_number(cause: BaseException | None) -> int:
    number = cause.args[0] if cause is not None and cause.args else 0
    return number if isinstance(number, int) else 0


def _first_line(cause: BaseException | None) -> str:
    if cause is None:
        return "unknown error"
    if _mysql_number(cause) and len(cause.args) > 1:
        return str(cause.args[1]).splitlines()[0]
    return (str(cause).splitlines() or [type(cause).__name__])[0]
