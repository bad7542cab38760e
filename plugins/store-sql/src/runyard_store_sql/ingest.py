"""Takes journal batches, each exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from runyard.entities import Batch, ChangeKind, DatasetInput, MetricColumns, Rejection, Subject
from runyard.errors import AlreadyExists, Conflict, InvalidInput, InvalidState, NotFound
from runyard.validation import check_dataset_input, check_model_metric, check_text
from runyard_store_sql import changes, inputs, logged_model_rows, logged_model_values, runs, values
from runyard_store_sql.engine import Database
from runyard_store_sql.keys import key_numbers
from runyard_store_sql.runs import NAME_TAG
from runyard_store_sql.schema import journals


def ingest(database: Database, batch: Batch) -> Sequence[Rejection]:
    """Take a batch in one transaction with its sequence number."""
    names = {NAME_TAG}
    names.update(key for start in batch.starts for key in start.tags)
    names.update(key for _, key, _ in batch.params)
    names.update(key for _, key, _ in batch.tags)
    names.update(key for _, key in batch.points)
    keys = key_numbers(database, names)
    root = database.location.artifact_root
    return database.write(lambda connection: _Ingestion(connection, batch, keys, root).run())


def last_sequence(connection: sa.Connection, journal_id: str) -> int:
    return connection.execute(sa.select(journals.c.sequence).where(journals.c.id == journal_id)).scalar() or 0


def forget(connection: sa.Connection, journal_id: str) -> None:
    connection.execute(journals.delete().where(journals.c.id == journal_id))


@attrs.define
class _Ingestion:
    """One batch in one transaction."""

    connection: sa.Connection
    batch: Batch
    keys: dict[str, int]
    artifact_root: str
    rows: dict[str, Any] = attrs.field(factory=dict)
    rejections: list[Rejection] = attrs.field(factory=list)

    def run(self) -> list[Rejection]:
        self._advance()
        for start in self.batch.starts:
            with self._rejecting(start.run_id, "run"):
                for key, value in ((NAME_TAG, start.run_name), *start.tags.items()):
                    check_text(value, f"tag {key!r}")
                runs.create(self.connection, start, self.keys, self.artifact_root)
        # What follows a start that was refused is meant for another run than the one that bears the id.
        refused = {rejection.run_id for rejection in self.rejections}
        self.rows = runs.lock_all(self.connection, list(self._run_ids() - refused))
        self._add_params()
        self._set_tags()
        self._add_inputs()
        self._add_points()
        self._add_measurements()
        for update in self.batch.updates:
            with self._rejecting(update.run_id, "run"):
                row = self._active(update.run_id)
                if update.run_name is not None:
                    check_text(update.run_name, "the run's name")
                runs.update(self.connection, row, update, self.keys[NAME_TAG])
        return self.rejections

    def _advance(self) -> None:
        batch, table = self.batch, journals.c
        step = journals.update().where(table.id == batch.journal_id, table.sequence == batch.first - 1)
        if batch.last >= batch.first >= 1 and self.connection.execute(step.values(sequence=batch.last)).rowcount:
            return
        last = last_sequence(self.connection, batch.journal_id)
        if last or batch.first != 1 or batch.last < batch.first:
            raise _conflict(batch, last)
        try:
            self.connection.execute(journals.insert().values(id=batch.journal_id, sequence=batch.last))
        except IntegrityError as error:
            raise Conflict(f"journal {batch.journal_id!r} is taken in by another process; try again") from error

    def _run_ids(self) -> set[str]:
        batch = self.batch
        named = {run_id for run_id, _, _ in (*batch.params, *batch.tags)}
        named.update(run_id for run_id, _ in (*batch.inputs, *batch.points))
        named.update(str(point.run_id) for point in batch.measurements)
        return named | {update.run_id for update in batch.updates}

    def _add_params(self) -> None:
        entries = []
        ids = {}
        for run_id, key, value in self.batch.params:
            with self._rejecting(run_id, f"param {key!r}"):
                row = self._active(run_id)
                entries.append((row.id, self.keys[key], check_text(value, f"param {key!r}")))
                ids[row.id, self.keys[key]] = run_id, key
        refused = values.add_params(self.connection, entries)
        for run, number, _ in set(entries).difference(entry for entry, _ in refused):
            runs.note(self.connection, self.rows[ids[run, number][0]], ChangeKind.UPDATED)
        for (run, number, value), known in refused:
            run_id, key = ids[run, number]
            self.rejections.append(Rejection(run_id, f"param {key!r}", conflict_of_params(run_id, key, known, value)))

    def _set_tags(self) -> None:
        last: dict[tuple[int, int], str | None] = {}
        names: dict[int, str] = {}
        for run_id, key, value in self.batch.tags:
            with self._rejecting(run_id, f"tag {key!r}"):
                row = self._active(run_id)
                last[row.id, self.keys[key]] = value if value is None else check_text(value, f"tag {key!r}")
                runs.note(self.connection, row, ChangeKind.UPDATED)
                if key == NAME_TAG and value is not None:
                    names[row.id] = value
        values.set_tags(self.connection, [(*place, value) for place, value in last.items() if value is not None])
        values.delete_tags(self.connection, [place for place, value in last.items() if value is None])
        for run, name in names.items():
            runs.rename(self.connection, run, name)

    def _add_inputs(self) -> None:
        items: dict[str, list[DatasetInput]] = {}
        for run_id, item in self.batch.inputs:
            with self._rejecting(run_id, f"input {item.dataset.name!r}"):
                self._active(run_id)
                items.setdefault(run_id, []).append(check_dataset_input(item))
        for run_id, some in items.items():
            inputs.add(self.connection, self.rows[run_id].id, self.rows[run_id].experiment, some)
            runs.note(self.connection, self.rows[run_id], ChangeKind.UPDATED)

    def _add_points(self) -> None:
        curves: dict[tuple[int, int], MetricColumns] = {}
        for (run_id, key), columns in self.batch.points.items():
            row = self.rows.get(run_id)
            if row is not None and row.deleted_time is None:
                curves[row.id, self.keys[key]] = columns
                runs.note(self.connection, row, ChangeKind.METRICS)
            else:
                with self._rejecting(run_id, f"metric {key!r}"):
                    self._active(run_id)
        if curves:
            from runyard_store_sql import series

            series.append(self.connection, curves)

    def _add_measurements(self) -> None:
        points = []
        models = logged_model_rows.lock_all(
            self.connection, list({point.model_id for point in self.batch.measurements})
        )
        for point in self.batch.measurements:
            with self._rejecting(str(point.run_id), f"measurement {point.key!r}"):
                self._active(str(point.run_id))
                logged_model_rows.check_writable(point.model_id, models.get(point.model_id))
                points.append(check_model_metric(point))
        numbers = {model_id: row.id for model_id, row in models.items()}
        for model_id in logged_model_values.add_points(self.connection, numbers, points):
            experiment = models[model_id].experiment
            changes.note(self.connection, Subject.LOGGED_MODEL, model_id, ChangeKind.METRICS, experiment)

    def _active(self, run_id: str) -> Any:
        row = self.rows.get(run_id)
        if row is None:
            raise runs.missing(run_id)
        if row.deleted_time is not None:
            raise runs.deleted(run_id)
        return row

    @contextmanager
    def _rejecting(self, run_id: str, what: str) -> Iterator[None]:
        try:
            yield
        except (AlreadyExists, InvalidInput, InvalidState, NotFound) as error:
            self.rejections.append(Rejection(run_id, what, error.message))


def conflict_of_params(run_id: str, key: str, known: str, value: str) -> str:
    return f"param {key!r} of run {run_id!r} is {known!r} already and cannot become {value!r}; log it under another key"


def _conflict(batch: Batch, last: int) -> Conflict:
    return Conflict(
        f"journal {batch.journal_id!r} goes on with record {last + 1}, got records {batch.first} to {batch.last}"
    )
