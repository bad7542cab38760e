"""`runyard runs compare`: what differs, and what is best."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import AddRun, CommandLine


def rows(cli: CommandLine, *words: str) -> dict[str, dict[str, Any]]:
    return {f"{row['what']}.{row['key']}": row for row in cli.json("runs", "compare", *words)["rows"]}


@pytest.mark.usefixtures("three_runs")
def test_only_what_differs_is_shown(cli: CommandLine) -> None:
    found = rows(cli, "slow", "best")
    assert sorted(found) == ["metric.accuracy", "metric.loss", "param.lr", "tag.team"]
    assert found["param.lr"]["values"] == ["0.01", "0.1"]
    assert found["tag.team"]["values"] == [None, "vision"]


@pytest.mark.usefixtures("three_runs")
def test_all_shows_what_is_equal_as_well(cli: CommandLine) -> None:
    found = rows(cli, "slow", "best", "--all")
    assert found["param.depth"] == {
        "what": "param",
        "key": "depth",
        "differs": False,
        "values": ["3", "3"],
        "best": None,
    }
    assert found["run.status"]["values"] == ["FINISHED", "FINISHED"]


@pytest.mark.usefixtures("three_runs")
def test_the_best_is_the_lowest_loss_and_the_highest_score_and_never_nan(cli: CommandLine, add_run: AddRun) -> None:
    add_run("cc44", curves={"loss": [0.3], "accuracy": [0.95]})
    found = rows(cli, "slow", "best", "broken", "cc44")
    assert found["metric.loss"]["best"] == "aa22"
    assert found["metric.loss"]["values"] == [0.5, 0.1, "NaN", 0.3]
    assert found["metric.accuracy"]["best"] == "cc44"


@pytest.mark.usefixtures("three_runs")
def test_the_table_lines_values_up_on_the_right(cli: CommandLine) -> None:
    lines = cli("runs", "compare", "slow", "best").splitlines()
    assert lines[0].split() == ["slow", "aa11", "best", "aa22"]
    assert {len(line) for line in lines} == {len(lines[0])}
    assert ["metric", "loss", "0.5", "0.1"] in [line.split() for line in lines]


def test_runs_that_logged_the_same_do_not_differ(cli: CommandLine, add_run: AddRun) -> None:
    for run in ("aa11", "bb22"):
        add_run(run, params={"lr": "1"}, curves={"loss": [float("nan")]})
    result = cli.run("runs", "compare", "aa11", "bb22")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "do not differ" in result.stderr


@pytest.mark.usefixtures("three_runs")
@pytest.mark.parametrize("words", [["slow"], ["slow", "aa11"]])
def test_one_run_cannot_be_compared(cli: CommandLine, words: list[str]) -> None:
    assert "two different runs" in cli.refused("runs", "compare", *words)
