"""The default host, in memory and on SQLite, with the reference flavor `line`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import runyard as ry
from runyard.host import Host, set_default_host
from runyard.settings import Settings
from runyard.testing.memory import plugin as memory
from runyard.tracking.recorder import recorder_for


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """The default host: what is installed, and the reference flavor."""
    settings = Settings(data_dir=str(tmp_path / "data"), root=tmp_path, user="ann", disabled_plugins=("capture",))
    host = Host(settings, plugins={"memory": memory})
    earlier = set_default_host(host)
    yield host
    while ry.active_run():
        ry.end_run()
    set_default_host(earlier)
    recorder_for(host, host.tracking_uri()).close()
    host.close()
