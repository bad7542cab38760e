"""Signed URLs are good for the request they were made for, for a while, and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.errors import Forbidden, InvalidInput
from runyard.protocols.access import Principal
from runyard.server.service import Service
from runyard.server.signing import LONGEST, Signer, signature_of, without_signature

ANNA = Principal("anna", frozenset({"editor", "ünïcode"}))
SIGNER = Signer(b"s" * 32)
NOW = 1_700_000_000.0


def verified(signed: str, *, method: str = "PUT", signer: Signer = SIGNER, now: float = NOW) -> Principal | None:
    path, _, query = signed.partition("?")
    return signer.verify(method, path, query, now=now)


def sign(target: str, seconds: float = 60.0, *, method: str = "PUT") -> str:
    return SIGNER.sign(target, seconds, ANNA, method=method, now=NOW)


@pytest.mark.parametrize("target", ["/a", "/a?part=1", "/a/b%2Fc?x=1&x=2&y=", "/%C3%BC", "/a b", "/a?q=%2B+%20", "/a?"])
def test_what_was_signed_is_good(target: str) -> None:
    assert verified(sign(target)) == ANNA


@pytest.mark.parametrize(
    ("given", "asked"),
    [("/a~b/c", "/a%7Eb/c"), ("/a%7eb", "/a~b"), ("/%c3%bc?x=%2f", "/%C3%BC?x=/"), ("/a?x=1+2", "/a?x=1%202")],
)
def test_another_spelling_of_the_same_path_is_good(given: str, asked: str) -> None:
    signature = sign(given).rpartition("runyard-signature=")[2]
    mark = "&" if "?" in asked else "?"
    assert verified(f"{asked}{mark}runyard-signature={signature}") == ANNA


@pytest.mark.parametrize(
    ("target", "old", "new"),
    [
        ("/a/b?part=1", "part=1", "part=2"),
        ("/a/b?part=1", "part=1", "part=1&part=2"),
        ("/a/b?part=1", "part=1&", ""),
        ("/a/b", "/a/b", "/a/c"),
        ("/a/b", "/a/b", "/a%2Fb"),
        ("/a/b", "/a/b", "/a//b"),
        ("/a/b", "/a/b", "/a/b/"),
        ("/a", "=", "=x"),
        ("/a", ".", "x."),
        ("/a", "signature=", "signature=."),
    ],
)
def test_what_was_changed_is_refused(target: str, old: str, new: str) -> None:
    with pytest.raises(Forbidden, match="not valid"):
        verified(sign(target).replace(old, new, 1))


@pytest.mark.parametrize("junk", ["x", ".", "a.b", "é.ü", "W10.W10", "=.="])
def test_junk_is_refused(junk: str) -> None:
    with pytest.raises(Forbidden):
        verified(f"/a?runyard-signature={junk}")


def test_it_expires() -> None:
    signed = sign("/a", 60.0)
    assert verified(signed, now=NOW + 59.9) == ANNA
    with pytest.raises(Forbidden, match="expired"):
        verified(signed, now=NOW + 62)


def test_it_is_for_one_method_and_reading_covers_a_look_at_the_headers() -> None:
    with pytest.raises(Forbidden, match="signed for PUT, not for DELETE"):
        verified(sign("/a"), method="DELETE")
    assert verified(sign("/a", method="GET"), method="HEAD") == ANNA


def test_another_secret_makes_it_worthless() -> None:
    with pytest.raises(Forbidden):
        verified(sign("/a"), signer=Signer(b"t" * 32))


def test_a_query_without_signature_is_nobodys() -> None:
    assert SIGNER.verify("PUT", "/a", "x=1") is None
    assert SIGNER.verify("PUT", "/a", "") is None


@pytest.mark.parametrize("target", ["a", "http://x/a", "/a#b", "/a?runyard-signature=x.y"])
def test_what_is_no_path_is_not_signed(target: str) -> None:
    with pytest.raises(InvalidInput, match="cannot sign"):
        sign(target)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), LONGEST + 1])
def test_times_out_of_range_are_refused(seconds: float) -> None:
    with pytest.raises(InvalidInput, match="seconds"):
        sign("/a", seconds)


def test_the_query_is_given_back_as_it_was() -> None:
    query = sign("/a?part=1&x=%20").partition("?")[2]
    assert without_signature(query) == "part=1&x=%20"
    assert without_signature("part=1") == "part=1"
    assert signature_of("runyard-signature=x&part=1") == "", "only the last parameter is a signature"


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_other_query_is_verified(query: str, changed: str) -> None:
    path, _, signed = SIGNER.sign(f"/a?{query.replace('#', '').replace('runyard', '')}", 60.0, ANNA, now=NOW).partition(
        "?"
    )
    other = f"{changed}&runyard-signature={signature_of(signed)}"
    try:
        assert SIGNER.verify("PUT", path, other, now=NOW) == ANNA
    except Forbidden:
        return
    from urllib.parse import parse_qsl

    assert parse_qsl(changed, keep_blank_values=True) == parse_qsl(without_signature(signed), keep_blank_values=True)


def test_a_service_signs_and_verifies_requests(service: Service) -> None:
    signed = service.sign("/api/x%2Fy?part=1", 60, ANNA)
    path, _, query = signed.partition("?")
    scope = {"method": "PUT", "path": "/api/x/y", "raw_path": path.encode(), "query_string": query.encode()}
    assert service.verify(scope) == ANNA
    assert service.verify({**scope, "query_string": b"part=1"}) is None
    with pytest.raises(Forbidden):
        service.verify({**scope, "raw_path": b"/api/x/y"})


def test_a_service_does_not_show_its_secret(service: Service) -> None:
    assert "secret" not in repr(service)
    assert "sssss" not in repr(SIGNER)
