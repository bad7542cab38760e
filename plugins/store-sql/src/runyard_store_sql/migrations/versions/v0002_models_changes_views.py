"""Logged models, models of runs, changes, saved views, staged points."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql, sqlite

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
TEXT = (
    sa.Text()
    .with_variant(postgresql.TEXT(collation="C"), "postgresql")
    .with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
)
BYTES = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
REAL: sa.types.TypeEngine[Any] = sa.Double().with_variant(mysql.DOUBLE(asdecimal=False), "mysql", "mariadb")
OPTIONS: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_0900_bin",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_nopad_bin",
}


def _string(length: int) -> Any:
    return sa.String(length).with_variant(postgresql.VARCHAR(length, collation="C"), "postgresql")


def upgrade() -> None:
    _create_logged_models()
    _create_model_values("logged_model_params", sa.Column("number", REAL))
    _create_model_values("logged_model_tags")
    _create_model_metrics()
    _create_run_models()
    _create_changes()
    _create_views()
    _create_staged_points()


def _create_logged_models() -> None:
    op.create_table(
        "logged_models",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("model_id", _string(256), nullable=False),
        sa.Column("experiment", NUMBER, nullable=False),
        sa.Column("name", _string(500), nullable=False),
        sa.Column("model_type", _string(500)),
        sa.Column("source_run_id", _string(256)),
        sa.Column("creator_id", _string(256)),
        sa.Column("artifact_uri", TEXT, nullable=False),
        sa.Column("status", _string(40), nullable=False),
        sa.Column("status_message", TEXT, nullable=False),
        sa.Column("creation_time", sa.BigInteger(), nullable=False),
        sa.Column("last_update_time", sa.BigInteger(), nullable=False),
        sa.Column("deleted_time", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["experiment"], ["experiments.id"], name="fk_logged_models_experiment", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("model_id", name="uq_logged_models_model_id"),
        sa.PrimaryKeyConstraint("id", name="pk_logged_models"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    op.create_index(
        "ix_logged_models_experiment_creation", "logged_models", ["experiment", "creation_time", "model_id"]
    )
    op.create_index("ix_logged_models_source_run_id", "logged_models", ["source_run_id"])


def _create_model_values(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        table,
        sa.Column("model", NUMBER, nullable=False),
        sa.Column("key", _string(250), nullable=False),
        sa.Column("value", TEXT, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["model"], ["logged_models.id"], name=f"fk_{table}_model", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model", "key", name=f"pk_{table}"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )


def _create_model_metrics() -> None:
    op.create_table(
        "logged_model_metrics",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("model", NUMBER, nullable=False),
        sa.Column("key", _string(250), nullable=False),
        sa.Column("value", REAL),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("run_id", _string(256)),
        sa.Column("dataset_name", _string(500)),
        sa.Column("dataset_digest", _string(36)),
        sa.ForeignKeyConstraint(
            ["model"], ["logged_models.id"], name="fk_logged_model_metrics_model", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_logged_model_metrics"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    op.create_index(
        "ix_logged_model_metrics_model_key_time", "logged_model_metrics", ["model", "key", "timestamp", "step"]
    )
    op.create_index("ix_logged_model_metrics_run_id", "logged_model_metrics", ["run_id"])


def _create_run_models() -> None:
    op.create_table(
        "run_models",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("produced", sa.Boolean(), nullable=False),
        sa.Column("model_id", _string(256), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_run_models_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "produced", "model_id", name="pk_run_models"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )


def _create_changes() -> None:
    op.create_table(
        "changes",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("subject", _string(20), nullable=False),
        sa.Column("id", _string(256), nullable=False),
        sa.Column("experiment", sa.BigInteger()),
        sa.Column("kind", _string(20), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_changes"),
        sqlite_with_rowid=True,
        sqlite_autoincrement=True,
        **OPTIONS,
    )


def _create_views() -> None:
    op.create_table(
        "views",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("view_id", _string(256), nullable=False),
        sa.Column("name", _string(500), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("user_id", _string(256)),
        sa.Column("creation_time", sa.BigInteger(), nullable=False),
        sa.Column("last_update_time", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.UniqueConstraint("view_id", name="uq_views_view_id"),
        sa.PrimaryKeyConstraint("id", name="pk_views"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    op.create_table(
        "view_experiments",
        sa.Column("view", NUMBER, nullable=False),
        sa.Column("experiment", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["view"], ["views.id"], name="fk_view_experiments_view", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["experiment"], ["experiments.id"], name="fk_view_experiments_experiment", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("view", "experiment", name="pk_view_experiments"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )


def _create_staged_points() -> None:
    op.create_table(
        "staged_points",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("format", sa.SmallInteger(), nullable=False),
        sa.Column("data", BYTES, nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_staged_points_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_staged_points"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    op.create_index("ix_staged_points_run", "staged_points", ["run"])
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE staged_points ALTER COLUMN data SET STORAGE EXTERNAL")
