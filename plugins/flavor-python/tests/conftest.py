"""What the tests of this plugin share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runyard.host import Host, set_default_host
from runyard.settings import Settings


@pytest.fixture
def default(tmp_path: Path) -> Iterator[Host]:
    """The host of `runyard.pyfunc`, with everything in a temporary folder; what it saves, it trusts."""
    with Host(Settings(root=tmp_path, strict_plugins=True)) as host:
        earlier = set_default_host(host)
        yield host
        set_default_host(earlier)
