"""Artifacts in HDFS by HTTP: the contracts, and what is this storage's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runyard.errors import InvalidInput, Unavailable
from runyard.testing.contracts.artifacts import ArtifactStoreContract
from runyard.testing.contracts.artifacts_contents import CreatesFilesContract
from runyard.testing.contracts.artifacts_listing import ListsPagesContract


@pytest.mark.hdfs
class TestStore(ArtifactStoreContract):
    @pytest.fixture
    def store(self, webhdfs_store: Any) -> Any:
        return webhdfs_store


@pytest.mark.hdfs
class TestPages(ListsPagesContract):
    @pytest.fixture
    def store(self, webhdfs_store: Any) -> Any:
        return webhdfs_store


@pytest.mark.hdfs
class TestCreation(CreatesFilesContract):
    @pytest.fixture
    def store(self, webhdfs_store: Any) -> Any:
        return webhdfs_store


def test_a_host_that_is_away_is_told(open_at: Callable[..., Any], free_port: int) -> None:
    store = open_at(f"webhdfs://127.0.0.1:{free_port}/runs", {"webhdfs": {"token": "hush-hush"}})
    with pytest.raises(Unavailable, match=rf"artifact 'model' in webhdfs://127\.0\.0\.1:{free_port}/runs") as caught:
        store.stat("model")
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_host_that_says_nothing_is_given_up(open_at: Callable[..., Any], silent_port: int) -> None:
    store = open_at(f"webhdfs://127.0.0.1:{silent_port}/runs", RUNYARD_STORE_FSSPEC_TIMEOUT="0.5")
    with pytest.raises(Unavailable):
        store.list()


def test_a_uri_needs_a_host(open_at: Callable[..., Any]) -> None:
    with pytest.raises(InvalidInput, match="webhdfs://user@host:port/folder"):
        open_at("webhdfs:///runs")
