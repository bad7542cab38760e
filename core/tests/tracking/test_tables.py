"""Tables are stored as MLflow stores them, grow row by row, and lose nothing on the way."""

from __future__ import annotations

import datetime as dt
import json
import math
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import PIL.Image
import pytest

from runyard.entities import Metric, Run, RunData, RunInfo, RunStatus
from runyard.errors import CorruptData, InvalidInput, NotFound
from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.tracking.tables import load_table, load_tables, log_table

FORMATS = ["table.json", "evaluation/table.parquet"]


@pytest.fixture
def store(tmp_path: Path) -> MemoryArtifactStore:
    return MemoryArtifactStore(f"memory:{tmp_path}")


@pytest.mark.parametrize("name", FORMATS)
def test_a_dictionary_of_columns_reads_back(store: MemoryArtifactStore, name: str) -> None:
    log_table(store, {"text": ["a", "ü"], "score": [0.1, 0.2], "count": [1, 2], "good": [True, False]}, name)
    frame = load_table(store, name)
    assert frame.to_dict("list") == {
        "text": ["a", "ü"],
        "score": [0.1, 0.2],
        "count": [1, 2],
        "good": [True, False],
    }
    assert frame["count"].dtype == np.int64


@pytest.mark.parametrize("name", FORMATS)
def test_a_dictionary_of_scalars_is_one_row(store: MemoryArtifactStore, name: str) -> None:
    log_table(store, {"text": "a", "score": 1.5}, name)
    assert load_table(store, name).to_dict("records") == [{"text": "a", "score": 1.5}]


@pytest.mark.parametrize("name", FORMATS)
def test_rows_are_added_to_those_that_are_there(store: MemoryArtifactStore, name: str) -> None:
    log_table(store, pd.DataFrame({"a": [1, 2]}, index=[7, 8]), name)
    log_table(store, {"a": [3], "b": ["new"]}, name)
    frame = load_table(store, name)
    assert frame["a"].tolist() == [1, 2, 3]
    assert frame["b"].tolist()[2] == "new"
    assert frame["b"].isna().tolist() == [True, True, False]


def test_json_has_the_form_that_mlflow_reads(store: MemoryArtifactStore) -> None:
    log_table(store, {"a": [1, 2], "b": ["x", None]}, "t.json")
    assert json.loads(store.open("t.json").read()) == {"columns": ["a", "b"], "data": [[1, "x"], [2, None]]}
    assert pd.read_json(BytesIO(store.open("t.json").read()), orient="split")["a"].tolist() == [1, 2]


def test_json_changes_no_value_when_rows_are_added(store: MemoryArtifactStore) -> None:
    values: dict[str, list[Any]] = {
        "code": ["007", "1e5"],
        "pi": [math.pi, 0.1 + 0.2],
        "date": ["2024-01-01", "no date"],
        "big": [2**60, 1],
    }
    log_table(store, values, "t.json")
    log_table(store, values, "t.json")
    assert load_table(store, "t.json").to_dict("list") == {key: column * 2 for key, column in values.items()}


def test_json_holds_times_missing_values_and_nested_ones(store: MemoryArtifactStore) -> None:
    time = dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    frame = pd.DataFrame(
        {
            "time": [pd.Timestamp(time), pd.NaT],
            "float": [math.nan, math.inf],
            "nested": [{"a": [1, math.nan]}, [np.int64(3)]],
            "array": [np.array([1.5, 2.5]), np.float32(0.5)],
            "missing": pd.array([1, pd.NA], dtype="Int64"),
        }
    )
    log_table(store, frame, "t.json")
    assert json.loads(store.open("t.json").read())["data"] == [
        ["2024-01-02T03:04:05+00:00", None, {"a": [1, None]}, [1.5, 2.5], 1],
        [None, None, [3], 0.5, None],
    ]


def test_parquet_keeps_types(store: MemoryArtifactStore) -> None:
    frame = pd.DataFrame({"time": pd.to_datetime(["2024-01-01"]), "small": np.array([1], dtype=np.int8)})
    log_table(store, frame, "t.parquet")
    pd.testing.assert_frame_equal(load_table(store, "t.parquet"), frame)


@pytest.mark.parametrize(
    ("name", "value"), [("t.json", b"bytes"), ("t.parquet", object())], ids=["bytes in JSON", "object in Parquet"]
)
def test_a_value_that_the_format_cannot_hold_is_refused(store: MemoryArtifactStore, name: str, value: Any) -> None:
    log_table(store, {"a": [1]}, name)
    with pytest.raises(InvalidInput, match="cannot hold"):
        log_table(store, {"a": [value]}, name)
    assert len(load_table(store, name)) == 1


def test_images_are_stored_beside_the_table(store: MemoryArtifactStore) -> None:
    frame = pd.DataFrame({"text": ["a", "b"], "picture": [PIL.Image.new("RGB", (512, 512)) for _ in range(2)]})
    log_table(store, frame, "eval/t.json")
    cells = load_table(store, "eval/t.json")["picture"].tolist()
    assert {cell["type"] for cell in cells} == {"image"}
    for cell in cells:
        assert cell["filepath"].startswith("table_images/eval/t/")
        assert PIL.Image.open(BytesIO(store.open(cell["filepath"]).read())).size == (512, 512)
        assert PIL.Image.open(BytesIO(store.open(cell["compressed_filepath"]).read())).size == (256, 256)
    assert all(isinstance(value, PIL.Image.Image) for value in frame["picture"])


def test_a_column_of_images_and_other_values_is_refused(store: MemoryArtifactStore) -> None:
    with pytest.raises(InvalidInput, match="'picture' has images and other values"):
        log_table(store, {"picture": [PIL.Image.new("L", (2, 2)), "no picture"]}, "t.json")
    assert store.list() == []


@pytest.mark.parametrize("name", ["t.csv", "t", 'a".json', "a:b.json", "a[0].parquet", "../t.json"])
def test_a_name_that_would_not_be_found_again_is_refused(store: MemoryArtifactStore, name: str) -> None:
    with pytest.raises(InvalidInput):
        log_table(store, {"a": [1]}, name)


@pytest.mark.parametrize("data", [[1, 2], "text", None, pd.Series([1])])
def test_what_is_no_table_is_refused(store: MemoryArtifactStore, data: object) -> None:
    with pytest.raises(InvalidInput, match="data frame"):
        log_table(store, data, "t.json")


def test_columns_need_different_names(store: MemoryArtifactStore) -> None:
    with pytest.raises(InvalidInput, match="different names"):
        log_table(store, pd.DataFrame([[1, 2]], columns=["a", "a"]), "t.json")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"columns": ["a"]}', b'{"columns": 3, "data": []}'])
def test_a_file_that_is_no_table_is_told(store: MemoryArtifactStore, content: bytes) -> None:
    store.write("t.json", BytesIO(content))
    with pytest.raises(CorruptData, match="no table"):
        load_table(store, "t.json")
    with pytest.raises(CorruptData, match="no table"):
        log_table(store, {"a": [1]}, "t.json")
    assert store.open("t.json").read() == content


def test_the_tag_lists_each_table_once(store: MemoryArtifactStore) -> None:
    tags: dict[str, str] = {}
    for name in ("a.json", "b.json", "a.json"):
        log_table(store, {"a": [1]}, name, tags=tags, set_tag=tags.__setitem__)
    assert json.loads(tags["mlflow.loggedArtifacts"]) == [
        {"path": "a.json", "type": "table"},
        {"path": "b.json", "type": "table"},
    ]


class TestManyRuns:
    @pytest.fixture
    def runs(self, tmp_path: Path) -> list[Run]:
        runs = []
        for number in range(3):
            info = RunInfo(
                f"run{number}", "1", f"name{number}", "u", RunStatus.FINISHED, 1, 2, f"memory:{tmp_path}/{number}"
            )
            data = RunData([Metric("acc", number / 2, 1)], {"lr": str(number)}, {})
            runs.append(Run(info, data))
            if number < 2:
                log_table(MemoryArtifactStore(info.artifact_uri), {"a": [number] * 2, "run_id": ["x"] * 2}, "t.json")
        return runs

    def test_their_tables_come_one_below_the_other(self, runs: list[Run]) -> None:
        frame = load_tables(runs, MemoryArtifactStore, "t.json", ["run_id", "params.lr", "metrics.acc", "status"])
        assert frame["a"].tolist() == [0, 0, 1, 1]
        assert frame["run_id"].tolist() == ["x"] * 4
        assert frame["run_id_"].tolist() == ["run0", "run0", "run1", "run1"]
        assert frame["params.lr"].tolist() == ["0", "0", "1", "1"]
        assert frame["metrics.acc"].tolist() == [0, 0, 0.5, 0.5]
        assert set(frame["status"]) == {"FINISHED"}

    def test_it_is_told_if_none_has_the_table(self, runs: list[Run]) -> None:
        with pytest.raises(NotFound, match=r"other\.json"):
            load_tables(runs, MemoryArtifactStore, "other.json")

    def test_a_column_that_runs_lack_is_refused(self, runs: list[Run]) -> None:
        with pytest.raises(InvalidInput, match="'speed'"):
            load_tables(runs, MemoryArtifactStore, "t.json", ["speed"])
