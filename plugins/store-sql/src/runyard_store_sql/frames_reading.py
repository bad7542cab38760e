"""`ReadsFrames` of the tracking store; what reads columns, and numpy with it, is imported with the first call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runyard.entities import ViewType
from runyard.query import Filter
from runyard_store_sql.engine import Database
from runyard_store_sql.frames_cache import Kept, now

if TYPE_CHECKING:
    from runyard.protocols.frames import Frame, FrameQuery, FrameSchema


class Frames:
    """`ReadsFrames` of the tracking store."""

    _database: Database

    def read_frame(self, query: FrameQuery) -> Frame:
        from runyard_store_sql import frames

        with now(self._database, query.experiment_ids) as moment:
            return frames.read(moment, query, self._kept)

    def describe_frame(
        self,
        experiment_ids: Sequence[str],
        *,
        filter: Filter | None = None,  # noqa: A002 - as in the queries
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_values: int = 50,
    ) -> FrameSchema:
        from runyard.protocols.frames import FrameQuery
        from runyard_store_sql import frames_schema

        query = FrameQuery(experiment_ids=experiment_ids, columns=(), filter=filter, view=view)
        with now(self._database, experiment_ids) as moment:
            return frames_schema.describe(moment, query, max_values, self._kept)

    @property
    def _kept(self) -> Kept:
        kept: Kept = self._database.memory.setdefault("frames", Kept())
        return kept
