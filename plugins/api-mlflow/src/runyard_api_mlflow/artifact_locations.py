"""Which artifact locations a client may choose for an experiment."""

from __future__ import annotations

from urllib.parse import SplitResult, unquote, urlparse, urlsplit

from runyard.errors import InvalidInput
from runyard.server.service import Service

MAX_LENGTH = 2_048
# Opening such a location connects to the host it names, which would make the server a client of anybody's choice.
HOST_ADDRESSED = frozenset(
    {"abfss", "b2", "ftp", "hdfs", "http", "https", "mlflow-artifacts", "r2", "sftp", "viewfs"},
)


def check_artifact_location(location: str, service: Service) -> str:
    """The same location.

    Raises:
        InvalidInput: no artifacts may be kept there.
    """
    try:
        parsed, split = urlparse(location), urlsplit(location)
    except ValueError as error:
        raise InvalidInput(f"Invalid value for 'artifact_location': it is no URL; {error}.") from error
    if parsed.fragment or parsed.params or ";" in split.path.rpartition("/")[2]:
        raise InvalidInput("'artifact_location' URL can't include fragments or params.")
    if ".." in _decoded(parsed.query):
        raise InvalidInput("Invalid query string in 'artifact_location': it must not hold '..'.")
    if parsed.scheme in {"runs", "models"}:
        raise InvalidInput(f"Artifact location cannot be a {parsed.scheme}:/ URI.")
    if len(location) > MAX_LENGTH:
        raise InvalidInput(f"'artifact_location' cannot be longer than {MAX_LENGTH} characters, got {len(location)}.")
    if parsed.scheme in HOST_ADDRESSED and not _is_own(split, service):
        raise InvalidInput(
            f"'artifact_location' cannot use the '{parsed.scheme}' scheme: it addresses a host other than this "
            "server's artifact storage, so the server would connect to the host named in the URI; "
            "start the server with --default-artifact-root or --artifacts-destination on that host to allow it."
        )
    return location


def _is_own(split: SplitResult, service: Service) -> bool:
    """Whether a location names no host, or one that the server itself was set up with."""
    if split.scheme == "mlflow-artifacts" and not split.netloc:
        return True
    roots = [service.host.settings.artifact_root, *(root.text for root in service.open_roots)]
    if service.artifact_root is not None:
        roots.append(service.artifact_root.text)
    own = {(root.scheme, root.netloc.lower()) for root in map(urlsplit, roots) if root.netloc}
    return (split.scheme, split.netloc.lower()) in own


def _decoded(text: str) -> str:
    for _ in range(10):
        again = unquote(text)
        if again == text:
            return text
        text = again
    raise InvalidInput("Invalid query string in 'artifact_location': it is percent-encoded too many times.")
