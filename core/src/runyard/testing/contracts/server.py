"""What every mount of a server must be: inherit `ServerMountContract` and give its fixtures."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs
import pytest

from runyard.protocols.access import Operation, Principal
from runyard.server.service import Service
from runyard.specs import ServerMount
from runyard.testing.server import asgi_client

_PATH = re.compile(r"/|(/[A-Za-z0-9._~-]+)+")
ASKING = Principal("asking", frozenset({"reader"}))


class Refusing:
    """A policy that refuses everything, and keeps who asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Principal, Operation]] = []

    def allows(self, principal: Principal, operation: Operation) -> bool:
        self.asked.append((principal, operation))
        return False


class ServerMountContract:
    """The tests; `mount` is the spec, `service` has something in its stores, `readings` are paths that show it."""

    @pytest.fixture
    def mount(self) -> ServerMount:
        raise NotImplementedError("override the fixture mount")

    @pytest.fixture
    def service(self) -> Service:
        raise NotImplementedError("override the fixture service")

    @pytest.fixture
    def readings(self) -> Sequence[str]:
        """Paths, with their queries, that are answered from the stores with 200; none where a mount reads none."""
        raise NotImplementedError("override the fixture readings")

    def test_prefixes_are_plain_paths(self, mount: ServerMount) -> None:
        wrong = [prefix for prefix in (*mount.prefixes, *mount.streams) if not _PATH.fullmatch(prefix)]
        assert mount.prefixes, f"mount {mount.name} has no prefix"
        assert not wrong, f"mount {mount.name} has prefixes that are no paths such as /api/v1: {wrong}"

    def test_streams_lie_below_its_prefixes(self, mount: ServerMount) -> None:
        outside = [path for path in mount.streams if not _is_below(path, mount.prefixes)]
        assert not outside, f"mount {mount.name} streams outside of its prefixes: {outside}"

    def test_what_is_not_there_is_no_failure_of_the_server(self, mount: ServerMount, service: Service) -> None:
        with asgi_client(mount.target.resolve()(service), principal=ASKING) as client:
            for prefix in mount.prefixes:
                for path in ("", "/", "/no-such-thing", "/%2e%2e/x", "/a%00b", "//x"):
                    answer = client.request("GET", f"{prefix.rstrip('/')}{path}")
                    assert answer.status_code < 500, (
                        f"GET {prefix}{path} gets {answer.status_code}: {answer.text[:500]}"
                    )

    def test_what_can_be_read_is_shown(self, mount: ServerMount, service: Service, readings: Sequence[str]) -> None:
        with asgi_client(mount.target.resolve()(service), principal=ASKING) as client:
            for path in readings:
                answer = client.get(path)
                assert answer.status_code == 200, f"GET {path} gets {answer.status_code}: {answer.text[:500]}"

    def test_nothing_is_shown_past_the_policy(
        self, mount: ServerMount, service: Service, readings: Sequence[str]
    ) -> None:
        policy = Refusing()
        guarded = attrs.evolve(service, policy=policy)
        with asgi_client(mount.target.resolve()(guarded), principal=ASKING) as client:
            for path in readings:
                answer = client.get(path)
                assert answer.status_code == 403, f"GET {path} gets {answer.status_code} where it is forbidden"
                assert answer.json()["error_code"] == "PERMISSION_DENIED", f"GET {path} gets {answer.text[:500]}"
        strangers = [principal for principal, _ in policy.asked if principal != ASKING]
        assert not strangers, f"the policy was asked about {strangers}, who did not ask"
        assert policy.asked or not readings, "the policy was asked nothing"

    def test_it_describes_only_paths_of_its_own(self, mount: ServerMount, service: Service) -> None:
        if mount.openapi is None:
            return
        document = mount.openapi.resolve()(service)
        assert str(document["openapi"]).startswith("3.1"), f"OpenAPI {document['openapi']}, not 3.1"
        foreign = [path for path in document["paths"] if not _is_below(path, mount.prefixes)]
        assert not foreign, f"mount {mount.name} describes paths outside of its prefixes: {foreign}"
        assert document["paths"], f"mount {mount.name} describes no path"


def _is_below(path: str, prefixes: Sequence[str]) -> bool:
    return any(f"{path}/".startswith(f"{prefix.rstrip('/')}/") for prefix in prefixes)
