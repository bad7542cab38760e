"""Files of runs: listed, fetched in parts, previewed, and never run."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from runyard.server.service import Service

sys.path.insert(0, str(Path(__file__).parent))
from conftest import write


def preview(client: httpx.Client, run_id: str, path: str, **more: Any) -> Any:
    answer = client.get("/api/v1/artifacts/preview", params={"run_id": run_id, "path": path, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_folders_are_listed(client: httpx.Client, runs: list[str]) -> None:
    found = client.get(f"/api/v1/artifacts/list?run_id={runs[1]}").json()
    assert found == {"files": [{"path": "runyard", "is_dir": True, "file_size": None}], "total": 1}
    found = client.get(f"/api/v1/artifacts/list?run_id={runs[1]}&path=runyard").json()
    assert [one["path"] for one in found["files"]] == ["runyard/diff.patch", "runyard/requirements.txt"]


def test_a_file_is_an_attachment_that_no_browser_runs(client: httpx.Client, service: Service, runs: list[str]) -> None:
    write(service, runs[0], "evil page.html", "<script>steal()</script>")
    params = {"run_id": runs[0], "path": "evil page.html"}
    answer = client.get("/api/v1/artifacts/file", params=params)
    assert answer.content == b"<script>steal()</script>"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''evil%20page.html"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    shown = client.get("/api/v1/artifacts/file", params={**params, "inline": "true"})
    assert shown.headers["content-type"].startswith("text/html")
    assert shown.headers["content-security-policy"] == "sandbox allow-scripts"


def test_an_image_is_shown_where_asked_for_and_a_script_never(
    client: httpx.Client, service: Service, runs: list[str]
) -> None:
    for path, kind, shown in (
        ("a.svg", "image/svg+xml", "inline"),
        ("a.PNG", "image/png", "inline"),
        ("a.js", "application/octet-stream", "attachment"),
        ("a.xhtml", "application/octet-stream", "attachment"),
    ):
        write(service, runs[0], path, b"x")
        params = {"run_id": runs[0], "path": path, "inline": "true"}
        answer = client.get("/api/v1/artifacts/file", params=params)
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"].startswith(shown)
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("nonsense", 200, b"0123456789", None),
    ],
)
def test_ranges_of_a_file(
    client: httpx.Client, service: Service, runs: list[str], asked: str, status: int, content: bytes, told: str | None
) -> None:
    write(service, runs[0], "digits", "0123456789")
    url = f"/api/v1/artifacts/file?run_id={runs[0]}&path=digits"
    answer = client.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.content, answer.headers.get("content-range")) == (status, content, told)


@pytest.mark.parametrize(
    "path", ["../x", "%2e%2e/x", "a/../../x", "/etc/passwd", "..\\x", "a\0b", "%252e%252e/x", "C:/x"]
)
@pytest.mark.parametrize("endpoint", ["file", "preview", "list"])
def test_no_path_leads_out(client: httpx.Client, runs: list[str], path: str, endpoint: str) -> None:
    answer = client.get(f"/api/v1/artifacts/{endpoint}", params={"run_id": runs[0], "path": path})
    assert answer.status_code == 400, answer.text


def test_what_is_not_there_is_404(client: httpx.Client, runs: list[str]) -> None:
    for endpoint in ("file", "preview"):
        assert client.get(f"/api/v1/artifacts/{endpoint}?run_id={runs[0]}&path=no").status_code == 404
        assert client.get(f"/api/v1/artifacts/{endpoint}?run_id=nobody&path=no").status_code == 404
        assert client.get(f"/api/v1/artifacts/{endpoint}?run_id={runs[0]}&path=").status_code == 400
        assert client.get(f"/api/v1/artifacts/{endpoint}?path=no").status_code == 400
    assert client.get(f"/api/v1/artifacts/file?run_id={runs[0]}&path=runyard").status_code == 404
    assert client.get(f"/api/v1/artifacts/preview?run_id={runs[0]}&path=runyard").status_code == 400


def test_a_table_is_shown_by_its_first_rows(client: httpx.Client, service: Service, runs: list[str]) -> None:
    rows = "".join(f'{number},"name, {number}"\n' for number in range(250))
    write(service, runs[0], "t.csv", f"id,name\n{rows}")
    found = preview(client, runs[0], "t.csv", rows=2)
    assert (found["kind"], found["truncated"]) == ("table", True)
    assert found["table"] == {
        "columns": ["id", "name"],
        "rows": [["0", "name, 0"], ["1", "name, 1"]],
        "total_rows": 250,
        "next": len('id,name\n0,"name, 0"\n1,"name, 1"\n'),
    }
    write(service, runs[0], "t.tsv", "a\tb\n1\t2\n")
    assert preview(client, runs[0], "t.tsv")["table"]["rows"] == [["1", "2"]]
    write(service, runs[0], "t.jsonl", '{"a": 1}\n{"b": [1, 2]}\n')
    assert preview(client, runs[0], "t.jsonl")["table"]["rows"] == [[1, None], [None, "[1,2]"]]


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl", "t.json", "t.parquet"])
def test_the_pages_of_a_table_make_the_whole(
    client: httpx.Client, service: Service, runs: list[str], name: str
) -> None:
    rows = [[number, f"line {number}\nand its second"] for number in range(2_500)]
    write(service, runs[0], name, written(name, rows))
    found = []
    for page in pages(client, runs[0], name):
        assert page["columns"] == ["id", "text"]
        found += page["rows"]
    assert [[int(number), text] for number, text in found] == rows


def pages(client: httpx.Client, run_id: str, path: str) -> Iterator[Any]:
    """The pages of a table, one after the other."""
    start: int | None = 0
    while start is not None:
        page = preview(client, run_id, path, rows=1_000, start=start)["table"]
        yield page
        start = page["next"]


def written(name: str, rows: list[list[Any]]) -> bytes:
    """A table in the format that the name says; its texts are of two lines."""
    import pandas as pd

    table = pd.DataFrame(rows, columns=["id", "text"])
    if name.endswith((".csv", ".tsv")):
        return table.to_csv(index=False, sep="\t" if name.endswith(".tsv") else ",").encode()
    if name.endswith(".jsonl"):
        return table.to_json(orient="records", lines=True).encode()
    if name.endswith(".json"):
        return table.to_json(orient="records").encode()
    sink = io.BytesIO()
    table.to_parquet(sink, row_group_size=700)
    return sink.getvalue()


def test_pages_of_a_table_that_is_longer_than_what_is_read_at_once(
    client: httpx.Client, service: Service, runs: list[str]
) -> None:
    rows = [[number, "a\n" * 700] for number in range(600)]
    write(service, runs[0], "long.csv", written("long.csv", rows))
    found = [[int(row[0]) for row in page["rows"]] for page in pages(client, runs[0], "long.csv")]
    assert [number for numbers in found for number in numbers] == list(range(600))
    assert len(found) > 2


def test_a_folder_comes_as_a_zip_file(client: httpx.Client, service: Service, runs: list[str]) -> None:
    write(service, runs[0], "model/a.txt", "first")
    write(service, runs[0], "model/deep/größe.bin", bytes(range(256)) * 9_000)
    answer = client.get("/api/v1/artifacts/archive", params={"run_id": runs[0], "path": "model"})
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''model.zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        assert {name: len(found.read(name)) for name in found.namelist()} == {"a.txt": 5, "deep/größe.bin": 2_304_000}
    whole = client.get("/api/v1/artifacts/archive", params={"run_id": runs[0]})
    with zipfile.ZipFile(io.BytesIO(whole.content)) as found:
        assert "model/a.txt" in found.namelist()
    assert client.get("/api/v1/artifacts/archive", params={"run_id": runs[0], "path": "no"}).status_code == 404
    assert client.get("/api/v1/artifacts/archive", params={"run_id": runs[0], "path": "../x"}).status_code == 400


def test_of_a_huge_table_only_the_head_is_read(client: httpx.Client, service: Service, runs: list[str]) -> None:
    write(service, runs[0], "huge.csv", "id,text\n" + f"1,{'x' * 5_000}\n" * 2_000)
    found = preview(client, runs[0], "huge.csv")
    assert (found["truncated"], found["table"]["total_rows"]) == (True, None)
    assert 40 < len(found["table"]["rows"]) < 60
    assert found["table"]["rows"][0][1].endswith("… (5,000 characters)")
    assert all(len(row) == 2 for row in found["table"]["rows"])


def test_parquet_is_shown_by_its_first_rows(client: httpx.Client, service: Service, runs: list[str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table({"id": list(range(1_000)), "x": [float("nan"), *[0.5] * 999]}), sink)
    write(service, runs[0], "t.parquet", sink.getvalue())
    found = preview(client, runs[0], "t.parquet", rows=2)
    assert found["table"] == {"columns": ["id", "x"], "rows": [[0, "nan"], [1, 0.5]], "total_rows": 1_000, "next": 2}
    write(service, runs[0], "broken.parquet", b"PAR1 nonsense")
    broken = preview(client, runs[0], "broken.parquet")
    assert (broken["kind"], broken["table"]) == ("binary", None)
    assert "cannot be read as Parquet" in broken["problem"]


def test_json_is_a_table_where_it_is_one(client: httpx.Client, service: Service, runs: list[str]) -> None:
    write(service, runs[0], "split.json", json.dumps({"columns": ["a", "b"], "data": [[1, "x"], [2, "y"]]}))
    assert preview(client, runs[0], "split.json")["table"]["rows"] == [[1, "x"], [2, "y"]]
    write(service, runs[0], "records.json", json.dumps([{"a": 1}, {"a": 2}]))
    assert preview(client, runs[0], "records.json", rows=1)["table"]["rows"] == [[1]]
    write(service, runs[0], "other.json", '{"a": {"b": 1}}')
    other = preview(client, runs[0], "other.json")
    assert (other["kind"], other["table"], other["text"]["text"]) == ("json", None, '{"a": {"b": 1}}')
    write(service, runs[0], "wrong.json", "{")
    assert "no JSON" in preview(client, runs[0], "wrong.json")["problem"]


def test_a_text_is_shown_in_parts(client: httpx.Client, service: Service, runs: list[str]) -> None:
    write(service, runs[0], "log", "0123456789" * 10)
    found = preview(client, runs[0], "log", start=5, length=7)
    assert (found["kind"], found["truncated"]) == ("text", True)
    assert found["text"] == {"text": "5678901", "start": 5, "end": 12}
    assert preview(client, runs[0], "log")["truncated"] is False
    assert preview(client, runs[0], "log", start=1_000)["text"]["text"] == ""


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("a.md", b"# title", "markdown"),
        ("a.png", b"\x89PNG", "image"),
        ("a.html", b"<p>", "html"),
        ("a.mp3", b"x", "audio"),
        ("a.pdf", b"%PDF", "pdf"),
        ("model.pkl", b"\x80\x04\x00\xff", "binary"),
        ("a.csv", b"\xff\xfe\x00", "text"),
        ("empty", b"", "text"),
        ("empty.csv", b"", "table"),
    ],
)
def test_the_kind_of_a_file_decides(
    client: httpx.Client, service: Service, runs: list[str], path: str, content: bytes, kind: str
) -> None:
    write(service, runs[0], path, content)
    found = preview(client, runs[0], path)
    assert (found["kind"], found["size"]) == (kind, len(content))
    assert client.get(found["url"]).content == content
