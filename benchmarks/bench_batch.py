"""What batch scoring costs in memory and processor time, for inputs of two sizes; whole with pandas as a comparison.

Usage: python benchmarks/bench_batch.py [--sizes MB,MB] [--formats csv,jsonl,parquet] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROWS = 50_000  # written at once

# Scores a file and prints what it took, in a process of its own: its greatest resident size is that of the work.
SCORE = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
how, model, source, target = sys.argv[1:]
from runyard.host import Host
from runyard.models.pyfunc import load_model
from runyard.settings import Settings
from runyard.testing.memory import plugin
host = Host(Settings(), plugins={"memory": plugin}, discover=False)
import pandas as pd
if source.endswith(".parquet"):
    import pyarrow.parquet
def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
began, before = time.process_time(), peak()
if how == "chunks":
    from runyard.models.batch import predict
    rows = predict(model, input_path=source, output_path=target, host=host).rows
elif how == "whole":
    read = pd.read_parquet if source.endswith(".parquet") else pd.read_csv
    frame = read(source)
    frame["prediction"] = load_model(model, host=host).predict(frame[["x"]])
    (frame.to_parquet if target.endswith(".parquet") else frame.to_csv)(target, index=False)
    rows = len(frame)
print(json.dumps({"rows": rows, "seconds": time.process_time() - began, "peak": peak(), "before": before}))
"""


def rows(seed: int) -> Iterator[dict[str, Any]]:
    """Rows of about 100 bytes in CSV: a name with zeros in front, six numbers, a text."""
    random.seed(seed)
    for number in range(ROWS):
        numbers = {f"f{at}": random.gauss(0, 1) for at in range(3)}
        yield {"id": f"{number:07}", "x": random.random(), **numbers, "note": f"row {number} of {seed}"}


def make(folder: Path, form: str, megabytes: int) -> Path:
    """A file of a size, the same one for the same size."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = folder / f"{megabytes}.{form}"
    if file.exists():
        return file
    frame = pd.DataFrame(rows(megabytes))
    if form == "parquet":
        table = pa.Table.from_pandas(frame)
        with pq.ParquetWriter(file, table.schema) as writer:
            while file.stat().st_size < megabytes << 20:
                writer.write_table(table)
        return file
    block = frame.to_csv(index=False) if form == "csv" else frame.to_json(orient="records", lines=True)
    head, _, body = block.partition("\n") if form == "csv" else ("", "", block)
    with file.open("w", encoding="utf-8") as stream:
        stream.write(f"{head}\n" if head else "")
        while stream.tell() < megabytes << 20:
            stream.write(body)
    return file


def score(how: str, model: Path, source: Path, target: Path) -> dict[str, float]:
    command = [sys.executable, "-c", SCORE, how, str(model), str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    target.unlink()
    measured: dict[str, float] = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    return measured


def save_model(folder: Path) -> Path:
    """A line, as a model that takes the column x."""
    import pandas as pd

    from runyard.host import Host
    from runyard.models.saving import save_model as save
    from runyard.settings import Settings
    from runyard.testing.memory import plugin
    from runyard.testing.memory.flavor import Line

    with Host(Settings(), plugins={"memory": plugin}, discover=False) as host:
        save("line", Line(2.0, 1.0), folder / "model", input_example=pd.DataFrame({"x": [0.5]}), host=host)
    return folder / "model"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", default="50,200", help="of the inputs, in MB")
    options.add_argument("--formats", default="csv,jsonl,parquet")
    options.add_argument("--folder", help="where to put the files")
    options.add_argument("--whole", type=int, default=50, help="the largest input to read whole as well, in MB")
    chosen = options.parse_args()
    sizes = [int(size) for size in chosen.sizes.split(",")]
    with tempfile.TemporaryDirectory(dir=chosen.folder) as scratch:
        model = save_model(Path(scratch))
        print(f"{'':24} {'rows':>12} {'rows/CPU s':>10} {'MB at rest':>11} {'MB peak':>9}")
        for form in chosen.formats.split(","):
            for size in sizes:
                source = make(Path(scratch), form, size)
                ways = ["chunks", "whole"] if size <= chosen.whole and form != "jsonl" else ["chunks"]
                for how in ways:
                    found = score(how, model, source, Path(scratch) / f"scored.{form}")
                    speed = found["rows"] / found["seconds"]
                    label = f"{form}, {size} MB, {how}"
                    print(
                        f"{label:24} {found['rows']:12.0f} {speed:10.0f} {found['before']:11.0f} {found['peak']:9.0f}",
                        flush=True,
                    )
                source.unlink()


if __name__ == "__main__":
    main()
