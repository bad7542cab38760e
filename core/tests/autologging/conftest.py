"""A host with the reference autologger, and a way to put another one in its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import runyard as ry
from runyard.autologging.switches import switches
from runyard.host import Host, set_default_host
from runyard.settings import Settings
from runyard.testing.memory import plugin
from runyard.tracking.recorder import recorder_for


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    settings = Settings(root=tmp_path, tracking_uri=f"memory:{tmp_path.as_posix()}", data_dir=str(tmp_path / "data"))
    host = Host(settings, plugins={"memory": plugin}, discover=False)
    earlier = set_default_host(host)
    yield host
    switches.turn_off("line")
    while ry.active_run():
        ry.end_run()
    set_default_host(earlier)
    recorder_for(host, host.tracking_uri()).close()
    host.close()
