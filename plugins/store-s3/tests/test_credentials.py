"""Credentials are found where every AWS tool finds them, and a real service takes them.

Who gives out credentials (STS, a container's agent, a machine's metadata) is a small server that gives out those of the
service's second user.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from runyard.errors import Forbidden, SettingsError
from runyard.testing.contracts.artifacts import read
from runyard.testing.scripted import Asked, Reply, Scripted, scripted_server
from runyard_store_s3.identity import Identity
from runyard_store_s3.settings import Access
from runyard_store_s3.store import PresigningS3Store

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

from misbehaving import fault

pytestmark = pytest.mark.s3

Open = Callable[..., PresigningS3Store]
EXPIRATION = "2199-01-01T00:00:00Z"


class Giver:
    """Gives out the credentials of the reader, as STS, as a container's agent and as a machine's metadata."""

    def __init__(self, access_key: str, secret_key: str) -> None:
        self.access_key, self.secret_key = access_key, secret_key
        self.forms: list[dict[str, str]] = []

    def __call__(self, asked: Asked) -> Reply:
        if asked.method == "POST":
            form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
            self.forms.append(form)
            if form.get("RoleArn", "").endswith("forbidden"):
                denied = fault(403, "AccessDenied", "Not for you").body.decode()
                return Reply(403, f"<ErrorResponse>{denied}</ErrorResponse>".encode(), {"Content-Type": "text/xml"})
            return Reply(200, self._xml(form["Action"]).encode(), {"Content-Type": "text/xml"})
        if asked.method == "PUT":
            return Reply(200, b"metadata-token")
        if asked.target.endswith("/security-credentials/"):
            return Reply(200, b"machine-role")
        known = {"AccessKeyId": self.access_key, "SecretAccessKey": self.secret_key}
        return Reply(200, json.dumps({**known, "Code": "Success", "Token": "", "Expiration": EXPIRATION}).encode())

    def _xml(self, action: str) -> str:
        keys = (
            f"<AccessKeyId>{self.access_key}</AccessKeyId><SecretAccessKey>{self.secret_key}</SecretAccessKey>"
            f"<SessionToken></SessionToken><Expiration>{EXPIRATION}</Expiration>"
        )
        result = f"<{action}Result><Credentials>{keys}</Credentials></{action}Result>"
        return f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">{result}</{action}Response>'


@pytest.fixture
def giver(s3_server: dict[str, str]) -> Giver:
    return Giver(s3_server["reader_access_key"], s3_server["reader_secret_key"])


@pytest.fixture
def giving(giver: Giver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    with scripted_server(giver) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", script.url)
        yield script


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The shared files of AWS's tools, still empty."""
    found = {"AWS_CONFIG_FILE": tmp_path / "config", "AWS_SHARED_CREDENTIALS_FILE": tmp_path / "credentials"}
    for name, path in found.items():
        monkeypatch.setenv(name, str(path))
    return found


def is_reader(store: PresigningS3Store, writer: PresigningS3Store) -> None:
    """Check who a store asks as: it may read, and is named where it may not write."""
    writer.write("a.txt", BytesIO(b"x"))
    assert read(store, "a.txt") == b"x"
    with pytest.raises(Forbidden, match="as access key runyard-reader"):
        store.write("b.txt", BytesIO(b"x"))


def test_a_profile_of_the_shared_files(
    opened: Open, s3_store: PresigningS3Store, s3_server: dict[str, str], files: dict[str, Path]
) -> None:
    access_key, secret_key = s3_server["reader_access_key"], s3_server["reader_secret_key"]
    keys = f"aws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}"
    files["AWS_SHARED_CREDENTIALS_FILE"].write_text(f"[reader]\n{keys}\n")
    files["AWS_CONFIG_FILE"].write_text(
        f"[profile reader]\nregion = eu-west-7\nendpoint_url = {s3_server['endpoint']}\n"
    )
    store = opened(environment={"AWS_PROFILE": "reader"})
    is_reader(store, s3_store)
    assert store._bucket.service.region == "eu-west-7"
    assert not store._bucket.service.is_amazon
    with pytest.raises(Forbidden, match=r"\(profile 'reader'\)"):
        store.delete("a.txt")


def test_the_environment_beside_shared_files(
    opened: Open,
    s3_store: PresigningS3Store,
    environ: dict[str, str],
    files: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files["AWS_CONFIG_FILE"].write_text("[default]\nregion = eu-west-7\n")
    given = {**environ, **{name: str(path) for name, path in files.items()}}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    store = opened(environment=given)
    store.write("a.txt", BytesIO(b"x"))
    assert store._bucket.service.region == "eu-west-7"


def test_a_role_of_the_settings_is_assumed(
    opened: Open,
    s3_store: PresigningS3Store,
    environ: dict[str, str],
    giving: Scripted,
    giver: Giver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", giving.url)
    store = opened(role_arn="arn:aws:iam::1:role/reader", role_external_id="ours")
    is_reader(store, s3_store)
    (form,) = giver.forms
    assert (form["Action"], form["RoleArn"], form["ExternalId"]) == ("AssumeRole", "arn:aws:iam::1:role/reader", "ours")
    with pytest.raises(Forbidden, match=r"\(role arn:aws:iam::1:role/reader\)"):
        store.delete("a.txt")


def test_a_role_that_may_not_be_assumed_is_told(
    opened: Open, environ: dict[str, str], giving: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", giving.url)
    with pytest.raises(Forbidden, match=r"role arn:aws:iam::1:role/forbidden.*AccessDenied"):
        opened(role_arn="arn:aws:iam::1:role/forbidden").list()


def test_a_role_of_a_profile_is_assumed(
    opened: Open,
    s3_store: PresigningS3Store,
    s3_server: dict[str, str],
    giving: Scripted,
    giver: Giver,
    files: dict[str, Path],
) -> None:
    files["AWS_SHARED_CREDENTIALS_FILE"].write_text("[base]\naws_access_key_id = a\naws_secret_access_key = b\n")
    files["AWS_CONFIG_FILE"].write_text(
        "[profile work]\nrole_arn = arn:aws:iam::1:role/work\nsource_profile = base\nregion = us-east-1\n"
    )
    is_reader(opened(environment={"AWS_ENDPOINT_URL_S3": s3_server["endpoint"], "AWS_PROFILE": "work"}), s3_store)
    assert giver.forms[0]["RoleArn"] == "arn:aws:iam::1:role/work"


def test_a_web_identity(
    opened: Open,
    s3_store: PresigningS3Store,
    s3_server: dict[str, str],
    giving: Scripted,
    giver: Giver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "token").write_text("a.signed.token")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/pod")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    is_reader(opened(environment={"AWS_ENDPOINT_URL_S3": s3_server["endpoint"]}), s3_store)
    assert giver.forms[0]["Action"] == "AssumeRoleWithWebIdentity"
    assert giver.forms[0]["WebIdentityToken"] == "a.signed.token"


def test_the_agent_of_a_container(
    opened: Open,
    s3_store: PresigningS3Store,
    s3_server: dict[str, str],
    giving: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{giving.url}/credentials")
    is_reader(opened(environment={"AWS_ENDPOINT_URL_S3": s3_server["endpoint"]}), s3_store)


def test_the_metadata_of_a_machine(
    opened: Open,
    s3_store: PresigningS3Store,
    s3_server: dict[str, str],
    giving: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", giving.url)
    is_reader(opened(environment={"AWS_ENDPOINT_URL_S3": s3_server["endpoint"]}), s3_store)


def test_no_credentials_at_all_are_told(opened: Open, s3_server: dict[str, str]) -> None:
    with pytest.raises(Forbidden, match="there are no AWS credentials: set AWS_ACCESS_KEY_ID"):
        opened(environment={"AWS_ENDPOINT_URL_S3": s3_server["endpoint"]}).list()


def test_a_profile_that_is_not_there_is_told(opened: Open, s3_server: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="nobody"):
        opened(environment={"AWS_ENDPOINT_URL_S3": s3_server["endpoint"]}, profile="nobody").list()


def test_a_profile_whose_login_is_over_is_told(opened: Open, s3_server: dict[str, str], files: dict[str, Path]) -> None:
    files["AWS_CONFIG_FILE"].write_text(
        "[profile work]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n"
        "sso_account_id = 1\nsso_role_name = work\n"
    )
    with pytest.raises(Forbidden, match=r"profile 'work'.*SSO"):
        opened(environment={"AWS_ENDPOINT_URL_S3": s3_server["endpoint"]}, profile="work").list()


def test_anonymous_access_looks_for_nothing() -> None:
    identity = Identity(Access(anonymous=True))
    assert identity.keys() is None
    assert str(identity) == "anonymous access"
