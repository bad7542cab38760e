"""A large upload to S3 whose process is killed and started again: what is sent twice, whether the content is right.

python benchmarks/bench_resume.py [--size MB] [--rounds N]

Needs a service (RUNYARD_TEST_S3, see CONTRIBUTING.md). Each round copies a file with `runyard artifacts cp`, kills the
process at another place, copies again, and compares the SHA-256. At the end an upload is killed and never gone on with:
`runyard gc` must leave no part of it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import attrs
from bench_s3 import MB, prepare, store_at

from runyard.transfers.stretches import length_for, stretches
from runyard.transfers.uploads import PARTS

CHUNK = 1 << 20


@attrs.frozen
class Lab:
    """A folder with the file, and the place that it is sent to."""

    folder: Path
    root: str
    environ: Mapping[str, str]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "runyard", *words], cwd=self.folder, env=self.environ)

    def run(self, *words: str) -> float:
        """How many seconds a command takes that must succeed."""
        start = time.perf_counter()
        if self.start(*words).wait():
            sys.exit(f"runyard {' '.join(words)} failed")
        return time.perf_counter() - start

    def noted(self) -> dict[int, str]:
        """The parts that the killed process knew to be stored; a last line may be torn."""
        lines = [line for note in self.folder.glob("cache/runyard/uploads/*") for line in note.read_text().splitlines()]
        entries = [json.loads(line) for line in lines if line.endswith("}")]
        return {entry["part"]: entry["etag"] for entry in entries if "part" in entry}

    def kill(self, name: str, after: int) -> None:
        """Kill a copy when so many parts are stored."""
        process = self.start("artifacts", "cp", "large.bin", f"{self.root}/{name}")
        while len(self.noted()) < after:
            if process.poll() is not None:
                sys.exit("the copy ended before it was killed; choose a larger file")
            time.sleep(0.005)
        process.kill()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000, help="the file, in MB")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    root = prepare()
    try:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), root, options.size, options.rounds)
    finally:
        store_at(root).delete("")


def measure(folder: Path, root: str, megabytes: int, rounds: int) -> None:
    environ = {
        **os.environ,
        "RUNYARD_DATA_DIR": str(folder / "runyard-data"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    lab, store = Lab(folder, root, environ), store_at(root)
    with (folder / "large.bin").open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(MB))
    lab.run("experiments", "create", "far away", "--artifact-location", root)
    length = length_for(megabytes * MB)
    parts = {part.number: part.length for part in stretches(megabytes * MB, length)}
    for turn in range(1, rounds + 1):
        name = f"round-{turn}.bin"
        lab.kill(name, max(1, len(parts) * turn // (rounds + 1)))
        noted = lab.noted()
        (left,) = store.list_uploads()
        unnoted = {part.number for part in store.list_parts(left.path, left.upload_id)} - noted.keys()
        seconds = lab.run("artifacts", "cp", "large.bin", f"{root}/{name}")
        with store.open(name) as stored, (folder / "large.bin").open("rb") as local:
            if sha256(stored) != sha256(local):
                sys.exit(f"what is stored as {name} is not what was sent")
        if store.list_uploads():
            sys.exit(f"an upload of {name} is left")
        print(
            f"killed with {len(noted)} of {len(parts)} parts stored and noted; the next process sent "
            f"{sum(parts.values()) - sum(parts[number] for number in noted):,} bytes in {seconds:.1f} s: twice "
            f"{sum(parts[number] for number in unnoted):,} of parts that were stored just then, and what of at most "
            f"{PARTS - len(unnoted)} parts of {length:,} was under way; SHA-256 equal, no upload left"
        )
        store.delete(name)
    lab.kill("never.bin", max(1, len(parts) // 2))
    before = len(store.list_uploads())
    lab.run("gc", "--older-than", "0s", "--yes")
    after = store.list_uploads()
    print(f"uploads that nobody went on with: {before} before gc, {len(after)} after it")
    if after or not before:
        sys.exit("gc was to find the upload that was killed, and to leave nothing")


def sha256(stream: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while block := stream.read(CHUNK):
        digest.update(block)
    return digest.digest()


if __name__ == "__main__":
    main()
