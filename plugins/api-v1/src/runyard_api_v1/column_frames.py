"""Runs as a binary frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runyard.protocols.frames import Frame, NumberColumn
from runyard.query import Identifier
from runyard_api_v1.binary import FrameWriter
from runyard_api_v1.column_names import RUN_ID


def binary_frame(frame: Frame, wanted: Mapping[str, Identifier], offset: int, *, single: bool) -> bytes:
    """Run ids first, as the column `run_id`, then the columns that were asked for."""
    writer = FrameWriter(single=single)
    ids = writer.texts(frame.run_ids)
    described: list[dict[str, Any]] = [{"key": "run_id", **ids}]
    written: dict[Identifier, dict[str, Any]] = {RUN_ID: ids}
    for name, identifier in wanted.items():
        if identifier not in written:
            column = frame.columns[identifier]
            if isinstance(column, NumberColumn):
                written[identifier] = writer.number_column(column)
            else:
                written[identifier] = writer.text_column(column)
        described.append({"key": name, **written[identifier]})
    return writer.finish({"total": frame.total, "offset": offset, "rows": len(frame.run_ids), "cols": described})
