"""What `runyard db check` finds out about a database."""

from __future__ import annotations

import attrs
import sqlalchemy as sa

from runyard.errors import RunyardError
from runyard_store_sql import versions
from runyard_store_sql.engine import Database
from runyard_store_sql.schema import metadata, metric_blocks, metrics, staged_points

COUNTED = ("experiments", "runs", "params", "tags", "metrics", "metric_blocks", "registered_models", "model_versions")


@attrs.frozen
class Report:
    """A database as it was found."""

    database: str
    version: str | None
    needed: str
    problems: tuple[str, ...]
    counts: dict[str, int]


def inspect(database: Database) -> Report:
    """Look at the version, the integrity and the number of rows; nothing is changed."""
    shown, file = database.location.shown, database.location.file
    if file is not None and not file.exists():
        return Report(shown, None, versions.HEAD, ("it does not exist; it is made when it is first used",), {})
    try:
        version = versions.current(database)
        if version != versions.HEAD:
            return Report(shown, version, versions.HEAD, (_about_version(version),), {})
        with database.read() as connection:
            problems = (*_sqlite_problems(connection), *_missing_points(connection))
            counts = {name: _count(connection, metadata.tables[name]) for name in COUNTED}
            sums = (sa.select(sa.func.sum(table.c.points)) for table in (metrics, staged_points))
            points = sum(int(connection.execute(query).scalar() or 0) for query in sums)
    except RunyardError as error:
        return Report(shown, None, versions.HEAD, (str(error),), {})
    return Report(shown, version, versions.HEAD, problems, {**counts, "metric points": points})


def _about_version(version: str | None) -> str:
    if version is None:
        return "it has no tables of Runyard; they are made when it is first used"
    if version in versions.known() or version == versions.INCOMPLETE:
        return f"its schema {version} is older than {versions.HEAD}; make a backup and run: runyard db upgrade"
    return f"its schema {version!r} is not known to this version; install a newer one"


def _sqlite_problems(connection: sa.Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        return []
    found = connection.exec_driver_sql("PRAGMA integrity_check(10)").scalars().all()
    problems = [f"damaged: {line}" for line in found if line != "ok"]
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    tables = sorted({row[0] for row in lost})
    return [*problems, *(f"rows of {table} belong to nothing" for table in tables)]


def _missing_points(connection: sa.Connection) -> list[str]:
    """Metrics whose blocks do not hold as many points as they should."""
    held = sa.select(metric_blocks.c.run, metric_blocks.c.key, sa.func.sum(metric_blocks.c.points).label("held"))
    held_by = held.group_by(metric_blocks.c.run, metric_blocks.c.key).subquery()
    both = sa.and_(held_by.c.run == metrics.c.run, held_by.c.key == metrics.c.key)
    wrong = sa.func.coalesce(held_by.c.held, 0) != metrics.c.points
    query = sa.select(sa.func.count()).select_from(metrics.outerjoin(held_by, both)).where(wrong)
    count = connection.execute(query).scalar_one()
    return [f"{count} metrics have lost points of their history"] if count else []


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
