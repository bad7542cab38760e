"""`runyard runs`: list, search, show, rename, tag, delete, restore."""

from __future__ import annotations

import json

import pytest

from runyard.entities import Run

from .conftest import AddRun, CommandLine


def ids(cli: CommandLine, *words: str) -> list[str]:
    return [run["run_id"] for run in cli.json("runs", *words)]


@pytest.mark.usefixtures("three_runs")
def test_runs_are_listed_latest_first(cli: CommandLine) -> None:
    assert ids(cli, "list") == ["bb33", "aa22", "aa11"]
    lines = cli.lines("runs", "list")
    assert lines[0] == ["run_id", "name", "status", "started", "duration", "accuracy", "loss", "depth", "lr"]
    assert [line[:3] for line in lines[1:]] == [
        ["bb33", "broken", "FINISHED"],
        ["aa22", "best", "FINISHED"],
        ["aa11", "slow", "FINISHED"],
    ]


def test_nothing_is_printed_where_there_are_no_runs(cli: CommandLine) -> None:
    result = cli.run("runs", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no run matches" in result.stderr
    assert cli.json("runs", "list") == []


@pytest.mark.usefixtures("three_runs")
def test_numbers_are_aligned_to_the_right(cli: CommandLine) -> None:
    printed = cli("runs", "list", "--columns", "params.lr,name", "--order-by", "start_time")
    assert printed.splitlines() == ["  lr  name", "0.01  slow", " 0.1  best", "  10  broken"]


@pytest.mark.usefixtures("three_runs")
def test_runs_are_searched_by_what_they_logged(cli: CommandLine) -> None:
    assert ids(cli, "search", "metrics.loss < 0.2") == ["aa22"]
    assert ids(cli, "search", "metrics.loss.min <= 0.5 AND NOT tags.team = 'vision'") == ["aa11"]
    assert ids(cli, "search", "params.lr IN ('0.1', '0.01')", "--order-by", "metrics.loss") == ["aa22", "aa11"]
    assert ids(cli, "list", "--filter", "params.depth = '3'", "--limit", "1") == ["bb33"]


@pytest.mark.usefixtures("three_runs")
def test_a_mistake_in_a_filter_is_shown_with_a_caret(cli: CommandLine) -> None:
    message = cli.refused("runs", "search", "metrics.loss << 1").splitlines()
    assert message[1] == "  metrics.loss << 1"
    assert message[2].strip() == "^"


@pytest.mark.usefixtures("three_runs")
def test_chosen_columns_are_all_that_json_has(cli: CommandLine) -> None:
    found = cli.json("runs", "list", "--columns", "run_id,metrics.loss,tags.team,params.none", "--limit", "2")
    assert found == [
        {"run_id": "bb33", "metrics.loss": "NaN", "tags.team": None, "params.none": None},
        {"run_id": "aa22", "metrics.loss": 0.1, "tags.team": "vision", "params.none": None},
    ]


def test_a_column_that_does_not_exist_brings_a_suggestion(cli: CommandLine) -> None:
    assert "did you mean 'status'?" in cli.refused("runs", "list", "--columns", "statsu")


def test_runs_are_listed_by_experiment(cli: CommandLine, add_run: AddRun) -> None:
    add_run("aa11", experiment="digits")
    add_run("bb22", experiment="letters")
    add_run("cc33", experiment="sounds")
    assert ids(cli, "list", "--experiment", "letters") == ["bb22"]
    assert sorted(ids(cli, "list", "-e", "letters", "-e", "digits")) == ["aa11", "bb22"]
    assert "experiment" in cli.lines("runs", "list")[0]
    assert "experiment" not in cli.lines("runs", "list", "-e", "digits")[0]


@pytest.mark.usefixtures("three_runs")
def test_a_run_is_shown_with_all_it_logged(cli: CommandLine) -> None:
    shown = cli("runs", "show", "aa22")
    words = [line.split() for line in shown.splitlines()]
    assert ["name", "best"] in words
    assert ["took", "1", "min", "30", "s"] in words
    assert ["description", "the", "good", "one"] in words
    assert ["lr", "0.1"] in words
    assert ["loss", "0.1", "2", "█▃▁"] in words
    assert ["accuracy", "0.9", "0"] in words
    assert ["team", "vision"] in words
    assert ["model/"] in words
    assert ["notes.txt", "4", "B"] in words


@pytest.mark.usefixtures("three_runs")
def test_the_json_of_a_run_has_stable_keys(cli: CommandLine) -> None:
    shown = cli.json("runs", "show", "aa22")
    assert sorted(shown) == ["artifacts", "info", "inputs", "metrics", "params", "tags"]
    assert shown["info"]["status"] == "FINISHED"
    assert shown["metrics"]["loss"] == {"value": 0.1, "step": 2, "timestamp": 2_002}
    assert [file["path"] for file in shown["artifacts"]] == ["model", "notes.txt"]
    assert cli.json("runs", "show", "bb33")["metrics"]["loss"]["value"] == "NaN"


@pytest.mark.usefixtures("three_runs")
@pytest.mark.parametrize("given", ["aa22", "aa2", "best"])
def test_a_run_is_found_by_id_by_the_start_of_one_or_by_name(cli: CommandLine, given: str) -> None:
    assert cli.json("runs", "show", given)["info"]["run_id"] == "aa22"


@pytest.mark.usefixtures("three_runs")
def test_a_start_that_several_ids_have_lists_them(cli: CommandLine) -> None:
    message = cli.refused("runs", "show", "aa")
    assert "aa11 (slow)" in message
    assert "aa22 (best)" in message
    assert "bb33" not in message


def test_an_underscore_in_the_start_of_an_id_stands_for_itself(cli: CommandLine, add_run: AddRun) -> None:
    add_run("a_1x")
    add_run("ab1x")
    assert cli.json("runs", "show", "a_1")["info"]["run_id"] == "a_1x"


@pytest.mark.usefixtures("three_runs")
@pytest.mark.parametrize("given", ["zz", "no' OR 'x'='x", "a\"b'c", "x" * 400])
def test_a_run_that_does_not_exist_is_told_in_one_line(cli: CommandLine, given: str) -> None:
    message = cli.refused("runs", "show", given)
    assert message.startswith("no run has the id or name")
    assert message.count("\n") == 1


@pytest.mark.usefixtures("three_runs")
def test_a_run_is_renamed_and_tagged(cli: CommandLine) -> None:
    cli("runs", "rename", "aa22", "winner")
    cli("runs", "tag", "winner", "stage=final", "note=a=b", "--delete", "team")
    shown = cli.json("runs", "show", "winner")
    assert shown["info"]["run_name"] == "winner"
    assert shown["tags"]["mlflow.runName"] == "winner"
    assert {key: shown["tags"].get(key) for key in ("stage", "note", "team")} == {
        "stage": "final",
        "note": "a=b",
        "team": None,
    }


@pytest.mark.usefixtures("three_runs")
def test_deleted_runs_can_be_seen_and_restored(cli: CommandLine) -> None:
    cli("runs", "delete", "aa11", "bb33", "--yes")
    assert ids(cli, "list") == ["aa22"]
    assert ids(cli, "list", "--view", "deleted") == ["bb33", "aa11"]
    assert len(ids(cli, "list", "--view", "all")) == 3
    cli("runs", "restore", "aa11")
    assert ids(cli, "list") == ["aa22", "aa11"]


@pytest.mark.usefixtures("three_runs")
def test_deleting_needs_a_yes_where_nobody_can_be_asked(cli: CommandLine) -> None:
    assert "--yes" in cli.refused("runs", "delete", "aa11")
    assert len(ids(cli, "list")) == 3


@pytest.mark.usefixtures("three_runs")
def test_a_write_to_a_deleted_run_is_refused(cli: CommandLine) -> None:
    cli("runs", "delete", "aa11", "--yes")
    assert "deleted" in cli.refused("runs", "tag", "aa11", "a=b")


def test_what_is_not_printable_cannot_reach_the_terminal(cli: CommandLine, add_run: AddRun) -> None:
    add_run("aa11", "evil\x1b[2J\nname", tags={"note": "a\x1b]0;title\x07b"}, params={"p": "x\r\n\x9b31m"})
    for words in (["list"], ["show", "aa11"], ["delete", "aa11", "--yes"]):
        printed = cli("runs", *words)
        assert printed.replace("\n", "").isprintable()
    assert "evil\\x1b[2J\\nname" in cli("runs", "list", "--view", "all")


def test_json_keeps_what_is_not_printable(cli: CommandLine, add_run: AddRun) -> None:
    add_run("aa11", "two\nlines")
    assert json.loads(cli("runs", "list", "--json"))[0]["run_name"] == "two\nlines"


def test_a_listing_goes_over_many_pages(
    cli: CommandLine, three_runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runyard.cli.search.LARGEST_PAGE", 2)
    assert len(ids(cli, "list", "--limit", "0")) == len(three_runs)
    assert ids(cli, "list", "--limit", "2") == ["bb33", "aa22"]
