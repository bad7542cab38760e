"""What a sub-application gets from the server it is mounted in: stores for whoever asks, nothing past the policy."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import attrs

from runyard.errors import Forbidden, NotSupported
from runyard.host import Host
from runyard.protocols.access import Operation, Policy, Principal
from runyard.protocols.artifacts import ArtifactStore
from runyard.protocols.registry import RegistryStore
from runyard.protocols.tracking import TrackingStore
from runyard.server.guard import Access, guarded
from runyard.server.signing import Signer
from runyard.settings import Origin
from runyard.uris import Uri, artifact_path

PRINCIPAL = "runyard.principal"  # where an ASGI scope says who asks
REQUEST_ID = "runyard.request_id"
BASE_URL = "runyard.base_url"  # where it says by which URL the client calls the server; unset where nobody knows
PROXY_SCHEME = "mlflow-artifacts"


class AllowAll:
    """The policy where no authenticator is set up: whoever reaches the server may do everything."""

    def allows(self, principal: Principal, operation: Operation) -> bool:  # noqa: ARG002 - a Policy
        return True


ANONYMOUS = Principal("")


@attrs.frozen(eq=False)
class Service:
    """A server's host, policy and artifact root.

    `artifact_root` is where proxied artifacts (`mlflow-artifacts:`) are kept, None where the server does not serve
    them. `open_roots` are further locations that the server may read artifacts in for its users. `signer` makes URLs
    that are good without credentials; its secret is the same in all workers. `told` are settings that the server's
    flags overrule.
    """

    host: Host
    policy: Policy = attrs.field(factory=AllowAll)
    artifact_root: Uri | None = None
    open_roots: Sequence[Uri] = ()
    closing: threading.Event = attrs.field(factory=threading.Event)  # set when the server begins to stop
    signer: Signer = attrs.field(factory=lambda: Signer(secrets.token_bytes(32)), repr=False)
    told: Mapping[str, Origin] = attrs.field(factory=dict, repr=False)

    def stores(self, scope: Mapping[str, Any]) -> Stores:
        """The stores as the principal of an ASGI scope sees them."""
        return Stores(self, Access(scope.get(PRINCIPAL, ANONYMOUS), self.policy))

    @cached_property
    def kept_artifacts(self) -> ArtifactStore:
        """The store at the artifact root, past the policy: `Stores.proxied` is what requests get."""
        if self.artifact_root is None:
            raise NotSupported("this server does not serve artifacts; start it with --serve-artifacts")
        return self.host.artifact_store(self.artifact_root)

    def sign(self, target: str, expires_in: float, principal: Principal, *, method: str = "PUT") -> str:
        """A path with its query, signed: for so many seconds the server takes that method on it without credentials.

        The request is made as `principal`, whom the policy is asked about as ever; the sub-application is given the
        query as it was before. A mount signs what it has checked, for whoever asked:
        `service.sign("/api/...?part=1", 3600, stores.principal)`.
        """
        return self.signer.sign(target, expires_in, principal, method=method)

    def verify(self, scope: Mapping[str, Any]) -> Principal | None:
        """The principal that the request of an ASGI scope was signed for, None where it is not signed.

        Raises:
            Forbidden: the signature is made up, has expired or is for another request.
        """
        path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
        return self.signer.verify(scope["method"], path, scope.get("query_string", b"").decode("latin-1"))


@attrs.define(eq=False, slots=False)
class Stores:
    """The stores as one principal sees them."""

    service: Service
    access: Access

    @property
    def principal(self) -> Principal:
        return self.access.principal

    def check(self, operation: Operation) -> None:
        """Raise `Forbidden` where something that is no call of a store may not be done."""
        self.access.check(operation)

    @cached_property
    def tracking(self) -> TrackingStore:
        store: TrackingStore = guarded(self.service.host.tracking_store(), "tracking", self.access)
        return store

    @cached_property
    def registry(self) -> RegistryStore:
        store: RegistryStore = guarded(self.service.host.registry_store(), "registry", self.access)
        return store

    @property
    def proxied(self) -> ArtifactStore:
        """The artifacts that the server itself keeps, below its artifact root.

        Raises:
            NotSupported: this server does not serve artifacts.
        """
        store: ArtifactStore = guarded(self.service.kept_artifacts, "artifacts", self.access)
        return store

    def artifact_store(self, uri: str | Uri) -> ArtifactStore:
        """The artifacts at a location that a run, a model or a version names.

        Raises:
            Forbidden: the location lies outside of everything that this server may read.
        """
        # Schemes that stand for another place, such as runs:, are not resolved: that would ask no policy.
        # Parsed anew, so that no path with .. in it counts for what its first part says.
        location = Uri.parse(uri.text if isinstance(uri, Uri) else uri)
        place, target = self._located(location)
        store: ArtifactStore = guarded(self.service.host.artifact_store(target), "artifacts", self.access, place=place)
        return store

    def _located(self, location: Uri) -> tuple[str, Uri]:
        """What artifacts at a location are called before the policy, and where they are."""
        root = self.service.artifact_root
        if location.scheme == PROXY_SCHEME:
            if root is None:
                raise NotSupported(f"{location} is kept by a server that serves artifacts; this one does not")
            below = artifact_path(unquote(location.path).strip("/"))  # as clients do that ask for it by HTTP
            return below, _kept_below(root.join(below), root)
        for allowed in (*([root] if root else []), *self.service.open_roots):
            below_root = below_of(location, allowed)
            if below_root is not None:
                return (below_root if allowed == root else location.text), _kept_below(location, allowed)
        raise Forbidden(
            f"this server may not open {location}; allow its location with the setting server.artifact_roots"
        )


def _kept_below(location: Uri, root: Uri) -> Uri:
    """The same location, as long as no link on the way leads out of the root."""
    if location.scheme == "file" and not _real(location).is_relative_to(_real(root)):
        raise Forbidden("this server may not open a folder that is reached through a link out of its artifacts")
    return location


def _real(location: Uri) -> Path:
    return Path(os.path.realpath(location.local_path))


def below_of(location: Uri, root: Uri) -> str | None:
    """The path of a location below a root, None where it does not lie there."""
    if location.scheme != root.scheme:
        return None
    if location.scheme == "file":
        path, base = location.local_path, root.local_path
        return "/".join(path.relative_to(base).parts) if path.is_relative_to(base) else None
    head, base_text = location.text.rstrip("/") + "/", root.text.rstrip("/") + "/"
    if "/../" in head or "?" in head or not head.startswith(base_text):
        return None
    return head[len(base_text) :].strip("/")
