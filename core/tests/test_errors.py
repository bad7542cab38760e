"""The error tree is what its docstring draws, and its errors say enough."""

from __future__ import annotations

import pickle
import re

import pytest

from runyard import errors
from runyard.entities import Rejection
from runyard.errors import (
    BrokenPlugin,
    DeliveryError,
    InvalidInput,
    NotFound,
    PluginError,
    QueryError,
    RunyardError,
    did_you_mean,
)

_LINE = re.compile(r"^([ │├└─]*)(\w+)(?: \((\w+)\))?(?: +([A-Z_]{3,}))?(?:  .*)?$")


def drawn() -> dict[str, tuple[str, str, str | None]]:
    """The tree in the docstring: name to (parent, built-in parent, code)."""
    found: dict[str, tuple[str, str, str | None]] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines()[2:]:
        match = _LINE.match(line)
        if not match:
            continue
        depth = len(match.group(1))
        above = [pair for pair in above if pair[0] < depth]
        found[match.group(2)] = (above[-1][1] if above else "Exception", match.group(3) or "", match.group(4))
        above.append((depth, match.group(2)))
    return found


def real() -> list[type[RunyardError]]:
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    return [value for value in found if issubclass(value, RunyardError)]


def test_the_docstring_draws_every_error() -> None:
    assert set(drawn()) == {error.__name__ for error in real()}


@pytest.mark.parametrize("error", real(), ids=lambda error: error.__name__)
def test_an_error_is_what_the_docstring_says(error: type[RunyardError]) -> None:
    parent, also, code = drawn()[error.__name__]
    bases = [base.__name__ for base in error.__bases__]
    assert bases == [parent, *([also] if also else [])]
    assert error.code == (code or getattr(errors, parent).code)


def test_the_message_is_what_was_said() -> None:
    assert InvalidInput("no such thing").message == "no such thing"
    assert InvalidInput("x").error_code == "INVALID_PARAMETER_VALUE"


def test_errors_can_be_caught_as_what_they_are_in_python() -> None:
    assert isinstance(InvalidInput("x"), ValueError)
    assert isinstance(NotFound("x"), LookupError)
    assert isinstance(BrokenPlugin("x"), PluginError)


def test_a_query_error_points_at_the_place() -> None:
    error = QueryError("unknown word", "params.x = 1\nAMD y = 2", 13, "did you mean AND?")
    assert str(error) == "unknown word; did you mean AND?\n  AMD y = 2\n  ^"
    assert str(QueryError("ends too early", "a =", 3)) == "ends too early\n  a =\n     ^"


@pytest.mark.parametrize(
    "error",
    [
        QueryError("unknown", "a = 1", 2, "try b"),
        NotFound("gone"),
        DeliveryError([Rejection("r1", "param 'lr'", "it is '1' already")]),
    ],
)
def test_errors_survive_pickling(error: RunyardError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)


def test_a_delivery_error_lists_what_was_refused_and_counts_the_rest() -> None:
    error = DeliveryError([Rejection("r1", f"param 'p{number}'", "taken") for number in range(12)])
    assert str(error).startswith("the tracking store refused 12 logged item(s): param 'p0' of run r1: taken; ")
    assert str(error).endswith("; and 2 more")


def test_did_you_mean_names_the_closest_word_or_nothing() -> None:
    assert did_you_mean("trakcing_uri", ["tracking_uri", "registry_uri"]) == ", did you mean 'tracking_uri'?"
    assert did_you_mean("zzz", ["tracking_uri"]) == ""
