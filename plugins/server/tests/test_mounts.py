"""Which mount a path belongs to, where one of them has the root."""

from __future__ import annotations

import pytest

from runyard.server.answers import Receive, Scope, Send
from runyard_server.mounts import Mounted, Mounts


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("is not called")


MOUNTS = Mounts.of([Mounted("/", "ui", nothing), Mounted("/api/v1", "api-v1", nothing)])


@pytest.mark.parametrize("path", ["/", "/experiments/1", "/apis", "/assets/api"])
def test_the_mount_of_the_root_has_what_no_other_one_has(path: str) -> None:
    found = MOUNTS.find(path)
    assert found is not None
    assert found.plugin == "ui"


@pytest.mark.parametrize("path", ["/api", "/api/v2/runs", "/api/2.0/mlflow/runs/get", "/ajax-api/2.0/x", "/api/v10"])
def test_a_path_of_an_api_that_nobody_serves_is_missing_and_no_page(path: str) -> None:
    assert MOUNTS.find(path) is None


def test_the_longest_prefix_comes_before_the_root() -> None:
    found = MOUNTS.find("/api/v1/runs")
    assert found is not None
    assert found.plugin == "api-v1"
