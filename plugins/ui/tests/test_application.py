"""What is served: files forever, the first page anew, in the encoding that the browser takes."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from runyard.host import Host
from runyard.server.service import BASE_URL, Service
from runyard.settings import Settings
from runyard.testing.server import asgi_client
from runyard_ui.application import Site

PAGE = b'<!doctype html><html lang="en"><head><base href="/" /><script src="./assets/a-1.js"></script></head></html>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    for name, content in {"index.html": PAGE, "assets/a-1.js": b"script", "icon.svg": b"<svg/>"}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "assets" / "a-1.js.br").write_bytes(b"by brotli")
    (tmp_path / "assets" / "a-1.js.gz").write_bytes(b"by gzip")
    return tmp_path


def get(folder: Path, path: str, method: str = "GET", base: str | None = None, **headers: str) -> httpx.Response:
    service = Service(Host(Settings(root=folder), discover=False))
    with asgi_client(Site(service, folder), base_url=base) as client:
        client.headers.pop("accept-encoding")
        with client.stream(method, path, headers=headers) as answer:
            answer._content = b"".join(answer.iter_raw())
            return answer


@pytest.mark.parametrize("path", ["/", "/index.html", "/experiments", "/experiments/1", "/runs/a.b/artifacts/x/y.png"])
def test_every_address_of_a_page_answers_the_first_page_which_is_asked_for_anew(folder: Path, path: str) -> None:
    answer = get(folder, path)
    assert (answer.status_code, answer.content) == (200, PAGE)
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_files_with_a_hash_in_their_name_are_kept_forever(folder: Path) -> None:
    answer = get(folder, "/assets/a-1.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert get(folder, "/icon.svg").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [
        ("gzip, deflate, br, zstd", "br", b"by brotli"),
        ("gzip", "gzip", b"by gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", b"by gzip"),
        ("br;q=0.000", None, b"script"),
        ("zstd", None, b"script"),
        ("", None, b"script"),
    ],
)
def test_the_encoding_is_the_best_that_the_browser_takes(
    folder: Path, accepted: str, encoding: str | None, content: bytes
) -> None:
    answer = get(folder, "/assets/a-1.js", **{"accept-encoding": accepted})
    assert answer.content == content
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "Accept-Encoding"


def test_scripts_come_from_the_server_alone(folder: Path) -> None:
    policy = get(folder, "/experiments").headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert get(folder, "/").headers["x-content-type-options"] == "nosniff"


def test_a_file_that_is_gone_is_no_page(folder: Path) -> None:
    answer = get(folder, "/assets/old-0.js")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    assert answer.headers["cache-control"] == "no-store"


def test_nothing_is_written_and_nothing_outside_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path.parent / "outside.txt").write_text("secret", encoding="utf-8")
    assert get(folder, "/experiments", "POST").status_code == 405
    assert get(folder, "/../outside.txt").content == PAGE
    assert get(folder, "/experiments", "HEAD").content == b""


def test_behind_a_proxy_the_page_knows_its_path(folder: Path) -> None:
    answer = get(folder, "/experiments/1", base="https://lab.example/ml/runyard")
    assert b'<base href="/ml/runyard/" />' in answer.content
    assert BASE_URL


def test_without_built_pages_one_is_told_how_to_build_them(tmp_path: Path) -> None:
    answer = get(tmp_path, "/experiments")
    assert answer.status_code == 503
    assert b"make ui" in answer.content
