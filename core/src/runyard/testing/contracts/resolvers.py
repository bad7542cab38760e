"""What every resolver of a URI scheme has to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import pytest

from runyard.errors import InvalidInput, NotFound
from runyard.uris import Uri

Resolve: TypeAlias = Callable[[Uri], Uri]

LEADING_OUT = [
    "../secret",
    "a/../../secret",
    "%2e%2e/secret",
    "%252e%252e%252fsecret",
    "..%5csecret",
    "/etc/passwd",
    "%2fetc/passwd",
    "C:/secret",
    "a%00b",
]


class UriResolverContract:
    """Inherit it and give the fixtures."""

    @pytest.fixture
    def resolve(self) -> Resolve:
        """The resolver, bound to a host with all that the examples need."""
        raise NotImplementedError("give the fixture `resolve`")

    @pytest.fixture
    def examples(self) -> Mapping[str, str]:
        """URIs, and where each leads."""
        raise NotImplementedError("give the fixture `examples`")

    @pytest.fixture
    def folder(self) -> str:
        """A URI below which there may be files."""
        raise NotImplementedError("give the fixture `folder`")

    @pytest.fixture
    def wrong(self) -> Sequence[str]:
        """URIs that mean nothing."""
        raise NotImplementedError("give the fixture `wrong`")

    @pytest.fixture
    def missing(self) -> Sequence[str]:
        """URIs of things that do not exist."""
        raise NotImplementedError("give the fixture `missing`")

    def test_each_example_leads_to_its_place(self, resolve: Resolve, examples: Mapping[str, str]) -> None:
        assert {text: resolve(Uri.parse(text)).text for text in examples} == dict(examples)

    def test_the_same_uri_leads_to_the_same_place(self, resolve: Resolve, examples: Mapping[str, str]) -> None:
        for text in examples:
            assert resolve(Uri.parse(text)) == resolve(Uri.parse(text))

    def test_a_path_below_leads_below(self, resolve: Resolve, folder: str) -> None:
        whole = resolve(Uri.parse(folder))
        assert resolve(Uri.parse(f"{folder}/a/b c.txt")) == whole.join("a/b c.txt")

    @pytest.mark.parametrize("path", LEADING_OUT)
    def test_a_path_that_leads_out_is_refused(self, resolve: Resolve, folder: str, path: str) -> None:
        with pytest.raises(InvalidInput):
            resolve(Uri.parse(f"{folder}/{path}"))

    def test_a_wrong_form_is_refused_with_the_right_one(self, resolve: Resolve, wrong: Sequence[str]) -> None:
        for text in wrong:
            with pytest.raises(InvalidInput):
                resolve(Uri.parse(text))
        scheme = wrong[0].partition(":")[0]
        with pytest.raises(InvalidInput, match=f"{scheme}:/[A-Z]"):
            resolve(Uri(scheme, f"{scheme}:"))

    def test_what_is_missing_is_not_found(self, resolve: Resolve, missing: Sequence[str]) -> None:
        for text in missing:
            with pytest.raises(NotFound):
                resolve(Uri.parse(text))
