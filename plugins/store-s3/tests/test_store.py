"""What the S3 store does on a real service beyond the contracts."""

from __future__ import annotations

import gzip
import hashlib
import multiprocessing
import os
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.request import Request, urlopen

import pytest

from runyard.entities import FileInfo
from runyard.errors import CorruptData, Forbidden, InvalidInput, NotFound
from runyard.protocols.artifacts import PresignedUrl, PresignsUploads
from runyard.testing.contracts.artifacts import OUTSIDE, everything, read
from runyard.transfers.sources import StoredFile
from runyard.transfers.uploads import send
from runyard_store_s3.connection import Call
from runyard_store_s3.digests import content_md5
from runyard_store_s3.store import PresigningS3Store
from runyard_store_s3.writing import PART

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

pytestmark = pytest.mark.s3

Open = Callable[..., PresigningS3Store]


class Endless(RawIOBase):
    """A stream that cannot be read twice, and fails in the end if it is to."""

    def __init__(self, size: int, *, breaks: bool = False) -> None:
        self._left, self._breaks = size, breaks

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        count = min(len(view), self._left)
        if not count and self._breaks:
            raise OSError("the source broke off")
        view[:count] = b"x" * count
        self._left -= count
        return count


def stream(size: int, *, breaks: bool = False) -> BinaryIO:
    return cast("BinaryIO", Endless(size, breaks=breaks))


def put(store: PresigningS3Store, key: str, body: bytes = b"x") -> None:
    """Store what no path of ours leads to."""
    store._bucket.read(Call(method="PUT", what="put", key=f"{store._where.root}/{key}", body=body))


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("stream", 0),
        ("stream", PART - 1),
        ("stream", PART),
        ("stream", PART + 1),
        ("file", PART),
        ("file", 2 * PART + 5),
    ],
)
def test_what_was_written_reads_back_whatever_its_size(s3_store: PresigningS3Store, size: int, kind: str) -> None:
    source = stream(size) if kind == "stream" else BytesIO(b"x" * size)
    assert s3_store.write("a.bin", source) == FileInfo("a.bin", False, size)
    assert read(s3_store, "a.bin") == b"x" * size
    assert s3_store.list_uploads() == []
    assert s3_store.holds("a.bin", BytesIO(b"x" * size)) is True
    assert s3_store.holds("a.bin", BytesIO(b"y" * size)) is (not size)
    assert s3_store.holds("a.bin", stream(size)) is True
    assert s3_store.holds("a.bin", stream(size + 1)) is False


def test_a_file_is_sent_from_where_it_stands_and_read_to_its_end(s3_store: PresigningS3Store, tmp_path: Path) -> None:
    content = os.urandom(PART + 100)
    (tmp_path / "source.bin").write_bytes(content)
    with (tmp_path / "source.bin").open("rb") as source:
        source.read(10)
        assert s3_store.write("a.bin", source).file_size == len(content) - 10
        assert source.read() == b""
    assert read(s3_store, "a.bin") == content[10:]


def test_a_large_source_that_breaks_off_leaves_nothing(s3_store: PresigningS3Store) -> None:
    s3_store.write("a.bin", BytesIO(b"earlier"))
    for write in (s3_store.write, s3_store.create):
        with pytest.raises(OSError, match="broke off"):
            write("a.bin" if write == s3_store.write else "b.bin", stream(PART + 5, breaks=True))
    assert read(s3_store, "a.bin") == b"earlier"
    assert s3_store.list_uploads() == []
    assert [info.path for info in s3_store.list()] == ["a.bin"]


def test_what_was_damaged_on_the_way_is_refused_by_the_service(opened: Open) -> None:
    store = opened(attempts=1)
    digest = hashlib.md5(b"what was sent", usedforsecurity=False).digest()
    call = Call(method="PUT", what="put", key="x", headers=content_md5(digest), body=b"what came")
    with pytest.raises(CorruptData, match="damaged on the way"):
        store._bucket.read(call)


def test_the_service_keeps_checksums_of_all_that_is_sent_here(s3_store: PresigningS3Store) -> None:
    content = bytes(range(256)) * 80_000
    with_url = s3_store.create_upload("url.bin")
    etag = s3_store.write_part("url.bin", with_url, 1, BytesIO(content))
    s3_store.complete_upload("url.bin", with_url, [(1, etag)])
    for path, source in (("a.bin", BytesIO(content[:100])), ("b.bin", BytesIO(content)), ("c.bin", stream(PART + 5))):
        s3_store.write(path, source)
    send(s3_store, [(StoredFile(s3_store, "b.bin", len(content)), "d.bin")])
    assert s3_store.crc32("url.bin") is None
    assert s3_store.crc32("a.bin") == zlib.crc32(content[:100])
    assert s3_store.crc32("b.bin") == s3_store.crc32("d.bin") == zlib.crc32(content)
    assert s3_store.crc32("c.bin") == zlib.crc32(read(s3_store, "c.bin"))


def test_what_has_another_checksum_is_refused_by_the_service(opened: Open) -> None:
    store = opened(attempts=1)
    call = Call(method="PUT", what="put", key="x", headers={"x-amz-checksum-crc32": "AAAAAA=="}, body=b"what came")
    with pytest.raises(CorruptData, match="damaged on the way"):
        store._bucket.read(call)


def test_folder_markers_are_folders(s3_store: PresigningS3Store) -> None:
    """As consoles make them, and other tools that want empty folders."""
    for key in ("empty/", "full/", "full/deep/", "full/deep/a.txt"):
        put(s3_store, key, b"x" if key.endswith("txt") else b"")
    assert s3_store.list() == [FileInfo("empty", True), FileInfo("full", True)]
    assert s3_store.list("empty") == []
    assert s3_store.list("full") == [FileInfo("full/deep", True)]
    assert [info.path for page in s3_store.list_pages(recursive=True) for info in page] == ["full/deep/a.txt"]
    assert s3_store.stat("full") == FileInfo("full", True)
    with pytest.raises(NotFound):
        s3_store.open("full")
    s3_store.delete("full")
    assert s3_store.list() == [FileInfo("empty", True)]


def test_a_file_and_a_folder_may_have_one_path(s3_store: PresigningS3Store) -> None:
    s3_store.write("x", BytesIO(b"file"))
    s3_store.write("x/y", BytesIO(b"inside"))
    assert s3_store.list() == [FileInfo("x", True), FileInfo("x", False, 4)] or s3_store.list() == [
        FileInfo("x", False, 4),
        FileInfo("x", True),
    ]
    assert s3_store.stat("x") == FileInfo("x", False, 4)
    assert s3_store.list("x") == [FileInfo("x/y", False, 6)]
    assert read(s3_store, "x") == b"file"
    s3_store.delete("x")
    assert everything(s3_store) == ["x/y"]
    s3_store.delete("x")
    assert everything(s3_store) == []


def test_deleting_a_root_keeps_to_it(opened: Open, root_uri: str) -> None:
    near, far = opened(f"{root_uri}/a"), opened(f"{root_uri}/ab")
    for store in (near, far):
        store.write("one.txt", BytesIO(b"x"))
    near.delete("")
    assert near.list() == []
    assert everything(far) == ["one.txt"]


def test_hostile_keys_are_neither_shown_nor_left(s3_store: PresigningS3Store) -> None:
    names = ("ok.txt", "tab\there.txt", "%252e%252e/up.txt", "a%5c..%5cup.txt")
    for key in names:
        put(s3_store, key)
    shown = [info.path for page in s3_store.list_pages(recursive=True) for info in page]
    assert shown == ["ok.txt"]
    s3_store.delete("")
    assert [info for page in s3_store.list_pages(recursive=True) for info in page] == []


def test_a_folder_of_thousands_is_deleted(s3_store: PresigningS3Store) -> None:
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda n: s3_store.write(f"a/{n % 7}/{n}&<.txt", BytesIO(b"x")), range(1_050)))
    s3_store.write("ab.txt", BytesIO(b"x"))
    s3_store.delete("a")
    assert everything(s3_store) == ["ab.txt"]


def test_a_packed_file_stays_packed(s3_store: PresigningS3Store) -> None:
    content = gzip.compress(b"unpacked")
    s3_store.write("a.csv.gz", BytesIO(content))
    assert read(s3_store, "a.csv.gz") == content
    with urlopen(s3_store.presign_download("a.csv.gz", expires=60).url) as answer:
        assert answer.headers["Content-Encoding"] is None
        assert answer.read() == content


# --- who may do what --------------------------------------------------------------------------------------------------


def test_a_reader_reads_and_is_told_that_it_may_not_write(
    opened: Open, s3_store: PresigningS3Store, environ: dict[str, str], s3_server: dict[str, str]
) -> None:
    s3_store.write("a.txt", BytesIO(b"x"))
    secret = s3_server["reader_secret_key"]
    named = {"AWS_ACCESS_KEY_ID": s3_server["reader_access_key"], "AWS_SECRET_ACCESS_KEY": secret}
    reader = opened(environment={**environ, **named})
    assert read(reader, "a.txt") == b"x"
    for action in (
        lambda: reader.write("b.txt", BytesIO(b"x")),
        lambda: reader.write("b.bin", stream(PART + 1)),
        lambda: reader.delete("a.txt"),
        lambda: reader.create_upload("b.bin"),
    ):
        with pytest.raises(Forbidden, match=f"as access key {s3_server['reader_access_key']}") as caught:
            action()
        assert secret not in str(caught.value)


@pytest.mark.parametrize("action", ["list", "stat", "open", "write", "delete"])
def test_wrong_credentials_are_told_without_the_secret(opened: Open, environ: dict[str, str], action: str) -> None:
    store = opened(environment={**environ, "AWS_ACCESS_KEY_ID": "AKIDNOBODY", "AWS_SECRET_ACCESS_KEY": "hunter2"})
    arguments = ("a.txt", BytesIO(b"x")) if action == "write" else ("a.txt",)
    with pytest.raises(Forbidden, match=r"as access key AKIDNOBODY \(the environment\).*InvalidAccessKeyId") as caught:
        getattr(store, action)(*arguments)
    assert "hunter2" not in str(caught.value)


def test_a_wrong_secret_is_told(opened: Open, environ: dict[str, str]) -> None:
    with pytest.raises(Forbidden, match="SignatureDoesNotMatch"):
        opened(environment={**environ, "AWS_SECRET_ACCESS_KEY": "hunter2"}).list()


def test_anonymous_access_is_told_where_it_is_not_allowed(opened: Open) -> None:
    with pytest.raises(Forbidden, match="as anonymous access"):
        opened(anonymous=True).list()


def test_a_bucket_that_is_not_there_is_told(opened: Open) -> None:
    store = opened("s3://no-such-bucket-here/x")
    for action in (store.list, lambda: store.stat("a"), lambda: store.open("a"), lambda: store.delete("a")):
        with pytest.raises(NotFound, match=r"no such bucket.*NoSuchBucket"):
            action()


# --- URLs that stand for themselves -----------------------------------------------------------------------------------


def fetched(given: PresignedUrl, method: str = "GET", body: bytes | None = None) -> tuple[bytes, str]:
    request = Request(given.url, body, dict(given.headers), method=method)
    with urlopen(request) as answer:
        return answer.read(), answer.headers.get("ETag", "").strip('"')


def test_whoever_has_a_url_reads_or_writes_one_file(s3_store: PresigningS3Store) -> None:
    assert isinstance(s3_store, PresignsUploads)
    name = "folder/50% (1) ü+&.txt"
    fetched(s3_store.presign_upload(name, expires=60), "PUT", b"through a URL")
    assert read(s3_store, name) == b"through a URL"
    assert fetched(s3_store.presign_download(name, expires=60))[0] == b"through a URL"


def test_whoever_has_a_url_writes_one_part(s3_store: PresigningS3Store) -> None:
    contents = [os.urandom(5 << 20), b"the rest"]
    upload = s3_store.create_upload("a.bin")
    parts = [
        (number, fetched(s3_store.presign_part("a.bin", upload, number, expires=60), "PUT", content)[1])
        for number, content in enumerate(contents, 1)
    ]
    s3_store.complete_upload("a.bin", upload, parts)
    assert read(s3_store, "a.bin") == b"".join(contents)


def test_the_url_of_one_thing_is_good_for_no_other(s3_store: PresigningS3Store) -> None:
    s3_store.write("a.txt", BytesIO(b"x"))
    given = s3_store.presign_download("a.txt", expires=60)
    for url, method in ((given.url.replace("a.txt", "b.txt"), "GET"), (given.url, "PUT"), (given.url + "0", "GET")):
        with pytest.raises(OSError, match="403"):
            fetched(PresignedUrl(url), method, b"y" if method == "PUT" else None)


@pytest.mark.parametrize("expires", [0, -1, 604_801])
def test_a_url_is_good_for_a_week_at_most(s3_store: PresigningS3Store, expires: int) -> None:
    with pytest.raises(InvalidInput, match="604,800 seconds"):
        s3_store.presign_download("a.txt", expires=expires)


@pytest.mark.parametrize("path", ["", *OUTSIDE])
def test_no_url_leads_out(s3_store: PresigningS3Store, path: str) -> None:
    for presign in (s3_store.presign_download, s3_store.presign_upload):
        with pytest.raises(InvalidInput):
            presign(path, expires=60)
    with pytest.raises(InvalidInput):
        s3_store.presign_part(path, "upload", 1, expires=60)


# --- processes, threads, memory ---------------------------------------------------------------------------------------


def test_many_threads_share_a_store(s3_store: PresigningS3Store) -> None:
    contents = {f"{number}.bin": os.urandom(number * 1_000) for number in range(64)}
    with ThreadPoolExecutor(32) as threads:
        list(threads.map(lambda item: s3_store.write(item[0], BytesIO(item[1])), contents.items()))
        found = dict(zip(contents, threads.map(lambda name: read(s3_store, name), contents), strict=True))
    assert found == contents


def test_a_forked_process_makes_its_own_connections(s3_store: PresigningS3Store) -> None:
    s3_store.write("a.bin", BytesIO(b"x" * 100_000))

    def work() -> None:
        for _ in range(20):
            assert read(s3_store, "a.bin") == b"x" * 100_000
        os._exit(0)

    child = multiprocessing.get_context("fork").Process(target=work)
    thread = threading.Thread(target=lambda: [read(s3_store, "a.bin") for _ in range(20)])
    child.start()
    thread.start()
    child.join(30)
    thread.join(30)
    assert child.exitcode == 0


def test_a_large_stream_is_written_and_read_in_little_memory(root_uri: str, environ: dict[str, str]) -> None:
    script = """
import resource, sys
from runyard import Settings
from runyard.uris import Uri
from runyard_store_s3.store import PresigningS3Store

class Stream:
    left = 160 << 20
    def read(self, size=-1):
        count = min(size, self.left)
        self.left -= count
        return bytes(count)

store = PresigningS3Store(Uri.parse(sys.argv[1]), Settings.load())
store.write("small.txt", open(__file__ if "__file__" in globals() else sys.executable, "rb"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store.write("large.bin", Stream())
with store.open("large.bin") as stream:
    count = sum(map(len, iter(lambda: stream.read(1 << 20), b"")))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    env = {**os.environ, **environ}
    done = subprocess.run(
        [sys.executable, "-c", script, root_uri], capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 0, done.stderr
    count, grown = map(int, done.stdout.split())
    assert count == 160 << 20
    assert grown < 100_000  # kB
