"""`runyard db` upgrades and checks databases."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runyard.cli.context import Context
from runyard.cli.main import root
from runyard.entities import Metric, RunStart
from runyard.host import Host
from runyard.settings import Settings
from runyard.specs import Command
from runyard.testing.contracts.commands import CommandContract
from runyard.uris import Uri
from runyard_store_sql import plugin, versions
from runyard_store_sql.tracking import open_store


class TestTheCommand(CommandContract):
    @pytest.fixture
    def command(self) -> Command:
        (command,) = plugin.runyard_commands()
        return command


def runyard(*arguments: str, settings: Settings | None = None) -> Result:
    host = Host(settings or Settings(), plugins={"store-sql": plugin}, discover=False)
    return CliRunner().invoke(root, ["db", *arguments], obj=Context(host))


def filled(uri: str) -> None:
    store = open_store(Uri.parse(uri), Settings())
    store.create_run(RunStart("r1", "r1", "ada", 1, experiment_id="0"))
    store.log_batch("r1", metrics=[Metric("m", 1.0, 1, step) for step in range(5)], params={"p": "1"})
    store.close()


def test_a_good_database_passes_the_check(database_uri: str) -> None:
    filled(database_uri)
    result = runyard("check", database_uri, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["version"], report["needed"], report["problems"]) == (versions.HEAD, versions.HEAD, [])
    assert (report["counts"]["runs"], report["counts"]["metric points"]) == (1, 5)
    assert "runs" in runyard("check", database_uri).stdout


def test_the_data_folder_is_checked_where_nothing_is_named(tmp_path: Path) -> None:
    filled(f"file://{tmp_path / 'data'}")
    result = runyard("check", settings=Settings(data_dir=str(tmp_path / "data")))
    assert result.exit_code == 0
    assert str(tmp_path / "data" / "runyard.db") in result.stdout


def test_checking_what_is_not_there_makes_nothing(tmp_path: Path) -> None:
    result = runyard("check", f"sqlite:///{tmp_path / 'x' / 'no.db'}")
    assert result.exit_code == 1
    assert "does not exist" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("hello, this is a text and not a database")
    result = runyard("check", f"sqlite:///{tmp_path / 'no.db'}")
    assert result.exit_code == 1
    assert "is not a SQLite database" in result.stderr


def test_lost_points_fail_the_check(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'runyard.db'}"
    filled(uri)
    store = open_store(Uri.parse(uri), Settings())
    assert len(store.read_metric("r1", "m")) == 5
    store.close()
    with sqlite3.connect(tmp_path / "runyard.db") as connection:
        connection.execute("DELETE FROM metric_blocks")
    connection.close()
    result = runyard("check", uri)
    assert result.exit_code == 1
    assert "1 metrics have lost points" in result.stderr


def test_an_upgrade_makes_an_empty_database_usable(database_uri: str) -> None:
    assert "CREATE TABLE" in runyard("upgrade", database_uri, "--dry-run").stdout
    assert runyard("check", database_uri).exit_code == 1
    result = runyard("upgrade", database_uri)
    assert f"now has schema {versions.HEAD}" in result.stderr
    assert runyard("check", database_uri).exit_code == 0
    assert "already" in runyard("upgrade", database_uri).stderr
    assert "nothing to do" in runyard("upgrade", database_uri, "--dry-run").stderr


def test_what_is_no_database_is_refused() -> None:
    result = runyard("check", "s3://bucket")
    assert result.exit_code == 1
    assert "is not a database" in result.stderr
