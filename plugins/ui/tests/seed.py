"""Real data for tests in a browser: a sweep with curves, a very long curve, files of every kind."""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np
import seed_models
import seed_search
from numpy.typing import NDArray

from runyard.entities import Batch, MetricColumns, RunStart, RunStatus, RunUpdate
from runyard.host import Host
from runyard.protocols.tracking import IngestsBatches, capability
from runyard.settings import Settings

SWEEP, LONG = "vision/digits/mlp-sweep", "vision/long-training"
MODELS = 3  # runs that logged one
SWEEP_RUNS, SPIKES = 70, {123_457: 3.0, 654_321: 2.5}
EPOCHS = 60
HOUR = 3_600_000


def seed(folder: Path, *, long: int = 1_000_000) -> None:
    """Fill the data folder of a server that is to run in `folder`."""
    settings = Settings(root=folder, data_dir=str(folder / "runyard-data"), artifact_root="mlflow-artifacts:/")
    with Host(settings) as host:
        store = host.tracking_store()
        ids = {
            name: store.create_experiment(name).experiment_id for name in (LONG, SWEEP, "nlp/empty", seed_search.SEARCH)
        }
        batches = (*_sweep(ids[SWEEP]), *_long(ids[LONG], long), seed_search.batch(ids[seed_search.SEARCH]))
        for number, batch in enumerate(batches, 1):
            assert list(capability(store, IngestsBatches).ingest(_numbered(batch, number))) == []  # type: ignore[type-abstract]
        store.set_experiment_tags(ids[SWEEP], {"mlflow.note.content": "How **width** and learning rate matter."})
        files = folder / "runyard-data" / "artifacts" / ids[SWEEP]
        _write_files(files / run_id(0) / "artifacts")
        for number in range(MODELS):
            seed_models.write_model(files / run_id(number) / "artifacts" / "model")
            seed_models.write_captured(files / run_id(number) / "artifacts" / "runyard", number)
        seed_search.write_files(host, folder / "runyard-data" / "artifacts" / ids[seed_search.SEARCH])
        seed_models.register(host.registry_store(), [run_id(number) for number in range(MODELS)])


def _numbered(batch: Batch, number: int) -> Batch:
    return attrs.evolve(batch, journal_id="seed", first=number, last=number)


def run_id(number: int, kind: int = 1) -> str:
    return f"{number * 2654435761 % 2**32:08x}{kind:08x}{number:016x}"


def _sweep(experiment: str) -> Iterator[Batch]:
    chance = np.random.default_rng(7)
    now = int(time.time() * 1000)
    for number in range(SWEEP_RUNS):
        name, start = run_id(number), now - (SWEEP_RUNS - number) * HOUR // 4
        lr = float(10 ** chance.uniform(-4, -0.5))
        hidden, solver = int(chance.choice([32, 64, 128, 256])), str(chance.choice(["adam", "sgd", "rmsprop"]))
        params = {
            "lr": f"{lr:.3g}", "hidden": str(hidden), "solver": solver, "dropout": f"{chance.choice([0, 0.1, 0.3])}",
            "batch_size": "64", "epochs": str(EPOCHS), "seed": "7",
        }  # fmt: skip
        is_running = number >= SWEEP_RUNS - 2
        epochs = np.arange(EPOCHS // 2 if is_running else EPOCHS)
        quality = 0.97 - 0.05 * abs(np.log10(lr) + 2) - 4 / hidden
        speed = 2 + 20 * min(lr, 0.05)
        accuracy = quality * (1 - np.exp(-epochs * speed / 40)) + chance.normal(0, 0.004, len(epochs))
        loss = 2.3 * np.exp(-epochs * speed / 40) + (1 - quality) * 0.7 + np.abs(chance.normal(0, 0.01, len(epochs)))
        times = start + (epochs + 1) * 9_000
        curves = {
            "val_acc": accuracy, "train_loss": loss * 0.8, "val_loss": loss,
            "epoch_seconds": 9 + chance.normal(0, 0.2, len(epochs)),
        }  # fmt: skip
        tags = {"mlflow.user": "ada", "team": "vision", "mlflow.source.name": "examples/digits_sweep.py"}
        if number < MODELS:
            tags |= {"mlflow.source.git.commit": "0123456789abcdef"[number] * 40, "mlflow.source.git.branch": "main"}
        if number == 0:
            tags["mlflow.note.content"] = (
                "# Baseline\n\nThe run that **all others** are compared with.\n\n- `lr` by hand\n"
            )
        status = RunStatus.FAILED if number % 23 == 11 else RunStatus.FINISHED
        updates = [] if is_running else [RunUpdate(name, status=status, end_time=int(times[-1]) + 5_000)]
        yield Batch(
            "", 1, 1,
            starts=[RunStart(name, f"mlp-{number:02}", "ada", start, experiment_id=experiment, tags=tags)],
            params=[(name, key, value) for key, value in params.items()],
            points={(name, key): columns(epochs, times, values) for key, values in curves.items()},
            updates=updates,
        )  # fmt: skip


def _long(experiment: str, points: int) -> Iterator[Batch]:
    """One curve, with two points that stand out and that sampling must not lose."""
    name, start = run_id(0, 2), int(time.time() * 1000) - 48 * HOUR
    chance = np.random.default_rng(1)
    values = 0.2 + np.exp(-np.arange(points) / points * 6) * 0.8 + chance.normal(0, 0.04, points)
    for step, value in SPIKES.items():
        if step < points:
            values[step] = value
    steps = np.arange(points)
    yield Batch(
        "", 1, 1,
        starts=[RunStart(name, "a-million-steps", "ada", start, experiment_id=experiment)],
        points={(name, "loss"): columns(steps, start + steps * 40, values)},
        updates=[RunUpdate(name, status=RunStatus.FINISHED, end_time=start + points * 40)],
    )  # fmt: skip


def columns(steps: NDArray[np.int64], times: NDArray[np.int64], values: NDArray[np.float64]) -> MetricColumns:
    return MetricColumns(
        array("q", steps.astype(np.int64).tobytes()),
        array("q", times.astype(np.int64).tobytes()),
        array("d", values.astype(np.float64).tobytes()),
    )


def _write_files(folder: Path) -> None:
    import pandas as pd
    from PIL import Image

    (folder / "plots").mkdir(parents=True)
    (folder / "model").mkdir()
    shades = np.random.default_rng(1).integers(0, 255, (10, 10, 3), dtype=np.uint8)
    Image.fromarray(shades).resize((400, 400), Image.Resampling.NEAREST).save(folder / "plots" / "confusion.png")
    table = pd.DataFrame({"digit": range(200), "precision": np.linspace(0.9, 1, 200), "note": ["ok, fine"] * 200})
    table.to_csv(folder / "per_digit.csv", index=False)
    table.to_parquet(folder / "per_digit.parquet")
    (folder / "notes.md").write_text(
        "# Notes\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<script>alert(1)</script>\n", "utf-8"
    )
    (folder / "config.json").write_text(json.dumps({"lr": 0.01, "layers": [64, 32], "deep": {"x": None}}), "utf-8")
    (folder / "train.log").write_text("\n".join(f"epoch {n}: loss {1 / (n + 1):.4f}" for n in range(400)), "utf-8")
    (folder / "report.html").write_text(
        "<h1 id=t>Report</h1><script>document.getElementById('t').textContent = 'Report, from ' + origin</script>",
        "utf-8",
    )
    (folder / "model" / "weights.bin").write_bytes(bytes(range(256)) * 64)
