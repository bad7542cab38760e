"""A tracking store that can be switched off, loses acknowledgements on demand and remembers what it was asked."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import pytest

from runyard import hookimpl
from runyard.entities import Batch, Rejection, Run, RunStart
from runyard.errors import Unavailable
from runyard.host import Host
from runyard.settings import Settings
from runyard.specs import TrackingScheme
from runyard.testing.memory import plugin as memory
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.tracking.recorder import Recorder, recorder_for
from runyard.uris import Uri


class SwitchedStore(MemoryTrackingStore):
    """Away while `down`; `lost_acknowledgements` batches are taken but not acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.lost_acknowledgements = 0
        self.error: Exception | None = None
        self.batches: list[Batch] = []
        self.beats: list[str] = []

    def check(self) -> None:
        if self.down:
            raise Unavailable("switched off")
        if self.error is not None:
            raise self.error

    def create_run(self, start: RunStart) -> Run:
        self.check()
        return super().create_run(start)

    def ingest(self, batch: Batch) -> Sequence[Rejection]:
        self.check()
        rejections = super().ingest(batch)
        self.batches.append(batch)
        if self.lost_acknowledgements:
            self.lost_acknowledgements -= 1
            raise Unavailable("the answer was lost")
        return rejections

    def ingested(self, journal_id: str) -> int:
        self.check()
        return super().ingested(journal_id)

    def delete_tag(self, run_id: str, key: str) -> None:
        self.check()
        super().delete_tag(run_id, key)
        if self.lost_acknowledgements:
            self.lost_acknowledgements -= 1
            raise Unavailable("the answer was lost")

    def heartbeat(self, run_ids: Sequence[str], *, expires: int) -> None:
        self.check()
        super().heartbeat(run_ids, expires=expires)
        self.beats += run_ids


@attrs.define
class Lab:
    """A host, a recorder for a store, and the store."""

    folder: Path
    store: SwitchedStore = attrs.field(factory=SwitchedStore)
    plain: PlainTrackingStore = attrs.field(factory=lambda: PlainTrackingStore(Uri.parse("memory:plain")))
    plain_down: bool = False
    hosts: list[Host] = attrs.field(factory=list)

    @property
    def journals(self) -> Path:
        return self.folder / "journal"

    def open_plain(self, uri: Uri, settings: Settings) -> PlainTrackingStore:
        if self.plain_down:
            raise Unavailable("switched off")
        return self.plain

    def host(self, **settings: object) -> Host:
        manifest = types.ModuleType("lab_plugin")
        manifest.runyard_tracking_schemes = hookimpl(  # type: ignore[attr-defined]
            lambda: [
                TrackingScheme(name="lab", target="journal_lab:open_store", summary="The lab's store."),
                TrackingScheme(name="plain", target="journal_lab:open_plain", summary="A store without capabilities."),
            ],
            specname="runyard_tracking_schemes",
        )
        host = Host(
            Settings(data_dir=str(self.folder), root=self.folder, strict_plugins=True, **settings),  # type: ignore[arg-type]
            plugins={"lab": manifest, "memory": memory},
            discover=False,
        )
        self.hosts.append(host)
        return host

    def recorder(self, uri: str = "lab:store", **settings: object) -> Recorder:
        """A recorder of a host of its own, as another process would have."""
        return recorder_for(self.host(**settings), Uri.parse(uri))

    def start(self, recorder: Recorder, run_id: str = "run1") -> Run:
        return recorder.start_run(RunStart(run_id, "name", "me", 1000, experiment_name="lab"))

    def steps(self, run_id: str = "run1", key: str = "loss") -> list[int]:
        return list(self.store.read_metric(run_id, key).steps)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    module = types.ModuleType("journal_lab")
    module.open_store = lambda uri, settings: lab.store  # type: ignore[attr-defined]
    module.open_plain = lab.open_plain  # type: ignore[attr-defined]
    sys.modules["journal_lab"] = module
    yield lab
    lab.store.down, lab.store.error, lab.plain_down = False, None, False
    for host in lab.hosts:
        host.close()
    del sys.modules["journal_lab"]
