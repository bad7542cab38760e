"""Where a server is and what is needed to be let in: never shown together."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import attrs

from runyard.errors import InvalidInput, SettingsError
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_http.settings import (
    CLIENT_CERT,
    INSECURE_TLS,
    PASSWORD,
    PATIENCE,
    SERVER_CERT,
    TIMEOUT,
    TOKEN,
    USERNAME,
)

SCHEMES = ("http", "https")
_PORTS = {"http": 80, "https": 443}


@attrs.frozen
class Access:
    """How a server is talked to: credentials, certificates, patience."""

    username: str = ""
    password: str = attrs.field(default="", repr=False)
    token: str = attrs.field(default="", repr=False)
    verify: bool | str = True
    certificate: str = ""
    timeout: float = 120.0
    patience: float = 10.0

    @property
    def has_credentials(self) -> bool:
        return bool(self.username or self.token)


@attrs.frozen
class Address:
    """The base URL of a server, without credentials and without a slash at its end."""

    url: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return origin_of(self.url)

    def __str__(self) -> str:
        return self.url


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL: requests to the same ones go to the same server."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    try:
        port = parts.port
    except ValueError as error:
        raise InvalidInput(f"the port of a server's URL must be a number: {error}") from error
    return scheme, (parts.hostname or "").lower(), port or _PORTS.get(scheme, 0)


def server_address(uri: Uri, settings: Settings) -> tuple[Address, Access]:
    """Where the server at a URI is, and what it is to be sent."""
    address, username, password = _split(uri)
    access = general_access(settings)
    if username:
        return address, attrs.evolve(access, username=username, password=password, token="")
    return address, with_credentials(access, settings)


def artifact_address(uri: Uri, settings: Settings) -> tuple[Address, Access, str]:
    """Where the server that keeps the artifacts of an `mlflow-artifacts:` URI is, and their path on it.

    Credentials are sent to no other server than the tracking server: a run says where its artifacts are, and whoever
    wrote that must not get them.

    Raises:
        InvalidInput: the URI names no server and the tracking URI is none.
    """
    rest = uri.text.removeprefix("mlflow-artifacts:")
    tracking = Uri.parse(settings.tracking_uri) if settings.tracking_uri else None
    server = tracking if tracking is not None and tracking.scheme in SCHEMES else None
    if not rest.startswith("//"):
        if server is None:
            raise InvalidInput(
                f"{uri} lies on the tracking server, but the tracking URI is {tracking or 'not set'}; "
                "set it to the server, as in http://host:5000"
            )
        address, access = server_address(server, settings)
        return address, access, rest.strip("/")
    netloc, _, path = rest[2:].partition("/")
    scheme = server.scheme if server is not None else "http"
    address, username, password = _split(Uri(scheme, f"{scheme}://{netloc}"))
    if username:
        return address, attrs.evolve(general_access(settings), username=username, password=password), path.strip("/")
    if server is not None:
        known, access = server_address(server, settings)
        if known.origin == address.origin:
            return known, access, path.strip("/")
    return address, general_access(settings), path.strip("/")


def general_access(settings: Settings) -> Access:
    """What concerns every server; no credentials."""
    insecure, authorities = settings.lookup(INSECURE_TLS).value, settings.lookup(SERVER_CERT).value
    if insecure and authorities:
        raise SettingsError(
            f"{INSECURE_TLS.name} and {SERVER_CERT.name} contradict each other: unset one of "
            f"{settings.lookup(INSECURE_TLS).source} and {settings.lookup(SERVER_CERT).source}"
        )
    return Access(
        verify=False if insecure else authorities or True,
        certificate=settings.lookup(CLIENT_CERT).value,
        timeout=settings.lookup(TIMEOUT).value,
        patience=settings.lookup(PATIENCE).value,
    )


def with_credentials(access: Access, settings: Settings) -> Access:
    """The same with the user name and password that are set, else the token."""
    username, password = settings.lookup(USERNAME).value, settings.lookup(PASSWORD).value
    if username and password:
        return attrs.evolve(access, username=username, password=password)
    return attrs.evolve(access, token=settings.lookup(TOKEN).value)


def _split(uri: Uri) -> tuple[Address, str, str]:
    """The address in a URI, and the user name and password that stand in it."""
    parts = urlsplit(uri.text)
    if not parts.hostname:
        raise InvalidInput(f"{uri} names no server; a server's URI reads http://host:5000")
    if parts.query or parts.fragment:
        raise InvalidInput(f"{uri} has something after its path; a server's URI reads http://host:5000/path")
    userinfo, _, place = parts.netloc.rpartition("@")
    username, _, password = userinfo.partition(":")
    address = Address(f"{parts.scheme}://{place}{parts.path.rstrip('/')}")
    origin_of(address.url)
    return address, unquote(username), unquote(password)
