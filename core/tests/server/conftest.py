"""What the tests of the server's guard share."""

from __future__ import annotations

import pytest

from runyard.host import Host
from runyard.server.service import Service


@pytest.fixture
def service(runyard_host: Host) -> Service:
    return Service(runyard_host)
