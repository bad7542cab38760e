"""Model versions whose source stands for another place keep where their files lie."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql, postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = (
    sa.Text()
    .with_variant(postgresql.TEXT(collation="C"), "postgresql")
    .with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
)
SCHEME = "models:/"

_models = sa.table("registered_models", sa.column("id"), sa.column("name"))
_versions = sa.table(
    "model_versions", sa.column("model"), sa.column("version"), sa.column("source"), sa.column("storage_location")
)
_logged_models = sa.table("logged_models", sa.column("model_id"), sa.column("artifact_uri"))


def upgrade() -> None:
    op.add_column("model_versions", sa.Column("storage_location", TEXT))
    if not context.is_offline_mode():
        _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """Find the files of copies while the names in their sources still mean what they were copied from."""
    query = sa.select(_models.c.id, _models.c.name, _versions.c.version, _versions.c.source).join_from(
        _versions, _models, _models.c.id == _versions.c.model
    )
    rows = connection.execute(query).all()
    sources = {f"{SCHEME}{row.name}/{row.version}": str(row.source) for row in rows}
    for row in rows:
        location = _location(connection, str(row.source), sources)
        if location is not None:
            of_row = (_versions.c.model == row.id, _versions.c.version == row.version)
            connection.execute(_versions.update().where(*of_row).values(storage_location=location))


def _location(connection: sa.Connection, source: str, sources: Mapping[str, str]) -> str | None:
    """Where the files behind a `models:` source lie; None for other sources and where they cannot be found."""
    if not source.startswith(SCHEME):
        return None
    seen: set[str] = set()
    while source in sources and source not in seen:
        seen.add(source)
        source = sources[source]
    if source.startswith(SCHEME):
        model_id = source.removeprefix(SCHEME)
        query = sa.select(_logged_models.c.artifact_uri).where(_logged_models.c.model_id == model_id)
        return connection.execute(query).scalar()
    return source
