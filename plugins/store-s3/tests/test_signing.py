"""Requests are signed as AWS's own library signs them."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from runyard_store_s3.signing import Keys, Request, Signer

NOW = 1_800_000_000
HOST = "bucket.s3.eu-west-1.amazonaws.com"
PATHS = ["/", "/a/b.txt", "/ü/日本 (1)+&=,;'\"!*~.txt", "/100%/%41", "/a//b", "/..."]
QUERIES = [[], [("uploads", "")], [("prefix", "a b/+ü"), ("list-type", "2"), ("delimiter", "/")]]
KEYS = [Keys("AKID", "secret/+="), Keys("ASIA", "secret", "token/+==")]


def asked(path: str, query: list[tuple[str, str]], **headers: str) -> tuple[Request, AWSRequest]:
    encoded = quote(path, safe="/-_.~")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(method="PUT", host=HOST, path=encoded, query=query, headers=named)
    theirs = AWSRequest(method="PUT", url=f"https://{HOST}{request.target()}", headers=named)
    return request, theirs


def credentials(keys: Keys) -> Credentials:
    return Credentials(keys.access_key, keys.secret_key, keys.token or None)


def moment(stamp: str) -> float:
    """When AWS's library signed."""
    return datetime.strptime(stamp, "%Y%m%dT%H%M%S%z").timestamp()


@pytest.mark.parametrize("keys", KEYS, ids=["long", "short"])
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("path", PATHS)
def test_a_header_is_signed_alike(path: str, query: list[tuple[str, str]], keys: Keys) -> None:
    request, theirs = asked(path, query, content_md5="x==", x_amz_acl="  private   indeed ")
    theirs.context["client_config"] = Config(s3={"payload_signing_enabled": False})
    S3SigV4Auth(credentials(keys), "s3", "eu-west-1").add_auth(theirs)
    ours = Signer("eu-west-1").headers(request, keys, moment(theirs.headers["X-Amz-Date"]))
    assert ours["x-amz-content-sha256"] == theirs.headers["X-Amz-Content-SHA256"]
    assert ours["authorization"] == theirs.headers["Authorization"]


@pytest.mark.parametrize("keys", KEYS, ids=["long", "short"])
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("path", PATHS)
def test_a_url_is_signed_alike(path: str, query: list[tuple[str, str]], keys: Keys) -> None:
    request, theirs = asked(path, query, x_amz_expected_bucket_owner="123")
    S3SigV4QueryAuth(credentials(keys), "s3", "eu-west-1", expires=60).add_auth(theirs)
    expected = dict(parse_qsl(urlsplit(theirs.url).query, keep_blank_values=True))
    assert dict(Signer("eu-west-1").query(request, keys, 60, moment(expected["X-Amz-Date"]))) == expected


def test_a_key_is_derived_anew_each_day_and_for_each_secret() -> None:
    request, _ = asked("/a", [])
    signer, found = Signer("eu-west-1"), set()
    for keys in KEYS:
        for day in range(3):
            header = signer.headers(request, keys, NOW + day * 86_400)["authorization"]
            assert header == Signer("eu-west-1").headers(request, keys, NOW + day * 86_400)["authorization"]
            found.add(header)
    assert len(found) == 6
