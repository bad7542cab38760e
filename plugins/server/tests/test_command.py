"""`runyard server` has the flags that users of MLflow's type, and says in one line what is wrong."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from runyard import __version__
from runyard.specs import Command
from runyard.testing.contracts.commands import CommandContract
from runyard.testing.raw_http import call
from runyard.testing.server import RunningServer, clean_environment, running_server
from runyard_server import plugin
from runyard_server.command import server

MLFLOW_FLAGS = [
    "--host",
    "--port",
    "-p",
    "--workers",
    "-w",
    "--backend-store-uri",
    "--registry-store-uri",
    "--default-artifact-root",
    "--serve-artifacts",
    "--no-serve-artifacts",
    "--artifacts-destination",
    "--allowed-hosts",
    "--cors-allowed-origins",
    "--x-frame-options",
]


class TestCommand(CommandContract):
    @pytest.fixture
    def command(self) -> Command:
        return plugin.runyard_commands()[0]


@pytest.mark.parametrize("flag", MLFLOW_FLAGS)
def test_flags_of_mlflow_are_there(flag: str) -> None:
    assert re.search(rf"(^|[\s/,]){flag}\b", CliRunner().invoke(server, ["--help"]).output, re.MULTILINE)


def test_the_secret_is_no_flag() -> None:
    assert "--secret" not in CliRunner().invoke(server, ["--help"]).output


def test_one_line_says_where_everything_is(shared: RunningServer) -> None:
    lines = shared.printed().splitlines()
    started = [line for line in lines if "serves" in line]
    assert len(started) == 1
    assert started[0] == (
        f"runyard {__version__} serves {shared.url} (runs in {shared.data.as_uri()}, artifacts in "
        f"{shared.data.as_uri()}/artifacts, open to this machine); in clients: "
        f"export MLFLOW_TRACKING_URI={shared.url}"
    )


def refused(folder: Path, *flags: str, before: tuple[str, ...] = (), **environment: str) -> str:
    """What a server that does not start prints."""
    command = [sys.executable, "-m", "runyard", *before, "server", "--port", "0", *flags]
    env = {**clean_environment(), **environment}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert not done.stdout
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("runyard: ")
    return lines[0]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_store_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path, workers: str) -> None:
    bad = refused(tmp_path, "--backend-store-uri", "nosuch://x", "--workers", workers)
    assert "no plugin provides tracking scheme 'nosuch'" in bad
    gone = refused(tmp_path, "--backend-store-uri", "postgresql://u:hidden@127.0.0.1:1/x", "--workers", workers)
    assert "127.0.0.1:1" in gone
    assert "hidden" not in gone


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} of 127.0.0.1 is in use" in refused(tmp_path, "--port", str(port))


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--host", "0.0.0.0"], "not listening on 0.0.0.0 without an authenticator"),
        (["--host", "::"], "without an authenticator"),
        (["--host", "no.such.name.invalid"], "is no address of this machine"),
        (["--port", "x"], "--port is 'x'"),
        (["--artifacts-destination", "nosuch://x"], "no plugin provides artifact scheme 'nosuch'"),
        (["--artifacts-destination", "mlflow-artifacts:/"], "is a server's"),
        (["--authenticator", "nobody"], "no plugin provides authenticator 'nobody'"),
        (["--policy", "nothing"], "no plugin provides policy 'nothing'"),
        (["--trusted-proxies", "here"], "server.trusted_proxies takes addresses"),
        (["--access-log", "/no/such/folder/log"], "server.access_log: cannot write"),
        (["--authenticator", "token"], "runyard tokens create"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(tmp_path: Path, flags: list[str], message: str) -> None:
    assert message in refused(tmp_path, *flags)


def test_where_clients_keep_runs_is_not_where_the_server_keeps_them(tmp_path: Path) -> None:
    # It would ask itself.
    environment = {"MLFLOW_TRACKING_URI": "nosuch://x", "MLFLOW_REGISTRY_URI": "nosuch://y"}
    with running_server(tmp_path, **environment) as server:
        assert f"runs in {server.data.as_uri()}" in server.printed()
    assert "nosuch" in refused(tmp_path, before=("--tracking-uri", "nosuch://typed"))


def test_settings_come_from_the_environment_and_from_runyard_toml(tmp_path: Path) -> None:
    (tmp_path / "runyard.toml").write_text('[server]\nx_frame_options = "DENY"\nport = 1\n', encoding="utf-8")
    with running_server(tmp_path, RUNYARD_SERVER_MAX_HEADERS="5") as server:
        assert call(server.port, "GET", "/health").header("x-frame-options") == "DENY"
        assert call(server.port, "GET", "/health", *["X: y"] * 5).status == 431


def test_everything_is_in_the_data_folder(shared: RunningServer) -> None:
    assert {path.name for path in shared.data.iterdir()} >= {"runyard.db"}
    assert os.path.commonpath([shared.data, shared.output]) == str(shared.output.parent)
