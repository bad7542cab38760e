"""Artifacts go on where a connection broke off, in parts where they are large, and are never taken half or changed."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import sys
import tracemalloc
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import orjson
import pytest

from runyard.entities import FileInfo
from runyard.errors import CorruptData, NotFound, RunyardError, Unavailable
from runyard.settings import Settings
from runyard.testing.scripted import Answer, Asked, Reply, scripted_server
from runyard.transfers import stretches, uploads
from runyard.uris import Uri
from runyard_store_http.artifacts import HttpArtifactStore, open_store

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

from answering import DONE, error, in_turn

CONTENT = os.urandom(300_000)
DIGEST = f"sha-256=:{base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()}:"
PART = 5_000

Send = Callable[[HttpArtifactStore, str, bytes], FileInfo]


def store_at(url: str, **environment: str) -> HttpArtifactStore:
    settings = Settings(environ={"RUNYARD_STORE_HTTP_PATIENCE": "2", **environment}, tracking_uri=url)
    return open_store(Uri.parse("mlflow-artifacts:/1/run/artifacts"), settings)


def cutting(
    every: int, *, etag: str = '"v1"', content: bytes = CONTENT, digest: str = DIGEST, ranges: bool = True
) -> Answer:
    """Sends a file, but breaks off after so many bytes each time."""

    def answer(asked: Asked) -> Reply:
        headers = {"ETag": etag, "Content-Digest": digest}
        start = 0
        if "range" in asked.headers and ranges:
            start = int(asked.headers["range"].removeprefix("bytes=").partition("-")[0])
            headers |= {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        return Reply(206 if start else 200, content[start:], headers, cut=every)

    return answer


def in_order(*answers: Answer) -> Answer:
    """These one after the other, the last one for ever."""
    left = list(answers)

    def answer(asked: Asked) -> Reply:
        current = left.pop(0) if len(left) > 1 else left[0]
        return current(asked)

    return answer


class TestDownloads:
    def test_a_download_goes_on_where_it_broke_off(self) -> None:
        with scripted_server(cutting(90_000)) as server:
            with store_at(server.url).open("a.bin") as stream:
                assert stream.read() == CONTENT
            starts = [asked.headers.get("range") for asked in server.asked]
        assert starts == [None, "bytes=90000-299999", "bytes=180000-299999", "bytes=270000-299999"]
        assert [asked.headers.get("if-range") for asked in server.asked[1:]] == ['"v1"'] * 3

    def test_a_server_without_ranges_is_read_past_what_is_known(self) -> None:
        with scripted_server(in_order(*(cutting(end, ranges=False) for end in (100_000, 200_000, 300_000)))) as server:
            with store_at(server.url).open("a.bin") as stream:
                assert stream.read() == CONTENT
            with store_at(server.url).open("a.bin", start=1_000, length=50) as stream:
                assert stream.read() == CONTENT[1_000:1_050]

    def test_a_file_that_changes_meanwhile_is_not_patched_together(self) -> None:
        with (
            scripted_server(in_order(cutting(90_000), cutting(90_000, etag='"v2"'))) as server,
            store_at(server.url).open("a.bin") as stream,
            pytest.raises(CorruptData, match="was changed"),
        ):
            stream.read()

    def test_a_wrong_checksum_is_told(self) -> None:
        with (
            scripted_server(cutting(len(CONTENT), content=CONTENT[:-1] + b"x")) as server,
            store_at(server.url).open("a.bin") as stream,
            pytest.raises(CorruptData, match="checksum"),
        ):
            stream.read()

    def test_a_server_that_goes_away_for_good_is_unavailable(self) -> None:
        with (
            scripted_server(in_order(cutting(90_000), lambda _: Reply(nothing=True))) as server,
            store_at(server.url, RUNYARD_STORE_HTTP_PATIENCE="0.5").open("a.bin") as stream,
            pytest.raises(Unavailable),
        ):
            stream.read()

    def test_memory_does_not_grow_with_the_file(self, own_settings: Settings) -> None:
        store = open_store(Uri.parse(f"mlflow-artifacts:/{uuid.uuid4().hex}"), own_settings)
        tracemalloc.start()
        store.write("big.bin", _Zeros(80 << 20))
        with store.open("big.bin") as stream:
            size = sum(len(block) for block in iter(lambda: stream.read(1 << 20), b""))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size == 80 << 20
        assert peak < 24 << 20


@pytest.fixture
def send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Send:
    """Sends a content as a local file, in parts of `PART` bytes where there are more than that."""
    monkeypatch.setattr(stretches, "MIB", PART)
    monkeypatch.setattr(stretches, "LEAST", PART)
    monkeypatch.setattr(stretches, "LARGE", PART + 1)

    def send(store: HttpArtifactStore, path: str, content: bytes) -> FileInfo:
        (tmp_path / "source").write_bytes(content)
        with (tmp_path / "source").open("rb") as stream:
            return uploads.write(store, path, stream)

    return send


class TestUploads:
    def test_a_large_file_goes_up_in_parts(self, own_settings: Settings, send: Send) -> None:
        store = open_store(Uri.parse(f"mlflow-artifacts:/{uuid.uuid4().hex}"), own_settings)
        content = os.urandom(3 * PART + 17)
        assert send(store, "deep/größe 100%.bin", content).file_size == len(content)
        with store.open("deep/größe 100%.bin") as stream:
            assert hashlib.sha256(stream.read()).digest() == hashlib.sha256(content).digest()
        assert [info.path for info in store.list("deep")] == ["deep/größe 100%.bin"]

    def test_each_part_is_sent_again_by_itself(self, send: Send) -> None:
        taken: dict[str, bytes] = {}
        failures = {"/part/2": 2}

        def answer(asked: Asked) -> Reply:
            if asked.target == "/api/v1/server":
                return Reply(404)
            if "/mpu/create/" in asked.target:
                credentials = [
                    {"url": f"/part/{number}", "part_number": number, "headers": {"X-N": str(number)}}
                    for number in (1, 2, 3)
                ]
                return Reply(200, _json({"upload_id": "u", "credentials": credentials}))
            if asked.method == "PUT" and failures.get(asked.target):
                failures[asked.target] -= 1
                return Reply(nothing=True)
            if asked.method == "PUT":
                taken[asked.target] = asked.body
                return Reply(200, b"", {"ETag": f'"{asked.headers["x-n"]}"'})
            if "/mlflow-artifacts/artifacts" in asked.target:
                return Reply(200, _json({"files": [{"path": "b.bin", "is_dir": False, "file_size": 2 * PART + 5}]}))
            return DONE

        content = os.urandom(2 * PART + 5)
        with scripted_server(answer) as server:
            send(store_at(server.url), "a/b.bin", content)
            complete = next(asked for asked in server.asked if "/mpu/complete/" in asked.target)
        assert b"".join(taken[path] for path in sorted(taken)) == content
        assert complete.target.endswith("/mpu/complete/1/run/artifacts/a")
        assert orjson.loads(complete.body) == {
            "path": "b.bin",
            "upload_id": "u",
            "parts": [{"part_number": n, "etag": f'"{n}"', "url": f"/part/{n}"} for n in (1, 2, 3)],
        }
        assert server.targets("PUT").count("/part/1") == 1
        assert server.targets("PUT").count("/part/2") == 3

    def test_parts_that_fail_are_given_up(self, send: Send) -> None:
        def answer(asked: Asked) -> Reply:
            if "/mpu/create/" in asked.target:
                credentials = [{"url": f"/part/{number}", "part_number": number} for number in (1, 2)]
                return Reply(200, _json({"upload_id": "u", "credentials": credentials}))
            return error(403, "PERMISSION_DENIED", "no") if asked.method == "PUT" else DONE

        with scripted_server(answer) as server:
            with pytest.raises(RunyardError, match="no"):
                send(store_at(server.url), "b", bytes(2 * PART))
            assert any("/mpu/abort/" in path for path in server.targets())

    def test_a_server_that_takes_no_parts_gets_the_file_whole(self, send: Send) -> None:
        refused = error(501, "NOT_IMPLEMENTED", "Multipart upload is not supported for the current artifact repository")
        with scripted_server(in_turn(refused, DONE)) as server:
            send(store_at(server.url), "b", bytes(PART + 1))
            assert [len(asked.body) for asked in server.asked if asked.method == "PUT"] == [PART + 1]

    def test_a_file_is_sent_again_from_its_beginning(self) -> None:
        with scripted_server(in_turn(Reply(nothing=True), Reply(503), DONE)) as server:
            source = io.BytesIO(b"skipped" + CONTENT)
            source.seek(7)
            assert store_at(server.url).write("a", source).file_size == len(CONTENT)
            sent = [asked.body for asked in server.asked if asked.method == "PUT"]
        assert sent == [CONTENT] * 3

    def test_a_source_that_breaks_is_no_fault_of_the_network(self) -> None:
        class Broken(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                if self.tell() > 100_000:
                    raise OSError("the disk is gone")
                return super().read(min(size or 0, 60_000))

        with scripted_server(in_turn(DONE)) as server, pytest.raises(OSError, match="the disk is gone"):
            store_at(server.url).write("a", Broken(CONTENT))

    def test_our_server_refuses_what_arrives_changed(self, own_url: str) -> None:
        import requests

        place = f"{own_url}/api/2.0/mlflow-artifacts/artifacts/{uuid.uuid4().hex}/a"
        answer = requests.put(place, data=b"changed", headers={"Content-Digest": DIGEST}, timeout=30)
        assert answer.status_code == 400
        assert requests.get(place, timeout=30).status_code == 404


def test_what_is_no_file_is_not_found_and_nothing_is_made_up(own_settings: Settings) -> None:
    store = open_store(Uri.parse(f"mlflow-artifacts:/{uuid.uuid4().hex}"), own_settings)
    with pytest.raises(NotFound):
        store.open("missing", length=0)
    assert store.stat("") is None


class _Zeros(io.RawIOBase, BinaryIO):
    """A source that cannot be read twice."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        self._left -= size
        return bytes(size)


def _json(value: object) -> bytes:
    return orjson.dumps(value)
