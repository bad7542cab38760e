"""What authenticators and policies implement: who asks a server, and what they may do."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs


@attrs.frozen
class Principal:
    """Who asks. `roles` mean what the policy says they mean."""

    name: str
    roles: frozenset[str] = frozenset()


class Action(StrEnum):
    """What kind of thing an operation does."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADMIN = "admin"  # what concerns the server or everybody's data, such as erasing for good


class ResourceKind(StrEnum):
    """What an operation does it to."""

    EXPERIMENT = "experiment"
    RUN = "run"
    LOGGED_MODEL = "logged_model"
    MODEL = "model"  # a registered model, by name
    ARTIFACT = "artifact"  # a URI, or below the server's artifact root a path: <experiment>/<run>/artifacts/...
    VIEW = "view"
    SERVER = "server"


@attrs.frozen
class Resource:
    """One thing; an empty id means none in particular, or with a name, one that is to be made under it."""

    kind: ResourceKind
    id: str = ""
    name: str = ""  # of an experiment that does not exist yet


@attrs.frozen
class Operation:
    """One call of a store, such as `tracking.log_batch`, or something else a server does, such as `server.plugins`."""

    name: str
    action: Action
    resources: Sequence[Resource] = ()


@attrs.frozen
class Credentials:
    """What of a request may say who asks. Names of headers are in lower case; nothing here is to be trusted."""

    headers: Mapping[str, str]
    method: str
    path: str
    client: str = ""  # the address it came from


class Authenticator(Protocol):
    """Finds out who asks. Called from several threads."""

    @property
    def challenge(self) -> str:
        """The value of `WWW-Authenticate` for a request that is refused, such as `Basic realm="runyard"`."""

    def authenticate(self, credentials: Credentials) -> Principal | None:
        """Who asks; None where the credentials are missing or wrong."""


@runtime_checkable
class IdentifiesByHeaders(Protocol):
    """An authenticator whose answers depend on some headers and nothing else, so that they may be remembered."""

    @property
    def identifying_headers(self) -> frozenset[str]:
        """Those headers, in lower case. A server may give an answer again while the revision is the same."""

    @property
    def revision(self) -> Hashable:
        """Changes with everything that may change an answer, such as a revocation; cheap, as each request asks."""


class Policy(Protocol):
    """Decides what may be done. Every operation on a store passes through it. Called from several threads."""

    def allows(self, principal: Principal, operation: Operation) -> bool:
        """Whether the operation may be done. Also asked with READ for each thing found, before it is shown."""
