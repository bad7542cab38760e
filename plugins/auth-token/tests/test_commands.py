"""`runyard tokens` makes, lists and revokes tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from runyard.cli.context import Context
from runyard.cli.main import root
from runyard.host import Host
from runyard.protocols.access import Credentials
from runyard.settings import Settings
from runyard.specs import Command
from runyard.testing.contracts.commands import CommandContract
from runyard_auth_token import plugin
from runyard_auth_token.authenticator import open_authenticator


class TestCommand(CommandContract):
    @pytest.fixture
    def command(self) -> Command:
        return plugin.runyard_commands()[0]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    settings = Settings(environ={}, data_dir=str(tmp_path / "data"), root=tmp_path)
    return Host(settings, plugins={"auth-token": plugin}, discover=False)


def invoke(host: Host, *arguments: str) -> Result:
    return CliRunner().invoke(root, ["tokens", *arguments], obj=Context(host))


def printed(host: Host, *arguments: str) -> str:
    result = invoke(host, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def who(host: Host, token: str) -> str | None:
    credentials = Credentials({"authorization": f"Bearer {token}"}, "GET", "/")
    principal = open_authenticator(host.settings).authenticate(credentials)
    return None if principal is None else principal.name


def listed(host: Host) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed(host, "list", "--json"))
    return found


def test_a_token_is_printed_alone_once_and_lets_its_user_in(host: Host) -> None:
    result = invoke(host, "create", "ann", "--role", "editor")
    token = result.stdout.strip()
    assert who(host, token) == "ann"
    assert "shown this once" in result.stderr
    assert token not in printed(host, "list") + printed(host, "list", "--json")


def test_a_list_says_whose_they_are(host: Host) -> None:
    assert listed(host) == []
    printed(host, "create", "bob", "--role", "viewer", "--expires", "30d")
    made = json.loads(printed(host, "create", "ann", "--role", "admin", "--json"))
    ann, bob = listed(host)
    assert {**ann, "token": made["token"]} == made
    assert (ann["name"], ann["role"], ann["expires"], ann["expired"]) == ("ann", "admin", None, False)
    assert bob["expires"] - bob["created"] == 30 * 86_400
    table = printed(host, "list").splitlines()
    assert table[0].split() == ["id", "user", "role", "created", "good"]
    assert "for ever" in table[1]
    assert "until" in table[2]


def test_a_token_is_revoked_by_id_and_all_of_a_user_by_name(host: Host) -> None:
    tokens = [json.loads(printed(host, "create", name, "--role", "viewer", "--json")) for name in ("ann", "ann", "bob")]
    tokens.append(json.loads(printed(host, "create", "ann", "--role", "viewer", "--json")))
    invoke(host, "revoke", tokens[0]["id"])
    assert [who(host, each["token"]) for each in tokens] == [None, "ann", "bob", "ann"]
    assert invoke(host, "revoke", "ann").stderr.count("revoked") == 2
    assert [who(host, each["token"]) for each in tokens] == [None, None, "bob", None]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["revoke", "nobody"], "no token or user 'nobody'"),
        (["create", "a b", "--role", "viewer"], "not a user name"),
        (["create", "ann", "--role", "viewer", "--expires", "soon"], "--expires: not an age"),
        (["create", "ann", "--role", "viewer", "--expires", "0d"], "above 0"),
        (["create", "ann", "--role", "viewer", "--expires", "99999999d"], "100 years"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(host: Host, arguments: list[str], message: str) -> None:
    result = invoke(host, *arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_role_has_to_be_given(host: Host) -> None:
    assert invoke(host, "create", "ann").exit_code == 2
    assert invoke(host, "create", "ann", "--role", "god").exit_code == 2
