"""`runyard experiments`, as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import AddRun, CommandLine

pytestmark = pytest.mark.usefixtures("cli")


def names(cli: CommandLine, *words: str) -> list[str]:
    return [found["name"] for found in cli.json("experiments", *words)]


def test_a_new_experiment_is_listed(cli: CommandLine) -> None:
    assert cli("experiments", "create", "vision/digits") == "created experiment 1 vision/digits\n"
    assert "vision/digits" in names(cli, "list")


def test_an_experiment_can_be_created_with_tags_and_a_place_for_artifacts(cli: CommandLine, tmp_path: Path) -> None:
    place = (tmp_path / "elsewhere").as_uri()
    made = cli.json("experiments", "create", "digits", "--artifact-location", place, "--tag", "a=b=c", "--tag", "d=")
    assert made["tags"] == {"a": "b=c", "d": ""}
    assert made["artifact_location"] == place


def test_a_name_that_is_taken_is_refused(cli: CommandLine) -> None:
    cli("experiments", "create", "digits")
    assert "digits" in cli.refused("experiments", "create", "digits")


def test_an_experiment_is_shown_by_name_or_id(cli: CommandLine) -> None:
    cli("experiments", "create", "digits", "--tag", "mlflow.note.content=handwritten", "--tag", "team=vision")
    by_name = cli.json("experiments", "show", "digits")
    assert cli.json("experiments", "show", by_name["experiment_id"]) == by_name
    shown = cli("experiments", "show", "digits")
    assert ["name", "digits"] in [line.split() for line in shown.splitlines()]
    assert "handwritten" in shown
    assert "team  vision" in shown


def test_an_experiment_that_does_not_exist_brings_a_suggestion(cli: CommandLine) -> None:
    cli("experiments", "create", "digits")
    assert (
        cli.refused("experiments", "show", "digit")
        == "no experiment has the name or id 'digit', did you mean 'digits'?\n"
    )


def test_a_folder_lists_what_is_below_it(cli: CommandLine) -> None:
    for name in ("vision/digits", "vision/cifar/resnet", "vision-old", "speech/asr"):
        cli("experiments", "create", name)
    assert sorted(names(cli, "list", "vision")) == ["vision/cifar/resnet", "vision/digits"]
    assert sorted(names(cli, "list", "vision/")) == ["vision/cifar/resnet", "vision/digits"]


def test_folders_are_shown_as_a_tree(cli: CommandLine) -> None:
    for name in ("vision/digits", "vision/cifar/resnet", "vision", "speech/asr"):
        cli("experiments", "create", name)
    assert cli("experiments", "list", "--tree").splitlines() == [
        "Default  (id 0)",
        "speech/",
        "  asr  (id 4)",
        "vision  (id 3)",
        "vision/",
        "  cifar/",
        "    resnet  (id 2)",
        "  digits  (id 1)",
    ]
    assert cli("experiments", "list", "vision", "--tree").splitlines() == [
        "cifar/",
        "  resnet  (id 2)",
        "digits  (id 1)",
    ]


def test_experiments_are_searched_and_ordered(cli: CommandLine) -> None:
    for name in ("a1", "a2", "b1"):
        cli("experiments", "create", name)
    assert names(cli, "search", "name LIKE 'a%'", "--order-by", "name") == ["a1", "a2"]
    assert names(cli, "search", "name LIKE 'a%'", "--filter", "name != 'a1'") == ["a2"]
    assert names(cli, "list", "--filter", "name LIKE '%1'", "--order-by", "name DESC") == ["b1", "a1"]


def test_a_limit_says_that_there_are_more(cli: CommandLine) -> None:
    for name in ("a1", "a2", "a3"):
        cli("experiments", "create", name)
    result = cli.run("experiments", "list", "--limit", "2")
    assert len(result.stdout.splitlines()) == 3
    assert "there are more" in result.stderr
    assert len(names(cli, "list", "--limit", "0")) == 4


def test_a_mistake_in_a_filter_is_shown_with_its_place(cli: CommandLine) -> None:
    message = cli.refused("experiments", "search", "nam = 'x'").splitlines()
    assert message[1] == "  nam = 'x'"
    assert message[2].strip() == "^"


def test_an_experiment_is_renamed(cli: CommandLine) -> None:
    cli("experiments", "create", "digits")
    assert cli("experiments", "rename", "digits", "letters") == "renamed experiment 1 digits to letters\n"
    assert "letters" in names(cli, "list")
    assert "digits" not in names(cli, "list")


def test_a_deleted_experiment_can_be_restored_with_its_runs(cli: CommandLine, add_run: AddRun) -> None:
    add_run("aa11")
    cli("experiments", "delete", "digits", "--yes")
    assert "digits" not in names(cli, "list")
    assert names(cli, "list", "--view", "deleted") == ["digits"]
    assert cli.json("runs", "list") == []
    cli("experiments", "restore", "digits")
    assert "digits" in names(cli, "list")
    assert [run["run_id"] for run in cli.json("runs", "list")] == ["aa11"]


def test_deleting_needs_a_yes_where_nobody_can_be_asked(cli: CommandLine) -> None:
    cli("experiments", "create", "digits")
    assert "--yes" in cli.refused("experiments", "delete", "digits")
    assert "digits" in names(cli, "list")


def test_deleting_several_stops_before_the_first_when_one_does_not_exist(cli: CommandLine) -> None:
    cli("experiments", "create", "digits")
    cli.refused("experiments", "delete", "digits", "nothing", "--yes")
    assert "digits" in names(cli, "list")


def test_tags_are_set_and_deleted(cli: CommandLine) -> None:
    cli("experiments", "create", "digits", "--tag", "old=1")
    cli("experiments", "tag", "digits", "team=vision", "url=https://example.org/?a=b", "--delete", "old")
    assert cli.json("experiments", "show", "digits")["tags"] == {"team": "vision", "url": "https://example.org/?a=b"}


@pytest.mark.parametrize("words", [["novalue"], ["=x"], ["a=1", "a=2"], []])
def test_tags_that_do_not_read_key_value_are_a_usage_error(cli: CommandLine, words: list[str]) -> None:
    cli("experiments", "create", "digits")
    assert cli.run("experiments", "tag", "digits", *words).exit_code == 2
    assert cli.json("experiments", "show", "digits")["tags"] == {}
