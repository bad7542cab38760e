"""`runyard artifacts` on real runs in SQLite and a local folder."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest

from runyard.entities import Run

from .conftest import CommandLine


@pytest.fixture
def best(three_runs: list[Run]) -> Run:
    return three_runs[1]


def test_a_folder_is_listed_with_sizes(cli: CommandLine, best: Run) -> None:
    assert cli.lines("artifacts", "list", "aa22") == [["path", "size"], ["model/"], ["notes.txt", "4", "B"]]
    assert cli.lines("artifacts", "list", "best", "model") == [["path", "size"], ["model/weights.bin", "2.0", "KB"]]


def test_everything_is_listed_on_demand(cli: CommandLine, best: Run) -> None:
    listed = cli.json("artifacts", "list", "best", "--recursive")
    assert listed == [
        {"path": "model/weights.bin", "is_dir": False, "file_size": 2000},
        {"path": "notes.txt", "is_dir": False, "file_size": 4},
    ]


def test_a_location_can_be_given_instead_of_a_run(cli: CommandLine, best: Run) -> None:
    for where in (best.info.artifact_uri + "/model", "runs:/aa22/model"):
        assert [item["path"] for item in cli.json("artifacts", "list", where)] == ["weights.bin"]
    assert [item["path"] for item in cli.json("artifacts", "list", "runs:/aa22", "model")] == ["model/weights.bin"]
    assert [item["path"] for item in cli.json("artifacts", "list", "runs:/aa22/notes.txt")] == ["notes.txt"]


def test_an_empty_run_says_so_on_standard_error(cli: CommandLine, best: Run) -> None:
    result = cli.run("artifacts", "list", "aa11")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no artifacts" in result.stderr


@pytest.mark.parametrize("command", ["list", "show", "download"])
def test_what_is_missing_is_refused(cli: CommandLine, best: Run, command: str) -> None:
    assert "missing.txt" in cli.refused("artifacts", command, "aa22", "missing.txt")
    assert "no run" in cli.refused("artifacts", command, "zz99", "x")


def test_a_path_that_leads_out_is_refused(cli: CommandLine, best: Run) -> None:
    assert "stay below" in cli.refused("artifacts", "show", "aa22", "../../x")


def test_a_file_is_downloaded_by_its_name(
    cli: CommandLine, best: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("artifacts", "download", "best", "model/weights.bin") == "weights.bin\n"
    assert (tmp_path / "weights.bin").read_bytes() == b"x" * 2000
    assert "--force" in cli.refused("artifacts", "download", "best", "model/weights.bin")
    cli("artifacts", "download", "best", "model/weights.bin", "--force")


def test_a_whole_run_is_downloaded_into_a_folder_of_its_own(
    cli: CommandLine, best: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cli("artifacts", "download", "best")
    assert (tmp_path / "aa22/notes.txt").read_text() == "fine"
    there = cli.json("artifacts", "download", "best", "--to", str(tmp_path / "out"))["path"]
    assert (Path(there) / "model/weights.bin").exists()


def test_files_and_folders_are_uploaded_under_their_names(cli: CommandLine, best: Run, tmp_path: Path) -> None:
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots/a.svg").write_text("<svg/>")
    (tmp_path / "b.txt").write_text("b")
    printed = cli("artifacts", "upload", "best", str(tmp_path / "plots"), str(tmp_path / "b.txt"), "--to", "report")
    assert printed.splitlines() == ["report/plots/a.svg  6 B", "report/b.txt  1 B"]
    assert cli("artifacts", "show", "best", "report/b.txt") == "b\n"


def test_nothing_is_uploaded_to_a_deleted_run(cli: CommandLine, best: Run, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("b")
    cli("runs", "delete", "best", "--yes")
    assert "deleted" in cli.refused("artifacts", "upload", "aa22", str(tmp_path / "b.txt"))


def test_a_text_is_shown_as_it_is(cli: CommandLine, best: Run) -> None:
    assert cli("artifacts", "show", "best", "notes.txt") == "fine\n"
    assert cli.json("artifacts", "show", "best", "notes.txt")["content"] == "fine"


def test_a_table_is_shown_as_one(cli: CommandLine, best: Run) -> None:
    table = {"columns": ["text", "score"], "data": [["good", 0.5], ["bad", None]]}
    cli.host.artifact_store(best.info.artifact_uri).write("t.json", BytesIO(json.dumps(table).encode()))
    assert cli.lines("artifacts", "show", "best", "t.json") == [["text", "score"], ["good", "0.5"], ["bad"]]


def test_what_is_no_text_is_not_shown(cli: CommandLine, best: Run) -> None:
    cli.host.artifact_store(best.info.artifact_uri).write("a.bin", BytesIO(b"\xff\xfe\x00"))
    assert "artifacts download" in cli.refused("artifacts", "show", "best", "a.bin")


def test_a_file_is_deleted_once_that_is_confirmed(cli: CommandLine, best: Run) -> None:
    assert "--yes" in cli.refused("artifacts", "delete", "best", "notes.txt")
    assert cli("artifacts", "delete", "best", "notes.txt", "--yes") == "deleted notes.txt\n"
    assert [item["path"] for item in cli.json("artifacts", "list", "best")] == ["model"]


def test_everything_is_deleted_only_when_that_is_said(cli: CommandLine, best: Run) -> None:
    assert cli.run("artifacts", "delete", "best", "--yes").exit_code == 2
    cli("artifacts", "delete", "best", ".", "--yes")
    assert cli.json("artifacts", "list", "best") == []
