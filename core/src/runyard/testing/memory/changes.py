"""What changed in a store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runyard.entities import Change, ChangeKind, Changes, Subject
from runyard.errors import InvalidInput
from runyard.testing.memory.tracking_core import PlainTrackingStore, locked
from runyard.testing.memory.tracking_state import now

KEPT = 200_000


class ChangeLog:
    """Changes in their order, each with its number."""

    def __init__(self) -> None:
        self.kept = KEPT
        self._changes: list[Change] = []
        self._forgotten = 0  # the number up to which all are gone
        self._last = 0
        self._since: int | None = None

    def note(self, subject: Subject, id: str, kind: ChangeKind, experiment_id: str | None = None) -> None:  # noqa: A002
        if self._since is not None and self._is_told(subject, id, kind, self._since):
            return
        self._last += 1
        self._changes.append(Change(self._last, subject, id, kind, now(), experiment_id))
        if len(self._changes) > self.kept:
            self._forgotten = self._changes.pop(0).number

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is done in one transaction is told once for each thing."""
        self._since = self._last
        try:
            yield
        finally:
            self._since = None

    def since(self, since: int | None, max_results: int) -> Changes:
        if max_results < 1:
            raise InvalidInput(f"max_results must be at least 1, got {max_results}")
        if since is None:
            return Changes((), self._last)
        if since < 0:
            raise InvalidInput(f"since must be the number of a change or 0, got {since}")
        items = [change for change in self._changes if change.number > since][:max_results]
        last = items[-1].number if len(items) == max_results else self._last
        return Changes(items, last, reset=since < self._forgotten or since > self._last)

    def _is_told(self, subject: Subject, id: str, kind: ChangeKind, since: int) -> bool:  # noqa: A002
        told = {(one.subject, one.id, one.kind) for one in self._changes if one.number > since}
        is_created = kind is ChangeKind.UPDATED and (subject, id, ChangeKind.CREATED) in told
        return is_created or (subject, id, kind) in told


class ChangesStore(PlainTrackingStore):
    """`RecordsChanges`."""

    @property
    def changes_log(self) -> ChangeLog:
        """Made when the first change is noted."""
        log: ChangeLog = self.__dict__.setdefault("_changes_log", ChangeLog())
        return log

    @locked
    def changes(self, since: int | None = None, *, max_results: int = 1000) -> Changes:
        time = self.clock()
        for state in self._runs.values():
            if state.is_lost(time) and not state.is_known_lost:
                state.is_known_lost = True
                self._note(Subject.RUN, state.run_id, ChangeKind.UPDATED, state.experiment_id)
        return self.changes_log.since(since, max_results)

    def _note(self, subject: Subject, id: str, kind: ChangeKind, experiment_id: str | None = None) -> None:  # noqa: A002
        self.changes_log.note(subject, id, kind, experiment_id)
