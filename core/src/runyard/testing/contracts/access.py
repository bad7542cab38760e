"""What every authenticator and every policy must do: inherit the contract and give its fixtures."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest

from runyard.protocols.access import (
    Action,
    Authenticator,
    Credentials,
    IdentifiesByHeaders,
    Operation,
    Policy,
    Principal,
    Resource,
    ResourceKind,
)

NOTHING = Credentials({}, "GET", "/api/x", "127.0.0.1")
JUNK = (
    "",
    " ",
    "Bearer",
    "Bearer ",
    "Basic",
    "Basic !!!",
    "Basic /w==",
    "Basic Og==",
    "\u00ff\u00fe",
    "Bearer \u00e4\u00f6",
    "x" * 10_000,
    "Bearer a b c",
    "Negotiate eA==",
    "Bearer \0",
)
_CHALLENGE = re.compile(r"[A-Za-z][A-Za-z0-9-]*( [\x20-\x7e]+)?")


class AuthenticatorContract:
    """The tests; `known` are right credentials and whose they are, `unknown` are wrong ones."""

    @pytest.fixture
    def authenticator(self) -> Authenticator:
        raise NotImplementedError("override the fixture authenticator")

    @pytest.fixture
    def known(self) -> Sequence[tuple[Credentials, Principal]]:
        raise NotImplementedError("override the fixture known")

    @pytest.fixture
    def unknown(self) -> Sequence[Credentials]:
        raise NotImplementedError("override the fixture unknown")

    def test_right_credentials_say_who_asks(
        self, authenticator: Authenticator, known: Sequence[tuple[Credentials, Principal]]
    ) -> None:
        assert known, "no credentials to try"
        for credentials, principal in known:
            assert authenticator.authenticate(credentials) == principal
            assert principal.name, "who is known has a name"

    def test_wrong_credentials_are_nobodys(self, authenticator: Authenticator, unknown: Sequence[Credentials]) -> None:
        assert unknown, "no credentials to try"
        assert [authenticator.authenticate(credentials) for credentials in unknown] == [None] * len(unknown)

    def test_no_credentials_are_nobodys(self, authenticator: Authenticator) -> None:
        assert authenticator.authenticate(NOTHING) is None

    @pytest.mark.parametrize("header", ["authorization", "cookie"])
    @pytest.mark.parametrize("value", JUNK)
    def test_junk_is_nobodys_and_breaks_nothing(self, authenticator: Authenticator, header: str, value: str) -> None:
        try:
            found = authenticator.authenticate(attrs.evolve(NOTHING, headers={header: value}))
        except Exception as error:
            raise AssertionError(f"{header}: {value!r} raises {type(error).__name__}: {error}") from error
        assert found is None

    def test_the_challenge_fits_into_a_header(self, authenticator: Authenticator) -> None:
        challenge = authenticator.challenge
        assert _CHALLENGE.fullmatch(challenge), f"{challenge!r} is no value of WWW-Authenticate"

    def test_only_the_headers_that_it_names_matter(
        self, authenticator: Authenticator, known: Sequence[tuple[Credentials, Principal]]
    ) -> None:
        if not isinstance(authenticator, IdentifiesByHeaders):
            return
        names = authenticator.identifying_headers
        assert names == {name.lower() for name in names}, f"names of headers are in lower case: {sorted(names)}"
        for credentials, principal in known:
            headers = {name: value for name, value in credentials.headers.items() if name in names}
            elsewhere = Credentials({**headers, "x-other": "y"}, "DELETE", "/elsewhere", "203.0.113.9")
            found = authenticator.authenticate(elsewhere)
            assert found == principal, f"by {sorted(names)} alone, {principal.name} is {found}"

    def test_its_revision_stays_while_nothing_changes(
        self, authenticator: Authenticator, known: Sequence[tuple[Credentials, Principal]]
    ) -> None:
        if not isinstance(authenticator, IdentifiesByHeaders):
            return
        before = authenticator.revision
        for credentials, _ in known:
            authenticator.authenticate(credentials)
        assert authenticator.revision == before, "the revision changes although no answer may have changed"

    def test_threads_do_not_disturb_each_other(
        self,
        authenticator: Authenticator,
        known: Sequence[tuple[Credentials, Principal]],
        unknown: Sequence[Credentials],
    ) -> None:
        asked: list[tuple[Credentials, Principal | None]] = [*known, *((each, None) for each in unknown)] * 20
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda each: authenticator.authenticate(each[0]), asked))
        assert found == [principal for _, principal in asked]


Question = tuple[Principal, Operation]


class PolicyContract:
    """The tests; `allowed` and `forbidden` are who asks and what for."""

    @pytest.fixture
    def policy(self) -> Policy:
        raise NotImplementedError("override the fixture policy")

    @pytest.fixture
    def allowed(self) -> Sequence[Question]:
        raise NotImplementedError("override the fixture allowed")

    @pytest.fixture
    def forbidden(self) -> Sequence[Question]:
        raise NotImplementedError("override the fixture forbidden")

    def test_what_is_allowed_may_be_done(self, policy: Policy, allowed: Sequence[Question]) -> None:
        assert allowed, "nothing to try"
        for principal, operation in allowed:
            assert policy.allows(principal, operation), f"{principal} may {operation}"

    def test_what_is_forbidden_may_not(self, policy: Policy, forbidden: Sequence[Question]) -> None:
        assert forbidden, "nothing to try"
        for principal, operation in forbidden:
            assert not policy.allows(principal, operation), f"{principal} may not {operation}"

    def test_who_is_not_known_may_change_nothing(self, policy: Policy) -> None:
        for principal in (Principal(""), Principal("nobody in particular", frozenset({"no such role"}))):
            for operation in _operations():
                if operation.action is not Action.READ:
                    assert not policy.allows(principal, operation), f"{principal} may not {operation}"

    def test_every_question_has_an_answer(self, policy: Policy, allowed: Sequence[Question]) -> None:
        for principal in {principal for principal, _ in allowed}:
            for operation in _operations():
                answer = policy.allows(principal, operation)
                assert isinstance(answer, bool), f"{operation} is answered with {answer!r}"

    def test_the_same_question_has_the_same_answer_in_every_thread(
        self, policy: Policy, allowed: Sequence[Question], forbidden: Sequence[Question]
    ) -> None:
        questions = [*allowed, *forbidden] * 20
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda question: policy.allows(*question), questions))
        assert answers == ([True] * len(allowed) + [False] * len(forbidden)) * 20


def _operations() -> list[Operation]:
    """Every action on every kind of thing: on none, one, and several."""
    amounts: tuple[Callable[[ResourceKind], tuple[Resource, ...]], ...] = (
        lambda _: (),
        lambda kind: (Resource(kind),),
        lambda kind: (Resource(kind, name="to be made"),),
        lambda kind: (Resource(kind, "1"), Resource(kind, "2")),
    )
    return [
        Operation("tracking.something_new", action, amount(kind))
        for action in Action
        for kind in ResourceKind
        for amount in amounts
    ]
