"""Artifacts in archives and on web servers, which can only be read."""

from __future__ import annotations

import http.server
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from runyard.entities import FileInfo
from runyard.errors import InvalidInput, NotFound, NotSupported, Unavailable
from runyard.protocols.artifacts import CreatesFiles, ListsPages, TellsVersions
from runyard.testing.contracts.artifacts import LARGE, everything, read

NAMES = ["a b/q#x%20?.txt", "a b/ü.bin", "large.bin", "top.txt", "empty"]


class Handler(http.server.SimpleHTTPRequestHandler):
    """The standard library's own, which knows no ranges."""

    def log_message(self, *arguments: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "files"
    for name in NAMES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(LARGE if name == "large.bin" else b"" if name == "empty" else name.encode())
    return root


@pytest.fixture
def web(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["zip", "tar", "http"])
def store(request: pytest.FixtureRequest, folder: Path, tmp_path: Path, open_at: Callable[..., Any]) -> Any:
    if request.param == "http":
        return open_at(request.getfixturevalue("web"))
    archive = tmp_path / ("some.zip" if request.param == "zip" else "some.tar.gz")
    if request.param == "zip":
        with zipfile.ZipFile(archive, "w") as file:
            for name in NAMES:
                file.write(folder / name, f"in/{name}")
    else:
        with tarfile.open(archive, "w:gz") as file:
            file.add(folder, "in")
    return open_at(f"{request.param}://{archive}/in")


def test_all_files_can_be_listed_and_read(store: Any, folder: Path) -> None:
    assert everything(store) == sorted(NAMES)
    assert store.list("a b") == [
        FileInfo("a b/q#x%20?.txt", False, 15),
        FileInfo("a b/ü.bin", False, 10),
    ]
    for name in NAMES:
        assert read(store, name) == (folder / name).read_bytes()


@pytest.mark.parametrize(("start", "length"), [(0, 10), (5, None), (4_700_000, 100_000), (9_999_999, 5)])
def test_a_range_can_be_read(store: Any, start: int, length: int | None) -> None:
    with store.open("large.bin", start=start, length=length) as stream:
        assert stream.read() == LARGE[start : None if length is None else start + length]


def test_files_are_told_from_folders_and_from_nothing(store: Any) -> None:
    assert store.stat("a b") == FileInfo("a b", True)
    assert store.stat("top.txt") == FileInfo("top.txt", False, 7)
    assert store.stat("missing") is None
    assert store.list("missing") == store.list("top.txt") == []
    for path in ("missing", "a b", ""):
        with pytest.raises(NotFound):
            store.open(path)


def test_nothing_can_be_written_or_deleted(store: Any) -> None:
    with pytest.raises(NotSupported, match=r"artifact 'x' in .* can only be read"):
        store.write("x", BytesIO(b"x"))
    with pytest.raises(NotSupported, match="can only be read"):
        store.delete("top.txt")
    assert not isinstance(store, CreatesFiles | ListsPages | TellsVersions)


def test_an_archive_that_was_replaced_is_read_anew(tmp_path: Path, open_at: Callable[..., Any]) -> None:
    archive = tmp_path / "some.zip"
    for content in ("first", "second one"):
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("file.txt", content)
        assert read(open_at(f"zip://{archive}"), "file.txt").decode() == content


def test_an_archive_that_is_not_there_is_not_found(tmp_path: Path, open_at: Callable[..., Any]) -> None:
    with pytest.raises(NotFound, match=r"no file is at .*none\.zip"):
        open_at(f"zip://{tmp_path}/none.zip")
    with pytest.raises(InvalidInput, match="names no local file"):
        open_at("zip://elsewhere/some.zip")


def test_what_is_no_archive_is_one_clear_error(tmp_path: Path, open_at: Callable[..., Any]) -> None:
    (tmp_path / "some.zip").write_text("no archive")
    with pytest.raises(Exception, match=r"cannot list zip://.*some\.zip"):
        open_at(f"zip://{tmp_path}/some.zip").list()


def test_a_web_server_that_is_away_is_told(open_at: Callable[..., Any], free_port: int) -> None:
    with pytest.raises(Unavailable, match=rf"http://127\.0\.0\.1:{free_port}"):
        open_at(f"http://127.0.0.1:{free_port}/runs").list()


def test_what_a_tracking_server_keeps_is_left_to_the_plugin_for_it(open_at: Callable[..., Any]) -> None:
    with pytest.raises(InvalidInput, match="write mlflow-artifacts://server:5000/1/abc"):
        open_at("http://server:5000/api/2.0/mlflow-artifacts/artifacts/1/abc")
