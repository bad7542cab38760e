"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql, sqlite

revision = "0001"
down_revision = None
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
    _create_experiments()
    _create_runs()
    _create_metrics()
    _create_registry()
    _create_data_sets()


def _create_experiments() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", _string(500), nullable=False),
        sa.Column("active_name", _string(500)),
        sa.Column("artifact_location", TEXT, nullable=False),
        sa.Column("creation_time", sa.BigInteger(), nullable=False),
        sa.Column("last_update_time", sa.BigInteger(), nullable=False),
        sa.Column("deleted_time", sa.BigInteger()),
        sa.UniqueConstraint("active_name", name="uq_experiments_active_name"),
        sa.PrimaryKeyConstraint("id", name="pk_experiments"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    op.create_table(
        "experiment_tags",
        sa.Column("experiment", NUMBER, nullable=False),
        sa.Column("key", _string(250), nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment"], ["experiments.id"], name="fk_experiment_tags_experiment", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("experiment", "key", name="pk_experiment_tags"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )


def _create_runs() -> None:
    op.create_table(
        "journals",
        sa.Column("id", _string(200), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journals"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", _string(250), nullable=False),
        sa.UniqueConstraint("name", name="uq_keys_name"),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    op.create_table(
        "runs",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("run_id", _string(256), nullable=False),
        sa.Column("experiment", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("user_id", _string(256), nullable=False),
        sa.Column("status", _string(9), nullable=False),
        sa.Column("start_time", sa.BigInteger(), nullable=False),
        sa.Column("end_time", sa.BigInteger()),
        sa.Column("artifact_uri", TEXT, nullable=False),
        sa.Column("deleted_time", sa.BigInteger()),
        sa.Column("heartbeat_expires", sa.BigInteger()),
        sa.Column("last_heartbeat", sa.BigInteger()),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.id"], name="fk_runs_experiment", ondelete="CASCADE"),
        sa.UniqueConstraint("run_id", name="uq_runs_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    op.create_index("ix_runs_experiment_start", "runs", ["experiment", "start_time", "run_id"])
    op.create_index("ix_runs_heartbeat_expires", "runs", ["heartbeat_expires"])
    op.create_table(
        "params",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("head", _string(100), nullable=False),
        sa.Column("number", REAL),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_params_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["key"], ["keys.id"], name="fk_params_key"),
        sa.PrimaryKeyConstraint("run", "key", name="pk_params"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    op.create_index("ix_params_key_head_run", "params", ["key", "head", "run"])
    op.create_index("ix_params_key_number_run", "params", ["key", "number", "run"])
    op.create_table(
        "tags",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("head", _string(100), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_tags_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["key"], ["keys.id"], name="fk_tags_key"),
        sa.PrimaryKeyConstraint("run", "key", name="pk_tags"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    op.create_index("ix_tags_key_head_run", "tags", ["key", "head", "run"])


def _create_metrics() -> None:
    op.create_table(
        "metric_blocks",
        sa.Column("run", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("min_step", sa.BigInteger(), nullable=False),
        sa.Column("max_step", sa.BigInteger(), nullable=False),
        sa.Column("first_time", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.Column("min_value", REAL),
        sa.Column("max_value", REAL),
        sa.Column("format", sa.SmallInteger(), nullable=False),
        sa.Column("summary", BYTES),
        sa.Column("data", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("run", "key", "number", name="pk_metric_blocks"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    if op.get_context().dialect.name == "postgresql":
        for column in ("data", "summary"):
            op.execute(f"ALTER TABLE metric_blocks ALTER COLUMN {column} SET STORAGE EXTERNAL")
    op.create_table(
        "metrics",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("last_value", REAL),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.Column("first_value", REAL),
        sa.Column("first_step", sa.BigInteger(), nullable=False),
        sa.Column("first_time", sa.BigInteger(), nullable=False),
        sa.Column("min_value", REAL),
        sa.Column("min_step", sa.BigInteger()),
        sa.Column("max_value", REAL),
        sa.Column("max_step", sa.BigInteger()),
        sa.Column("total", REAL),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("tail", sa.Integer(), nullable=False),
        sa.Column("tail_points", sa.Integer(), nullable=False),
        sa.Column("next_block", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_metrics_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["key"], ["keys.id"], name="fk_metrics_key"),
        sa.PrimaryKeyConstraint("run", "key", name="pk_metrics"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    op.create_index("ix_metrics_key_last_value_run", "metrics", ["key", "last_value", "run"])


def _create_registry() -> None:
    op.create_table(
        "registered_models",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", _string(256), nullable=False),
        sa.Column("description", TEXT, nullable=False),
        sa.Column("creation_time", sa.BigInteger(), nullable=False),
        sa.Column("last_update_time", sa.BigInteger(), nullable=False),
        sa.Column("last_version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("name", name="uq_registered_models_name"),
        sa.PrimaryKeyConstraint("id", name="pk_registered_models"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    op.create_table(
        "registry_events",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("model", sa.BigInteger(), nullable=False),
        sa.Column("name", _string(256), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("change", _string(20), nullable=False),
        sa.Column("subject", _string(255), nullable=False),
        sa.Column("old", TEXT),
        sa.Column("new", TEXT),
        sa.Column("user_id", _string(256)),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registry_events"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    op.create_index("ix_registry_events_model_id", "registry_events", ["model", "id"])
    op.create_index("ix_registry_events_name_id", "registry_events", ["name", "id"])
    op.create_table(
        "model_aliases",
        sa.Column("model", NUMBER, nullable=False),
        sa.Column("alias", _string(255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["registered_models.id"], name="fk_model_aliases_model", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model", "alias", name="pk_model_aliases"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    op.create_table(
        "model_version_tags",
        sa.Column("model", NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", _string(250), nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["model"], ["registered_models.id"], name="fk_model_version_tags_model", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model", "version", "key", name="pk_model_version_tags"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    op.create_table(
        "model_versions",
        sa.Column("model", NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("creation_time", sa.BigInteger(), nullable=False),
        sa.Column("last_update_time", sa.BigInteger(), nullable=False),
        sa.Column("stage", _string(20), nullable=False),
        sa.Column("description", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("run_id", _string(256)),
        sa.Column("run_link", TEXT),
        sa.Column("user_id", _string(256)),
        sa.Column("model_id", _string(256)),
        sa.Column("status", _string(40), nullable=False),
        sa.Column("status_message", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["model"], ["registered_models.id"], name="fk_model_versions_model", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model", "version", name="pk_model_versions"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    op.create_index("ix_model_versions_run_id", "model_versions", ["run_id"])
    op.create_table(
        "registered_model_tags",
        sa.Column("model", NUMBER, nullable=False),
        sa.Column("key", _string(250), nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["model"], ["registered_models.id"], name="fk_registered_model_tags_model", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model", "key", name="pk_registered_model_tags"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )


def _create_data_sets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("experiment", NUMBER, nullable=False),
        sa.Column("name", _string(500), nullable=False),
        sa.Column("digest", _string(36), nullable=False),
        sa.Column("source_type", _string(36), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("schema", TEXT),
        sa.Column("profile", TEXT),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.id"], name="fk_datasets_experiment", ondelete="CASCADE"),
        sa.UniqueConstraint("experiment", "name", "digest", name="uq_datasets_experiment_name_digest"),
        sa.PrimaryKeyConstraint("id", name="pk_datasets"),
        sqlite_with_rowid=True,
        **OPTIONS,
    )
    op.create_table(
        "input_tags",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("dataset", NUMBER, nullable=False),
        sa.Column("key", _string(255), nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_input_tags_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.id"], name="fk_input_tags_dataset", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "dataset", "key", name="pk_input_tags"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    op.create_table(
        "inputs",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("dataset", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_inputs_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.id"], name="fk_inputs_dataset", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "dataset", name="pk_inputs"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
