"""Curves as they were read, kept for the next zoom until their run changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence

import attrs

from runyard.entities import MetricColumns, Subject
from runyard.errors import NotFound
from runyard.protocols.access import Action, Operation, Resource, ResourceKind
from runyard.protocols.changes import RecordsChanges
from runyard.protocols.tracking import ReadsManyMetrics, TrackingStore
from runyard.server.service import Stores

Pair = tuple[str, str]  # run id and key

KEPT_BYTES = 96 << 20
POINT_BYTES = 24
CURVE_BYTES = 600  # what a curve takes beside its points
AT_ONCE = 2_000_000  # points that are read together
MAX_PAIRS = 256  # the same as pairs
MAX_CHANGED = 10_000


@attrs.define
class Moment:
    """A number of the store's changes; what was kept before it and is kept still is good at it."""

    number: int


class Curves:
    """Reads curves, and start times of runs, through what it keeps; the policy is asked every time."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, dict[str, MetricColumns]] = OrderedDict()  # by run and key
        self._starts: dict[str, int] = {}
        self._bytes = 0
        self._seen: int | None = None
        self._changed: dict[str, int] = {}  # runs, and the number of the last change of each that was seen
        self._floor = 0  # changes up to here may be missing in it

    def read(self, stores: Stores, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, MetricColumns]]:
        """The curves that exist, some at a time so that memory stays small, in the order of the pairs."""
        self._check(stores, [run_id for run_id, _ in pairs])
        moment = self._moment(stores)
        at, size = 0, 4
        while at < len(pairs):
            part = pairs[at : at + size]
            found = {pair: columns for pair in part if (columns := self._get(moment, pair)) is not None}
            fetched = _fetch(stores.tracking, [pair for pair in part if pair not in found])
            for pair, columns in fetched.items():
                self._keep(moment, pair, columns)
            found |= fetched
            yield from ((pair, found[pair]) for pair in part if pair in found and len(found[pair]))
            at += size
            points = sum(len(columns) for columns in found.values())
            size = max(1, min(MAX_PAIRS, size * 2, AT_ONCE * len(part) // max(points, 1)))

    def starts(self, stores: Stores, run_ids: Sequence[str]) -> dict[str, int]:
        """When runs began; runs that do not exist are left out."""
        self._check(stores, run_ids)
        moment = self._moment(stores)
        found: dict[str, int] = {}
        for run_id in run_ids:
            with self._lock:
                start = self._starts.get(run_id) if moment else None
            if start is None:
                try:
                    start = stores.tracking.get_run(run_id).info.start_time
                except NotFound:
                    continue
                with self._lock:
                    if moment and not self._is_changed(run_id, moment) and len(self._starts) < MAX_CHANGED:
                        self._starts[run_id] = start
            found[run_id] = start
        return found

    @staticmethod
    def _check(stores: Stores, run_ids: Sequence[str]) -> None:
        runs = tuple(Resource(ResourceKind.RUN, run_id) for run_id in dict.fromkeys(run_ids))
        stores.check(Operation("tracking.read_metrics", Action.READ, runs))

    def _moment(self, stores: Stores) -> Moment | None:
        """Forget what has changed; None where the store cannot tell, so that nothing is kept."""
        # The server's own store: changes that this principal may not see concern what others are shown.
        tracking = stores.service.host.tracking_store()
        return self._catch_up(tracking) if isinstance(tracking, RecordsChanges) else None

    def _catch_up(self, tracking: RecordsChanges) -> Moment:
        with self._lock:
            since = self._seen
        if since is None:
            last = tracking.changes().last
            with self._lock:
                if self._seen is None:
                    self._seen = self._floor = last
                    return Moment(last)
                since = self._seen
        while True:
            changes = tracking.changes(since)
            with self._lock:
                if changes.reset:
                    self._forget_all(changes.last)
                for change in changes.items:
                    if change.subject is Subject.RUN:
                        self._forget(change.id, change.number)
                self._seen = max(self._seen or 0, changes.last)
            if not changes.items or changes.last <= since:
                return Moment(max(since, changes.last))
            since = changes.last

    def _get(self, moment: Moment | None, pair: Pair) -> MetricColumns | None:
        if moment is None:
            return None
        with self._lock:
            columns = self._kept.get(pair[0], {}).get(pair[1])
            if columns is not None:
                self._kept.move_to_end(pair[0])
            return columns

    def _keep(self, moment: Moment | None, pair: Pair, columns: MetricColumns) -> None:
        run_id, key = pair
        with self._lock:
            if moment is None or self._is_changed(run_id, moment) or _size(columns) > self._limit // 2:
                return
            of_run = self._kept.setdefault(run_id, {})
            if key not in of_run:
                of_run[key] = columns
                self._bytes += _size(columns)
            while self._bytes > self._limit:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= sum(map(_size, oldest.values()))

    def _is_changed(self, run_id: str, moment: Moment) -> bool:
        return self._changed.get(run_id, self._floor) > moment.number

    def _forget(self, run_id: str, number: int) -> None:
        self._bytes -= sum(map(_size, self._kept.pop(run_id, {}).values()))
        self._starts.pop(run_id, None)
        self._changed[run_id] = max(number, self._changed.get(run_id, 0))
        if len(self._changed) > MAX_CHANGED:
            self._floor = max(self._changed.values())
            self._changed.clear()

    def _forget_all(self, number: int) -> None:
        self._kept.clear()
        self._starts.clear()
        self._changed.clear()
        self._bytes, self._floor = 0, number


def _size(columns: MetricColumns) -> int:
    return len(columns) * POINT_BYTES + CURVE_BYTES


def _fetch(tracking: TrackingStore, pairs: Sequence[Pair]) -> dict[Pair, MetricColumns]:
    if isinstance(tracking, ReadsManyMetrics):
        return dict(tracking.read_metrics(pairs)) if pairs else {}
    found: dict[Pair, MetricColumns] = {}
    for run_id, key in pairs:
        try:
            found[run_id, key] = tracking.read_metric(run_id, key)
        except NotFound:
            continue
    return found
