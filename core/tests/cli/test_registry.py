"""`runyard registry`, as it is typed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .conftest import AddRun, CommandLine


@pytest.fixture
def digits(cli: CommandLine) -> CommandLine:
    """A model "digits" with two versions."""
    cli("registry", "create", "digits", "--description", "Reads digits.", "--tag", "team=vision")
    cli("registry", "create-version", "digits", "s3://bucket/1", "--tag", "good=no")
    cli("registry", "create-version", "digits", "s3://bucket/2", "--description", "The better one.")
    return cli


def numbers(cli: CommandLine, *words: str) -> list[str]:
    return [f"{found['name']}/{found['version']}" for found in cli.json("registry", "versions", *words)]


def test_a_new_model_is_listed_and_shown(cli: CommandLine) -> None:
    assert cli("registry", "create", "digits", "--tag", "team=vision") == "created model digits\n"
    assert [model["name"] for model in cli.json("registry", "list")] == ["digits"]
    assert cli.json("registry", "show", "digits")["tags"] == {"team": "vision"}
    assert ["team", "vision"] in cli.lines("registry", "show", "digits")


def test_a_taken_or_bad_name_is_refused(digits: CommandLine) -> None:
    assert "'digits' exists already" in digits.refused("registry", "create", "digits")
    assert "neither / nor :" in digits.refused("registry", "create", "a/b")


def test_models_are_listed_by_a_filter(digits: CommandLine) -> None:
    digits("registry", "create", "words")
    found = digits.json("registry", "list", "tags.team = 'vision' OR name = 'none'")
    assert [model["name"] for model in found] == ["digits"]
    assert [model["name"] for model in digits.json("registry", "list", "--order-by", "name DESC")] == [
        "words",
        "digits",
    ]


def test_what_is_wrong_with_a_filter_is_shown_under_it(digits: CommandLine) -> None:
    for words in (("list", "nam = 'x'"), ("versions", "digits", "--filter", "nam = 'x'")):
        message = digits.refused("registry", *words)
        assert "\n  nam = 'x'\n  ^" in message


def test_more_than_the_limit_is_told(digits: CommandLine) -> None:
    digits("registry", "create", "words")
    result = digits.run("registry", "list", "--limit", "1")
    assert "words" not in result.stdout
    assert "--limit 0" in result.stderr


def test_a_model_is_renamed_described_and_tagged(digits: CommandLine) -> None:
    digits("registry", "rename", "digits", "numerals")
    digits("registry", "describe", "numerals", "Reads more.")
    digits("registry", "tag", "numerals", "owner=ada", "team=text")
    digits("registry", "untag", "numerals", "owner")
    shown = digits.json("registry", "show", "numerals")
    assert (shown["description"], shown["tags"]) == ("Reads more.", {"team": "text"})
    assert "'digits'" in digits.refused("registry", "show", "digits")


def test_a_version_is_described_and_tagged(digits: CommandLine) -> None:
    digits("registry", "describe", "digits", "The first.", "--version", "1")
    digits("registry", "tag", "digits", "good=yes", "--version", "latest")
    digits("registry", "untag", "digits", "good", "--version", "1")
    first, second = (digits.json("registry", "show-version", "digits", number) for number in "12")
    assert (first["description"], first["tags"], second["tags"]) == ("The first.", {}, {"good": "yes"})


def test_versions_are_listed_for_one_model_or_all(digits: CommandLine) -> None:
    digits("registry", "create", "o'clock")
    digits("registry", "create-version", "o'clock", "s3://bucket/c")
    assert numbers(digits) == ["digits/2", "digits/1", "o'clock/1"]
    assert numbers(digits, "o'clock") == ["o'clock/1"]
    assert numbers(digits, "--filter", "tags.good = 'no' OR name = 'o''clock'") == ["digits/1", "o'clock/1"]
    assert numbers(digits, "digits", "--order-by", "version_number") == ["digits/1", "digits/2"]
    assert "'nothing'" in digits.refused("registry", "versions", "nothing")


def test_a_version_from_a_run_knows_the_run(cli: CommandLine, add_run: AddRun) -> None:
    run = add_run("aa11", files={"model/weights.bin": b"x"})
    cli("registry", "create", "digits")
    version = cli.json("registry", "create-version", "digits", "runs:/aa11/model")
    assert (version["run_id"], version["source"], version["version"]) == ("aa11", "runs:/aa11/model", 1)
    assert version["user_id"]
    assert cli.host.resolve("models:/digits/1").text == f"{run.info.artifact_uri}/model"


def test_a_version_from_a_path_keeps_the_whole_path(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cli("registry", "create", "digits")
    assert cli.json("registry", "create-version", "digits", "model")["source"] == (tmp_path / "model").as_uri()


def test_a_version_from_a_run_that_is_missing_is_refused(cli: CommandLine) -> None:
    cli("registry", "create", "digits")
    assert "'bb22'" in cli.refused("registry", "create-version", "digits", "runs:/bb22/model")
    assert numbers(cli) == []


def test_a_version_moves_through_stages(digits: CommandLine) -> None:
    assert digits("registry", "stage", "digits", "1", "production") == "moved version 1 of digits to Production\n"
    moved = digits.json("registry", "stage", "digits", "2", "Production", "--archive-existing")
    assert moved["current_stage"] == "Production"
    assert digits.json("registry", "show-version", "digits", "1")["current_stage"] == "Archived"
    assert digits.json("registry", "show-version", "digits", "production")["version"] == 2
    assert "archive_existing_versions" in digits.refused(
        "registry", "stage", "digits", "1", "None", "--archive-existing"
    )


def test_an_alias_is_set_moved_and_taken_away(digits: CommandLine) -> None:
    assert digits("registry", "alias", "digits", "champion", "1") == "digits@champion is version 1\n"
    digits("registry", "alias", "digits", "@champion", "latest")
    assert digits.json("registry", "show-version", "digits", "@champion")["version"] == 2
    digits("registry", "unalias", "digits", "champion")
    assert "'champion'" in digits.refused("registry", "show-version", "digits", "@champion")
    assert "'champion'" in digits.refused("registry", "unalias", "digits", "champion")
    assert "reserved" in digits.refused("registry", "alias", "digits", "latest", "1")


def test_an_alias_is_shown_as_it_was(digits: CommandLine) -> None:
    digits("registry", "alias", "digits", "champion", "1")
    time.sleep(0.005)
    then = datetime.now(UTC).isoformat()
    time.sleep(0.005)
    digits("registry", "alias", "digits", "champion", "2")
    show = ("registry", "show-version", "digits")
    assert digits.json(*show, "@champion", "--at", then)["version"] == 1
    assert "2001-01-01" in digits.refused(*show, "@champion", "--at", "2001-01-01")
    assert "2026-03-01" in digits.refused(*show, "@champion", "--at", "yesterday")
    assert "--at" in digits.refused(*show, "1", "--at", then)


@pytest.mark.parametrize("version", ["x", "v1", "-", "1.5", "3", "@", "²"])
def test_what_is_no_version_is_refused(digits: CommandLine, version: str) -> None:
    assert version.removeprefix("@") in digits.refused("registry", "show-version", "digits", version)


def test_deleting_asks_first(digits: CommandLine) -> None:
    assert "--yes" in digits.refused("registry", "delete", "digits")
    assert "--yes" in digits.refused("registry", "delete-version", "digits", "1")
    assert numbers(digits) == ["digits/2", "digits/1"]
    assert digits("registry", "delete-version", "digits", "1", "--yes") == "deleted version 1 of digits\n"
    assert numbers(digits) == ["digits/2"]
    digits("registry", "delete", "digits", "-y")
    assert digits.json("registry", "list") == []


def test_history_tells_who_did_what_and_outlives_the_model(digits: CommandLine) -> None:
    digits("registry", "stage", "digits", "1", "Staging")
    digits("registry", "alias", "digits", "champion", "1")
    digits("registry", "alias", "digits", "champion", "2")
    digits("registry", "delete", "digits", "--yes")
    events: list[dict[str, Any]] = digits.json("registry", "history", "digits")
    assert all(event["user_id"] == digits.host.settings.user or event["user_id"] for event in events)
    shown = digits("registry", "history", "digits")
    for line in (
        "described as: Reads digits.",
        "created from s3://bucket/1",
        "stage None → Staging",
        "alias champion set",
        "alias champion moved here from version 1",
        "alias champion taken away",
    ):
        assert line in shown
    of_first = digits.json("registry", "history", "digits", "--version", "1")
    assert [event["change"] for event in of_first] == ["created", "stage", "alias", "alias", "deleted"]


def test_a_model_that_never_was_has_no_history(cli: CommandLine) -> None:
    assert "'nothing'" in cli.refused("registry", "history", "nothing")


def test_tables_show_what_matters(digits: CommandLine) -> None:
    digits("registry", "alias", "digits", "champion", "1")
    assert digits.lines("registry", "list")[0] == ["name", "latest", "aliases", "changed", "description"]
    assert digits.lines("registry", "list")[1][:3] == ["digits", "2", "champion→1"]
    assert digits.lines("registry", "versions")[2][:4] == ["digits", "1", "None", "champion"]
    assert ["aliases", "champion"] in digits.lines("registry", "show-version", "digits", "1")
    assert ["champion", "version", "1"] in digits.lines("registry", "show", "digits")
