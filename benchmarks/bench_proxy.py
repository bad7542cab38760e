"""Artifacts up and down through `runyard server` beside plain static file servers: 1 GB, and 1,000 files of 10 KB.

python benchmarks/bench_proxy.py [--size MB] [--rounds N]

Two static servers are compared with: Python's `http.server`, and Starlette's `StaticFiles` under uvicorn, each with a
PUT added that writes what comes. The rounds of the three take turns, each with files of new names, as runs have them;
the figures are medians.
"""

from __future__ import annotations

import argparse
import http.client
import http.server
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
from servers import free_port, serving, verdict

MB = 1_000_000
PIECE = os.urandom(MB)
SMALL = os.urandom(10_000)
COUNT = 1_000
WHAT = ("1 file up", "1 file down", "small files up", "small files down")
AIM, MEMORY_AIM = 0.5, 50


@attrs.frozen
class Target:
    """A server to send to; `memory` is what its processes have, in MB."""

    name: str
    port: int
    prefix: str
    memory: Callable[[], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000, help="the large file, in MB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--static", nargs=3, help=argparse.SUPPRESS)  # how this file starts a static server of itself
    options = parser.parse_args()
    if options.static:
        STATIC[options.static[0]](int(options.static[1]), options.static[2])
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("runyard", Path(folder, "runyard"), f"sqlite:///{folder}/runs.db") as server,
        static("http.server", Path(folder, "http")) as plain,
        static("starlette", Path(folder, "starlette")) as starlette,
    ):
        ours = Target("runyard", server.port, "/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts", server.memory)
        targets = [ours, plain, starlette]
        speeds: dict[str, list[list[float]]] = {target.name: [] for target in targets}
        growth = 0.0
        for target in targets:
            measured(target, 10, "warm")
        for turn in range(options.rounds):
            for target in targets:
                with watched(target) as grown:
                    speeds[target.name].append(measured(target, options.size, f"round{turn}"))
                growth = max(growth, grown[0]) if target is ours else growth
    report(speeds, growth)


def report(speeds: dict[str, list[list[float]]], growth: float) -> None:
    medians = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in speeds.items()}
    for name, row in medians.items():
        print(f"{name:<12}", "  ".join(f"{what} {speed:7.1f} MB/s" for what, speed in zip(WHAT, row, strict=True)))
    for name in ("http.server", "starlette"):
        for what, own, other in zip(WHAT, medians["runyard"], medians[name], strict=True):
            print(f"{what:<17} beside {name:<12} {verdict(own / other, AIM)}")
    print(
        f"memory: {growth:.0f} MB more at most, aim {MEMORY_AIM} MB: {'reached' if growth <= MEMORY_AIM else 'MISSED'}"
    )


def measured(target: Target, megabytes: int, folder: str) -> list[float]:
    """MB/s of each of `WHAT`."""
    target = attrs.evolve(target, prefix=f"{target.prefix}/{folder}")
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=600)
    return [
        megabytes / seconds(lambda: put_large(connection, target, megabytes)),
        megabytes / seconds(lambda: get_large(connection, target, megabytes)),
        COUNT * len(SMALL) / MB / seconds(lambda: put_small(connection, target)),
        COUNT * len(SMALL) / MB / seconds(lambda: get_small(connection, target)),
    ]


def seconds(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def put_large(connection: http.client.HTTPConnection, target: Target, megabytes: int) -> None:
    connection.putrequest("PUT", f"{target.prefix}/large.bin")
    connection.putheader("Content-Length", str(megabytes * MB))
    connection.endheaders()
    for _ in range(megabytes):
        connection.send(PIECE)
    done(connection)


def get_large(connection: http.client.HTTPConnection, target: Target, megabytes: int) -> None:
    connection.request("GET", f"{target.prefix}/large.bin")
    response = connection.getresponse()
    buffer = bytearray(MB)
    total = 0
    while count := response.readinto(buffer):
        total += count
    if total != megabytes * MB:
        raise RuntimeError(f"{target.name} sent {total} bytes of {megabytes * MB}")


def put_small(connection: http.client.HTTPConnection, target: Target) -> None:
    for number in range(COUNT):
        connection.request("PUT", f"{target.prefix}/small/{number}.bin", body=SMALL)
        done(connection)


def get_small(connection: http.client.HTTPConnection, target: Target) -> None:
    for number in range(COUNT):
        connection.request("GET", f"{target.prefix}/small/{number}.bin")
        if done(connection) != SMALL:
            raise RuntimeError(f"{target.name} sent something else than was stored")


def done(connection: http.client.HTTPConnection) -> bytes:
    response = connection.getresponse()
    content = response.read()
    if response.status >= 300:
        raise RuntimeError(f"{response.status}: {content[:500]!r}")
    return content


@contextmanager
def watched(target: Target) -> Iterator[list[float]]:
    """How much more memory a server had at any time than when the block began, as the only item."""
    before, grown, stop = target.memory(), [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.1):
            grown[0] = max(grown[0], target.memory() - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield grown
    finally:
        stop.set()
        thread.join()


@contextmanager
def static(kind: str, folder: Path) -> Iterator[Target]:
    """Run a static file server on a folder until the block ends."""
    folder.mkdir()
    port = free_port()
    command = [sys.executable, __file__, "--static", kind, str(port), str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        while not answers(port):
            if process.poll() is not None:
                raise SystemExit(f"{kind} did not start")
            time.sleep(0.05)
        yield Target(kind, port, "", lambda: 0.0)
    finally:
        process.terminate()
        process.wait()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except OSError:
        return False
    return True


def serve_plainly(port: int, folder: str) -> None:
    class Handler(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True  # else each small answer waits for an acknowledgement

        def do_PUT(self) -> None:
            path = Path(self.translate_path(self.path))
            path.parent.mkdir(parents=True, exist_ok=True)
            left = int(self.headers["Content-Length"])
            with path.open("wb") as file:
                while left and (piece := self.rfile.read(min(left, 1 << 18))):
                    file.write(piece)
                    left -= len(piece)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Nothing is told."""

    os.chdir(folder)
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def serve_with_starlette(port: int, folder: str) -> None:
    import uvicorn
    from anyio.to_thread import run_sync
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    async def put(request: Request) -> Response:
        path = Path(folder, request.path_params["path"])
        path.parent.mkdir(parents=True, exist_ok=True)
        with await run_sync(path.open, "wb") as file:
            async for piece in request.stream():
                await run_sync(file.write, piece)
        return Response()

    app = Starlette(
        routes=[Route("/{path:path}", put, methods=["PUT"]), Mount("/", StaticFiles(directory=folder))],
    )
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


STATIC: dict[str, Callable[[int, str], None]] = {"http.server": serve_plainly, "starlette": serve_with_starlette}


if __name__ == "__main__":
    main()
