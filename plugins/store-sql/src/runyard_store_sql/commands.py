"""`runyard db`: upgrade and check the tracking database."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from runyard.cli import output
from runyard.cli.context import Context, pass_context
from runyard.errors import InvalidInput

if TYPE_CHECKING:
    from runyard_store_sql.engine import Database


@click.group()
def db() -> None:
    """Look after the tracking database."""


@db.command()
@click.argument("uri", required=False)
@click.option("--dry-run", is_flag=True, help="Print the SQL that would run, and change nothing.")
@pass_context
def upgrade(context: Context, uri: str | None, dry_run: bool) -> None:
    """Bring the schema of a database up to date.

    URI is the database, by default the one that runs are kept in. A SQLite file is copied beside itself first; make a
    backup of another database yourself.
    """
    from runyard_store_sql import versions

    database = _database(context, uri)
    try:
        if dry_run:
            _show_plan(database)
            return
        before = versions.current(database)
        backup = versions.upgrade(database)
        if before == versions.HEAD:
            output.note(f"{database.location.shown} has schema {before} already")
            return
        if backup is not None:
            output.note(f"backup: {backup}")
        output.note(f"{database.location.shown} now has schema {versions.HEAD}")
    finally:
        database.dispose()


@db.command()
@click.argument("uri", required=False)
@output.json_option
@pass_context
def check(context: Context, uri: str | None, as_json: bool) -> None:
    """Check the version and the integrity of a database, and count what is in it.

    URI is the database, by default the one that runs are kept in. Exits with 1 where something is wrong.
    """
    from runyard_store_sql.inspection import inspect

    database = _database(context, uri)
    try:
        report = inspect(database)
    finally:
        database.dispose()
    if as_json:
        output.show_json(report)
    else:
        schema = report.version or "none"
        output.show_pairs([("Database", report.database), ("Schema", schema), ("Needed", report.needed)])
        if report.counts:
            output.show_table(["in it", "number"], list(report.counts.items()))
    for problem in report.problems:
        named = problem if report.database in problem else f"database {report.database}: {problem}"
        output.note(f"runyard: {named}")
    if report.problems:
        sys.exit(1)


def _database(context: Context, uri: str | None) -> Database:
    """The database as it is: neither created nor upgraded by looking at it."""
    from runyard_store_sql.engine import connect
    from runyard_store_sql.locations import SCHEMES, locate

    target = context.host.tracking_uri(uri)
    if target.dialect not in SCHEMES:
        raise InvalidInput(f"{target} is not a database; give one such as sqlite:///runs.db")
    return connect(locate(target, context.settings))


def _show_plan(database: Database) -> None:
    from runyard_store_sql import versions

    plan = versions.planned_sql(database)
    if plan:
        output.echo(plan.rstrip())
    else:
        output.note(f"{database.location.shown} has schema {versions.HEAD} already; nothing to do")
