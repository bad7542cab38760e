"""What differs between runs."""

from __future__ import annotations

import hashlib
import math
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from runyard.entities import Metric
from runyard.protocols.tracking import TrackingStore
from runyard.server.service import Service
from runyard.uris import Uri
from runyard_api_v1 import diff_artifacts

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

from conftest import write

RUNYARDS = ["runyard/diff.patch", "runyard/requirements.txt"]  # that the runs of the fixture have


def diff(client: httpx.Client, **body: Any) -> Any:
    answer = client.post("/api/v1/runs/diff", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_only_what_differs_is_told(client: httpx.Client, runs: list[str]) -> None:
    found = diff(client, run_ids=runs[:2])
    assert [row["key"] for row in found["params"]] == ["lr"]
    assert found["params"][0]["values"] == ["1.0", "0.1"]
    assert [row["key"] for row in found["tags"]] == ["mlflow.runName", "team"]
    assert [(row["key"], row["values"]) for row in found["attributes"] if row["key"] == "datasets"] == [
        ("datasets", ["iris d1", None])
    ]
    everything = diff(client, run_ids=runs[:2], everything=True)
    assert [(row["key"], row["differs"]) for row in everything["params"]] == [("lr", True), ("solver", False)]


def test_metrics_are_measured_against_the_base(client: httpx.Client, runs: list[str]) -> None:
    found = diff(client, run_ids=runs[:2], base=runs[1])
    rows = {row["key"]: row for row in found["metrics"]}
    assert found["base"] == runs[1]
    assert rows["acc"]["values"] == [0.5, 0.6]
    assert rows["acc"]["deltas"] == [pytest.approx(-0.1), 0]
    assert rows["acc"]["ratios"] == [pytest.approx(-1 / 6), 0]
    assert (rows["acc"]["best"], rows["acc"]["lower_is_better"]) == ([runs[1]], False)
    assert (rows["loss"]["best"], rows["loss"]["lower_is_better"]) == ([runs[1]], True)


def test_what_is_not_a_number_breaks_nothing(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    for number, value in enumerate((math.nan, math.nan, math.inf, 0.0)):
        store.log_batch(runs[number], metrics=[Metric("odd", value, 1, 0), Metric("same", math.nan, 1, 0)])
    found = diff(client, run_ids=runs, base=runs[3])
    rows = {row["key"]: row for row in found["metrics"]}
    assert rows["odd"]["values"] == ["NaN", "NaN", "Infinity", 0.0]
    assert rows["odd"]["ratios"] == [None] * 4
    assert rows["broken"]["values"] == [None, None, None, "NaN"]
    assert "same" not in rows


def test_packages_commits_and_patches_are_compared(client: httpx.Client, runs: list[str]) -> None:
    found = diff(client, run_ids=runs[:3])
    assert {row["key"]: row["values"] for row in found["packages"]} == {
        "numpy": ["2.0.0", "2.1.0", "2.2.0"],
        "python": ["3.11.0", "3.11.1", "3.11.2"],
    }
    assert {row["key"]: row["values"] for row in found["git"]} == {"mlflow.source.git.commit": ["c0", "c0", "c1"]}
    (patch,) = found["patch"]
    assert patch["path"] == "x.py"
    assert [value and value.splitlines()[-1] for value in patch["values"]] == [None, "+1", None]
    assert found["notes"] == []


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_artifacts_are_compared_by_size_and_content(client: httpx.Client, service: Service, runs: list[str]) -> None:
    for run_id, same, changed, longer in ((runs[0], b"s", b"one", b"1"), (runs[1], b"s", b"two", b"12")):
        write(service, run_id, "model/same.bin", same)
        write(service, run_id, "model/changed.bin", changed)
        write(service, run_id, "model/longer.bin", longer)
    write(service, runs[0], "only.txt", "x")
    found = {row["path"]: row for row in diff(client, run_ids=runs[:2])["artifacts"]}
    assert list(found) == ["model/changed.bin", "model/longer.bin", "only.txt", *RUNYARDS]
    assert found["model/changed.bin"] == {
        "path": "model/changed.bin", "differs": True, "sizes": [3, 3], "hashes": [sha256(b"one"), sha256(b"two")],
    }  # fmt: skip
    assert found["model/longer.bin"]["sizes"] == [1, 2]
    assert (found["only.txt"]["sizes"], found["only.txt"]["hashes"]) == ([1, None], [None, None])
    everything = {row["path"]: row for row in diff(client, run_ids=runs[:2], everything=True)["artifacts"]}
    assert everything["model/same.bin"] == {
        "path": "model/same.bin", "differs": False, "sizes": [1, 1], "hashes": [sha256(b"s")] * 2,
    }  # fmt: skip


def test_folders_of_runs_are_compared_by_path_below_them(
    client: httpx.Client, service: Service, runs: list[str]
) -> None:
    write(service, runs[0], "model/MLmodel", "one")
    write(service, runs[0], "model/same.txt", "s")
    write(service, runs[1], "nets/best/MLmodel", "two")
    write(service, runs[1], "nets/best/same.txt", "s")
    write(service, runs[1], "elsewhere.txt", "x")
    folders = [{"run_id": runs[0], "path": "model"}, {"run_id": runs[1], "path": "nets/best"}]
    found = client.post("/api/v1/artifacts/diff", json={"folders": folders}).json()
    assert found["notes"] == [[], []]
    assert [(row["path"], row["hashes"]) for row in found["files"]] == [("MLmodel", [sha256(b"one"), sha256(b"two")])]
    everything = client.post("/api/v1/artifacts/diff", json={"folders": folders, "everything": True}).json()
    assert [(row["path"], row["differs"]) for row in everything["files"]] == [("MLmodel", True), ("same.txt", False)]


def test_a_folder_that_cannot_be_seen_is_noted_and_one_of_nobody_refused(
    client: httpx.Client, service: Service, runs: list[str]
) -> None:
    write(service, runs[0], "model/MLmodel", "one")
    folders: list[dict[str, str]] = [{"run_id": runs[0], "path": "model"}, {"run_id": "0" * 32}]
    found = client.post("/api/v1/artifacts/diff", json={"folders": folders}).json()
    assert found["notes"][0] == []
    assert "0" * 32 in found["notes"][1][0]
    answer = client.post("/api/v1/artifacts/diff", json={"folders": [*folders, {"path": "model"}]})
    assert (answer.status_code, "exactly one of run_id and model_id" in answer.text) == (400, True)


def test_what_is_too_much_to_read_is_told_as_not_known(
    client: httpx.Client, service: Service, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for run_id in runs[:2]:
        for name in ("a.bin", "b.bin", "large.bin"):
            write(service, run_id, name, b"x" * (100 if name == "large.bin" else 10))
        for number in range(4):
            write(service, run_id, f"folder{number}/x.bin", b"y")
    monkeypatch.setattr(diff_artifacts, "MAX_HASHED", 50)
    monkeypatch.setattr(diff_artifacts, "MAX_READ", 20)
    rows = {row["path"]: row["differs"] for row in diff(client, run_ids=runs[:2], everything=True)["artifacts"]}
    assert (rows["a.bin"], rows["b.bin"], rows["large.bin"]) == (False, None, None)
    monkeypatch.setattr(diff_artifacts, "MAX_FOLDERS", 3)
    found = diff(client, run_ids=runs[:2])
    assert len(found["notes"]) == 2
    assert "first 5,000 files in 3 folders" in found["notes"][0]


def test_artifacts_that_cannot_be_read_are_noted(client: httpx.Client, service: Service, runs: list[str]) -> None:
    from runyard.entities import RunStart

    store = service.host.tracking_store()
    elsewhere = store.create_experiment("elsewhere", artifact_location=Uri.from_path("/nowhere").text).experiment_id
    store.create_run(RunStart("e" * 32, "far", "ada", 1, experiment_id=elsewhere))
    found = diff(client, run_ids=[runs[0], "e" * 32])
    assert [note.partition(": ")[2].partition(":")[0] for note in found["notes"]] == [
        "packages and patch cannot be read",
        "artifacts cannot be listed",
    ]
    assert all(note.startswith(f"run {'e' * 32}: ") for note in found["notes"])


@pytest.mark.parametrize(
    ("run_ids", "base", "status"),
    [([0], None, 400), ([0, 0], None, 400), ([0, 1], "x", 400), ([0, "nobody"], None, 404)],
)
def test_what_cannot_be_compared_is_refused(
    client: httpx.Client, runs: list[str], run_ids: list[int | str], base: str | None, status: int
) -> None:
    ids = [runs[one] if isinstance(one, int) else one for one in run_ids]
    assert client.post("/api/v1/runs/diff", json={"run_ids": ids, "base": base}).status_code == status
