"""`runyard runs export`: CSV, JSON and Parquet, runs and whole curves."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from .conftest import AddRun, CommandLine


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.usefixtures("three_runs")
def test_runs_are_written_as_csv_to_standard_output(cli: CommandLine) -> None:
    rows = table(cli("runs", "export"))
    assert [row["run_id"] for row in rows] == ["bb33", "aa22", "aa11"]
    assert rows[0]["metrics.loss"] == "NaN"
    assert rows[1]["metrics.loss"] == "0.1"
    assert rows[1]["tags.team"] == "vision"
    assert rows[2]["metrics.accuracy"] == ""
    assert rows[2]["params.lr"] == "0.01"
    assert rows[2]["start_time"] == "1000"


@pytest.mark.usefixtures("three_runs")
def test_a_filter_an_order_and_a_limit_choose_the_runs(cli: CommandLine) -> None:
    words = ["--filter", "metrics.loss < 1", "--order-by", "metrics.loss", "--limit", "1", "-e", "digits"]
    assert [row["run_id"] for row in table(cli("runs", "export", *words))] == ["aa22"]


def test_values_survive_csv_whatever_is_in_them(cli: CommandLine, add_run: AddRun) -> None:
    odd = 'comma, "quotes",\nlines and ünïcode'
    add_run("aa11", params={"note": odd})
    assert table(cli("runs", "export"))[0]["params.note"] == odd


@pytest.mark.usefixtures("three_runs")
def test_json_holds_a_list_of_rows(cli: CommandLine) -> None:
    rows = json.loads(cli("runs", "export", "--format", "json"))
    assert [row["run_id"] for row in rows] == ["bb33", "aa22", "aa11"]
    assert rows[0]["metrics.loss"] == "NaN"
    assert "metrics.accuracy" not in rows[0]


def test_json_of_no_runs_is_an_empty_list(cli: CommandLine) -> None:
    assert json.loads(cli("runs", "export", "--format", "json")) == []


@pytest.mark.usefixtures("three_runs")
def test_the_name_of_the_file_tells_the_format(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "runs.parquet"
    result = cli.run("runs", "export", "--output", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"wrote 3 runs to {file}" in result.stderr
    rows = parquet.read_table(file).to_pylist()
    assert [row["run_id"] for row in rows] == ["bb33", "aa22", "aa11"]
    assert math.isnan(rows[0]["metrics.loss"])
    assert rows[1]["metrics.loss"] == 0.1
    assert rows[2]["metrics.accuracy"] is None
    assert rows[2]["start_time"] == 1000


@pytest.mark.usefixtures("three_runs")
def test_a_history_has_every_point(cli: CommandLine, tmp_path: Path) -> None:
    rows = table(cli("runs", "export", "--history", "--order-by", "start_time"))
    assert [(row["run_id"], row["key"], row["step"], row["value"]) for row in rows] == [
        ("aa11", "loss", "0", "1.0"),
        ("aa11", "loss", "1", "0.5"),
        ("aa22", "accuracy", "0", "0.9"),
        ("aa22", "loss", "0", "1.0"),
        ("aa22", "loss", "1", "0.4"),
        ("aa22", "loss", "2", "0.1"),
        ("bb33", "loss", "0", "1.0"),
        ("bb33", "loss", "1", "NaN"),
    ]
    cli("runs", "export", "--history", "--output", str(tmp_path / "curves.parquet"))
    columns = parquet.read_table(tmp_path / "curves.parquet").to_pydict()
    assert sorted(columns) == ["key", "run_id", "step", "timestamp", "value"]
    assert len(columns["value"]) == 8


@pytest.mark.usefixtures("three_runs")
def test_a_file_is_replaced_only_when_all_went_well(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "runs.csv"
    file.write_text("earlier")
    cli.refused("runs", "export", "--filter", "nonsense", "--output", str(file))
    assert file.read_text() == "earlier"
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert "pip install pyarrow" in cli.refused("runs", "export", "--format", "parquet", "--output", str(file))
    assert file.read_text() == "earlier"
    cli("runs", "export", "--output", str(file))
    assert len(table(file.read_text())) == 3
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_name_that_tells_no_format_is_refused(cli: CommandLine, tmp_path: Path) -> None:
    assert "--format" in cli.refused("runs", "export", "--output", str(tmp_path / "runs.xlsx"))
    assert list(tmp_path.glob("runs.*")) == []


def test_a_folder_that_does_not_exist_is_told(cli: CommandLine, tmp_path: Path) -> None:
    message = cli.refused("runs", "export", "--output", str(tmp_path / "nowhere" / "runs.csv"))
    assert "No such file or directory" in message
