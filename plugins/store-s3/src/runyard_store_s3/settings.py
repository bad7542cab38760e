"""The plugin's own settings, and what they come to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

import attrs

from runyard.errors import SettingsError
from runyard.settings import Setting, Settings, parse_bool, parse_seconds

STYLES = ("auto", "path", "virtual")

# MLflow's names for what goes along with an upload, which are those of boto3: the header that says the same.
UPLOAD_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "ACL": "x-amz-acl",
        "BucketKeyEnabled": "x-amz-server-side-encryption-bucket-key-enabled",
        "CacheControl": "cache-control",
        "ContentDisposition": "content-disposition",
        "ContentEncoding": "content-encoding",
        "ContentLanguage": "content-language",
        "ContentType": "content-type",
        "GrantFullControl": "x-amz-grant-full-control",
        "GrantRead": "x-amz-grant-read",
        "GrantReadACP": "x-amz-grant-read-acp",
        "GrantWriteACP": "x-amz-grant-write-acp",
        "ObjectLockLegalHoldStatus": "x-amz-object-lock-legal-hold",
        "ObjectLockMode": "x-amz-object-lock-mode",
        "ObjectLockRetainUntilDate": "x-amz-object-lock-retain-until-date",
        "RequestPayer": "x-amz-request-payer",
        "SSEKMSEncryptionContext": "x-amz-server-side-encryption-context",
        "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
        "ServerSideEncryption": "x-amz-server-side-encryption",
        "StorageClass": "x-amz-storage-class",
        "Tagging": "x-amz-tagging",
    }
)


def parse_endpoint(text: str) -> str:
    """The URL of a service, without credentials."""
    parts = urlsplit(text)
    try:
        is_right = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_right = False
    if not is_right or parts.username or parts.query or parts.fragment:
        raise ValueError("must be the URL of the service, as in https://minio.example.org:9000, without credentials")
    return text.rstrip("/")


def parse_style(text: str) -> str:
    if text not in STYLES:
        raise ValueError(f"must be one of {', '.join(STYLES)}")
    return text


def parse_header(text: str) -> str:
    """Text that can stand in a header."""
    if not (text.isascii() and text.isprintable()):
        raise ValueError("must be ASCII without line breaks")
    return text


def parse_checksums(text: str) -> bool:
    """A truth value, or the words that AWS's tools have for it."""
    words = {"when_supported": True, "when_required": False}
    return words[text.lower()] if text.lower() in words else parse_bool(text)


def parse_attempts(text: str) -> int:
    attempts = int(text)
    if attempts < 1:
        raise ValueError("must be 1 or more")
    return attempts


def parse_arguments(text: str) -> dict[str, str]:
    """A JSON object of texts, as in MLflow."""
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError('must be a JSON object such as {"ServerSideEncryption": "aws:kms"}')  # noqa: TRY004 - see Setting
    return {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}


ENDPOINT = Setting(
    name="store-s3.endpoint",
    default="",
    doc="The URL of the service; empty means Amazon's, or what the AWS configuration says.",
    parse=parse_endpoint,
    fallback_env=("MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
)
PUBLIC_ENDPOINT = Setting(
    name="store-s3.public_endpoint",
    default="",
    doc="The URL by which others reach the service, where that is another one; signed URLs are given out for it.",
    parse=parse_endpoint,
)
PRESIGN = Setting(
    name="store-s3.presign",
    default=True,
    doc="Give out signed URLs, by which clients of a server go past it; false where they cannot reach the service.",
    parse=parse_bool,
)
ADDRESSING = Setting(
    name="store-s3.addressing",
    default="auto",
    doc="Where the bucket stands in a URL: virtual (in the host), path, or auto: virtual at Amazon, path elsewhere.",
    parse=parse_style,
    fallback_env=("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE",),
)
REGION = Setting(
    name="store-s3.region",
    default="",
    doc="The region of the bucket; empty means what the AWS configuration or the service says.",
    parse=parse_header,
    fallback_env=("AWS_REGION", "AWS_DEFAULT_REGION"),
)
PROFILE = Setting(
    name="store-s3.profile",
    default="",
    doc="The profile of the AWS configuration to take credentials from.",
    fallback_env=("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
)
ROLE = Setting(name="store-s3.role_arn", default="", doc="The ARN of a role to assume with these credentials.")
EXTERNAL_ID = Setting(
    name="store-s3.role_external_id", default="", doc="The external id that the role asks for.", secret=True
)
ANONYMOUS = Setting(
    name="store-s3.anonymous", default=False, doc="Send no credentials, as public buckets allow.", parse=parse_bool
)
IGNORE_TLS = Setting(
    name="store-s3.ignore_tls",
    default=False,
    doc="Accept any certificate of the service, which lets everybody on the way read and change what is sent.",
    parse=parse_bool,
    fallback_env=("MLFLOW_S3_IGNORE_TLS",),
)
CA_BUNDLE = Setting(
    name="store-s3.ca_bundle",
    default="",
    doc="A file of certificates of the authorities that the service's certificate is checked against.",
    fallback_env=("AWS_CA_BUNDLE",),
)
ENCRYPTION = Setting(
    name="store-s3.encryption",
    default="",
    doc="How the service encrypts what is uploaded: AES256, aws:kms or aws:kms:dsse; empty leaves it to the bucket.",
    parse=parse_header,
)
KMS_KEY = Setting(
    name="store-s3.kms_key", default="", doc="The id of the key that aws:kms encrypts with.", parse=parse_header
)
REQUESTER_PAYS = Setting(
    name="store-s3.requester_pays",
    default=False,
    doc="Pay for the requests to a bucket whose owner does not.",
    parse=parse_bool,
)
BUCKET_OWNER = Setting(
    name="store-s3.bucket_owner",
    default="",
    doc="The account that must own the bucket; requests fail where another one does.",
    parse=parse_header,
    fallback_env=("MLFLOW_S3_EXPECTED_BUCKET_OWNER",),
)
UPLOAD_ARGUMENTS = Setting(
    name="store-s3.upload_arguments",
    default={},
    doc='What goes along with uploads, by boto3\'s names, as in {"ACL": "private", "StorageClass": "STANDARD_IA"}.',
    parse=parse_arguments,
    fallback_env=("MLFLOW_S3_UPLOAD_EXTRA_ARGS",),
)
ETAGS = Setting(
    name="store-s3.md5_etags",
    default=True,
    doc="Take ETags that look like MD5s for such, and check downloads against them; a few services have other ones.",
    parse=parse_bool,
)
CHECKSUMS = Setting(
    name="store-s3.crc32",
    default=True,
    doc="Send a CRC-32 with uploads, which the service keeps, where it knows them; false sends an MD5 always.",
    parse=parse_checksums,
    fallback_env=("AWS_REQUEST_CHECKSUM_CALCULATION",),
)
TIMEOUT = Setting(
    name="store-s3.timeout",
    default=60.0,
    doc="Seconds to wait for the service to go on answering.",
    parse=parse_seconds,
)
ATTEMPTS = Setting(
    name="store-s3.attempts",
    default=4,
    doc="How often a request is sent where the service is away or busy, with growing pauses.",
    parse=parse_attempts,
    fallback_env=("AWS_MAX_ATTEMPTS",),
)

SETTINGS = (
    ENDPOINT,
    PUBLIC_ENDPOINT,
    PRESIGN,
    ADDRESSING,
    REGION,
    PROFILE,
    ROLE,
    EXTERNAL_ID,
    ANONYMOUS,
    IGNORE_TLS,
    CA_BUNDLE,
    ENCRYPTION,
    KMS_KEY,
    REQUESTER_PAYS,
    BUCKET_OWNER,
    UPLOAD_ARGUMENTS,
    ETAGS,
    CHECKSUMS,
    TIMEOUT,
    ATTEMPTS,
)


@attrs.frozen(kw_only=True)
class Access:
    """How a service is talked to; `always` and `uploads` are headers."""

    endpoint: str = ""
    public_endpoint: str = ""
    addressing: str = "auto"
    region: str = ""
    profile: str = ""
    role: str = ""
    external_id: str = attrs.field(default="", repr=False)
    anonymous: bool = False
    verify: bool | str = True
    md5_etags: bool = True
    crc32: bool = True
    timeout: float = 60.0
    attempts: int = 4
    always: Mapping[str, str] = attrs.field(factory=dict)
    uploads: Mapping[str, str] = attrs.field(factory=dict)
    environ: Mapping[str, str] = attrs.field(factory=dict, repr=False)


def access_of(settings: Settings) -> Access:
    """What the settings say.

    Raises:
        SettingsError: two of them contradict each other, or an upload argument is unknown.
    """
    insecure, authorities = settings.lookup(IGNORE_TLS).value, settings.lookup(CA_BUNDLE).value
    if insecure and settings.lookup(CA_BUNDLE).source.startswith("environment AWS_"):
        authorities = ""  # meant for all of AWS's tools, while the other is meant for this one
    if insecure and authorities:
        raise SettingsError(f"{IGNORE_TLS.name} and {CA_BUNDLE.name} contradict each other: unset one of them")
    anonymous, role = settings.lookup(ANONYMOUS).value, settings.lookup(ROLE).value
    if anonymous and role:
        raise SettingsError(f"{ANONYMOUS.name} and {ROLE.name} contradict each other: unset one of them")
    always = {}
    if settings.lookup(REQUESTER_PAYS).value:
        always["x-amz-request-payer"] = "requester"
    if owner := settings.lookup(BUCKET_OWNER).value:
        always["x-amz-expected-bucket-owner"] = owner
    return Access(
        endpoint=settings.lookup(ENDPOINT).value,
        public_endpoint=settings.lookup(PUBLIC_ENDPOINT).value,
        addressing=settings.lookup(ADDRESSING).value,
        region=settings.lookup(REGION).value,
        profile=settings.lookup(PROFILE).value,
        role=role,
        external_id=settings.lookup(EXTERNAL_ID).value,
        anonymous=anonymous,
        verify=False if insecure else authorities or True,
        md5_etags=settings.lookup(ETAGS).value,
        crc32=settings.lookup(CHECKSUMS).value,
        timeout=settings.lookup(TIMEOUT).value,
        attempts=settings.lookup(ATTEMPTS).value,
        always=always,
        uploads=_uploads(settings),
        environ=settings.environ,
    )


def _uploads(settings: Settings) -> dict[str, str]:
    """The headers of an upload."""
    asked = settings.lookup(UPLOAD_ARGUMENTS)
    unknown = [name for name in asked.value if name not in UPLOAD_HEADERS]
    if unknown:
        raise SettingsError(
            f"{UPLOAD_ARGUMENTS.name} from {asked.source} has {unknown[0]!r}; known are {', '.join(UPLOAD_HEADERS)}"
        )
    headers = {UPLOAD_HEADERS[name]: _header(name, value, asked.source) for name, value in asked.value.items()}
    if encryption := settings.lookup(ENCRYPTION).value:
        headers[UPLOAD_HEADERS["ServerSideEncryption"]] = encryption
    if key := settings.lookup(KMS_KEY).value:
        headers.setdefault(UPLOAD_HEADERS["ServerSideEncryption"], "aws:kms")
        headers[UPLOAD_HEADERS["SSEKMSKeyId"]] = key
    return headers


def _header(name: str, value: str, source: str) -> str:
    try:
        return parse_header(value)
    except ValueError as error:
        raise SettingsError(f"{name} of {UPLOAD_ARGUMENTS.name} from {source} is {value!r}: it {error}") from error
