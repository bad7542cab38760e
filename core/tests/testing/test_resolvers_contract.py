"""Each test of the contract for URI resolvers catches a wrong double."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import pytest

from runyard.errors import InvalidInput, NotFound
from runyard.testing.contracts.resolvers import Resolve, UriResolverContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.uris import Uri, artifact_path

SHELVES = {"bears": "s3://toys/bears", "cars": "s3://toys/cars"}


def resolve_toy(uri: Uri) -> Uri:
    """The reference: `toys:/SHELF/PATH`."""
    slash, _, rest = uri.text.removeprefix("toys:").partition("/")
    if slash or not rest:
        raise InvalidInput(f"cannot read {uri}; write toys:/SHELF/PATH")
    shelf, _, path = rest.partition("/")
    below = artifact_path(path)
    if shelf not in SHELVES:
        raise NotFound(f"no shelf {shelf!r}")
    return Uri.parse(SHELVES[shelf]).join(below)


class TestTheReference(UriResolverContract):
    @pytest.fixture
    def resolve(self) -> Resolve:
        return resolve_toy

    @pytest.fixture
    def examples(self) -> Mapping[str, str]:
        return examples()

    @pytest.fixture
    def folder(self) -> str:
        return folder()

    @pytest.fixture
    def wrong(self) -> Sequence[str]:
        return wrong()

    @pytest.fixture
    def missing(self) -> Sequence[str]:
        return missing()


def examples() -> Mapping[str, str]:
    return {"toys:/bears": "s3://toys/bears", "toys:/cars/red/1": "s3://toys/cars/red/1"}


def folder() -> str:
    return "toys:/bears"


def wrong() -> Sequence[str]:
    return ["toys:", "toys:bears", "toys:/"]


def missing() -> Sequence[str]:
    return ["toys:/dolls"]


def without_the_path(uri: Uri) -> Uri:
    return resolve_toy(Uri("toys", "/".join(uri.text.split("/")[:2])))


def by_turns() -> Resolve:
    count = itertools.count()
    return lambda uri: resolve_toy(uri).join(str(next(count)))


def without_blanks(uri: Uri) -> Uri:
    return resolve_toy(Uri("toys", uri.text.replace(" ", "")))


def unchecked(uri: Uri) -> Uri:
    return Uri("s3", f"s3://toys/{uri.text.removeprefix('toys:/')}")


def curt(uri: Uri) -> Uri:
    try:
        return resolve_toy(uri)
    except InvalidInput as error:
        raise InvalidInput("no") from error


def hopeful(uri: Uri) -> Uri:
    try:
        return resolve_toy(uri)
    except NotFound:
        return Uri.parse("s3://toys/new")


WRONG: dict[str, Callable[[], Resolve]] = {
    "test_each_example_leads_to_its_place": lambda: without_the_path,
    "test_the_same_uri_leads_to_the_same_place": by_turns,
    "test_a_path_below_leads_below": lambda: without_blanks,
    "test_a_path_that_leads_out_is_refused": lambda: unchecked,
    "test_a_wrong_form_is_refused_with_the_right_one": lambda: curt,
    "test_what_is_missing_is_not_found": lambda: hopeful,
}


@pytest.mark.parametrize("test", WRONG)
def test_each_test_for_resolvers_catches_its_double(test: str) -> None:
    fixtures = {"examples": examples, "folder": folder, "wrong": wrong, "missing": missing}
    assert_caught(UriResolverContract, test, resolve=WRONG[test], **fixtures)


def test_no_test_for_resolvers_lacks_a_double() -> None:
    assert_each_has_a_double(UriResolverContract, WRONG)
