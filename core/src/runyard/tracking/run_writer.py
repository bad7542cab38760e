"""Logs to one run: checks, packs a record, appends it. Microseconds, and `kill -9` loses nothing afterwards."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Mapping, Sequence
from zlib import crc32

from runyard.entities import DatasetInput, ModelMetric
from runyard.errors import InvalidInput
from runyard.tracking.journal import format as layout
from runyard.tracking.journal.writer import JournalWriter
from runyard.validation import (
    check_dataset_input,
    check_integer,
    check_key,
    check_metric_value,
    check_model_metric,
    check_param_value,
    check_run_id,
    check_tag_value,
)

_pack_point = layout.POINT.pack
_pack_head = layout.HEAD.pack
_now = time.time_ns
_write = os.write
_POINT = layout.TYPE_POINT
_POINT_LENGTH = layout.POINT.size
_FRAME_LENGTH = layout.POINT_FRAME.size


class RunWriter:
    """Logs to one run; a call's record is in the journal when it returns. Safe to use from threads and after a fork."""

    __slots__ = ("_journal", "_params", "_series", "run_id")

    def __init__(self, journal: JournalWriter, run_id: str) -> None:
        self.run_id = check_run_id(run_id)
        self._journal = journal
        self._series: dict[str, int] = {}
        self._params: dict[str, str] = {}

    def log_metric(self, key: str, value: float, step: int | None = None, timestamp: int | None = None) -> None:
        """Append one point; no step means 0, no timestamp means now.

        Raises:
            InvalidInput: the key, value, step or timestamp is refused; nothing was written.
            StorageFull: the journal's disk is full; nothing was written.
        """
        # This is the hot path: no calls but the ones that do the work, and whatever is unusual goes to _log_slowly.
        if step is None:
            step = 0
        if timestamp is None:
            timestamp = _now() // 1_000_000
        elif type(timestamp) is not int or timestamp < 0:
            self._log_slowly(key, value, step, timestamp)
            return
        if type(value) is not float or type(step) is not int:
            self._log_slowly(key, value, step, timestamp)
            return
        journal = self._journal
        with journal.lock:
            try:
                body = _pack_point(_POINT, self._series[key], step, timestamp, value)
                written = _write(journal.descriptor, _pack_head(_POINT_LENGTH, crc32(body)) + body)
            except (KeyError, TypeError, struct.error, OSError):
                self._log_slowly(key, value, step, timestamp)
                return
            if written != _FRAME_LENGTH:
                journal.undo(written)
            journal.size = size = journal.size + _FRAME_LENGTH
            if size >= journal.limit:
                journal.begin_segment()

    def _log_slowly(self, key: str, value: object, step: object, timestamp: object) -> None:
        """The same with every check: for a new key, an unusual type, a refusal, a journal to be opened."""
        self._journal.append(self._point(key, value, check_step(step), check_timestamp(timestamp)))

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None, timestamp: int | None = None) -> None:
        """Append one point of each metric, all or none."""
        at_step = check_step(0 if step is None else step)
        at_time = check_timestamp(_now() // 1_000_000 if timestamp is None else timestamp)
        checked = {check_key(key, "metric"): check_metric_value(key, value) for key, value in metrics.items()}
        if checked:
            self._journal.append(b"".join(self._point(key, value, at_step, at_time) for key, value in checked.items()))

    def log_params(self, params: Mapping[str, object]) -> None:
        """Append params, all or none.

        Raises:
            InvalidInput: one is refused, or this process logged it with another value.
        """
        checked = {check_key(key, "param"): check_param_value(key, value) for key, value in params.items()}
        with self._journal.lock:
            for key, value in checked.items():
                if self._params.get(key, value) != value:
                    raise InvalidInput(
                        f"param {key!r} of run {self.run_id} is {self._params[key]!r} and cannot become {value!r}; "
                        "params are written once: use another key, or a tag"
                    )
            now = _now() // 1_000_000
            new = {key: value for key, value in checked.items() if key not in self._params}
            frames = [layout.param_frame(now, self.run_id, key, value) for key, value in new.items()]
            if frames:
                self._journal.append(b"".join(frames))
            self._params |= new

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Append tags, all or none."""
        now = _now() // 1_000_000
        checked = {check_key(key, "tag"): check_tag_value(key, value) for key, value in tags.items()}
        frames = [layout.tag_frame(now, self.run_id, key, value) for key, value in checked.items()]
        if frames:
            self._journal.append(b"".join(frames))

    def delete_tag(self, key: str) -> None:
        """Append a tag's deletion; deleting one that is not there does no harm."""
        frame = layout.tag_frame(_now() // 1_000_000, self.run_id, check_key(key, "tag"), None)
        self._journal.append(frame)

    def log_inputs(self, inputs: Sequence[DatasetInput]) -> None:
        """Append data sets that the run used, all or none."""
        now = _now() // 1_000_000
        frames = [layout.input_frame(now, self.run_id, check_dataset_input(item)) for item in inputs]
        if frames:
            self._journal.append(b"".join(frames))

    def log_measurements(self, points: Sequence[ModelMetric]) -> None:
        """Append points that the run measured on logged models, all or none."""
        now = _now() // 1_000_000
        frames = [layout.measured_frame(now, self.run_id, check_model_metric(point)) for point in points]
        if frames:
            self._journal.append(b"".join(frames))

    def close(self) -> None:
        """No more points come: the journal need not define the run's series any longer."""
        with self._journal.lock:
            self._journal.forget_series(list(self._series.values()))
            self._series.clear()

    def _point(self, key: str, value: object, step: int, timestamp: int) -> bytes:
        number = check_metric_value(key, value)
        series = self._series.get(key)
        if series is None:
            check_key(key, "metric")
            with self._journal.lock:
                series = self._series.get(key)
                if series is None:
                    series = self._series[key] = self._journal.define(self.run_id, key)
        return layout.point_frame(series, step, timestamp, number)


def check_step(step: object) -> int:
    return check_integer(step, "step")


def check_timestamp(timestamp: object) -> int:
    return check_integer(timestamp, "timestamp", minimum=0)
