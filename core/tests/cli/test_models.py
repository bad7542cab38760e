"""`runyard models` for registered models, as it is typed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runyard import Host, Settings, hookimpl
from runyard.cli import models
from runyard.cli.lazy import LazyCommand
from runyard.specs import Command
from runyard.uris import Uri

from .conftest import AddRun, CommandLine


@pytest.fixture
def digits(cli: CommandLine) -> CommandLine:
    """A model "digits" with two versions."""
    cli("models", "create", "digits", "--description", "Reads digits.", "--tag", "team=vision")
    cli("models", "register", "s3://bucket/1", "digits", "--tag", "good=no")
    cli("models", "register", "s3://bucket/2", "digits", "--description", "The better one.")
    return cli


def numbers(cli: CommandLine, *words: str) -> list[str]:
    return [f"{found['name']}/{found['version']}" for found in cli.json("models", "versions", *words)]


def test_a_new_model_is_listed_and_shown(cli: CommandLine) -> None:
    assert cli("models", "create", "digits", "--tag", "team=vision") == "created model digits\n"
    assert [model["name"] for model in cli.json("models", "list")] == ["digits"]
    assert cli.json("models", "show", "digits")["tags"] == {"team": "vision"}
    assert ["team", "vision"] in cli.lines("models", "show", "digits")


def test_a_taken_or_bad_name_is_refused(digits: CommandLine) -> None:
    assert "'digits' exists already" in digits.refused("models", "create", "digits")
    assert "neither / nor :" in digits.refused("models", "create", "a/b")


def test_models_are_listed_by_a_filter(digits: CommandLine) -> None:
    digits("models", "create", "words")
    found = digits.json("models", "list", "tags.team = 'vision' OR name = 'none'")
    assert [model["name"] for model in found] == ["digits"]
    assert [model["name"] for model in digits.json("models", "list", "--order-by", "name DESC")] == [
        "words",
        "digits",
    ]


def test_what_is_wrong_with_a_filter_is_shown_under_it(digits: CommandLine) -> None:
    for words in (("list", "nam = 'x'"), ("versions", "digits", "--filter", "nam = 'x'")):
        message = digits.refused("models", *words)
        assert "\n  nam = 'x'\n  ^" in message


def test_more_than_the_limit_is_told(digits: CommandLine) -> None:
    digits("models", "create", "words")
    result = digits.run("models", "list", "--limit", "1")
    assert "words" not in result.stdout
    assert "--limit 0" in result.stderr


def test_a_model_is_renamed_described_and_tagged(digits: CommandLine) -> None:
    digits("models", "rename", "digits", "numerals")
    digits("models", "describe", "numerals", "Reads more.")
    digits("models", "tag", "numerals", "owner=ada", "team=text")
    digits("models", "untag", "numerals", "owner")
    shown = digits.json("models", "show", "numerals")
    assert (shown["description"], shown["tags"]) == ("Reads more.", {"team": "text"})
    assert "'digits'" in digits.refused("models", "show", "digits")


def test_a_version_is_described_and_tagged(digits: CommandLine) -> None:
    digits("models", "describe", "digits", "The first.", "--version", "1")
    digits("models", "tag", "digits", "good=yes", "--version", "latest")
    digits("models", "untag", "digits", "good", "--version", "1")
    first, second = (digits.json("models", "show-version", "digits", number) for number in "12")
    assert (first["description"], first["tags"], second["tags"]) == ("The first.", {}, {"good": "yes"})


def test_versions_are_listed_for_one_model_or_all(digits: CommandLine) -> None:
    digits("models", "create", "o'clock")
    digits("models", "register", "s3://bucket/c", "o'clock")
    assert numbers(digits) == ["digits/2", "digits/1", "o'clock/1"]
    assert numbers(digits, "o'clock") == ["o'clock/1"]
    assert numbers(digits, "--filter", "tags.good = 'no' OR name = 'o''clock'") == ["digits/1", "o'clock/1"]
    assert numbers(digits, "digits", "--order-by", "version_number") == ["digits/1", "digits/2"]
    assert "'nothing'" in digits.refused("models", "versions", "nothing")


def test_a_version_from_a_run_knows_the_run(cli: CommandLine, add_run: AddRun) -> None:
    run = add_run("aa11", files={"model/weights.bin": b"x"})
    cli("models", "create", "digits")
    version = cli.json("models", "register", "runs:/aa11/model", "digits")
    source = Uri.parse(run.info.artifact_uri).join("model").text
    assert (version["run_id"], version["source"], version["version"]) == ("aa11", source, 1)
    assert version["user_id"]
    assert cli.host.resolve("models:/digits/1").text == f"{run.info.artifact_uri}/model"


def test_a_version_from_a_path_keeps_the_whole_path(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cli("models", "create", "digits")
    assert cli.json("models", "register", "model", "digits")["source"] == (tmp_path / "model").as_uri()


def test_a_version_from_a_run_that_is_missing_is_refused(cli: CommandLine) -> None:
    cli("models", "create", "digits")
    assert "'bb22'" in cli.refused("models", "register", "runs:/bb22/model", "digits")
    assert numbers(cli) == []


def test_a_version_moves_through_stages(digits: CommandLine) -> None:
    assert digits("models", "stage", "digits", "1", "production") == "moved version 1 of digits to Production\n"
    moved = digits.json("models", "stage", "digits", "2", "Production", "--archive-existing")
    assert moved["current_stage"] == "Production"
    assert digits.json("models", "show-version", "digits", "1")["current_stage"] == "Archived"
    assert digits.json("models", "show-version", "digits", "production")["version"] == 2
    assert "archive_existing_versions" in digits.refused("models", "stage", "digits", "1", "None", "--archive-existing")


def test_an_alias_is_set_moved_and_taken_away(digits: CommandLine) -> None:
    assert digits("models", "alias", "digits", "champion", "1") == "digits@champion is version 1\n"
    digits("models", "alias", "digits", "@champion", "latest")
    assert digits.json("models", "show-version", "digits", "@champion")["version"] == 2
    digits("models", "unalias", "digits", "champion")
    assert "'champion'" in digits.refused("models", "show-version", "digits", "@champion")
    assert "'champion'" in digits.refused("models", "unalias", "digits", "champion")
    assert "reserved" in digits.refused("models", "alias", "digits", "latest", "1")


def test_an_alias_is_shown_as_it_was(digits: CommandLine) -> None:
    digits("models", "alias", "digits", "champion", "1")
    time.sleep(0.005)
    then = datetime.now(UTC).isoformat()
    time.sleep(0.005)
    digits("models", "alias", "digits", "champion", "2")
    show = ("models", "show-version", "digits")
    assert digits.json(*show, "@champion", "--at", then)["version"] == 1
    assert "2001-01-01" in digits.refused(*show, "@champion", "--at", "2001-01-01")
    assert "2026-03-01" in digits.refused(*show, "@champion", "--at", "yesterday")
    assert "--at" in digits.refused(*show, "1", "--at", then)


@pytest.mark.parametrize("version", ["x", "v1", "-", "1.5", "3", "@", "²"])
def test_what_is_no_version_is_refused(digits: CommandLine, version: str) -> None:
    assert version.removeprefix("@") in digits.refused("models", "show-version", "digits", version)


def test_deleting_asks_first(digits: CommandLine) -> None:
    assert "--yes" in digits.refused("models", "delete", "digits")
    assert "--yes" in digits.refused("models", "delete-version", "digits", "1")
    assert numbers(digits) == ["digits/2", "digits/1"]
    assert digits("models", "delete-version", "digits", "1", "--yes") == "deleted version 1 of digits\n"
    assert numbers(digits) == ["digits/2"]
    digits("models", "delete", "digits", "-y")
    assert digits.json("models", "list") == []


def test_history_tells_who_did_what_and_outlives_the_model(digits: CommandLine) -> None:
    digits("models", "stage", "digits", "1", "Staging")
    digits("models", "alias", "digits", "champion", "1")
    digits("models", "alias", "digits", "champion", "2")
    digits("models", "tag", "digits", "gate=passed", "--version", "2")
    digits("models", "untag", "digits", "gate", "--version", "2")
    digits("models", "delete", "digits", "--yes")
    events: list[dict[str, Any]] = digits.json("models", "history", "digits")
    assert all(event["user_id"] == digits.host.settings.user or event["user_id"] for event in events)
    shown = digits("models", "history", "digits")
    for line in (
        "described as: Reads digits.",
        "created from s3://bucket/1",
        "stage None → Staging",
        "alias champion set",
        "alias champion moved here from version 1",
        "alias champion taken away",
        "tag gate: passed",
        "tag gate taken away",
    ):
        assert line in shown
    of_first = digits.json("models", "history", "digits", "--version", "1")
    assert [event["change"] for event in of_first] == ["created", "tag", "stage", "alias", "alias", "deleted"]


def test_a_model_that_never_was_has_no_history(cli: CommandLine) -> None:
    assert "'nothing'" in cli.refused("models", "history", "nothing")


def test_tables_show_what_matters(digits: CommandLine) -> None:
    digits("models", "alias", "digits", "champion", "1")
    assert digits.lines("models", "list")[0] == ["name", "latest", "aliases", "changed", "description"]
    assert digits.lines("models", "list")[1][:3] == ["digits", "2", "champion→1"]
    assert digits.lines("models", "versions")[2][:4] == ["digits", "1", "None", "champion"]
    assert ["aliases", "champion"] in digits.lines("models", "show-version", "digits", "1")
    assert ["champion", "version", "1"] in digits.lines("models", "show", "digits")


def test_registering_makes_the_model_and_says_the_run(cli: CommandLine, add_run: AddRun) -> None:
    add_run("aa11", files={"model/weights.bin": b"x"})
    words = (
        "models",
        "register",
        "s3://bucket/a",
        "digits",
        "--run",
        "aa11",
        "--description",
        "First.",
        "--tag",
        "a=b",
    )
    assert cli(*words) == "registered version 1 of digits\n"
    version = cli.json("models", "show-version", "digits", "1")
    assert (version["run_id"], version["description"], version["tags"]) == ("aa11", "First.", {"a": "b"})
    refused = cli.refused("models", "register", "runs:/aa11/model", "digits", "--run", "bb22")
    assert "runs:/aa11/model is of run aa11, not of bb22" in refused


def test_a_version_is_copied_to_another_model(digits: CommandLine) -> None:
    digits("models", "alias", "digits", "champion", "2")
    line = "copied version 2 of digits to version 1 of digits-live\n"
    assert digits("models", "copy", "digits", "@champion", "digits-live") == line
    copied = digits.json("models", "copy", "digits", "1", "digits-live")
    assert (copied["name"], copied["version"], copied["source"]) == ("digits-live", 2, "models:/digits/1")
    assert digits.json("models", "show-version", "digits-live", "1")["description"] == "The better one."


def test_scripts_are_told_what_was_changed_and_deleted(digits: CommandLine) -> None:
    assert digits.json("models", "tag", "digits", "a=b")["tags"] == {"team": "vision", "a": "b"}
    assert digits.json("models", "untag", "digits", "a")["tags"] == {"team": "vision"}
    assert digits.json("models", "tag", "digits", "a=b", "--version", "1")["tags"] == {"good": "no", "a": "b"}
    assert digits.json("models", "alias", "digits", "champion", "1")["aliases"] == ["champion"]
    assert digits.json("models", "unalias", "digits", "champion")["aliases"] == []
    gone = digits.json("models", "delete-version", "digits", "1", "--yes")
    assert gone == {"name": "digits", "version": 1, "deleted": True}
    assert digits.json("models", "delete", "digits", "--yes") == {"name": "digits", "deleted": True}


def test_every_command_elsewhere_is_found_and_says_the_same_in_both_helps() -> None:
    for name, (_, summary) in models.ELSEWHERE.items():
        command = models.models.commands[name]
        assert isinstance(command, LazyCommand)
        assert command.load().name == name
        assert summary


def test_plugins_put_commands_into_the_group(tmp_path: Path) -> None:
    class Plugin:
        @staticmethod
        @hookimpl
        def runyard_commands() -> list[Command]:
            return [Command(name="models serve", target=f"{__name__}:serve", summary="Answer requests.")]

    with Host(Settings(root=tmp_path), plugins={"serving": Plugin()}, discover=False) as host:
        shown = CommandLine(host)("models", "--help")
    assert "Answer requests." in shown
    assert "register" in shown
