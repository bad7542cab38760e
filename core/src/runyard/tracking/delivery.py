"""Brings one journal to a store, exactly once, however often it is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runyard.entities import Batch, Rejection
from runyard.errors import Conflict, InvalidState
from runyard.host import Host
from runyard.protocols.tracking import TrackingStore
from runyard.tracking.journal.folder import Delivered, JournalFolder
from runyard.tracking.journal.reader import CHUNK, Damage, JournalReader
from runyard.tracking.journal.records import Records
from runyard.tracking.refusals import keep_damage, keep_rejections
from runyard.tracking.sink import BEGUN, Refusal, Sink, forget_journal, open_sink
from runyard.tracking.staging import upload_staged

_CONFLICTS = 8


class Delivery:
    """The delivery of one journal; whoever uses it owns the journal. Not safe to use from several threads.

    The store commits the position together with the data and is the one that knows it; after any failure it is asked
    again, so a batch whose acknowledgement was lost is not sent twice.
    """

    def __init__(
        self,
        host: Host,
        folder: JournalFolder,
        destination: str,
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> None:
        self._host = host
        self._folder = folder
        self._destination = destination
        self._reader = JournalReader(folder)
        self._sink: Sink | None = None
        self._committed: int | None = None  # what the store has said
        self._on_progress = on_progress
        self.position = 0  # everything before it is delivered
        self.records = 0
        self.rejections: list[Rejection] = []
        self.damages: list[Damage] = []
        self.last_times: dict[str, int] = {}

    def deliver(self, store: TrackingStore, end: int, *, chunk: int = CHUNK) -> None:
        """Deliver everything before a position.

        Raises:
            Unavailable: the store cannot be reached; call again later.
        """
        conflicts = 0
        try:
            sink = self._begin(store) if self._sink is None or self._committed is None else self._sink
            while self.position < end:
                extract = self._reader.read(self.position, end, chunk)
                try:
                    self._send(sink, extract.records, extract.last)
                except Conflict:
                    conflicts += 1
                    if conflicts > _CONFLICTS:
                        raise
                    sink = self._begin(store)
                    continue
                except Refusal as error:
                    if chunk > 1:
                        # The store takes nothing of the batch: send it in small pieces to lose the least.
                        self.deliver(store, extract.last, chunk=1)
                        continue
                    self._refuse(sink, extract.records, extract.last, error)
                self._note(extract.records, extract.damages, extract.last)
        except BaseException:
            self._committed = None
            raise
        self._folder.discard_before(self.position)

    def upload(self, store: TrackingStore) -> None:
        """Copy staged artifacts to their runs' own places."""
        upload_staged(self._host, store, self._folder)

    def finish(self, store: TrackingStore) -> None:
        """Remove the journal; the store need not remember it."""
        self._reader.close()
        self._folder.remove()
        forget_journal(store, self._folder.journal_id)

    def close(self) -> None:
        self._reader.close()

    def _begin(self, store: TrackingStore) -> Sink:
        """Ask the store where to go on."""
        noted = self._folder.delivered()
        if noted.position and noted.destination != self._destination:
            raise InvalidState(
                f"journal {self._folder.journal_id} is partly delivered to {noted.destination}; deliver the rest there"
            )
        self._sink, self._committed = open_sink(store, self._folder, self._destination)
        self.position = max(self._committed, 0)
        return self._sink

    def _send(self, sink: Sink, records: Records, last: int) -> None:
        if not records:
            return
        assert self._committed is not None
        batch = records.batch(self._folder.journal_id, self._committed + 1, last)
        if not self._committed:
            # From the first batch on, the journal belongs to this store.
            self._folder.note_delivered(Delivered(BEGUN, self._destination))
        rejections = sink.ingest(batch)
        keep_rejections(self._folder, batch, rejections)
        self.rejections.extend(rejections)
        self._committed = last

    def _refuse(self, sink: Sink, records: Records, last: int, error: Exception) -> None:
        """The store refuses these few records as they are: keep them aside and go on."""
        assert self._committed is not None
        batch = records.batch(self._folder.journal_id, self._committed + 1, last)
        rejections = [Rejection(run_id, "records", str(error)) for run_id in records.times()]
        sink.ingest(Batch(batch.journal_id, batch.first, batch.last))
        keep_rejections(self._folder, batch, rejections)
        self.rejections.extend(rejections)
        self._committed = last

    def _note(self, records: Records, damages: Sequence[Damage], last: int) -> None:
        keep_damage(self._folder, damages)
        self.damages.extend(damages)
        for run_id, time in records.times().items():
            self.last_times[run_id] = max(time, self.last_times.get(run_id, 0))
        self.records += records.count
        self.position = last
        if self._on_progress is not None:
            self._on_progress(last)
