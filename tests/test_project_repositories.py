"""Projects are fetched from real git servers on loopback: git's own, git over HTTP and over SSH."""

from __future__ import annotations

import base64
import gzip
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncssh
import attrs
import pytest

from runyard.testing.server import clean_environment

GIT_OVER_SSH = Path(__file__).parent / "servers" / "git_over_ssh.py"
GIT_CORE = Path(subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip())


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@attrs.frozen
class Served:
    """Repositories in a folder, and the first commit of the one called `project`."""

    folder: Path
    first: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    folder = tmp_path_factory.mktemp("repositories")
    part, work = folder / "part", folder / "work"
    for each, files in ((part, {"part.sh": "echo from a part"}), (work, {"inner/which.sh": "echo one"})):
        for name, text in files.items():
            (each / name).parent.mkdir(parents=True, exist_ok=True)
            (each / name).write_text(text)
        git(each, "init", "-q")
        git(each, "add", "-A")
        git(each, "commit", "-q", "-m", "one")
    first = git(work, "rev-parse", "HEAD")
    (work / "inner" / "which.sh").write_text("echo two")
    git(work, "commit", "-q", "-a", "-m", "two")
    git(work, "tag", "v2")
    for each in (part, work):
        git(folder, "clone", "-q", "--bare", str(each), f"{each.name}.git")
    return Served(folder, first)


@pytest.fixture(scope="module")
def daemon(served: Served) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    where = ["--listen=127.0.0.1", f"--port={port}", f"--base-path={served.folder}"]
    process = subprocess.Popen(
        [str(GIT_CORE / "git-daemon"), "--export-all", "--reuseaddr", *where, str(served.folder)]
    )
    url = f"git://127.0.0.1:{port}"
    for _ in range(200):
        if subprocess.run(["git", "ls-remote", f"{url}/work.git"], capture_output=True, check=False).returncode == 0:
            break
        time.sleep(0.05)
    yield url
    process.terminate()
    process.wait()


class OverHttp(http.server.BaseHTTPRequestHandler):
    """Hands requests to `git http-backend`; those without the right name and password are refused."""

    folder: Path

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)

    def _answer(self, body: bytes) -> None:
        if self.headers.get("Authorization") != f"Basic {base64.b64encode(b'me:secret').decode()}":
            self._send("401 Unauthorized", {"WWW-Authenticate": 'Basic realm="x"'}, b"")
            return
        path, _, query = self.path.partition("?")
        done = subprocess.run(
            [str(GIT_CORE / "git-http-backend")],
            env={
                "GIT_PROJECT_ROOT": str(self.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "PATH": os.environ["PATH"],
            },
            input=body,
            capture_output=True,
            check=False,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self._send(headers.pop("Status", "200 OK"), headers, content)

    def _send(self, status: str, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(int(status.split(maxsplit=1)[0]))
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as it is called there
        pass


@pytest.fixture(scope="module")
def over_http(served: Served) -> Iterator[str]:
    handler = type("Handler", (OverHttp,), {"folder": served.folder})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://me:secret@127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def over_ssh(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if shutil.which("ssh") is None:
        pytest.skip("there is no ssh, by which git speaks to such servers")
    folder = tmp_path_factory.mktemp("keys")
    for name in ("host", "mine"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(folder / name))
        key.write_public_key(str(folder / f"{name}.pub"))
        (folder / name).chmod(0o600)
    command = [sys.executable, str(GIT_OVER_SSH), str(folder / "host"), str(folder / "mine.pub")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
        with pytest.MonkeyPatch.context() as patch:
            known = f"UserKnownHostsFile={folder / 'known'}"
            patch.setenv("GIT_SSH_COMMAND", f"ssh -F none -i {folder / 'mine'} -o {known} -o BatchMode=yes")
            yield f"ssh://me@127.0.0.1:{port}{served.folder}"
        process.terminate()


def runyard(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "runyard", *words],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
    return done


@pytest.mark.parametrize("server", ["daemon", "over_http", pytest.param("over_ssh", marks=pytest.mark.ssh)])
def test_versions_of_a_project_are_fetched_from_a_server(
    server: str, served: Served, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    uri = f"{request.getfixturevalue(server)}/work.git#inner"
    for version, said in (
        (None, "two"),
        ("v2", "two"),
        ("main", "two"),
        (served.first, "one"),
        (served.first[:9], "one"),
    ):
        words = ["--version", version] if version else []
        assert runyard(tmp_path, "run", uri, "-e", "which.sh", *words).stdout == f"{said}\n"
    shown = runyard(tmp_path, "runs", "list", "--json").stdout
    assert "secret" not in shown
    done = runyard(tmp_path, "run", uri, "-e", "which.sh", "--version", "v3", code=1)
    assert "no version 'v3'; branches: main; tags: v2" in done.stderr


def test_a_password_that_is_wrong_is_told_and_not_shown(over_http: str, tmp_path: Path) -> None:
    uri = f"{over_http.replace('secret', 'hidden-word')}/work.git"
    done = runyard(tmp_path, "run", uri, code=1)
    assert "git ls-remote failed" in done.stderr
    assert "hidden-word" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_repository_that_is_not_there_is_told(daemon: str, tmp_path: Path) -> None:
    assert "git ls-remote failed" in runyard(tmp_path, "run", f"{daemon}/gone.git", code=1).stderr


@pytest.mark.ssh
def test_a_host_that_ssh_does_not_know_is_told(over_ssh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh -F none -o UserKnownHostsFile={tmp_path / 'none'} -o BatchMode=yes")
    done = runyard(tmp_path, "run", f"{over_ssh}/work.git", code=1)
    assert "Host key verification failed" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "uri", ["ext::sh -c 'touch hacked'.git", "git+ext::sh -c 'touch hacked'", "--upload-pack=x.git"]
)
def test_an_address_that_names_a_program_is_refused(uri: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runyard", "run", "--", uri],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert not (tmp_path / "hacked").exists()
    assert len(done.stderr.splitlines()) == 1


def test_hooks_of_a_repository_are_not_run(served: Served, tmp_path: Path) -> None:
    template = tmp_path / "template" / "hooks"
    template.mkdir(parents=True)
    (template / "post-checkout").write_text(f"#!/bin/sh\ntouch {tmp_path}/hacked\n")
    (template / "post-checkout").chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "runyard", "run", f"git+file://{served.folder}/work.git#inner", "-e", "which.sh"],
        cwd=tmp_path,
        env={**clean_environment(), "GIT_TEMPLATE_DIR": str(template.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "two\n", done.stderr
    assert not (tmp_path / "hacked").exists()
