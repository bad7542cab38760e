"""Where a bucket is, and which of its keys are artifacts: the URI, the service's URL, keys and paths."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import attrs

from runyard.errors import InvalidInput
from runyard.uris import Uri, artifact_path

# Services whose URIs name them, as MLflow has it: bucket@host/path. Credentials are sent to no other host.
_HOSTS = {"r2": ".r2.cloudflarestorage.com", "b2": ".backblazeb2.com"}
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_IN_HOSTS = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")  # no dots, for which certificates do not hold
_REGION = re.compile(r"[a-z0-9-]{1,64}")
DEFAULT_REGION = "us-east-1"


@attrs.frozen
class Location:
    """A bucket and the folder in it that is the store's root, without a slash at its end; what a URI says."""

    scheme: str
    bucket: str
    root: str
    endpoint: str = ""

    def key(self, path: str) -> str:
        """The key of an artifact."""
        return f"{self.root}/{path}" if self.root and path else path or self.root

    def folder(self, path: str) -> str:
        """What the keys of all artifacts in a folder begin with, and no others."""
        key = self.key(path)
        return f"{key}/" if key else ""

    def path(self, key: str) -> str | None:
        """The path of the artifact with a key; None for a key that is no path of ours, such as `../x` or `a//b`."""
        prefix = self.folder("")
        path = key[len(prefix) :]
        try:
            is_ours = key.startswith(prefix) and bool(path) and artifact_path(path) == path
        except InvalidInput:
            return None
        return path if is_ours else None

    def shown(self, path: str = "") -> str:
        key = self.key(path)
        return f"{self.scheme}://{self.bucket}/{key}" if key else f"{self.scheme}://{self.bucket}"


def location_of(uri: Uri) -> Location:
    """What a URI says.

    Raises:
        InvalidInput: it has no bucket, or has what does not belong there.
    """
    parts = urlsplit(uri.text)
    if parts.query or parts.fragment:
        raise InvalidInput(f"{uri} has something after its path; a URI of artifacts reads {uri.scheme}://bucket/folder")
    bucket, at, host = parts.netloc.rpartition("@") if uri.scheme in _HOSTS else (parts.netloc, "", "")
    if uri.scheme in _HOSTS and not (at and re.fullmatch(r"[a-z0-9.-]+", host) and host.endswith(_HOSTS[uri.scheme])):
        raise InvalidInput(f"{uri} names no service; it reads {uri.scheme}://bucket@…{_HOSTS[uri.scheme]}/folder")
    if "@" in bucket:
        raise InvalidInput(f"{uri} must hold no credentials; set them as for other AWS tools, and name only the bucket")
    if not _BUCKET.fullmatch(bucket):
        raise InvalidInput(f"{uri} names no bucket; a URI of artifacts reads {uri.scheme}://bucket/folder")
    root = parts.path.removeprefix("/").rstrip("/")
    artifact_path(root)
    return Location(uri.scheme, bucket, root, f"https://{host}" if host else "")


@attrs.frozen
class Service:
    """The service that has a bucket: its URL, the region that requests are signed for, whether it is Amazon's own."""

    url: str
    region: str
    is_amazon: bool

    @property
    def host(self) -> str:
        """The host with the port, where that is not the usual one."""
        return urlsplit(self.url).netloc

    def target(self, key: str) -> str:
        """The path of a URL as it is sent and signed."""
        return urlsplit(self.url).path + quote(f"/{key}", safe="/-_.~")


def service_of(location: Location, endpoint: str, addressing: str, region: str) -> Service:
    """Where the requests for a bucket go.

    Raises:
        InvalidInput: the region is no name of one.
    """
    if region and not _REGION.fullmatch(region):
        raise InvalidInput(f"{region!r} is no region; it reads as in eu-central-1")
    is_amazon = not endpoint
    if is_amazon:
        region = region or DEFAULT_REGION
        domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        endpoint = f"https://s3.{region}.{domain}"
    is_in_host = addressing == "virtual" or (
        addressing == "auto" and is_amazon and _IN_HOSTS.fullmatch(location.bucket)
    )
    parts = urlsplit(endpoint)
    if is_in_host:
        url = f"{parts.scheme}://{location.bucket}.{parts.netloc}{parts.path}"
    else:
        url = f"{endpoint}/{location.bucket}"
    return Service(url, region or _region_in(parts.hostname or "") or DEFAULT_REGION, is_amazon)


def _region_in(host: str) -> str:
    """The region that the hosts of some services name, as in s3.us-west-004.backblazeb2.com."""
    if host.endswith(_HOSTS["r2"]):
        return "auto"
    found = re.match(r"s3[.-]([a-z]+-[a-z]+-\d+)\.", host)
    return found[1] if found else ""
