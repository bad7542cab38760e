"""Types and names of files, ranges and conditions, one by one."""

from __future__ import annotations

import pytest

from runyard_api_mlflow.artifacts_files import mime_type, safety_headers
from runyard_api_mlflow.artifacts_ranges import Part, Version, asked_part


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/MLmodel", "text/plain; charset=utf-8"),
        ("a/conda.yaml", "text/plain; charset=utf-8"),
        ("x.json", "text/plain; charset=utf-8"),
        ("x.py", "text/plain; charset=utf-8"),
        ("x.png", "image/png"),
        ("x.html", "text/html"),
        ("x.svg", "image/svg+xml"),
        ("x.tar.gz", "application/gzip"),
        ("x.csv.bz2", "application/x-bzip2"),
        ("model.pkl", "application/octet-stream"),
        ("noext", "application/octet-stream"),
        (".hidden", "application/octet-stream"),
        ("data:text/html,x", "application/octet-stream"),
        ("q?x#y.png", "image/png"),
        ("ä.PNG", "image/png"),
    ],
)
def test_a_type_is_guessed_by_the_name_alone(path: str, expected: str) -> None:
    assert mime_type(path) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", 'attachment; filename="a.txt"'),
        ("a b.txt", 'attachment; filename="a b.txt"'),
        ('a"b\\c.txt', 'attachment; filename="a\\"b\\\\c.txt"'),
        ("Größe.txt", "attachment; filename=\"Groe.txt\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt"),
        ("日本", "attachment; filename=\"download\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"),
        ("half \ud800.txt", "attachment; filename=\"half .txt\"; filename*=UTF-8''half%20%3F.txt"),
    ],
)
def test_a_name_survives_the_header(name: str, expected: str) -> None:
    assert dict(safety_headers(f"folder/{name}"))[b"content-disposition"].decode("ascii") == expected


VERSION = Version('"abc"', 1_000_000.5)


@pytest.mark.parametrize(
    ("header", "total", "expected"),
    [
        ("bytes=0-0", 10, Part(0, 1)),
        ("Bytes = 2 - 4 ", 10, Part(2, 3)),
        ("bytes=9-", 10, Part(9, 1)),
        ("bytes=-10", 10, Part(0, 10)),
        ("bytes=-11", 10, Part(0, 10)),
        ("bytes=10-", 10, Part(None, 0)),
        ("bytes=-0", 10, Part(None, 0)),
        ("bytes=-5", 0, Part(None, 0)),
        ("bytes=0-0,2-2", 10, None),
        ("bytes=4-2", 10, None),
        ("bytes=", 10, None),
        ("bytes=-", 10, None),
        ("bytes=+1-2", 10, None),
        ("bytes=1-2x", 10, None),
        ("bytes=" + "9" * 21 + "-", 10, None),
    ],
)
def test_a_range_is_read_strictly(header: str, total: int, expected: Part | None) -> None:
    assert asked_part({"range": header}, VERSION, total) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"if-none-match": '"abc"'}, True),
        ({"if-none-match": '"x", W/"abc"'}, True),
        ({"if-none-match": '"x"'}, False),
        ({"if-none-match": '"x"', "if-modified-since": "Tue, 19 Jan 2038 00:00:00 GMT"}, False),
        ({"if-modified-since": "Mon, 12 Jan 1970 13:46:40 GMT"}, True),
        ({"if-modified-since": "Mon, 12 Jan 1970 13:46:39 GMT"}, False),
        ({"if-modified-since": "yesterday"}, False),
        ({"if-modified-since": "Mon, 12 Jan 99999999999 13:46:39 GMT"}, False),
    ],
)
def test_an_unchanged_file_is_recognized(headers: dict[str, str], expected: bool) -> None:
    assert VERSION.is_unchanged(headers) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [('"abc"', True), ('W/"abc"', False), ('"x"', False), ("Mon, 12 Jan 1970 13:46:40 GMT", True), ("", False)],
)
def test_a_part_is_of_the_version_that_is_meant(condition: str, expected: bool) -> None:
    assert VERSION.is_meant({"if-range": condition}) is expected


def test_a_store_that_cannot_tell_versions_apart_sends_everything() -> None:
    unknown = Version()
    assert unknown.headers() == []
    assert not unknown.is_unchanged({"if-none-match": '""'})
    assert not unknown.is_unchanged({"if-modified-since": "Tue, 19 Jan 2038 00:00:00 GMT"})
    assert not unknown.is_meant({"if-range": ""})
