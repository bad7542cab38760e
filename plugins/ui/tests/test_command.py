"""`runyard ui` is a server with a browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from runyard.cli.context import Context
from runyard.cli.main import root
from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.server import PATIENCE, clean_environment
from runyard_ui.command import address, open_when_ready


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(file: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if file.exists() and file.read_text(encoding="utf-8").endswith("\n"):
            return file.read_text(encoding="utf-8")
        time.sleep(0.05)
    raise AssertionError(f"{file} was not written")


@pytest.mark.skipif(os.name == "nt", reason="the browser of this test is a shell script")
@pytest.mark.parametrize("flag", ["--open", "--no-open"])
def test_a_browser_is_opened_where_the_server_answers(tmp_path: Path, flag: str) -> None:
    browser, opened, output = tmp_path / "browser", tmp_path / "opened", tmp_path / "output"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n', encoding="utf-8")
    browser.chmod(0o755)
    port = free_port()
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "runyard", "ui", flag, "--port", str(port)],
            cwd=tmp_path,
            env={**clean_environment(), "BROWSER": f"{browser} %s"},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
    try:
        assert f"http://127.0.0.1:{port}" in wait_for(output)
        if flag == "--open":
            assert wait_for(opened) == f"http://127.0.0.1:{port}/\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
    assert opened.exists() == (flag == "--open")


def test_a_server_that_is_slow_to_answer_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("runyard_ui.command.ANSWER", 0.2)
    monkeypatch.setattr("webbrowser.open", opened.append)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        waiting = threading.Thread(target=open_when_ready, args=(url,))
        waiting.start()
        listening.accept()[0].close()  # hangs up once
        silent, _ = listening.accept()
        connection, _ = listening.accept()
        with silent, connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
        waiting.join(PATIENCE)
    assert opened == [url]


def test_flags_come_before_settings_and_a_server_for_everybody_is_opened_here(tmp_path: Path) -> None:
    environ = {"RUNYARD_SERVER_HOST": "0.0.0.0", "RUNYARD_SERVER_PORT": "7000"}
    with Host(Settings(root=tmp_path, environ=environ)) as host:
        context = Context(host)
        assert address(context, {}) == "http://127.0.0.1:7000/"
        assert address(context, {"host": "lab", "port": "7001"}) == "http://lab:7001/"
        assert address(context, {"host": "::1"}) == "http://[::1]:7000/"


def test_a_flag_that_the_server_does_not_know_is_refused() -> None:
    result = CliRunner().invoke(root, ["ui", "--no-open", "--prot", "5001"])
    assert result.exit_code == 2
    assert "No such option '--prot'" in result.output
