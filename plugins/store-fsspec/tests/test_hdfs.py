"""Artifacts in HDFS by Hadoop's protocols: the contracts, and what is this storage's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from runyard.errors import InvalidInput, NotSupported, Unavailable
from runyard.testing.contracts.artifacts import ArtifactStoreContract, read
from runyard.testing.contracts.artifacts_contents import CreatesFilesContract
from runyard.testing.contracts.artifacts_listing import ListsPagesContract
from runyard_store_fsspec.hdfs import connect


@pytest.mark.hdfs
class TestStore(ArtifactStoreContract):
    @pytest.fixture
    def store(self, hdfs_store: Any) -> Any:
        return hdfs_store


@pytest.mark.hdfs
class TestPages(ListsPagesContract):
    @pytest.fixture
    def store(self, hdfs_store: Any) -> Any:
        return hdfs_store


@pytest.mark.hdfs
class TestCreation(CreatesFilesContract):
    @pytest.fixture
    def store(self, hdfs_store: Any) -> Any:
        return hdfs_store


@pytest.mark.hdfs
def test_a_host_that_is_away_is_told_soon(open_at: Callable[..., Any], free_port: int) -> None:
    store = open_at(f"hdfs://127.0.0.1:{free_port}/runs")
    with pytest.raises(Unavailable, match=rf"cannot list hdfs://127\.0\.0\.1:{free_port}/runs.*refused"):
        store.list()


@pytest.mark.hdfs
def test_a_host_that_says_nothing_is_given_up(open_at: Callable[..., Any], silent_port: int) -> None:
    store = open_at(f"hdfs://127.0.0.1:{silent_port}/runs", RUNYARD_STORE_FSSPEC_TIMEOUT="0.5")
    with pytest.raises(Unavailable, match=r"no answer within 0\.5 s"):
        store.stat("model")


def test_another_user_than_the_one_that_acts_is_refused(open_at: Callable[..., Any]) -> None:
    with pytest.raises(InvalidInput, match=r"HADOOP_USER_NAME.*webhdfs://"):
        open_at("hdfs://alice@127.0.0.1:8020/runs", HADOOP_USER_NAME="bob")


@pytest.mark.hdfs
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_is_told_that_it_cannot(hdfs_store: Any) -> None:
    hdfs_store.write("file.txt", BytesIO(b"x"))
    child = os.fork()
    if not child:
        try:
            hdfs_store.list()
        except NotSupported as error:
            os._exit(0 if "spawn" in str(error) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert read(hdfs_store, "file.txt") == b"x"


@pytest.mark.hdfs
def test_what_another_client_writes_is_seen(hdfs_store: Any, hdfs_root: dict[str, str]) -> None:
    assert hdfs_store.list() == []
    store_place = hdfs_store._root.place
    server = hdfs_root["uri"].removesuffix(hdfs_root["path"])
    other = connect({"url": server, "config": {}})
    with other.create(f"{store_place}/new/file.txt") as file:
        file.write(b"theirs")
    assert read(hdfs_store, "new/file.txt") == b"theirs"
    assert [info.path for info in hdfs_store.list()] == ["new"]
