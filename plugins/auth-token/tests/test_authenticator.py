"""Tokens are recognized as bearer and as password, until they expire or are revoked."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest

from runyard.errors import CorruptData, Forbidden, InvalidInput
from runyard.protocols.access import Authenticator, Credentials, Principal
from runyard.settings import Settings
from runyard.testing.contracts.access import AuthenticatorContract
from runyard.testing.raw_http import call
from runyard.testing.server import running_server
from runyard_auth_token.authenticator import TokenAuthenticator, open_authenticator
from runyard_auth_token.file import TokenFile
from runyard_auth_token.tokens import make, split

NOW = 1_700_000_000.0


def bearer(token: str) -> Credentials:
    return Credentials({"authorization": f"Bearer {token}"}, "GET", "/", "127.0.0.1")


def basic(user: str, password: str) -> Credentials:
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return Credentials({"authorization": f"Basic {text}"}, "GET", "/", "127.0.0.1")


@attrs.define
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "data" / "tokens.json")


def added(file: TokenFile, name: str, role: str, seconds: float | None = None) -> str:
    token, text = make(name, role, NOW, seconds)
    file.add(token)
    return text


class TestTokens(AuthenticatorContract):
    @pytest.fixture
    def authenticator(self, file: TokenFile) -> Authenticator:
        return TokenAuthenticator(file, Clock())

    @pytest.fixture
    def known(self, file: TokenFile) -> Sequence[tuple[Credentials, Principal]]:
        ann, bob = added(file, "ann", "admin"), added(file, "bob", "viewer", 60)
        return [
            (bearer(ann), Principal("ann", frozenset({"admin"}))),
            (basic("ann", ann), Principal("ann", frozenset({"admin"}))),
            (basic("", bob), Principal("bob", frozenset({"viewer"}))),
            (basic("token", bob), Principal("bob", frozenset({"viewer"}))),
            (Credentials({"authorization": f"bearer   {bob}"}, "GET", "/"), Principal("bob", frozenset({"viewer"}))),
        ]

    @pytest.fixture
    def unknown(self, file: TokenFile) -> Sequence[Credentials]:
        ann, expired = added(file, "ann", "admin"), added(file, "old", "admin", -1)
        other = make("ann", "admin", NOW, None)[1]
        identifier = ann.split("_")[1]
        return [
            bearer(other),
            bearer(f"ry_{identifier}_{other.split('_', 2)[2]}"),
            bearer(ann[:-1]),
            bearer(f"{ann}x"),
            bearer(ann.upper()),
            bearer(expired),
            basic(ann, ""),
            basic("ann", "ann"),
            basic("ann", ""),
            Credentials({"authorization": ann}, "GET", "/"),
            Credentials({"x-api-key": ann}, "GET", "/"),
            Credentials({"authorization": f"Digest {ann}"}, "GET", "/"),
        ]


def test_a_token_expires(file: TokenFile) -> None:
    token, clock = added(file, "ann", "viewer", 60), Clock()
    authenticator = TokenAuthenticator(file, clock)
    clock.now = NOW + 59
    assert authenticator.authenticate(bearer(token)) is not None
    clock.now = NOW + 60
    assert authenticator.authenticate(bearer(token)) is None


def test_changes_of_the_file_are_noticed(file: TokenFile) -> None:
    authenticator = TokenAuthenticator(TokenFile(file.path), Clock())
    assert authenticator.authenticate(bearer("x")) is None
    token = added(file, "ann", "viewer")
    assert authenticator.authenticate(bearer(token)) == Principal("ann", frozenset({"viewer"}))
    file.remove("ann")
    assert authenticator.authenticate(bearer(token)) is None
    again = added(file, "ann", "viewer")
    assert authenticator.authenticate(bearer(again)) is not None
    file.path.unlink()
    assert authenticator.authenticate(bearer(again)) is None


def test_the_revision_changes_with_what_may_change_an_answer(file: TokenFile) -> None:
    clock = Clock()
    authenticator = TokenAuthenticator(file, clock)
    seen = [authenticator.revision]

    def is_new() -> bool:
        seen.append(authenticator.revision)
        return seen[-1] != seen[-2]

    added(file, "ann", "viewer")
    assert is_new()
    text = added(file, "bob", "viewer", 60)
    assert is_new()
    assert authenticator.authenticate(bearer(text)) is not None
    assert not is_new()
    clock.now += 60
    assert is_new()
    file.remove("ann")
    assert is_new()
    file.path.unlink()
    assert is_new()


def test_a_revoked_token_is_refused_at_once_by_every_worker(tmp_path: Path) -> None:
    data = tmp_path / "runyard-data"
    kept = TokenFile(data / "tokens.json")
    ann, bob = added(kept, "ann", "admin"), added(kept, "bob", "viewer")
    flags = ("--authenticator", "token", "--policy", "roles", "--workers", "2")
    with running_server(tmp_path, *flags) as server:

        def statuses(token: str) -> set[int]:
            target, header = "/api/2.0/mlflow/experiments/get?experiment_id=0", f"Authorization: Bearer {token}"
            return {call(server.port, "GET", target, header).status for _ in range(8)}

        assert (statuses(ann), statuses(bob)) == ({200}, {200})
        kept.remove("bob")
        assert statuses(bob) == {401}
        assert statuses(ann) == {200}


def test_a_server_is_not_opened_for_nobody(tmp_path: Path) -> None:
    settings = Settings(environ={}, data_dir=str(tmp_path), root=tmp_path)
    with pytest.raises(InvalidInput, match="runyard tokens create"):
        open_authenticator(settings)
    token = added(TokenFile(tmp_path / "tokens.json"), "ann", "viewer")
    assert open_authenticator(settings).authenticate(bearer(token)) is not None
    TokenFile(tmp_path / "tokens.json").remove("ann")
    with pytest.raises(InvalidInput):
        open_authenticator(settings)


def test_the_file_holds_no_token_and_is_its_owners(file: TokenFile) -> None:
    token = added(file, "ann", "viewer")
    content = file.path.read_text(encoding="utf-8")
    parts = split(token)
    assert parts is not None
    assert parts[1] not in content
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [path.name for path in file.path.parent.iterdir() if path.suffix not in {".json", ".lock"}] == []


def test_equal_secrets_have_different_hashes() -> None:
    tokens = [make("ann", "viewer", NOW, None) for _ in range(50)]
    assert len({token.salt for token, _ in tokens}) == len({text for _, text in tokens}) == 50


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_a_file_that_others_may_write_to_lets_nobody_in(file: TokenFile) -> None:
    token = added(file, "ann", "viewer")
    file.path.chmod(0o620)
    with pytest.raises(Forbidden, match="chmod 600"):
        TokenAuthenticator(file, Clock()).authenticate(bearer(token))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: "{",
        lambda content: "[]",
        lambda content: json.dumps({**content, "version": 2}),
        lambda content: json.dumps({"version": 1}),
        lambda content: json.dumps({"version": 1, "tokens": [1]}),
        lambda content: json.dumps({"version": 1, "tokens": [{"id": "x"}]}),
        lambda content: json.dumps({"version": 1, "tokens": [{**content["tokens"][0], "role": "god"}]}),
        lambda content: json.dumps({"version": 1, "tokens": [{**content["tokens"][0], "expires": "never"}]}),
        lambda content: json.dumps({"version": 1, "tokens": [{**content["tokens"][0], "hash": None}]}),
    ],
)
def test_a_broken_file_lets_nobody_in(file: TokenFile, change: Any) -> None:
    token = added(file, "ann", "viewer")
    file.path.write_text(change(json.loads(file.path.read_text(encoding="utf-8"))), encoding="utf-8")
    with pytest.raises(CorruptData):
        TokenAuthenticator(TokenFile(file.path), Clock()).authenticate(bearer(token))


def test_tokens_that_are_made_at_once_are_all_kept(file: TokenFile) -> None:
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda n: added(TokenFile(file.path), f"user{n}", "viewer"), range(24)))
    authenticator = TokenAuthenticator(file, Clock())
    assert {principal.name for text in texts if (principal := authenticator.authenticate(bearer(text)))} == {
        f"user{number}" for number in range(24)
    }


@pytest.mark.parametrize("name", ["", " ", "a b", "a\nb", "-x", "a" * 101, "\u00e4", "a:b"])
def test_names_that_would_break_something_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="not a user name"):
        make(name, "viewer", NOW, None)
    with pytest.raises(InvalidInput, match="viewer, editor, admin"):
        make("ann", "god", NOW, None)
