"""The output of a launched run while it goes on: kept with the run from time to time, so that others can read it."""

from __future__ import annotations

import io
import threading
import time
from types import TracebackType

import attrs

from runyard.errors import RunyardError
from runyard.projects.settling import OUTPUT
from runyard.protocols.project import Execution
from runyard.tracking.client import Client

PAUSE = 5.0  # seconds between two times, at the least
_SHARE = 20  # a pause is so many times as long as the last sending took
_MAX_BYTES = 16 << 20  # longer output is kept at the end only, as each time all of it is sent


@attrs.define(eq=False)
class Keeper:
    """Keeps what a command has written so far, while it is entered."""

    _client: Client = attrs.field(alias="client")
    _run_id: str = attrs.field(alias="run_id")
    _execution: Execution = attrs.field(alias="execution")
    _over: threading.Event = attrs.field(factory=threading.Event, init=False)
    _thread: threading.Thread | None = attrs.field(default=None, init=False)

    def __enter__(self) -> None:
        self._over.clear()
        self._thread = threading.Thread(target=self._keep, name=f"output of run {self._run_id}", daemon=True)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is being sent: whoever keeps the whole output comes after it."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _keep(self) -> None:
        content, pause = b"", PAUSE
        while not self._over.wait(pause):
            before = len(content)
            while more := self._execution.output(len(content)):
                content += more
            if len(content) > _MAX_BYTES:
                return
            if len(content) == before:
                continue
            start = time.monotonic()
            try:
                self._client.log_stream(self._run_id, io.BytesIO(content), OUTPUT)
            except RunyardError:  # all of it is kept at the end, where what is wrong is told
                return
            pause = max(PAUSE, _SHARE * (time.monotonic() - start))
