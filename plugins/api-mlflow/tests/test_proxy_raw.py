"""What no well-meaning client sends: raw requests that try to leave the artifact root, against a real server."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import pytest

from runyard.testing.server import RunningServer, running_server

API = "/api/2.0/mlflow"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
SECRET = b"the secret outside of the root"

UPWARD = [
    "../secret.txt",
    "../../secret.txt",
    "0/../../secret.txt",
    "0/run/artifacts/../../../../secret.txt",
    "%2e%2e/secret.txt",
    "%2E%2E%2Fsecret.txt",
    "..%2fsecret.txt",
    "%252e%252e/secret.txt",
    "%252e%252e%252fsecret.txt",
    "%25252e%25252e%25252fsecret.txt",
    "..%255csecret.txt",
    "..%5csecret.txt",
    "..\\secret.txt",
    "0/..%5c..%5csecret.txt",
    ".%2e/secret.txt",
    "%2e./secret.txt",
    "%20../secret.txt",
    "..%20/secret.txt",
    "0/..",
    "..",
    "%2e%2e",
    "..%2f",
    "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "0%2f..%2f..%2fsecret.txt",
    "%2525252525252525252e%2525252525252525252e/secret.txt",
]
ABSOLUTE = [
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "%252fetc%252fpasswd",
    "%5cetc%5cpasswd",
    "C:%5cx",
    "C:/x",
    "c%3a%2fx",
    "%5c%5chost%5cshare",
]
CONTROL = ["a%00b", "a%00", "%00", "a%2500b", "a%0ab", "a%0d%0aX-Evil:%201", "a%7fb", "a%1bb", "a%250d%250ab"]
NOT_UTF8 = [
    "%ff",
    "a%c3%28",
    "%c0%ae%c0%ae/secret.txt",
    "%c0%ae%c0%ae%c0%afsecret.txt",
    "%e0%80%ae%e0%80%ae/x",
    "%ed%a0%80",
]
REFUSED = [*UPWARD, *ABSOLUTE, *CONTROL, *NOT_UTF8]
HARMLESS = [
    "..;/a.txt",
    "...",
    "..a/b",
    "a..",
    "%E2%80%A5/a",
    "%EF%BC%8E%EF%BC%8E/a",
    "~root/a",
    "$HOME",
    "a%3b..",
    "file%3aetc",
    "%E2%88%95etc",
]


@attrs.frozen
class Answer:
    status: int
    headers: bytes
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


@attrs.frozen
class Site:
    """A server, and what lies around its artifacts."""

    server: RunningServer
    folder: Path

    @property
    def root(self) -> Path:
        return self.server.data / "artifacts"

    def ask(self, method: str, target: str, body: bytes = b"", *headers: str) -> Answer:
        """One request, its target byte for byte as it is given."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.server.port}", "Connection: close", *headers]
        if body or method in {"PUT", "POST"}:
            lines.append(f"Content-Length: {len(body)}")
        with socket.create_connection(("127.0.0.1", self.server.port), 30) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            received = b""
            while piece := connection.recv(65_536):
                received += piece
        head, _, content = received.partition(b"\r\n\r\n")
        return Answer(int(head.split(b" ", 2)[1]), head, content)

    def post(self, path: str, body: Any) -> Any:
        answer = self.ask("POST", path, json.dumps(body).encode(), "Content-Type: application/json")
        assert answer.status == 200, answer.content
        return answer.json()

    def experiment(self, name: str, location: str) -> str:
        number: str = self.post(f"{API}/experiments/create", {"name": name, "artifact_location": location})[
            "experiment_id"
        ]
        return number

    def run(self, experiment: str) -> str:
        found: str = self.post(f"{API}/runs/create", {"experiment_id": experiment})["run"]["info"]["run_id"]
        return found

    def outside(self) -> list[str]:
        """Every file of the folder but those below the root and the server's own."""
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file()
            and not path.is_relative_to(self.root)
            and not path.name.startswith(("server-", "runyard"))
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "runyard.toml").touch()
    (folder / "secret.txt").write_bytes(SECRET)
    with running_server(folder) as server:
        (server.data / "secret.txt").write_bytes(SECRET)
        site = Site(server, folder)
        assert site.ask("PUT", f"{PROXY}/0/run/artifacts/a.txt", b"kept").status == 200
        yield site


KEPT = ["runyard-data/secret.txt", "secret.txt"]


@pytest.mark.parametrize("path", REFUSED)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_no_path_leads_out(site: Site, method: str, path: str) -> None:
    answer = site.ask(method, f"{PROXY}/{path}", b"evil" if method == "PUT" else b"")
    assert answer.status in {400, 404}, answer
    assert SECRET not in answer.content
    assert b"root:" not in answer.content
    assert b"x-evil" not in answer.headers.lower()
    assert site.outside() == KEPT
    assert (site.root / "0/run/artifacts/a.txt").read_bytes() == b"kept"


@pytest.mark.parametrize("path", REFUSED)
@pytest.mark.parametrize(
    "target",
    [
        "GET /api/2.0/mlflow-artifacts/presigned/{}",
        "POST /api/2.0/mlflow-artifacts/mpu/create/{}",
        "POST /api/2.0/mlflow-artifacts/mpu/complete/{}",
        "POST /api/2.0/mlflow-artifacts/mpu/abort/{}",
        "PUT /api/2.0/mlflow-artifacts/mpu/part/{}?upload_id=x&part_number=1",
    ],
    ids=["presigned", "create", "complete", "abort", "part"],
)
def test_no_upload_in_parts_leads_out(site: Site, target: str, path: str) -> None:
    method, _, template = target.partition(" ")
    body = json.dumps(
        {"path": "evil.txt", "num_parts": 1, "upload_id": "x", "parts": [{"part_number": 1, "etag": "x"}]}
    )
    headers = ("Content-Type: application/json",) if method == "POST" else ()
    answer = site.ask(method, template.format(path), body.encode() if method == "POST" else b"evil", *headers)
    assert answer.status in {400, 404, 501}, answer
    assert site.outside() == KEPT


@pytest.mark.parametrize("path", [*UPWARD, *ABSOLUTE, *CONTROL, *NOT_UTF8])
def test_no_listing_leads_out(site: Site, path: str) -> None:
    run = site.run("0")
    for target in (
        f"{PROXY}?path={path}",
        f"{API}/artifacts/list?run_id={run}&path={path}",
        f"/get-artifact?run_id={run}&path={path}",
        f"/model-versions/get-artifact?name=m&version=1&path={path}",
        f"/ajax-api/2.0/mlflow/logged-models/m-0/artifacts/files?artifact_file_path={path}",
        f"{API}/logged-models/m-0/artifacts/directories?artifact_directory_path={path}",
    ):
        answer = site.ask("GET", target)
        assert answer.status in {400, 404}, (target, answer)
        assert (
            b"secret" not in answer.content.replace(path.encode(), b"").replace(quote(path).encode(), b"")
            or answer.status != 200
        )


@pytest.mark.parametrize("path", UPWARD)
def test_the_page_of_the_browser_cannot_send_outside(site: Site, path: str) -> None:
    run = site.run("0")
    answer = site.ask("POST", f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={path}", b"evil")
    assert answer.status == 400
    assert site.outside() == KEPT


def test_another_run_is_not_reached_through_a_run(site: Site) -> None:
    victim, own = site.run("0"), site.run("0")
    site.ask("PUT", f"{PROXY}/0/{victim}/artifacts/secret.txt", b"of another run")
    for path in (f"../../{victim}/artifacts/secret.txt", f"%2e%2e/%2e%2e/{victim}/artifacts/secret.txt"):
        assert site.ask("GET", f"/get-artifact?run_id={own}&path={path}").status == 400
        assert site.ask("GET", f"{API}/artifacts/list?run_id={own}&path={path.rpartition('/')[0]}").status == 400


@pytest.mark.parametrize("path", HARMLESS)
def test_what_only_looks_like_it_stays_inside(site: Site, path: str) -> None:
    assert site.ask("PUT", f"{PROXY}/harmless/{path}", path.encode()).status == 200
    assert site.ask("GET", f"{PROXY}/harmless/{path}").content == path.encode()
    assert site.outside() == KEPT


@pytest.mark.parametrize("length", [256, 5_000, 40_000])
def test_a_very_long_name_is_refused(site: Site, length: int) -> None:
    for path in ("x" * length, "%C3%A4" * (length // 6 + 250)):
        for method in ("PUT", "GET"):
            answer = site.ask(method, f"{PROXY}/{path}", b"x" if method == "PUT" else b"")
            assert answer.status in {400, 404, 414, 431}
    deep = "/".join(["d" * 100] * (length // 100))
    expected = {200} if length < 1_000 else {400, 414, 431}
    assert site.ask("PUT", f"{PROXY}/deep/{deep}/a.txt", b"x").status in expected


def test_names_that_the_store_keeps_for_itself_are_refused(site: Site) -> None:
    for method in ("PUT", "GET", "DELETE"):
        answer = site.ask(method, f"{PROXY}/.runyard-partial-uploads/x", b"x" if method == "PUT" else b"")
        assert answer.status == 400
    assert site.ask("GET", f"{PROXY}?path=.runyard-partial-uploads").status == 400


class TestLinks:
    @pytest.fixture
    def linked(self, site: Site) -> Iterator[Site]:
        folder = site.root / "0/links"
        folder.mkdir(parents=True, exist_ok=True)
        links = {"file.txt": site.folder / "secret.txt", "folder": site.folder, "etc": Path("/etc")}
        for name, target in links.items():
            (folder / name).symlink_to(target)
        yield site
        for name in links:
            (folder / name).unlink(missing_ok=True)

    @pytest.mark.parametrize("path", ["file.txt", "folder/secret.txt", "etc/passwd", "folder", "etc"])
    def test_a_link_out_of_the_root_is_not_followed(self, linked: Site, path: str) -> None:
        answer = linked.ask("GET", f"{PROXY}/0/links/{path}")
        assert answer.status in {400, 403, 404}
        assert SECRET not in answer.content
        assert str(linked.folder).encode() not in answer.content
        assert linked.ask("GET", f"{PROXY}?path=0/links/{path}").status in {200, 403}
        assert b"secret" not in linked.ask("GET", f"{PROXY}?path=0/links/{path}").content.replace(b"secret.txt'", b"")

    def test_links_out_are_not_listed(self, linked: Site) -> None:
        assert linked.ask("GET", f"{PROXY}?path=0/links").json() == {}

    @pytest.mark.parametrize("path", ["folder/new.txt", "folder/secret.txt", "etc/new.txt"])
    def test_nothing_is_written_or_deleted_through_a_link(self, linked: Site, path: str) -> None:
        assert linked.ask("PUT", f"{PROXY}/0/links/{path}", b"evil").status == 403
        assert linked.ask("DELETE", f"{PROXY}/0/links/{path}").status == 403
        assert linked.outside() == KEPT

    @pytest.mark.parametrize("location", ["mlflow-artifacts:/0/links/etc", "mlflow-artifacts:/0/links/folder"])
    def test_a_location_behind_a_link_is_not_opened(self, linked: Site, location: str) -> None:
        run = linked.run(linked.experiment(f"{location} {os.urandom(4).hex()}", location))
        linked.ask("PUT", f"{PROXY}/0/links/folder/{run}/artifacts/x", b"x")
        assert linked.ask("GET", f"{API}/artifacts/list?run_id={run}").status == 403
        assert linked.ask("GET", f"/get-artifact?run_id={run}&path=passwd").status == 403


@pytest.mark.parametrize(
    "location",
    [
        "/etc",
        "file:///etc",
        "file:/etc",
        "file://localhost/etc",
        "file:///%65tc",
        "{root}/../../..",
        "file:{root}/..",
        "{folder}",
    ],
)
def test_a_run_whose_artifacts_lie_elsewhere_is_not_served(site: Site, location: str) -> None:
    place = location.format(root=site.root, folder=site.folder)
    body = json.dumps({"name": f"x {location}", "artifact_location": place}).encode()
    created = site.ask("POST", f"{API}/experiments/create", body, "Content-Type: application/json")
    if created.status == 400:
        return
    run = site.run(created.json()["experiment_id"])
    listing = site.ask("GET", f"{API}/artifacts/list?run_id={run}")
    assert (listing.status, listing.json()["error_code"]) == (403, "PERMISSION_DENIED")
    for path in ("passwd", "secret.txt", "a"):
        assert site.ask("GET", f"/get-artifact?run_id={run}&path={path}").status == 403
        sent = site.ask("POST", f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={path}", b"evil")
        assert sent.status == 403
    asked = json.dumps({"run_id": run, "path": "passwd"}).encode()
    for action in ("upload", "download"):
        answer = site.ask("POST", f"{API}/artifacts/presigned-{action}-url", asked, "Content-Type: application/json")
        assert answer.status == 403
    assert site.outside() == KEPT


def test_a_page_among_the_artifacts_is_never_shown_as_one_of_ours(site: Site) -> None:
    run = site.run("0")
    page = b"<script>alert(document.domain)</script>"
    for name in ("evil.html", "evil.svg", "evil.xhtml", "evil"):
        site.ask("PUT", f"{PROXY}/0/{run}/artifacts/{name}", page)
        for target in (f"{PROXY}/0/{run}/artifacts/{name}", f"/get-artifact?run_id={run}&path={name}"):
            answer = site.ask("GET", target)
            assert (answer.status, answer.content) == (200, page)
            headers = answer.headers.lower()
            assert b"content-disposition: attachment;" in headers
            assert headers.count(b"x-content-type-options: nosniff") == 1
            assert b"content-security-policy: sandbox; default-src 'none'" in headers


@pytest.mark.parametrize("name", ['a"b.txt', "a\\b.txt", "a;b=c.txt", "ä.txt", "日本", "a'b.txt", "%41.txt"])
def test_a_name_cannot_break_out_of_its_header(site: Site, name: str) -> None:
    target = f"{PROXY}/names/{quote(name, safe='')}"
    assert site.ask("PUT", target, b"x").status == 200
    headers = site.ask("GET", target).headers.decode("ascii").split("\r\n")
    found = [line for line in headers if line.lower().startswith("content-disposition")]
    assert len(found) == 1
    plain = found[0].partition('filename="')[2]
    shown = plain.partition('"; filename*=')[0] if "filename*=" in found[0] else plain[:-1]
    assert not [char for number, char in enumerate(shown) if char == '"' and shown[number - 1] != "\\"]
