"""Versions and specifiers mean what `packaging` says they mean."""

from __future__ import annotations

import pytest
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version as Reference

from runyard.models.versions import Version, parse_specifiers, satisfies, without_local_label

RELEASES = ["1", "1.0", "1.0.0", "1.0.1", "1.1", "1.10", "1.2.3", "2.0", "2.0.1", "1!1.0", "2024.1", "v1.0"]
PRERELEASES = ["2rc1", "2.0a1", "2.0b2", "2.0.dev3", "2.0rc1.dev1", "1.0alpha2", "1.0.c1"]
AFTERWARDS = ["2.0.post1", "2.0.post1.dev1", "1.0-1", "1.0.r4", "2.0+cpu", "2.0+cu118", "2.0+cu.1.b"]
VERSIONS = [*RELEASES, *PRERELEASES, *AFTERWARDS]


def key(text: str) -> tuple[object, ...]:
    version = Version.parse(text)
    assert version is not None
    return version.key()


@pytest.mark.parametrize("first", VERSIONS)
def test_versions_are_ordered_as_packaging_orders_them(first: str) -> None:
    for second in VERSIONS:
        assert (key(first) < key(second)) == (Reference(first) < Reference(second)), second
        assert (key(first) == key(second)) == (Reference(first) == Reference(second)), second


@pytest.mark.parametrize("sign", ["==", "!=", "<=", ">=", "<", ">", "~=", "==="])
def test_specifiers_hold_as_packaging_says(sign: str) -> None:
    compared = 0
    for wanted in VERSIONS:
        for text in (sign + wanted, f"{sign}{wanted}.*"):
            try:
                reference = SpecifierSet(text)
            except InvalidSpecifier:
                continue
            specifiers = parse_specifiers(text)
            assert specifiers is not None, text
            for version in VERSIONS:
                compared += 1
                assert satisfies(version, specifiers) == reference.contains(version, prereleases=True), (version, text)
    assert compared > 400


def test_several_clauses_must_all_hold() -> None:
    specifiers = parse_specifiers(">=1.4, <2,!=1.5.*")
    assert specifiers == ((">=", "1.4"), ("<", "2"), ("!=", "1.5.*"))
    assert [satisfies(version, specifiers) for version in ("1.4", "1.5.3", "1.6", "2.0")] == [True, False, True, False]


@pytest.mark.parametrize("text", [">=", "1.0", ">=1.0 <2", "=>1", "~=1", ">=1.*", "==x.y"])
def test_what_is_no_specifier_is_none(text: str) -> None:
    assert parse_specifiers(text) is None


def test_a_local_label_is_dropped() -> None:
    assert without_local_label("2.1.0+cpu") == "2.1.0"
    assert without_local_label("2.1.0") == "2.1.0"
