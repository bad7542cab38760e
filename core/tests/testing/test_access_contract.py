"""Each test of the contracts for authenticators and policies catches a wrong double."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from runyard.protocols.access import Action, Authenticator, Credentials, Operation, Policy, Principal
from runyard.testing.contracts.access import AuthenticatorContract, PolicyContract, Question
from runyard.testing.doubles import assert_caught, assert_each_has_a_double

ANN = Principal("ann", frozenset({"friend"}))


class Words:
    """The reference: `Word ann` is ann."""

    challenge = 'Word realm="test"'
    identifying_headers = frozenset({"authorization"})
    revision = 1

    def authenticate(self, credentials: Credentials) -> Principal | None:
        return ANN if credentials.headers.get("authorization") == "Word ann" else None


def given(value: str, **more: str) -> Credentials:
    return Credentials({"authorization": value, **more}, "GET", "/", "127.0.0.1")


def known() -> Sequence[tuple[Credentials, Principal]]:
    return [(given("Word ann"), ANN)]


def unknown() -> Sequence[Credentials]:
    return [given("Word bob"), given("word ann")]


class TestWords(AuthenticatorContract):
    @pytest.fixture
    def authenticator(self) -> Authenticator:
        return Words()

    @pytest.fixture
    def known(self) -> Sequence[tuple[Credentials, Principal]]:
        return known()

    @pytest.fixture
    def unknown(self) -> Sequence[Credentials]:
        return unknown()


class Everybody(Words):
    def authenticate(self, credentials: Credentials) -> Principal | None:
        return ANN


class Sloppy(Words):
    def authenticate(self, credentials: Credentials) -> Principal | None:
        return ANN if "authorization" in credentials.headers else None


class Nobody(Words):
    def authenticate(self, credentials: Credentials) -> Principal | None:
        return None


class Fragile(Words):
    def authenticate(self, credentials: Credentials) -> Principal | None:
        word, _ = credentials.headers["authorization"].split(" ")
        return super().authenticate(credentials) if word else None


class ByPlace(Words):
    def authenticate(self, credentials: Credentials) -> Principal | None:
        return super().authenticate(credentials) if credentials.client == "127.0.0.1" else None


class Confused(Words):
    """Keeps what it was asked where all threads see it."""

    def authenticate(self, credentials: Credentials) -> Principal | None:
        self.asked = credentials
        time.sleep(0.001)
        return super().authenticate(self.asked)


def with_challenge(text: str) -> Callable[[], Authenticator]:
    return type("Challenging", (Words,), {"challenge": text})


def restless() -> Authenticator:
    """Its revision is a new one whenever it is asked for."""
    authenticator: Authenticator = type("Restless", (Words,), {"revision": property(lambda _self: object())})()
    return authenticator


def shouting() -> Authenticator:
    authenticator: Authenticator = type("Shouting", (Words,), {"identifying_headers": frozenset({"Authorization"})})()
    return authenticator


WRONG_AUTHENTICATORS: dict[str, list[Callable[[], Authenticator]]] = {
    "test_right_credentials_say_who_asks": [Nobody],
    "test_wrong_credentials_are_nobodys": [Everybody, Sloppy],
    "test_no_credentials_are_nobodys": [Everybody],
    "test_junk_is_nobodys_and_breaks_nothing": [Everybody, Sloppy, Fragile],
    "test_the_challenge_fits_into_a_header": [with_challenge(text) for text in ("", "a\nb", "\u00e4", "a\x00")],
    "test_only_the_headers_that_it_names_matter": [ByPlace, shouting],
    "test_its_revision_stays_while_nothing_changes": [restless],
    "test_threads_do_not_disturb_each_other": [Confused],
}


@pytest.mark.parametrize(
    ("test", "factory"), [(test, each) for test, found in WRONG_AUTHENTICATORS.items() for each in found]
)
def test_each_test_for_authenticators_catches_its_double(test: str, factory: Callable[[], Authenticator]) -> None:
    assert_caught(AuthenticatorContract, test, authenticator=factory, known=known, unknown=unknown)


def test_no_test_for_authenticators_lacks_a_double() -> None:
    assert_each_has_a_double(AuthenticatorContract, WRONG_AUTHENTICATORS)


class Friends:
    """The reference: friends do everything but ADMIN, others read."""

    def allows(self, principal: Principal, operation: Operation) -> bool:
        if operation.action is Action.READ:
            return True
        return "friend" in principal.roles and operation.action is not Action.ADMIN


def allowed() -> Sequence[Question]:
    return [(ANN, Operation("x", Action.UPDATE)), (Principal("bob"), Operation("x", Action.READ))]


def forbidden() -> Sequence[Question]:
    return [(ANN, Operation("x", Action.ADMIN)), (Principal("bob"), Operation("x", Action.UPDATE))]


class TestFriends(PolicyContract):
    @pytest.fixture
    def policy(self) -> Policy:
        return Friends()

    @pytest.fixture
    def allowed(self) -> Sequence[Question]:
        return allowed()

    @pytest.fixture
    def forbidden(self) -> Sequence[Question]:
        return forbidden()


class Always:
    def allows(self, principal: Principal, operation: Operation) -> bool:
        return True


class Never:
    def allows(self, principal: Principal, operation: Operation) -> bool:
        return False


class Trusting(Friends):
    def allows(self, principal: Principal, operation: Operation) -> bool:
        return super().allows(principal, operation) or not principal.name


class Vague(Friends):
    def allows(self, principal: Principal, operation: Operation) -> Any:
        return operation.resources


@attrs.define
class Forgetful(Friends):
    """Keeps who asked where all threads see it."""

    asking: Principal = ANN
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def allows(self, principal: Principal, operation: Operation) -> bool:
        self.asking = principal
        time.sleep(0.001)
        with self.lock:
            return super().allows(self.asking, operation)


WRONG_POLICIES: dict[str, list[Callable[[], Policy]]] = {
    "test_what_is_allowed_may_be_done": [Never],
    "test_what_is_forbidden_may_not": [Always],
    "test_who_is_not_known_may_change_nothing": [Always, Trusting],
    "test_every_question_has_an_answer": [Vague],
    "test_the_same_question_has_the_same_answer_in_every_thread": [Forgetful, Always],
}


@pytest.mark.parametrize(
    ("test", "factory"), [(test, each) for test, found in WRONG_POLICIES.items() for each in found]
)
def test_each_test_for_policies_catches_its_double(test: str, factory: Callable[[], Policy]) -> None:
    assert_caught(PolicyContract, test, policy=factory, allowed=allowed, forbidden=forbidden)


def test_no_test_for_policies_lacks_a_double() -> None:
    assert_each_has_a_double(PolicyContract, WRONG_POLICIES)
