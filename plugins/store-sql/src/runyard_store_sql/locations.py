"""Which database a URI means, and where the artifacts beside it go."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import attrs
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from runyard.errors import InvalidInput, NoSuchPlugin
from runyard.settings import Settings
from runyard.uris import Uri

DATABASE_FILE = "runyard.db"
DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}
SCHEMES = ("file", "sqlite", *DRIVERS)
EXTRAS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}


@attrs.frozen
class Location:
    """A database: the URL that opens it, how it is shown to a user, and the root for artifacts of new experiments."""

    url: sa.URL
    shown: str
    artifact_root: str
    file: Path | None = None  # of SQLite

    @property
    def identity(self) -> str:
        return self.url.render_as_string(hide_password=False)


def locate(uri: Uri, settings: Settings) -> Location:
    """The database a URI means.

    Raises:
        InvalidInput: the URI names no database.
        NoSuchPlugin: the driver of that kind of database is not installed.
    """
    if uri.scheme == "file":
        return _sqlite(sa.URL.create("sqlite"), uri.local_path / DATABASE_FILE, settings)
    try:
        url = sa.make_url(uri.text)
    except ArgumentError as error:
        raise InvalidInput(f"not a database URI: {uri}; give one such as {_example(uri.dialect)}") from error
    if uri.dialect == "sqlite":
        if not url.database or url.database == ":memory:":
            raise InvalidInput(f"{uri} names no file, and a database in memory keeps nothing; give sqlite:///runs.db")
        return _sqlite(url, (settings.root / Path(url.database).expanduser()).absolute(), settings)
    if not url.database:
        raise InvalidInput(f"{uri} names no database; give a URI such as {_example(uri.dialect)}")
    if "+" not in url.drivername:
        url = url.set(drivername=f"{url.drivername}+{DRIVERS[uri.dialect]}")
    _check_driver(uri, url)
    if uri.dialect in {"mysql", "mariadb"}:
        url = url.update_query_dict({"charset": "utf8mb4"})
    root = settings.artifact_root or Uri.from_path(settings.data_path / "artifacts").text
    return Location(url, str(uri), _rooted(root, settings))


def _sqlite(url: sa.URL, file: Path, settings: Settings) -> Location:
    root = settings.artifact_root or Uri.from_path(file.parent / "artifacts").text
    return Location(url.set(database=str(file)), str(file), _rooted(root, settings), file)


def _rooted(root: str, settings: Settings) -> str:
    return Uri.parse(root, relative_to=settings.root).text.rstrip("/")


def _check_driver(uri: Uri, url: sa.URL) -> None:
    try:
        url.get_dialect().import_dbapi()
    except (ImportError, sa.exc.NoSuchModuleError) as error:
        driver = url.drivername.partition("+")[2]
        if driver == DRIVERS[uri.dialect] and find_spec(driver) is None:
            advice = f"install runyard-store-sql[{EXTRAS[uri.dialect]}]"
        else:
            advice = f"install it, or write {uri.dialect}:// for the usual driver"
        raise NoSuchPlugin(f"{uri} needs the driver {driver!r}, which cannot be imported; {advice}") from error


def _example(dialect: str) -> str:
    return {"sqlite": "sqlite:///runs.db"}.get(dialect, f"{dialect}://user:password@host/database")
