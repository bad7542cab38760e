"""The commands `runyard tokens ...`."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click

from runyard.cli import output
from runyard.cli.context import Context, pass_context
from runyard.cli.text import parse_age
from runyard.errors import InvalidInput, NotFound
from runyard_auth_token.file import TokenFile
from runyard_auth_token.settings import token_file
from runyard_auth_token.tokens import ROLES, Token, make

LONGEST = 100 * 365 * 86_400


@click.group()
def tokens() -> None:
    """Look after the server's tokens.

    Start the server with --authenticator token; clients set MLFLOW_TRACKING_TOKEN.
    """


@tokens.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the user may do: read, change, everything.")
@click.option("--expires", metavar="AGE", help="How long the token is good for, such as 30d or 12h; without, for ever.")
@output.json_option
@pass_context
def create(context: Context, name: str, role: str, expires: str | None, *, as_json: bool) -> None:
    """Make a token for the user NAME and print it; it is shown this once."""
    seconds = None if expires is None else _seconds(expires)
    token, text = make(name, role, time.time(), seconds)
    _file(context).add(token)
    if as_json:
        output.show_json({**_fields(token), "token": text})
        return
    output.note(f"token {token.id} of {name}, {role}, {_until(token)}; it is shown this once:")
    output.echo(text)


@tokens.command("list")
@output.json_option
@pass_context
def list_(context: Context, *, as_json: bool) -> None:
    """List the tokens: whose they are and how long they are good for, never the tokens themselves."""
    file = _file(context)
    found = sorted(file.tokens().values(), key=lambda token: (token.name, token.created))
    if as_json:
        output.show_json([_fields(token) for token in found])
        return
    rows = [(token.id, token.name, token.role, _date(token.created), _until(token)) for token in found]
    output.show_table(("id", "user", "role", "created", "good"), rows, empty=f"no tokens in {file.path}")


@tokens.command()
@click.argument("name_or_id", metavar="NAME|ID")
@pass_context
def revoke(context: Context, name_or_id: str) -> None:
    """Revoke a token by its id, or all tokens of a user; a running server notices within seconds."""
    gone = _file(context).remove(name_or_id)
    if not gone:
        raise NotFound(f"no token or user {name_or_id!r}; see runyard tokens list")
    for token in gone:
        output.note(f"revoked token {token.id} of {token.name}")


def _seconds(age: str) -> float:
    try:
        seconds = parse_age(age)
    except ValueError as error:
        raise InvalidInput(f"--expires: {error}") from error
    if not 0 < seconds <= LONGEST:
        raise InvalidInput(f"--expires takes a time above 0 and up to 100 years, got {age!r}")
    return seconds


def _file(context: Context) -> TokenFile:
    return TokenFile(token_file(context.settings))


def _fields(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "created": token.created,
        "expires": token.expires,
        "expired": token.is_expired(time.time()),
    }


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _until(token: Token) -> str:
    if token.expires is None:
        return "for ever"
    return f"{'expired' if token.is_expired(time.time()) else 'until'} {_date(token.expires)}"
