"""`runyard artifacts` on real runs in SQLite and a local folder."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest

from runyard.entities import FileInfo, Run
from runyard.protocols.artifacts import ArtifactStore

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


class TestCopy:
    @pytest.fixture(autouse=True)
    def _in_a_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "work/sub").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / "work")

    def test_a_file_goes_to_a_name_or_into_a_folder(self, cli: CommandLine, best: Run) -> None:
        assert cli.lines("artifacts", "cp", "runs:/aa22/notes.txt", "copy.txt") == [["copy.txt", "4", "B"]]
        assert Path("copy.txt").read_text() == "fine"
        cli("artifacts", "cp", "runs:/aa22/notes.txt", "sub")
        cli("artifacts", "cp", "copy.txt", "new/")
        assert Path("sub/notes.txt").read_text() == Path("new/copy.txt").read_text() == "fine"

    def test_a_folder_goes_with_all_it_holds(self, cli: CommandLine, best: Run) -> None:
        cli("artifacts", "cp", "runs:/aa22/model", "copy")
        cli("artifacts", "cp", "runs:/aa22/model", "sub")
        assert Path("copy/weights.bin").stat().st_size == Path("sub/model/weights.bin").stat().st_size == 2000
        assert cli.json("artifacts", "cp", "copy", "runs:/aa22/again") == [
            {"path": "again/weights.bin", "is_dir": False, "file_size": 2000}
        ]
        assert "again" in [item["path"] for item in cli.json("artifacts", "ls", "aa22")]

    def test_what_is_there_stays_if_it_shall(self, cli: CommandLine, best: Run) -> None:
        Path("notes.txt").write_text("mine")
        assert "already" in cli.refused("artifacts", "cp", "runs:/aa22/notes.txt", "notes.txt", "--no-clobber")
        assert Path("notes.txt").read_text() == "mine"

    def test_what_is_copied_is_asked_for_once(
        self, cli: CommandLine, best: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kind = type(cli.host.artifact_store(best.info.artifact_uri))
        asked: list[str] = []
        stat = kind.stat

        def counted(store: ArtifactStore, path: str) -> FileInfo | None:
            asked.append(path)
            return stat(store, path)

        monkeypatch.setattr(kind, "stat", counted)
        cli("artifacts", "cp", "runs:/aa22/notes.txt", "other.txt")
        assert asked.count("notes.txt") == 1

    def test_what_is_missing_is_told(self, cli: CommandLine, best: Run) -> None:
        assert "missing" in cli.refused("artifacts", "cp", "missing", "x")
        assert "missing" in cli.refused("artifacts", "sync", "runs:/aa22/missing", "x")

    @pytest.mark.parametrize(("source", "target"), [("sub", "sub/"), ("sub", "sub/deep/x"), ("sub/../sub", "./sub/y")])
    def test_a_folder_is_not_copied_into_itself(self, cli: CommandLine, source: str, target: str) -> None:
        Path("sub/a.txt").write_text("a")
        assert "itself" in cli.refused("artifacts", "cp", source, target)
        assert "itself" in cli.refused("artifacts", "sync", source, target)


class TestSync:
    @pytest.fixture(autouse=True)
    def _in_a_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "work/data").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / "work")
        Path("data/one.txt").write_text("one")
        Path("data/two.txt").write_text("two")

    def test_only_what_differs_is_copied(self, cli: CommandLine, best: Run) -> None:
        first = cli.json("artifacts", "sync", "data", "runs:/aa22/data")
        assert [info["path"] for info in first["copied"]] == ["one.txt", "two.txt"]
        Path("data/two.txt").write_text("2")
        Path("data/one.txt").unlink()
        dry = cli.json("artifacts", "sync", "data", "runs:/aa22/data", "--delete", "--dry-run")
        assert [info["path"] for info in dry["copied"]] == ["two.txt"]
        assert (dry["deleted"], dry["unchanged"], dry["dry_run"]) == (["one.txt"], 0, True)
        assert cli("artifacts", "show", "aa22", "data/two.txt") == "two\n"
        result = cli.run("artifacts", "sync", "data", "runs:/aa22/data", "--delete")
        assert result.stdout.split() == ["copy", "two.txt", "1", "B", "delete", "one.txt"]
        assert result.stderr == "1 copied, 1 deleted, 0 unchanged\n"
        assert [item["path"] for item in cli.json("artifacts", "list", "aa22", "data")] == ["data/two.txt"]

    def test_nothing_is_deleted_unless_it_shall(self, cli: CommandLine, best: Run) -> None:
        cli("artifacts", "sync", "data", "copy")
        Path("copy/three.txt").write_text("three")
        assert cli.json("artifacts", "sync", "data", "copy")["unchanged"] == 2
        assert Path("copy/three.txt").exists()


def test_the_short_names_are_the_same_commands(cli: CommandLine, best: Run) -> None:
    assert cli("artifacts", "ls", "aa22") == cli("artifacts", "list", "aa22")
    cli("artifacts", "rm", "aa22", "notes.txt", "--yes")
    assert "notes.txt" not in cli("artifacts", "ls", "aa22")
    assert "\n  ls " not in cli("artifacts", "--help")
