"""The tables. Runs and keys are numbered, so that what was logged is small and clustered by run.

NaN is stored as NULL, since databases disagree about it; MariaDB has no infinities, so there the largest float stands
for them, and the second largest for the largest. Strings compare by code points everywhere.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
)
from sqlalchemy.schema import ExecutableDDLElement

HEAD = 100  # characters of a value that its index holds
_COLLATIONS = {"mysql": "utf8mb4_0900_bin", "mariadb": "utf8mb4_nopad_bin"}  # those that mind trailing spaces
LARGEST = sys.float_info.max
SECOND_LARGEST = math.nextafter(LARGEST, 0)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Real(TypeDecorator[float]):
    """A float with NaN (as NULL) and the infinities, on every database."""

    impl = Double
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name not in {"mysql", "mariadb"}:
            return dialect.type_descriptor(Double())
        from sqlalchemy.dialects.mysql import DOUBLE

        return dialect.type_descriptor(DOUBLE(asdecimal=False))

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        if value is None or math.isnan(value):
            return None
        return value if dialect.name not in {"mysql", "mariadb"} else without_infinities(value)

    def process_result_value(self, value: float | None, dialect: Dialect) -> float | None:
        return value if value is None or dialect.name not in {"mysql", "mariadb"} else with_infinities(value)


def without_infinities(value: float) -> float:
    """What MariaDB stores for a number."""
    if abs(value) < SECOND_LARGEST:
        return value
    return math.copysign(LARGEST if math.isinf(value) else SECOND_LARGEST, value)


def with_infinities(value: float) -> float:
    """The number that MariaDB stores so."""
    if abs(value) < SECOND_LARGEST:
        return value
    return math.copysign(math.inf if abs(value) == LARGEST else LARGEST, value)


# Of types that every dialect knows: to import PostgreSQL's and MySQL's own takes longer than to open a SQLite file.
def _string(length: int) -> Any:
    return String(length).with_variant(String(length, collation="C"), "postgresql")


_LONG = 2**32 - 1  # MySQL and MariaDB make LONGTEXT and LONGBLOB of this length
_text = Text().with_variant(Text(collation="C"), "postgresql").with_variant(Text(_LONG), "mysql", "mariadb")
_bytes = LargeBinary().with_variant(LargeBinary(_LONG), "mysql", "mariadb")
# SQLite numbers rows by itself only where the type is exactly INTEGER.
_number = BigInteger().with_variant(Integer(), "sqlite")


def _table(name: str, *columns: Any, rowid: bool = True, **options: Any) -> Table:
    return Table(
        name,
        metadata,
        *columns,
        sqlite_with_rowid=rowid,
        **options,
    )


@event.listens_for(metadata, "before_create")
def _choose_collations(_target: MetaData, connection: Connection, **_: Any) -> None:
    """Set options of tables that name a dialect, which is imported for that, where it is the one in use."""
    name = connection.dialect.name
    if name in _COLLATIONS:
        options = {f"{name}_charset": "utf8mb4", f"{name}_collate": _COLLATIONS[name]}
        for table in metadata.tables.values():
            table.dialect_kwargs.update(options)


experiments = _table(
    "experiments",
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("name", _string(500), nullable=False),
    # The name, NULL once the experiment is deleted: makes active names unique without a partial index.
    Column("active_name", _string(500), unique=True),
    Column("artifact_location", _text, nullable=False),
    Column("creation_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    Column("deleted_time", BigInteger),
)

experiment_tags = _table(
    "experiment_tags",
    Column("experiment", _number, ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("key", _string(250), primary_key=True),
    Column("value", _text, nullable=False),
    rowid=False,
)

runs = _table(
    "runs",
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("run_id", _string(256), nullable=False, unique=True),
    Column("experiment", _number, ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column("name", _text, nullable=False),
    Column("user_id", _string(256), nullable=False),
    Column("status", _string(9), nullable=False),
    Column("start_time", BigInteger, nullable=False),
    Column("end_time", BigInteger),
    Column("artifact_uri", _text, nullable=False),
    Column("deleted_time", BigInteger),
    # A RUNNING run is taken for dead after this time; NULL where nobody beats.
    Column("heartbeat_expires", BigInteger),
    Column("last_heartbeat", BigInteger),
    # The run was taken for dead, and a further heartbeat revives it.
    Column("lost", Boolean, nullable=False, default=False),
    Index("ix_runs_experiment_start", "experiment", "start_time", "run_id"),
    Index("ix_runs_heartbeat_expires", "heartbeat_expires"),
)

keys = _table(
    "keys",
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", _string(250), nullable=False, unique=True),
)


def _of_run(name: str, *columns: Any, **options: Any) -> Table:
    """A table with one row per run and key, clustered by run."""
    return _table(
        name,
        Column("run", _number, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        Column("key", Integer, ForeignKey("keys.id"), primary_key=True),
        *columns,
        **{"rowid": False, **options},
    )


params = _of_run(
    "params",
    Column("value", _text, nullable=False),
    Column("head", _string(HEAD), nullable=False),  # value[:HEAD]
    Column("number", Real),  # the value as a number, where it is one
    Index("ix_params_key_head_run", "key", "head", "run"),
    Index("ix_params_key_number_run", "key", "number", "run"),
)

tags = _of_run(
    "tags",
    Column("value", _text, nullable=False),
    Column("head", _string(HEAD), nullable=False),
    Index("ix_tags_key_head_run", "key", "head", "run"),
)

# One row per run and metric: what of its history is searched and shown without reading the history. First and last are
# the least and the greatest by (step, timestamp, value); total and count leave NaN out.
metrics = _of_run(
    "metrics",
    Column("last_value", Real),
    Column("last_step", BigInteger, nullable=False),
    Column("last_time", BigInteger, nullable=False),
    Column("first_value", Real),
    Column("first_step", BigInteger, nullable=False),
    Column("first_time", BigInteger, nullable=False),
    Column("min_value", Real),
    Column("min_step", BigInteger),  # the first step with that value
    Column("max_value", Real),
    Column("max_step", BigInteger),
    Column("total", Real),
    Column("count", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    # Blocks from `tail` on are not full yet; `next_block` is the number of the next one.
    Column("tail", Integer, nullable=False),
    Column("tail_points", Integer, nullable=False),
    Column("next_block", Integer, nullable=False),
    Index("ix_metrics_key_last_value_run", "key", "last_value", "run"),
)

# The history of a metric, in blocks of points; the format is in blocks.py. Without foreign keys: to check
# them for every block takes longer than to write it.
metric_blocks = _table(
    "metric_blocks",
    Column("run", _number, primary_key=True, autoincrement=False),
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("points", Integer, nullable=False),
    Column("min_step", BigInteger, nullable=False),
    Column("max_step", BigInteger, nullable=False),
    Column("first_time", BigInteger, nullable=False),  # of the first point, at min_step
    Column("last_time", BigInteger, nullable=False),  # of the last point, at max_step
    Column("min_value", Real),
    Column("max_value", Real),
    Column("format", SmallInteger, nullable=False),
    Column("summary", _bytes),
    Column("data", _bytes, nullable=False),
    # With numbered rows on SQLite, which would give every small block a page of its own otherwise.
)

# Points of many metrics that came in one call and go into the history later; see staging.py.
staged_points = _table(
    "staged_points",
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("run", _number, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("points", Integer, nullable=False),
    Column("format", SmallInteger, nullable=False),
    Column("data", _bytes, nullable=False),
)

# PostgreSQL would try to compress what is packed already.
for _packed, _column in ((metric_blocks, "data"), (metric_blocks, "summary"), (staged_points, "data")):
    _storage: ExecutableDDLElement = DDL(  # type: ignore[no-untyped-call]
        f"ALTER TABLE {_packed.name} ALTER COLUMN {_column} SET STORAGE EXTERNAL"
    )
    event.listen(_packed, "after_create", _storage.execute_if(dialect="postgresql"))

datasets = _table(
    "datasets",
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("experiment", _number, ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column("name", _string(500), nullable=False),
    Column("digest", _string(36), nullable=False),
    Column("source_type", _string(36), nullable=False),
    Column("source", _text, nullable=False),
    Column("schema", _text),
    Column("profile", _text),
    UniqueConstraint("experiment", "name", "digest"),
)

inputs = _table(
    "inputs",
    Column("run", _number, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("dataset", _number, ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, nullable=False),
    rowid=False,
)

input_tags = _table(
    "input_tags",
    Column("run", _number, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("dataset", _number, ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("key", _string(255), primary_key=True),
    Column("value", _text, nullable=False),
    rowid=False,
)

logged_models = _table(
    "logged_models",
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("model_id", _string(256), nullable=False, unique=True),
    Column("experiment", _number, ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column("name", _string(500), nullable=False),
    Column("model_type", _string(500)),
    Column("source_run_id", _string(256), index=True),
    Column("creator_id", _string(256)),
    Column("artifact_uri", _text, nullable=False),
    Column("status", _string(40), nullable=False),
    Column("status_message", _text, nullable=False),
    Column("creation_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    Column("deleted_time", BigInteger),
    Index("ix_logged_models_experiment_creation", "experiment", "creation_time", "model_id"),
)


def _of_model(name: str, *columns: Any) -> Table:
    """A table with one row per logged model and key."""
    return _table(
        name,
        Column("model", _number, ForeignKey("logged_models.id", ondelete="CASCADE"), primary_key=True),
        Column("key", _string(250), primary_key=True),
        *columns,
        rowid=False,
    )


logged_model_params = _of_model(
    "logged_model_params",
    Column("value", _text, nullable=False),
    Column("number", Real),  # the value as a number, where it is one
)
logged_model_tags = _of_model("logged_model_tags", Column("value", _text, nullable=False))

# Every point that was measured on a model: few, and each alone.
logged_model_metrics = _table(
    "logged_model_metrics",
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("model", _number, ForeignKey("logged_models.id", ondelete="CASCADE"), nullable=False),
    Column("key", _string(250), nullable=False),
    Column("value", Real),
    Column("step", BigInteger, nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("run_id", _string(256)),
    Column("dataset_name", _string(500)),
    Column("dataset_digest", _string(36)),
    Index("ix_logged_model_metrics_model_key_time", "model", "key", "timestamp", "step"),
    Index("ix_logged_model_metrics_run_id", "run_id"),
)

# Which logged models a run used (`produced` false) or produced.
run_models = _table(
    "run_models",
    Column("run", _number, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("produced", Boolean, primary_key=True),
    Column("model_id", _string(256), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("step", BigInteger, nullable=False),
    rowid=False,
)

# What changed, for those who follow it; old rows are removed after a while. Without foreign keys: it outlives things.
changes = _table(
    "changes",
    Column("number", _number, primary_key=True, autoincrement=True),
    Column("subject", _string(20), nullable=False),
    Column("id", _string(256), nullable=False),
    Column("experiment", BigInteger),
    Column("kind", _string(20), nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    # Numbers are never used again, even after the last row was removed.
    sqlite_autoincrement=True,
)

views = _table(
    "views",
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("view_id", _string(256), nullable=False, unique=True),
    Column("name", _string(500), nullable=False),
    Column("state", _text, nullable=False),
    Column("user_id", _string(256)),
    Column("creation_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
)

view_experiments = _table(
    "view_experiments",
    Column("view", _number, ForeignKey("views.id", ondelete="CASCADE"), primary_key=True),
    Column("experiment", _number, ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    rowid=False,
)

journals = _table(
    "journals",
    Column("id", _string(200), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    rowid=False,
)

registered_models = _table(
    "registered_models",
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("name", _string(256), nullable=False, unique=True),
    Column("description", _text, nullable=False),
    Column("creation_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    Column("last_version", Integer, nullable=False),  # the highest number ever given
)

registered_model_tags = _table(
    "registered_model_tags",
    Column("model", _number, ForeignKey("registered_models.id", ondelete="CASCADE"), primary_key=True),
    Column("key", _string(250), primary_key=True),
    Column("value", _text, nullable=False),
    rowid=False,
)

model_versions = _table(
    "model_versions",
    Column("model", _number, ForeignKey("registered_models.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("creation_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    Column("stage", _string(20), nullable=False),
    Column("description", _text, nullable=False),
    Column("source", _text, nullable=False),
    Column("run_id", _string(256), index=True),
    Column("run_link", _text),
    Column("user_id", _string(256)),
    Column("model_id", _string(256)),
    Column("status", _string(40), nullable=False),
    Column("status_message", _text, nullable=False),
    Column("storage_location", _text),
    rowid=False,
)

model_version_tags = _table(
    "model_version_tags",
    Column("model", _number, ForeignKey("registered_models.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("key", _string(250), primary_key=True),
    Column("value", _text, nullable=False),
    rowid=False,
)

model_aliases = _table(
    "model_aliases",
    Column("model", _number, ForeignKey("registered_models.id", ondelete="CASCADE"), primary_key=True),
    Column("alias", _string(255), primary_key=True),
    Column("version", Integer, nullable=False),
    rowid=False,
)

# Append-only and without foreign keys: the history outlives the model.
registry_events = _table(
    "registry_events",
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("model", BigInteger, nullable=False),
    Column("name", _string(256), nullable=False),
    Column("version", Integer),
    Column("change", _string(20), nullable=False),
    Column("subject", _string(255), nullable=False),
    Column("old", _text),
    Column("new", _text),
    Column("user_id", _string(256)),
    Column("timestamp", BigInteger, nullable=False),
    Index("ix_registry_events_name_id", "name", "id"),
    Index("ix_registry_events_model_id", "model", "id"),
)
