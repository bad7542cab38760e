"""Artifacts on an FTP server: the contracts, and what is this storage's own."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from runyard.errors import Forbidden, Unavailable
from runyard.testing.contracts.artifacts import LARGE, ArtifactStoreContract, read
from runyard.testing.contracts.artifacts_listing import ListsPagesContract


@pytest.mark.ftp
class TestStore(ArtifactStoreContract):
    @pytest.fixture
    def store(self, ftp_store: Any) -> Any:
        return ftp_store


@pytest.mark.ftp
class TestPages(ListsPagesContract):
    @pytest.fixture
    def store(self, ftp_store: Any) -> Any:
        return ftp_store


@pytest.mark.ftp
def test_a_wrong_password_is_forbidden_and_not_shown(ftp_root: dict[str, str], open_at: Callable[..., Any]) -> None:
    uri = ftp_root["uri"].replace(f":{ftp_root['password']}@", ":hush-hush@")
    with pytest.raises(Forbidden) as caught:
        open_at(uri).list()
    assert "hush" not in str(caught.value)


@pytest.mark.ftp
def test_a_reader_that_stops_early_disturbs_nobody(ftp_store: Any) -> None:
    ftp_store.write("large.bin", BytesIO(LARGE))
    with ftp_store.open("large.bin") as stream:
        assert stream.read(10) == LARGE[:10]
        assert ftp_store.stat("large.bin").file_size == len(LARGE)  # while it is being read
    assert read(ftp_store, "large.bin") == LARGE


@pytest.mark.ftp
def test_a_connection_that_broke_is_made_anew(
    ftp_root: dict[str, str], open_at: Callable[..., Any], proxy_to: Callable[[str, int], Any]
) -> None:
    proxy = proxy_to(ftp_root["host"], int(ftp_root["port"]))
    uri = ftp_root["uri"].replace(f":{ftp_root['port']}/", f":{proxy.port}/")
    store = open_at(uri)
    store.write("file.txt", BytesIO(b"before"))
    proxy.cut()
    assert read(store, "file.txt") == b"before"
    proxy.cut()
    proxy.close()
    with pytest.raises(Unavailable, match=r"cannot list ftp://runyard:\*\*\*@127\.0\.0\.1"):
        store.list()


def test_a_host_that_says_nothing_is_given_up(open_at: Callable[..., Any], silent_port: int) -> None:
    with pytest.raises(Unavailable):
        open_at(f"ftp://127.0.0.1:{silent_port}/runs", RUNYARD_STORE_FSSPEC_TIMEOUT="0.5").list()
