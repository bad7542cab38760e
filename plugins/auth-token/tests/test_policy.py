"""Viewers read, editors change, admins do everything, and who has no role nothing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from runyard.protocols.access import Action, Operation, Policy, Principal
from runyard.settings import Settings
from runyard.testing.contracts.access import PolicyContract, Question
from runyard_auth_token.policy import open_policy

EXPECTED = {
    "viewer": {Action.READ},
    "editor": {Action.READ, Action.CREATE, Action.UPDATE, Action.DELETE},
    "admin": {Action.READ, Action.CREATE, Action.UPDATE, Action.DELETE, Action.ADMIN},
    "": set(),
}


def questions(*, allowed: bool) -> list[Question]:
    return [
        (Principal("ann", frozenset({role} - {""})), Operation("tracking.x", action))
        for role, action in itertools.product(EXPECTED, Action)
        if (action in EXPECTED[role]) is allowed
    ]


class TestRoles(PolicyContract):
    @pytest.fixture
    def policy(self) -> Policy:
        return open_policy(Settings(environ={}))

    @pytest.fixture
    def allowed(self) -> Sequence[Question]:
        return questions(allowed=True)

    @pytest.fixture
    def forbidden(self) -> Sequence[Question]:
        return questions(allowed=False)
