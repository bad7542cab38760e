"""A command that runs in a container, or ran, whoever started it."""

from __future__ import annotations

import signal
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path

import attrs
from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from runyard_backend_docker.engine import explained
from runyard_backend_docker.following import Follower, exit_code

IMAGE_URI, IMAGE_ID = "mlflow.docker.image.uri", "mlflow.docker.image.id"


@attrs.define(kw_only=True, eq=False)
class DockerExecution:
    """A container; `folder` is where what it writes is kept while somebody follows it."""

    client: DockerClient
    container: Container
    folder: Path
    grace: float
    _follower: Follower | None = attrs.field(default=None, init=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        weakref.finalize(self, self.client.close)

    @property
    def tags(self) -> Mapping[str, str]:
        facts = self.container.attrs
        return {IMAGE_URI: facts["Config"]["Image"], IMAGE_ID: facts["Image"]}

    def output(self, start: int) -> bytes:
        follower = self._followed()
        if exit_code(self.container.attrs) is not None:
            follower.over.wait()
        return follower.output(start)

    def wait(self, timeout: float | None = None) -> int | None:
        follower = self._followed()
        # Of what was over before it was followed, only the output has to be read.
        return follower.wait(None if exit_code(self.container.attrs) is not None else timeout)

    def send_signal(self, number: int) -> None:
        self._tell(number)

    def cancel(self) -> None:
        self._tell(signal.SIGTERM)
        if self.wait(self.grace) is None:
            self._tell(signal.SIGKILL)
        self.wait()

    def forget(self) -> None:
        if self._follower is not None:
            self._follower.over.wait()
            self._follower.close()
        remove(self.container)
        self.client.close()

    def _tell(self, number: int) -> None:
        with explained("the container cannot be sent a signal"):
            try:
                self.container.kill(number)
            except APIError:
                # That it does not run any more, each engine says in its own way.
                if self._runs():
                    raise

    def _runs(self) -> bool:
        try:
            self.container.reload()
        except NotFound:
            return False
        return exit_code(self.container.attrs) is None

    def _followed(self) -> Follower:
        with self._lock:
            if self._follower is None:
                self._follower = Follower(self.container, self.folder)
            return self._follower


def remove(container: Container) -> None:
    """Remove a container, with what runs in it and its own volumes."""
    with explained("the container cannot be removed"):
        try:
            container.remove(force=True, v=True)
        except NotFound:
            return
        except APIError as error:
            if error.status_code != 409:  # somebody else is removing it
                raise
