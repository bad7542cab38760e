"""Where a URI says that artifacts lie: user, host, port and path, as MLflow's URIs have them."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import attrs

from runyard.errors import InvalidInput
from runyard.uris import Uri


@attrs.frozen
class Location:
    """The parts of a URI, percent signs of user and password decoded and those of the path left as they are."""

    host: str
    port: int | None
    user: str
    password: str = attrs.field(repr=False)
    path: str  # begins with a slash unless it is empty, ends with none
    authority: str  # what stands between // and the path, without user and password

    @property
    def server(self) -> dict[str, object]:
        """Host, port, user and password as most file systems call them, without what is not said."""
        found = {"host": self.host, "port": self.port, "username": self.user, "password": self.password}
        return {name: value for name, value in found.items() if value}


def location_of(uri: Uri) -> Location:
    """Take a URI apart.

    Raises:
        InvalidInput: it has no form of a URI.
    """
    scheme, _, rest = uri.text.partition(":")
    authority, path = "", rest
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        path = slash + path
    try:
        split = urlsplit(f"{scheme}://{authority}")
        host, port = split.hostname or "", split.port
    except ValueError as error:
        raise InvalidInput(f"{uri} is no location: {error}") from error
    userinfo, _, bare = authority.rpartition("@")
    user, _, password = userinfo.partition(":")
    return Location(host, port, unquote(user), unquote(password), path.rstrip("/"), bare)


def needs_host(uri: Uri, location: Location, example: str) -> Location:
    """The same location, for schemes that cannot do without a host."""
    if not location.host:
        raise InvalidInput(f"{uri} names no host; write {example}")
    return location
