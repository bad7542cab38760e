"""Files beyond 4 GiB are listed, described and read in ranges as they are, in a local folder and through a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from runyard import Host, Settings
from runyard.entities import FileInfo
from runyard.protocols.artifacts import ArtifactStore
from runyard.testing.server import running_server

GIB = 1 << 30
SIZE = 5 * GIB + 11
MARKS = {0: b"first", 4 * GIB - 3: b"4 GiB", SIZE - 4: b"last"}
FILES = "/api/2.0/mlflow-artifacts/artifacts"

Open = Callable[[str], ArtifactStore]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds a file that takes hardly any room on the disk."""
    found = tmp_path_factory.mktemp("artifacts")
    (found / "run").mkdir()
    with (found / "run/large.bin").open("wb") as file:
        file.truncate(SIZE)
        for place, mark in MARKS.items():
            file.seek(place)
            file.write(mark)
    return found


@pytest.fixture(scope="module")
def url(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("server"), "--artifacts-destination", str(folder)) as server:
        yield server.url


@pytest.fixture(params=["in a folder", "through a server"])
def store(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Iterator[ArtifactStore]:
    far = request.param == "through a server"
    tracking = request.getfixturevalue("url") if far else ""
    with Host(Settings(environ={}, tracking_uri=tracking, root=tmp_path)) as host:
        yield host.artifact_store("mlflow-artifacts:/run" if far else str(folder / "run"))


def test_its_size_is_told(store: ArtifactStore) -> None:
    info = FileInfo("large.bin", False, SIZE)
    assert store.list() == [info]
    assert store.stat("large.bin") == info


@pytest.mark.parametrize(
    ("start", "length", "content"),
    [
        (4 * GIB - 4, 7, b"\0" + b"4 GiB" + b"\0"),
        (4 * GIB, 3, b"iB\0"),
        (SIZE - 4, None, b"last"),
        (SIZE - 5, 100, b"\0last"),
        (SIZE, 10, b""),
        (8 * GIB, None, b""),
    ],
)
def test_a_range_beyond_32_bits_is_read(store: ArtifactStore, start: int, length: int | None, content: bytes) -> None:
    with store.open("large.bin", start=start, length=length) as stream:
        assert stream.read() == content


def test_a_server_tells_lengths_and_ranges_beyond_32_bits(url: str) -> None:
    with httpx.Client(base_url=url) as client:
        head = client.head(f"{FILES}/run/large.bin")
        assert (head.status_code, head.headers["content-length"]) == (200, str(SIZE))
        with client.stream("GET", f"{FILES}/run/large.bin") as whole:
            assert whole.headers["content-length"] == str(SIZE)
            assert next(whole.iter_raw(5)) == b"first"
        asked = {
            f"bytes={4 * GIB - 3}-{4 * GIB + 1}": (4 * GIB - 3, b"4 GiB"),
            f"bytes={SIZE - 4}-": (SIZE - 4, b"last"),
            "bytes=-4": (SIZE - 4, b"last"),
            f"bytes={SIZE - 4}-{1 << 62}": (SIZE - 4, b"last"),
        }
        for text, (start, content) in asked.items():
            part = client.get(f"{FILES}/run/large.bin", headers={"Range": text})
            assert (part.status_code, part.content) == (206, content)
            assert part.headers["content-range"] == f"bytes {start}-{start + len(content) - 1}/{SIZE}"
        past = client.get(f"{FILES}/run/large.bin", headers={"Range": f"bytes={SIZE}-"})
        assert (past.status_code, past.headers["content-range"]) == (416, f"bytes */{SIZE}")


def test_a_listing_of_the_server_has_the_size(url: str) -> None:
    listed = httpx.get(f"{url}{FILES}", params={"path": "run"}).json()
    assert listed == {"files": [{"path": "large.bin", "is_dir": False, "file_size": SIZE}]}
