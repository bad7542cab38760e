"""Batch scoring: files in and out, chunk by chunk, with the reference flavor."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runyard.errors import InvalidInput, NoSuchPlugin, RunyardError
from runyard.host import Host
from runyard.models import ModelSignature, predict, save_model
from runyard.models.batch import BatchProgress
from runyard.testing.memory import flavor, loader
from runyard.testing.memory.flavor import Line
from runyard.types import ColSpec, Schema

ROWS = 25
X = ModelSignature(inputs=Schema([ColSpec("double", "x")]))


@pytest.fixture
def model(host: Host, tmp_path: Path) -> Path:
    """2 x + 1, which takes the column x."""
    save_model("line", Line(2.0, 1.0), tmp_path / "model", signature=X, host=host)
    return tmp_path / "model"


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Rows as a file of the format that its suffix says."""
    match path.suffix:
        case ".csv":
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        case ".jsonl":
            path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=10)
    return path


def read(path: Path) -> list[dict[str, Any]]:
    match path.suffix:
        case ".csv":
            return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        case ".jsonl":
            return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[pd.DataFrame]:
    """What the model is asked with; it predicts 0 for each row."""
    asked: list[pd.DataFrame] = []

    def note(_: Any, data: pd.DataFrame, params: Any) -> list[float]:
        asked.append(data)
        return [0.0] * len(data)

    monkeypatch.setattr(loader.LineFunction, "predict", note)
    return asked


def numbered(count: int = ROWS) -> list[dict[str, Any]]:
    return [{"id": f"{number:03}", "x": number / 4, "note": f"a, b\n{number}"} for number in range(count)]


@pytest.mark.parametrize("given", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("wanted", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("chunk_size", [None, 1, 7])
def test_every_format_becomes_every_other(
    model: Path, tmp_path: Path, given: str, wanted: str, chunk_size: int | None
) -> None:
    source = write(tmp_path / f"in{given}", numbered())

    done = predict(model, input_path=source, output_path=tmp_path / f"out{wanted}", chunk_size=chunk_size)

    found = read(tmp_path / f"out{wanted}")
    expected = [{**row, "prediction": 2 * row["x"] + 1} for row in numbered()]
    as_text = [{name: str(value) for name, value in row.items()} for row in expected]
    assert found == (as_text if wanted == ".csv" else expected)
    assert (done.rows, done.output) == (ROWS, str(tmp_path / f"out{wanted}"))
    assert done.chunks == (1 if chunk_size is None else -(-ROWS // chunk_size)) or given == ".parquet"


def test_names_with_zeros_in_front_stay_what_they_are(host: Host, tmp_path: Path, seen: list[pd.DataFrame]) -> None:
    signature = ModelSignature(inputs=Schema([ColSpec("string", "code"), ColSpec("double", "x")]))
    save_model("line", Line(1.0), tmp_path / "coded", signature=signature, host=host)
    (tmp_path / "in.csv").write_text("x,code,country\n1,007,NA\n2,010,NA\n", encoding="utf-8")

    predict(tmp_path / "coded", input_path=tmp_path / "in.csv", output_path=tmp_path / "out.csv")

    assert seen[0]["code"].tolist() == ["007", "010"]
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == (
        "x,code,country,prediction\n1,007,NA,0.0\n2,010,NA,0.0\n"
    )


def test_columns_have_the_types_of_the_signature(host: Host, tmp_path: Path, seen: list[pd.DataFrame]) -> None:
    kinds = ["boolean", "integer", "long", "float", "double", "string", "binary", "datetime"]
    schema = Schema([ColSpec(kind, kind) for kind in kinds])
    save_model("line", Line(1.0), tmp_path / "typed", signature=ModelSignature(inputs=schema), host=host)
    (tmp_path / "in.csv").write_text(
        f"{','.join(kinds)}\ntrue,1,2,0.1,,,aGk=,2026-03-01\nFALSE,3.0,4,0.2,NA,007,aGk=,2026-03-01T10:00\n",
        encoding="utf-8",
    )

    predict(tmp_path / "typed", input_path=tmp_path / "in.csv", output_path=tmp_path / "out.jsonl")

    (frame,) = seen
    numpy_types = [str(frame[kind].dtype) for kind in kinds if kind not in {"string", "binary"}]
    assert numpy_types == ["bool", "int32", "int64", "float32", "float64", "datetime64[ns]"]
    assert frame["integer"].tolist() == [1, 3]
    assert frame["double"].isna().tolist() == [True, True]
    assert frame["string"].tolist() == ["", "007"]
    assert frame["binary"].tolist() == [b"hi", b"hi"]
    first = read(tmp_path / "out.jsonl")[0]
    assert first["datetime"] == "2026-03-01T00:00:00"
    assert (first["boolean"], first["double"], first["string"]) == (True, None, "")


def test_the_types_of_parquet_are_kept(model: Path, tmp_path: Path) -> None:
    moment = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    rows = {"x": [1.0, 2.0], "big": [2**60, None], "when": [moment, None], "list": [[1, 2], None]}
    pq.write_table(pa.table(rows), tmp_path / "in.parquet")

    predict(model, input_path=tmp_path / "in.parquet", output_path=tmp_path / "out.parquet")

    kept = pq.read_table(tmp_path / "out.parquet")
    assert kept.drop_columns(["prediction"]).equals(pq.read_table(tmp_path / "in.parquet"))
    assert kept["prediction"].to_pylist() == [3.0, 5.0]


def test_objects_are_kept_as_they_are(model: Path, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"x": 1, "id": 2**60, "more": {"a": [1, None]}}, {"x": 2.5}]
    write(tmp_path / "in.jsonl", rows)

    predict(model, input_path=tmp_path / "in.jsonl", output_path=tmp_path / "out.jsonl")

    assert read(tmp_path / "out.jsonl") == [{**rows[0], "prediction": 3.0}, {**rows[1], "prediction": 6.0}]


@pytest.mark.parametrize(
    ("columns_out", "names"),
    [("all", ["id", "x", "note", "prediction"]), ("none", ["prediction"]), ("id", ["id", "prediction"])],
)
@pytest.mark.parametrize("wanted", [".csv", ".jsonl", ".parquet"])
def test_what_stands_beside_the_predictions_can_be_chosen(
    model: Path, tmp_path: Path, columns_out: str, names: list[str], wanted: str
) -> None:
    source = write(tmp_path / "in.csv", numbered())
    predict(model, input_path=source, output_path=tmp_path / f"out{wanted}", columns_out=columns_out)
    assert [list(row) for row in read(tmp_path / f"out{wanted}")] == [names] * ROWS


def test_a_column_that_is_not_there_cannot_stand_beside(model: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", numbered())
    with pytest.raises(InvalidInput, match=r"no column 'ids' in the input .*did you mean 'id'"):
        predict(model, input_path=source, output_path=tmp_path / "out.csv", columns_out="ids")


def test_an_input_column_with_the_name_of_the_predictions_is_kept(model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x,prediction\n1,old\n", encoding="utf-8")
    predict(model, input_path=tmp_path / "in.csv", output_path=tmp_path / "out.csv")
    assert read(tmp_path / "out.csv") == [{"x": "1", "prediction": "old", "prediction_prediction": "3.0"}]


@pytest.mark.parametrize(
    ("answer", "columns"),
    [
        (np.array([[1.0, 2.0]]), {"prediction_0": 1.0, "prediction_1": 2.0}),
        (np.array([[1.0]]), {"prediction": 1.0}),
        (np.array([[[1.0, 2.0]]]), {"prediction": [[1.0, 2.0]]}),
        (pd.Series([1.0], name="price"), {"price": 1.0}),
        (pd.DataFrame({"a": [1], "b": ["x"]}), {"a": 1, "b": "x"}),
        ({"low": np.array([1.0]), "high": [2.0]}, {"low": 1.0, "high": 2.0}),
        ([{"a": 1}], {"prediction": {"a": 1}}),
        (np.array([np.nan]), {"prediction": None}),
        ("a text", {"prediction": "a text"}),
        (np.array(["2026-03-01"], "M8[ns]"), {"prediction": "2026-03-01T00:00:00"}),
    ],
)
def test_predictions_of_any_form_become_columns(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Any, columns: dict[str, Any]
) -> None:
    monkeypatch.setattr(loader.LineFunction, "predict", lambda *_: answer)
    write(tmp_path / "in.jsonl", [{"x": 1.0}])
    predict(model, input_path=tmp_path / "in.jsonl", output_path=tmp_path / "out.jsonl")
    assert read(tmp_path / "out.jsonl") == [{"x": 1.0, **columns}]


def test_another_number_of_predictions_than_rows_is_refused(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader.LineFunction, "predict", lambda *_: [1.0])
    source = write(tmp_path / "in.csv", numbered())
    with pytest.raises(InvalidInput, match=r"in\.csv, lines 2 to 50: the model gave 1 predictions for 25 rows"):
        predict(model, input_path=source, output_path=tmp_path / "out.csv")
    predict(model, input_path=source, output_path=tmp_path / "out.csv", columns_out="none")
    assert read(tmp_path / "out.csv") == [{"prediction": "1.0"}]


# --- what cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "in.csv is empty"),
        ("y\n1\n", "in.csv: columns are missing: 'x'; there are 'y'"),
        ("x,x\n1,2\n", "in.csv: columns are there more than once: 'x'"),
        ("x\n1\nabc\n3\n", "in.csv, line 3: column 'x': 'abc' is not of type double"),
        ("x\n1\n\n\n1_0\n", "in.csv, line 5: column 'x': '1_0' is not of type double"),
        ('note,x\n"a\nb",1\n"c\n\nd",bad\n', "in.csv, line 4: column 'x': 'bad'"),
        ("x,y\n1,2\n3\n", "in.csv, line 3: 1 cells, the line of names has 2"),
        ("x,y\n1,2\n3,4,5\n", "in.csv, line 3: 3 cells"),
        ('x,y\n1,2\n3,"open\n4,5\n', "in.csv, line 4: unexpected end of data"),
        ("x,y\n1,\ud8ff\n", "not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_csv_file_is_named_with_its_line(
    model: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "in.csv").write_text(text, encoding="utf-8", errors="surrogatepass")
    for chunk_size in (None, 1):
        with pytest.raises(InvalidInput) as refused:
            predict(model, input_path=tmp_path / "in.csv", output_path=tmp_path / "out.csv", chunk_size=chunk_size)
        assert message in str(refused.value)
        assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


@pytest.mark.parametrize(
    ("kind", "cell", "message"),
    [
        ("long", "1.5", "'1.5' is not of type long"),
        ("long", "", "the value is missing"),
        ("long", "9223372036854775808", "'9223372036854775808' is too large for type long"),
        ("integer", "2147483648", "'2147483648' is too large for type integer"),
        ("float", "1e300", "'1e300' is too large for a float"),
        ("boolean", "yes", "'yes' is not of type boolean"),
        ("boolean", "", "'' is not of type boolean"),
        ("datetime", "yesterday", "'yesterday' is not of type datetime"),
        ("binary", "ä", "'ä' is not of type binary"),
    ],
)
def test_a_cell_of_another_type_is_named(host: Host, tmp_path: Path, kind: str, cell: str, message: str) -> None:
    good = {"boolean": "1", "datetime": "2026-01-01", "binary": "aGk="}.get(kind, "1")
    signature = ModelSignature(inputs=Schema([ColSpec(kind, "x")]))
    save_model("line", Line(1.0), tmp_path / "typed", signature=signature, host=host)
    (tmp_path / "in.csv").write_text(f"x,y\n{good},\n{cell},\n{good},\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        predict(tmp_path / "typed", input_path=tmp_path / "in.csv", output_path=tmp_path / "out.csv")
    assert f"in.csv, line 3: column 'x': {message}" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"x": 1}\n{"x": \n', "in.jsonl, line 2: not JSON"),
        ('{"x": 1}\n\n[1]\n', "in.jsonl, line 3: each line is an object with a value for each column, got list"),
        ('{"x": 1}\n{"x": 2}\n{"x": "no"}\n', "in.jsonl, line 3: column 'x'"),
        ('{"y": 1}\n', "columns are missing: 'x'"),
        ('{"x": "\udcff"}\n', "in.jsonl, line 1: not JSON"),
    ],
)
def test_what_is_wrong_with_json_lines_is_named_with_its_line(
    model: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "in.jsonl").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InvalidInput) as refused:
        predict(model, input_path=tmp_path / "in.jsonl", output_path=tmp_path / "out.jsonl")
    assert message in str(refused.value)


def test_what_is_wrong_with_parquet_is_named_with_its_row(host: Host, model: Path, tmp_path: Path) -> None:
    (tmp_path / "none.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InvalidInput, match=r"none\.parquet is no Parquet file"):
        predict(model, input_path=tmp_path / "none.parquet", output_path=tmp_path / "out.parquet")
    signature = ModelSignature(inputs=Schema([ColSpec("long", "n")]))
    save_model("line", Line(1.0), tmp_path / "whole", signature=signature, host=host)
    write(tmp_path / "in.parquet", [{"n": None if number == 17 else number} for number in range(20)])
    with pytest.raises(InvalidInput, match=r"in\.parquet, row 18: column 'n': the value is missing"):
        predict(tmp_path / "whole", input_path=tmp_path / "in.parquet", output_path=tmp_path / "out.parquet")


@pytest.mark.parametrize(("suffix", "place"), [(".csv", "line 15"), (".jsonl", "line 14"), (".parquet", "row 14")])
def test_the_row_that_a_model_fails_for_is_named(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, place: str
) -> None:
    def refuse(_: Any, data: pd.DataFrame, params: Any) -> list[float]:
        if (data["x"] == 13.0).any():
            raise ZeroDivisionError("no thirteen")
        return [0.0] * len(data)

    monkeypatch.setattr(loader.LineFunction, "predict", refuse)
    source = write(tmp_path / f"in{suffix}", [{"x": float(number), "y": "a"} for number in range(30)])
    with pytest.raises(RunyardError, match=rf"in\{suffix}, {place}: the model fails: ZeroDivisionError: no thirteen"):
        predict(model, input_path=source, output_path=tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_failure_leaves_what_was_there(model: Path, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("mine", encoding="utf-8")
    (tmp_path / "in.csv").write_text("x\n1\n2\nbad\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="line 4"):
        predict(model, input_path=tmp_path / "in.csv", output_path=tmp_path / "out.csv", chunk_size=1)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "model", "out.csv"]


# --- without a signature, without rows, in chunks ---------------------------------------------------------------------


def test_types_are_inferred_where_no_signature_says_them(host: Host, tmp_path: Path, seen: list[pd.DataFrame]) -> None:
    save_model("line", Line(1.0), tmp_path / "free", host=host)
    (tmp_path / "in.csv").write_text("id,n,x,ok,gap\n007,1,1.5,true,1\n010,2,2,false,\n", encoding="utf-8")
    predict(tmp_path / "free", input_path=tmp_path / "in.csv", output_path=tmp_path / "out.csv")
    dtypes = {name: seen[0][name].dtype.kind for name in seen[0]}
    assert dtypes == {"id": "O", "n": "i", "x": "f", "ok": "b", "gap": "f"}
    (tmp_path / "in.csv").write_text("n\n1\n2\n2.5\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"line 4: column 'n': '2\.5' is not of type long; .*signature"):
        predict(tmp_path / "free", input_path=tmp_path / "in.csv", output_path=tmp_path / "out.csv", chunk_size=2)


@pytest.mark.parametrize("given", [".csv", ".jsonl", ".parquet"])
def test_an_input_without_rows_gives_an_output_without_rows(model: Path, tmp_path: Path, given: str) -> None:
    source = tmp_path / f"in{given}"
    if given == ".parquet":
        pq.write_table(pa.table({"x": pa.array([], pa.float64())}), source)
    else:
        source.write_text("x\n" if given == ".csv" else "", encoding="utf-8")
    for wanted in (".csv", ".jsonl", ".parquet"):
        assert predict(model, input_path=source, output_path=tmp_path / f"out{wanted}").rows == 0
        assert read(tmp_path / f"out{wanted}") == []
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").strip().endswith("prediction")
    predict(model, input_path=source, output_path=tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == {"predictions": []}


def test_a_model_whose_rows_depend_on_each_other_gets_them_all(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flavor, "LineFunction", _Together)
    source = write(tmp_path / "in.csv", [{"x": 1.0, "pad": "p" * 500} for _ in range(25_000)])
    assert predict(model, input_path=source, output_path=tmp_path / "out.csv").chunks == 1
    assert predict(model, input_path=source, output_path=tmp_path / "out.csv", chunk_size=10_000).chunks == 3
    grouped = write(tmp_path / "in.parquet", numbered())
    predict(model, input_path=grouped, output_path=tmp_path / "out.csv")
    assert {row["prediction"] for row in read(tmp_path / "out.csv")} == {str(ROWS)}


class _Together:
    is_batchable = False
    takes = "dataframe"

    def __init__(self, *_: float) -> None: ...

    def predict(self, data: pd.DataFrame, params: Any = None) -> list[int]:
        return [len(data)] * len(data)


def test_chunks_are_small_by_default(model: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [{"x": 1.0, "pad": "p" * 500} for _ in range(25_000)])
    told: list[BatchProgress] = []
    done = predict(model, input_path=source, output_path=tmp_path / "out.csv", report=told.append)
    assert done.chunks == 3
    assert [progress.rows for progress in told] == [10_000, 20_000, 25_000]
    assert told[-1] == BatchProgress(25_000, source.stat().st_size, source.stat().st_size, in_bytes=True)
    wide = write(tmp_path / "wide.csv", [{"x": 1.0, "pad": "p" * 20_000} for _ in range(2_000)])
    assert predict(model, input_path=wide, output_path=tmp_path / "out.csv").chunks == 4


def test_a_column_that_comes_late_is_no_loss(model: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{"x": 1}, {"x": 2, "late": "y"}])
    with pytest.raises(InvalidInput, match=r"line 2: the column 'late' was not there in the rows before"):
        predict(model, input_path=source, output_path=tmp_path / "out.csv", chunk_size=1)
    predict(model, input_path=source, output_path=tmp_path / "out.jsonl", chunk_size=1)
    assert read(tmp_path / "out.jsonl")[1] == {"x": 2, "late": "y", "prediction": 5.0}


# --- as MLflow does it ------------------------------------------------------------------------------------------------


def test_a_request_of_the_scoring_protocol_is_answered(model: Path, tmp_path: Path) -> None:
    (tmp_path / "payload.json").write_text('{"dataframe_split": {"columns": ["x"], "data": [[1], [2]]}}')
    predict(model, input_path=tmp_path / "payload.json", output_path=tmp_path / "reply")
    assert json.loads((tmp_path / "reply").read_text(encoding="utf-8")) == {"predictions": [3.0, 5.0]}
    predict(model, input_path=tmp_path / "payload.json", output_path=tmp_path / "reply.csv")
    assert read(tmp_path / "reply.csv") == [{"x": "1.0", "prediction": "3.0"}, {"x": "2.0", "prediction": "5.0"}]
    (tmp_path / "payload.json").write_text('{"rows": []}')
    with pytest.raises(InvalidInput, match=r"payload\.json: a request holds exactly one of the keys"):
        predict(model, input_path=tmp_path / "payload.json", output_path=tmp_path / "reply")


def test_csv_is_answered_as_a_server_would(model: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", numbered())
    predict(model, None, source, "csv", tmp_path / "reply.json", chunk_size=4)
    reply = json.loads((tmp_path / "reply.json").read_text(encoding="utf-8"))
    assert reply == {"predictions": [2 * row["x"] + 1 for row in numbered()]}


def test_data_is_answered_on_standard_output(model: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    predict(model, pd.DataFrame({"x": [1.0, 2.0]}))
    predict(model, "x\n3\n", content_type="csv")
    predict(model, {"x": [4]}, content_type="csv", output_format="jsonl")
    lines = capfdbinary.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"predictions": [3.0, 5.0]},
        {"predictions": [7.0]},
        {"x": 4.0, "prediction": 9.0},
    ]


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_standard_input_is_read_whatever_it_is(model: Path, tmp_path: Path, kind: str) -> None:
    code = """
import sys
from runyard.host import Host
from runyard.models import predict
from runyard.testing.memory import plugin

predict(sys.argv[1], content_type="csv", host=Host(plugins={"memory": plugin}))
"""
    command = [sys.executable, "-c", code, str(model)]
    source = tmp_path / "in.csv"
    source.write_text("x\n3\n", encoding="utf-8")
    with source.open("rb") as stream:
        given: Any = {"input": source.read_bytes()} if kind == "pipe" else {"stdin": stream}
        done = subprocess.run(command, capture_output=True, check=False, **given)
    assert json.loads(done.stdout or b"null") == {"predictions": [7.0]}, done.stderr.decode()


def test_what_is_not_known_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no format 'xml'; there are csv, json, jsonl, parquet"):
        predict(model, input_path=tmp_path / "in.csv", content_type="xml")
    with pytest.raises(InvalidInput, match="not both"):
        predict(model, {"x": [1]}, tmp_path / "in.csv")
    with pytest.raises(InvalidInput, match=r"cannot read .*in\.csv"):
        predict(model, input_path=tmp_path / "in.csv")
    with pytest.raises(NoSuchPlugin, match="environment manager 'poetry'"):
        predict(model, input_path=tmp_path / "in.csv", env_manager="poetry")
    with pytest.raises(InvalidInput, match="at least one row"):
        predict(model, input_path=tmp_path / "in.csv", chunk_size=0)


@pytest.mark.mlflow
def test_the_reply_is_mlflow_s(host: Host, tmp_path: Path, run_in_mlflow: Callable[[str], str]) -> None:
    (tmp_path / "doubling.py").write_text(
        "class Doubling:\n"
        "    def predict(self, data, params=None):\n"
        "        return (data[['x']] * 2).assign(code=data['code'])\n\n"
        "def _load_pyfunc(path):\n"
        "    return Doubling()\n",
        encoding="utf-8",
    )
    (tmp_path / "in.csv").write_text("code,x\nab,1.5\ncd,\n", encoding="utf-8")
    split = {"columns": ["code", "x"], "data": [["007", 1.5], ["cd", None]]}
    (tmp_path / "in.json").write_text(json.dumps({"dataframe_split": split}), encoding="utf-8")
    run_in_mlflow(
        f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import mlflow, pandas as pd
        from mlflow.models import infer_signature, predict
        signature = infer_signature(pd.DataFrame({{"code": ["a"], "x": [1.0]}}))
        model = {str(tmp_path / "theirs")!r}
        code = [{str(tmp_path / "doubling.py")!r}]
        mlflow.pyfunc.save_model(model, loader_module="doubling", code_paths=code, signature=signature)
        for form in ("csv", "json"):
            source, target = ({str(tmp_path)!r} + f"/{{name}}.{{form}}" for name in ("in", "mlflow"))
            predict(model, input_path=source, content_type=form, output_path=target, env_manager="local")
        """
    )
    for form in ("csv", "json"):
        given, reply = tmp_path / f"in.{form}", tmp_path / f"reply.{form}.json"
        predict(tmp_path / "theirs", None, given, form, reply, trust=True, host=host)
        theirs = (tmp_path / f"mlflow.{form}").read_text(encoding="utf-8")
        expected = json.loads(theirs, parse_constant=lambda _: None)  # it writes NaN, which is no JSON
        assert json.loads(reply.read_text(encoding="utf-8")) == expected
