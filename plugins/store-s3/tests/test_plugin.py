"""The manifest and the settings of store-s3 keep their contracts, and URIs and settings say where a bucket is."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from runyard import Host, Settings
from runyard.errors import InvalidInput, SettingsError
from runyard.protocols.artifacts import PresignsReads, PresignsUploads
from runyard.settings import Setting
from runyard.testing.contracts.plugin import PluginContract
from runyard.testing.contracts.settings import SettingsContract
from runyard.uris import Uri
from runyard_store_s3 import plugin
from runyard_store_s3.address import location_of, service_of
from runyard_store_s3.settings import SETTINGS, access_of
from runyard_store_s3.store import PresigningS3Store, S3ArtifactStore, open_store
from runyard_store_s3.writing import PART, part_size


class TestPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> ModuleType:
        return plugin


class TestSettings(SettingsContract):
    @pytest.fixture
    def plugin(self) -> str:
        return "store-s3"

    @pytest.fixture(params=SETTINGS, ids=lambda setting: setting.name)
    def setting(self, request: pytest.FixtureRequest) -> Setting:
        found: Setting = request.param
        return found


def url(uri: str, endpoint: str = "", addressing: str = "auto", region: str = "") -> tuple[str, str]:
    location = location_of(Uri.parse(uri))
    service = service_of(location, location.endpoint or endpoint, addressing, region)
    return service.url, service.region


@pytest.mark.parametrize("scheme", ["s3", "r2", "b2"])
def test_a_host_opens_it_without_asking_anybody(scheme: str) -> None:
    hosts = {"s3": "", "r2": "@account.r2.cloudflarestorage.com", "b2": "@s3.us-west-004.backblazeb2.com"}
    with Host(Settings(), plugins={"store-s3": plugin}, discover=False) as host:
        store = host.artifact_store(f"{scheme}://bucket{hosts[scheme]}/folder")
    assert isinstance(store, S3ArtifactStore)


def test_no_aws_library_is_imported_before_credentials_are_looked_for() -> None:
    code = (
        "import sys; from runyard import Settings; from runyard.uris import Uri\n"
        "from runyard_store_s3.store import open_store\n"
        "given = {'AWS_ACCESS_KEY_ID': 'a', 'AWS_SECRET_ACCESS_KEY': 'b', 'AWS_REGION': 'eu-west-1'}\n"
        "given |= {'AWS_CONFIG_FILE': '/nonexistent', 'AWS_SHARED_CREDENTIALS_FILE': '/nonexistent'}\n"
        "store = open_store(Uri.parse('s3://bucket/x'), Settings(environ=given))\n"
        "print(store.presign_download('a', expires=5).url.partition('?')[0])\n"
        "assert not [name for name in sys.modules if name.startswith('botocore.')]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "https://bucket.s3.eu-west-1.amazonaws.com/x/a", done.stderr


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("s3://bucket/x",), ("https://bucket.s3.us-east-1.amazonaws.com", "us-east-1")),
        (("s3://bucket/x", "", "auto", "eu-west-1"), ("https://bucket.s3.eu-west-1.amazonaws.com", "eu-west-1")),
        (("s3://bucket", "", "auto", "cn-north-1"), ("https://bucket.s3.cn-north-1.amazonaws.com.cn", "cn-north-1")),
        (("s3://dotted.bucket/x",), ("https://s3.us-east-1.amazonaws.com/dotted.bucket", "us-east-1")),
        (("s3://bucket/x", "", "path"), ("https://s3.us-east-1.amazonaws.com/bucket", "us-east-1")),
        (("s3://bucket/x", "http://minio:9000"), ("http://minio:9000/bucket", "us-east-1")),
        (("s3://bucket/x", "https://minio/s3", "virtual"), ("https://bucket.minio/s3", "us-east-1")),
        (("s3://bucket/x", "https://s3.us-west-004.backblazeb2.com"), None),
        (("r2://bucket@1a.r2.cloudflarestorage.com/x",), ("https://1a.r2.cloudflarestorage.com/bucket", "auto")),
        (("b2://bucket@s3.us-west-004.backblazeb2.com/x",), None),
    ],
)
def test_where_a_bucket_is(given: tuple[str, ...], expected: tuple[str, str] | None) -> None:
    assert url(*given) == (expected or ("https://s3.us-west-004.backblazeb2.com/bucket", "us-west-004"))


@pytest.mark.parametrize(
    ("uri", "root"),
    [
        ("s3://bucket", ""),
        ("s3://bucket/", ""),
        ("s3://bucket/a/b/", "a/b"),
        ("s3://bucket/a b/ü+%20", "a b/ü+%20"),
    ],
)
def test_the_root_is_what_stands_after_the_bucket(uri: str, root: str) -> None:
    assert location_of(Uri.parse(uri)).root == root


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("s3:///x", "names no bucket"),
        ("s3://x/y?versionId=1", "after its path"),
        ("s3://AKIDEXAMPLE:hunter2@bucket/x", "credentials"),
        ("s3://bucket/../x", "below"),
        ("s3://bucket%2fx/y", "names no bucket"),
        ("s3://arn:aws:s3:eu-west-1:1:accesspoint/x", "names no bucket"),
        ("r2://bucket/x", "names no service"),
        ("r2://bucket@evil.example/x", "names no service"),
        ("b2://bucket@evil.example?.backblazeb2.com/x", "after its path"),
    ],
)
def test_a_uri_that_is_none_is_refused_without_showing_secrets(uri: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        S3ArtifactStore(Uri.parse(uri), Settings())
    assert "hunter2" not in str(caught.value)


def test_a_region_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no region"):
        url("s3://bucket/x", region="evil.example/")


def test_the_environment_of_mlflow_and_aws_is_honoured() -> None:
    found = access_of(
        Settings(
            environ={
                "MLFLOW_S3_ENDPOINT_URL": "https://minio:9000/",
                "MLFLOW_S3_IGNORE_TLS": "true",
                "MLFLOW_S3_UPLOAD_EXTRA_ARGS": '{"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k"}',
                "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE": "virtual",
                "MLFLOW_S3_EXPECTED_BUCKET_OWNER": "123",
                "AWS_ENDPOINT_URL": "https://other",
                "AWS_DEFAULT_REGION": "eu-west-1",
                "AWS_PROFILE": "team",
            }
        )
    )
    assert (found.endpoint, found.verify, found.addressing) == ("https://minio:9000", False, "virtual")
    assert (found.region, found.profile) == ("eu-west-1", "team")
    assert found.always == {"x-amz-expected-bucket-owner": "123"}
    assert found.uploads == {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "k",
    }


def test_settings_of_uploads_come_before_mlflows() -> None:
    environ = {"MLFLOW_S3_UPLOAD_EXTRA_ARGS": '{"ServerSideEncryption": "AES256", "StorageClass": "STANDARD_IA"}'}
    named = {"store-s3.encryption": "aws:kms", "store-s3.kms_key": "k", "store-s3.requester_pays": True}
    found = access_of(Settings(environ=environ, extra=named))
    assert found.always == {"x-amz-request-payer": "requester"}
    assert found.uploads == {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "k",
        "x-amz-storage-class": "STANDARD_IA",
    }


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"endpoint": "minio:9000"}, "must be the URL"),
        ({"endpoint": "http://user:hunter2@minio:9000"}, "without credentials"),
        ({"endpoint": "http://minio:port"}, "must be the URL"),
        ({"addressing": "sideways"}, "one of auto, path, virtual"),
        ({"attempts": "0"}, "1 or more"),
        ({"upload_arguments": {"Colour": "red"}}, "'Colour'; known are ACL"),
        ({"upload_arguments": {"ACL": "a\r\nb"}}, "without line breaks"),
        ({"upload_arguments": "[1]"}, "JSON object"),
        ({"ignore_tls": True, "ca_bundle": "x.pem"}, "contradict"),
        ({"anonymous": True, "role_arn": "arn:x"}, "contradict"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(extra: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        access_of(Settings(extra={f"store-s3.{name}": value for name, value in extra.items()}))


def test_ten_thousand_parts_hold_five_terabytes() -> None:
    sizes = [part_size(number, None) for number in range(1, 10_001)]
    assert sizes == sorted(sizes)
    assert sizes[0] == PART
    assert max(sizes) <= 5 << 30
    assert sum(sizes) >= 5 << 40
    assert part_size(1, 5 << 40) * 10_000 >= 5 << 40


def test_urls_are_given_out_for_the_name_by_which_others_reach_the_service() -> None:
    named = {"store-s3.endpoint": "http://minio:9000", "store-s3.public_endpoint": "https://s3.example.org"}
    environ = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1"}
    store = open_store(Uri.parse("s3://bucket/x"), Settings(environ=environ, extra=named))
    assert isinstance(store, PresigningS3Store)
    assert store.presign_download("a", expires=5).url.startswith("https://s3.example.org/bucket/x/a?")


def test_a_store_that_gives_out_no_urls_says_so() -> None:
    store = open_store(Uri.parse("s3://bucket/x"), Settings(extra={"store-s3.presign": False}))
    assert not isinstance(store, PresignsReads | PresignsUploads)
