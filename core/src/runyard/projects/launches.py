"""The folders of launches: what is kept of each command until its run is settled, whoever dies meanwhile."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import Conflict
from runyard.host import Host
from runyard.transfers.locks import lock
from runyard.validation import check_run_id
from runyard.whole_files import whole_file

_FACTS, _LOCK = "launch.json", "lock"


@attrs.define(eq=False)
class LaunchFolder:
    """What is kept of the launch of one run. It is locked by the process that looks after it."""

    path: Path
    _descriptor: int | None = attrs.field(default=None, alias="descriptor")

    @property
    def run_id(self) -> str:
        return self.path.name

    @property
    def state(self) -> Path:
        """The backend's own part."""
        return self._made("state")

    @property
    def source(self) -> Path:
        """Where a project is fetched to."""
        return self._made("source")

    def fresh_source(self) -> Path:
        """The same, emptied of what an earlier process has left there."""
        shutil.rmtree(self.path / "source", ignore_errors=True)
        return self.source

    @property
    def inputs(self) -> Path:
        """Where parameters that are elsewhere are fetched to."""
        return self._made("inputs")

    def note(self, **facts: Any) -> None:
        """Keep what another process needs to go on with it."""
        with whole_file(self.path / _FACTS) as stream:
            stream.write(json.dumps(facts).encode())

    def facts(self) -> dict[str, Any]:
        """What was noted; empty before anything was launched."""
        try:
            found = json.loads((self.path / _FACTS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found if isinstance(found, dict) else {}

    def take(self) -> bool:
        """Look after it; False where another process does."""
        if self._descriptor is None:
            descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if not lock(descriptor):
                os.close(descriptor)
                return False
            self._descriptor = descriptor
        return True

    def claim(self) -> None:
        """Look after it.

        Raises:
            Conflict: another process does.
        """
        if not self.take():
            raise Conflict(f"run {self.run_id} is looked after by another process; wait for that to end")

    def leave(self) -> None:
        """Let another process look after it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def clear(self) -> None:
        """Remove it; its run is settled."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.leave()

    def _made(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder


def launch_folder(host: Host, run_id: str) -> LaunchFolder:
    """The folder of a run's launch, made where it is not there."""
    path = _root(host) / check_run_id(run_id)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LaunchFolder(path)


def find_folder(host: Host, run_id: str) -> LaunchFolder | None:
    """The folder of a run's launch, where something is kept of it."""
    path = _root(host) / check_run_id(run_id)
    return LaunchFolder(path) if path.is_dir() else None


def left_folders(host: Host) -> Iterator[LaunchFolder]:
    """Those whose processes are gone, each taken over now."""
    root = _root(host)
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        folder = LaunchFolder(path)
        if path.is_dir() and folder.take():
            yield folder


def _root(host: Host) -> Path:
    return host.settings.data_path / "launches"
