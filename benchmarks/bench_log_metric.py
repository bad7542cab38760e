"""What one `log_metric` costs beside one `os.write` of 64 bytes, in the same loop, while delivery runs behind it.

Usage: python benchmarks/bench_log_metric.py [--calls N] [--uri URI]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runyard.entities import RunStart
from runyard.host import Host
from runyard.settings import Settings
from runyard.tracking.recorder import recorder_for
from runyard.uris import Uri


def percentile(values: list[int], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))] / 1000


def measure(call: Callable[[int], None], descriptor: int, calls: int, pause: float) -> dict[str, float]:
    """Both medians and the call's tail, in microseconds."""
    payload, clock = b"x" * 64, time.perf_counter_ns
    writes, logs = [], []
    for step in range(calls):
        began = clock()
        os.write(descriptor, payload)
        between = clock()
        call(step)
        ended = clock()
        writes.append(between - began)
        logs.append(ended - between)
        if pause and not step % 100:
            time.sleep(pause)
    write, log = statistics.median(writes) / 1000, statistics.median(logs) / 1000
    return {
        "write": write,
        "log": log,
        "ratio": log / write,
        "log_p99": percentile(logs, 0.99),
        "log_p999": percentile(logs, 0.999),
        "write_p99": percentile(writes, 0.99),
    }


def writer_call(folder: Path, uri: str) -> tuple[Callable[[int], None], Callable[[], int]]:
    """The innermost call, as `RunWriter.log_metric`."""
    host = Host(Settings(data_dir=str(folder), root=folder))
    recorder = recorder_for(host, Uri.parse(uri))
    recorder.start_run(RunStart("bench", "bench", "me", 0, experiment_name="bench"))
    recorder.open_run("bench")
    log = recorder.run("bench").log_metric

    def finish() -> int:
        recorder.flush()
        points = len(host.tracking_store(Uri.parse(uri)).read_metric("bench", "loss"))
        recorder.close_run("bench")
        recorder.close()
        return points

    return lambda step: log("loss", 0.5, step), finish


def api_call(folder: Path, uri: str) -> tuple[Callable[[int], None], Callable[[], int]]:
    """The whole call, as a training script makes it."""
    import runyard as ry
    from runyard.host import set_default_host

    set_default_host(Host(Settings(data_dir=str(folder), root=folder, tracking_uri=uri)))
    ry.set_experiment("bench")
    run_id = ry.start_run().info.run_id
    log = ry.log_metric

    def finish() -> int:
        ry.end_run()
        return len(ry.Client().get_metric_history(run_id, "loss"))

    return lambda step: log("loss", 0.5, step=step), finish


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--uri", default="", help="where runs are kept; a new SQLite file by default")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = {}
    for name, make, pause in (
        ("ry.log_metric, burst", api_call, 0.0),
        ("ry.log_metric, paced", api_call, 0.001),
        ("RunWriter.log_metric, burst", writer_call, 0.0),
    ):
        with tempfile.TemporaryDirectory() as folder:
            uri = options.uri or f"sqlite:///{folder}/runs.db"
            call, finish = make(Path(folder), uri)
            descriptor = os.open(f"{folder}/write", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            results[name] = measure(call, descriptor, options.calls, pause)
            os.close(descriptor)
            began = time.perf_counter()
            assert finish() == options.calls
            results[name]["finish_ms"] = (time.perf_counter() - began) * 1000
    if options.json:
        print(json.dumps(results, indent=2))
        return
    print(f"{options.calls} calls each, delivered in the background; microseconds")
    for name, result in results.items():
        print(
            f"{name:28} median {result['log']:6.2f}  os.write {result['write']:6.2f}  ratio {result['ratio']:5.2f}  "
            f"p99 {result['log_p99']:7.1f}  p99.9 {result['log_p999']:7.1f}  (os.write p99 {result['write_p99']:6.1f})"
        )


if __name__ == "__main__":
    main()
