"""Locations are read, joined and shown without their credentials."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runyard.errors import InvalidInput
from runyard.uris import Uri, artifact_path, hide_credentials


@pytest.mark.parametrize(
    ("text", "scheme", "opened"),
    [
        ("s3://bucket/folder", "s3", "s3://bucket/folder"),
        ("S3://Bucket/Folder", "s3", "s3://Bucket/Folder"),
        ("sqlite:///runs.db", "sqlite", "sqlite:///runs.db"),
        ("postgresql+psycopg://u@h/db", "postgresql+psycopg", "postgresql+psycopg://u@h/db"),
        ("runs:/abc/model", "runs", "runs:/abc/model"),
        ("models:/name@prod", "models", "models:/name@prod"),
        ("memory:", "memory", "memory:"),
        ("file:///a/b%20c", "file", "file:///a/b%20c"),
        ("file://localhost/a", "file", "file:///a"),
        ("/a/b c", "file", "file:///a/b%20c"),
        ("/a/../b/./c", "file", "file:///b/c"),
        ("/a%20b", "file", "file:///a%2520b"),
    ],
)
def test_a_location_is_read(text: str, scheme: str, opened: str) -> None:
    uri = Uri.parse(text)
    assert (uri.scheme, uri.text) == (scheme, opened)


def test_a_relative_path_starts_where_it_is_told(tmp_path: Path) -> None:
    assert Uri.parse("runs/x", relative_to=tmp_path).local_path == tmp_path / "runs" / "x"
    assert Uri.parse("file:runs", relative_to=tmp_path).local_path == tmp_path / "runs"
    assert Uri.parse("../x", relative_to=tmp_path).local_path == tmp_path.parent / "x"


def test_a_relative_path_starts_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Uri.parse("runs").local_path == tmp_path / "runs"
    assert Uri.parse(Path("runs")).local_path == tmp_path / "runs"


def test_a_tilde_is_the_home_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Uri.parse("~/runs").local_path == tmp_path / "runs"
    assert Uri.parse("~no-such-user-here/x", relative_to=tmp_path).local_path == tmp_path / "~no-such-user-here" / "x"


@pytest.mark.skipif(os.name == "nt", reason="paths of another system")
@pytest.mark.parametrize("text", ["C:\\runs\\a b", "C:/runs/a b", "file:///C:/runs/a%20b"])
def test_a_windows_path_is_a_file_everywhere(text: str) -> None:
    uri = Uri.parse(text)
    assert (uri.scheme, uri.text) == ("file", "file:///C:/runs/a%20b")


def test_a_local_path_reads_back(tmp_path: Path) -> None:
    for name in ("plain", "with space", "100%", "a?b#c", "漢字", "a;b&c=d"):
        assert Uri.from_path(tmp_path / name).local_path == tmp_path / name


@pytest.mark.parametrize("text", ["", "  ", "a\0b", "s3://b/\0"])
def test_what_is_no_location_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a location"):
        Uri.parse(text)


def test_a_file_on_another_host_is_refused() -> None:
    with pytest.raises(InvalidInput, match="fileserver"):
        Uri.parse("file://fileserver/share")


def test_only_files_have_a_local_path() -> None:
    with pytest.raises(InvalidInput, match="not a local path"):
        _ = Uri.parse("s3://user:hush@bucket/x").local_path


def test_a_location_knows_its_parts() -> None:
    uri = Uri.parse("postgresql+psycopg://u:p@Host.example:5432/my%20db?sslmode=require")
    assert (uri.dialect, uri.host, uri.path) == ("postgresql", "host.example", "/my%20db")


@pytest.mark.parametrize(
    ("base", "parts", "joined"),
    [
        ("s3://bucket/root", ["a", "b/c"], "s3://bucket/root/a/b/c"),
        ("s3://bucket/root/", ["/a/", "", "b"], "s3://bucket/root/a/b"),
        ("s3://bucket", ["a"], "s3://bucket/a"),
        ("s3://bucket/root?endpoint=x", ["a"], "s3://bucket/root/a?endpoint=x"),
        ("s3://bucket/root", [], "s3://bucket/root"),
        ("/data/x", ["a b", "100%"], "file:///data/x/a%20b/100%25"),
        ("memory:one", ["0"], "memory:one/0"),
    ],
)
def test_a_path_is_joined(base: str, parts: list[str], joined: str) -> None:
    assert Uri.parse(base).join(*parts).text == joined


@pytest.mark.parametrize("part", ["..", "a/../../b", "%2e%2e/b", "..\\b"])
def test_joining_never_leads_upward(part: str) -> None:
    with pytest.raises(InvalidInput):
        Uri.parse("s3://bucket/root").join(part)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ada:hush@host/db", "postgresql://ada:***@host/db"),
        ("postgresql://ada:hu@sh@host/db", "postgresql://ada:***@host/db"),
        ("postgresql://ada:hu/sh?#x@host/db", "postgresql://ada:***@host/db"),
        ("postgresql://:hush@host/db", "postgresql://:***@host/db"),
        ("https://hush@host/x", "https://***@host/x"),
        ("https://host:5000/a@b", "https://host:5000/a@b"),
        ("https://[::1]:5000/a", "https://[::1]:5000/a"),
        ("https://ada:hush@[::1]:5000/a", "https://ada:***@[::1]:5000/a"),
        ("models:/name@prod", "models:/name@prod"),
        ("https://h/x?token=hush", "https://h/x?token=***"),
        ("https://h/x?a=1&password=hush&b=2", "https://h/x?a=1&password=***&b=2"),
        (
            "https://h/x?X-Amz-Signature=hush&X-Amz-Credential=hush",
            "https://h/x?X-Amz-Signature=***&X-Amz-Credential=***",
        ),
        ("https://h/x?sv=1&sig=hush%3D", "https://h/x?sv=1&sig=***"),
        ("https://h/x?pass%77ord=hush", "https://h/x?pass%77ord=***"),
        ("https://h/x?password=hu#sh", "https://h/x?password=***"),
        ("https://h/x#access_token=hush", "https://h/x#access_token=***"),
        ("mssql+pyodbc://?odbc_connect=DSN%3Dx%3BPWD%3Dhush", "mssql+pyodbc://?odbc_connect=***"),
        ("simplecache::s3://key:hush@bucket/x", "simplecache::s3://key:***@bucket/x"),
        ("https://h/x?a=1&b=2", "https://h/x?a=1&b=2"),
        ("http://[broken", "http://[broken"),
        ("/a/b:c@d", "/a/b:c@d"),
        ("C:\\ada:x@y", "C:\\ada:x@y"),
    ],
)
def test_credentials_are_hidden_and_nothing_else(text: str, shown: str) -> None:
    assert hide_credentials(text) == shown


def test_a_location_never_shows_its_credentials() -> None:
    uri = Uri.parse("postgresql://ada:hush@host/db?sslpassword=hush")
    for shown in (str(uri), repr(uri), f"{uri}"):
        assert "hush" not in shown
    assert "hush" in uri.text


SECRET = "s3cr3t"
SAFE = st.text(st.characters(codec="utf-8", exclude_characters="@:/?#&;=[]\\% \0"), max_size=8)


@given(user=SAFE, before=st.text(max_size=6), after=st.text(max_size=6), scheme=st.sampled_from(["https", "mysql+x"]))
def test_a_quoted_password_is_never_shown(scheme: str, user: str, before: str, after: str) -> None:
    password = (
        quote(before.encode("utf-8", "replace"), safe="") + SECRET + quote(after.encode("utf-8", "replace"), safe="")
    )
    assert SECRET not in hide_credentials(f"{scheme}://{user}:{password}@host:5432/db?x=1#y")


@given(before=SAFE, after=st.text(st.characters(codec="utf-8", exclude_characters="@"), max_size=8))
def test_a_bare_password_is_never_shown(before: str, after: str) -> None:
    assert SECRET not in hide_credentials(f"postgresql://ada:{before}{SECRET}{after}@host/db")


@given(
    key=st.sampled_from(["password", "sslpassword", "PASSWD", "api_key", "X-Amz-Signature", "sig", "access_token"]),
    before=st.lists(st.sampled_from(["a=1", "b", "=", "", "c=%26", "d=1;e=2"]), max_size=3),
    value=st.text(st.characters(codec="utf-8", exclude_characters="&"), max_size=8),
    mark=st.sampled_from("?#"),
)
def test_a_secret_of_the_query_is_never_shown(key: str, before: list[str], value: str, mark: str) -> None:
    text = "https://host/x" + mark + "&".join([*before, f"{key}={value}{SECRET}{value}", "z=1"])
    shown = hide_credentials(text)
    assert SECRET not in shown
    assert shown.endswith("&z=1")


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("", ""),
        ("a/b.txt", "a/b.txt"),
        ("a//b/./c/", "a/b/c"),
        ("model 1/100%", "model 1/100%"),
        ("a..b/...", "a..b/..."),
        ("漢字/🚂", "漢字/🚂"),
    ],
)
def test_a_relative_artifact_path_is_kept(path: str, kept: str) -> None:
    assert artifact_path(path) == kept


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "..",
        "a/../b",
        "../a",
        "a/..",
        "%2e%2e/a",
        "%252e%252e/a",
        "%2Fetc",
        "a\\..\\b",
        "\\\\server\\share",
        "C:\\x",
        "c:/x",
        "a/%5c../b",
        "a\0b",
        "a%00b",
        "a\nb",
        "a/.. /b",
        "%" + "25" * 20 + "2e",
    ],
)
def test_an_artifact_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput, match="invalid artifact path"):
        artifact_path(path)


PIECES = st.sampled_from(["..", ".", "/", "\\", "%2e", "%2E", "%2f", "%5c", "%25", "a", " ", "C:", "\0", "%00", "~"])


@given(st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=12).map("".join)))
@example("%252e%252e%252fa")
def test_no_artifact_path_escapes(path: str) -> None:
    try:
        kept = artifact_path(path)
    except InvalidInput:
        return
    root = "/root/folder"
    decoded = kept
    for _ in range(12):
        for form in (decoded, decoded.replace("\\", "/")):
            assert os.path.normpath(f"{root}/{form}").startswith(root)
        decoded = unquote(decoded)
    uri = Uri.parse("file:///root/folder").join(kept)
    assert str(uri.local_path).startswith(root)
    assert urlsplit(uri.text).path.startswith(root)
