"""Artifacts on an SSH server: the contracts, and what is this storage's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from runyard.errors import Forbidden, InvalidInput, Unavailable
from runyard.testing.contracts.artifacts import ArtifactStoreContract, read
from runyard.testing.contracts.artifacts_contents import CreatesFilesContract
from runyard.testing.contracts.artifacts_listing import ListsPagesContract


@pytest.mark.sftp
class TestStore(ArtifactStoreContract):
    @pytest.fixture
    def store(self, sftp_store: Any) -> Any:
        return sftp_store


@pytest.mark.sftp
class TestPages(ListsPagesContract):
    @pytest.fixture
    def store(self, sftp_store: Any) -> Any:
        return sftp_store


@pytest.mark.sftp
class TestCreation(CreatesFilesContract):
    @pytest.fixture
    def store(self, sftp_store: Any) -> Any:
        return sftp_store


@pytest.mark.sftp
def test_a_host_whose_key_is_unknown_is_refused(
    sftp_root: dict[str, str], open_at: Callable[..., Any], tmp_path: Any
) -> None:
    (tmp_path / "known_hosts").touch()
    options = {"client_keys": [sftp_root["key"]], "known_hosts": str(tmp_path / "known_hosts")}
    with pytest.raises(Forbidden, match="known_hosts"):
        open_at(sftp_root["uri"], {"sftp": options}).list()


@pytest.mark.sftp
def test_a_wrong_password_is_forbidden_and_not_shown(sftp_root: dict[str, str], open_at: Callable[..., Any]) -> None:
    uri = f"sftp://bob:hush-hush@{sftp_root['host']}:{sftp_root['port']}/tmp"
    options = {"known_hosts": sftp_root["known_hosts"], "client_keys": [], "agent_path": ""}
    with pytest.raises(Forbidden) as caught:
        open_at(uri, {"sftp": options}).list()
    assert "hush" not in str(caught.value)


@pytest.mark.sftp
def test_a_connection_that_broke_is_made_anew(
    sftp_root: dict[str, str], open_at: Callable[..., Any], proxy_to: Callable[[str, int], Any]
) -> None:
    proxy = proxy_to(sftp_root["host"], int(sftp_root["port"]))
    options = {"client_keys": [sftp_root["key"]], "known_hosts": "none", "username": sftp_root["user"]}
    store = open_at(f"sftp://127.0.0.1:{proxy.port}{sftp_root['path']}", {"sftp": options})
    store.write("file.txt", BytesIO(b"before"))
    proxy.cut()
    assert read(store, "file.txt") == b"before"
    proxy.cut()
    proxy.close()
    with pytest.raises(Unavailable, match=rf"cannot list sftp://127\.0\.0\.1:{proxy.port}"):
        store.list()


@pytest.mark.sftp
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_has_connections_of_its_own(sftp_store: Any) -> None:
    sftp_store.write("file.txt", BytesIO(b"parent"))
    child = os.fork()
    if not child:
        try:
            sftp_store.write("child.txt", BytesIO(read(sftp_store, "file.txt") + b"'s child"))
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert read(sftp_store, "child.txt") == b"parent's child"
    assert [info.path for info in sftp_store.list()] == ["child.txt", "file.txt"]


def test_a_host_that_is_away_is_told(open_at: Callable[..., Any], free_port: int) -> None:
    with pytest.raises(Unavailable, match=rf"sftp://me:\*\*\*@127\.0\.0\.1:{free_port}/runs.*check the address"):
        open_at(f"sftp://me:hush@127.0.0.1:{free_port}/runs").list()


def test_a_host_that_says_nothing_is_given_up(open_at: Callable[..., Any], silent_port: int) -> None:
    with pytest.raises(Unavailable):
        open_at(f"sftp://127.0.0.1:{silent_port}/runs", RUNYARD_STORE_FSSPEC_TIMEOUT="0.5").list()


def test_a_uri_needs_a_host(open_at: Callable[..., Any]) -> None:
    with pytest.raises(InvalidInput, match="sftp://user@host/folder"):
        open_at("sftp:///runs")
