"""Each test of the contract for mounts catches a wrong double."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from runyard.errors import Forbidden, NotFound
from runyard.host import Host
from runyard.protocols.access import Principal
from runyard.server.service import PRINCIPAL, Service
from runyard.settings import Settings
from runyard.specs import Ref, ServerMount
from runyard.testing.contracts.server import ServerMountContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory import plugin as memory_plugin

MOUNT = ServerMount(
    name="names",
    target=f"{__name__}:names",
    summary="Names of experiments.",
    prefixes=("/names", "/more/names"),
    streams=("/names/files",),
    openapi=f"{__name__}:describe",
)


@attrs.frozen
class Given(Ref):
    """A reference that is there already, for tests in modules that cannot be imported by name."""

    path: str = "given:already"
    target: Any = None

    def resolve(self) -> Any:
        return self.target


def names(service: Service, *, wrong: str = "") -> Any:
    """The reference: `/names/ID` is the name of an experiment."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        given = {**scope, PRINCIPAL: Principal("root")} if wrong == "impostor" else scope
        try:
            status, answer = 200, look(service, given, wrong)
        except Forbidden as error:
            status, answer = 403, {"error_code": error.code, "message": error.message}
        except NotFound as error:
            status, answer = 500 if wrong == "fails" else 404, {"error_code": error.code, "message": error.message}
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    return application


def look(service: Service, scope: dict[str, Any], wrong: str) -> dict[str, Any]:
    identifier = scope["path"].rpartition("/")[2]
    if wrong == "blind":
        raise NotFound("nothing")
    store = service.host.tracking_store() if wrong == "around" else service.stores(scope).tracking
    return {"name": store.get_experiment(identifier).name}


def describe(service: Service) -> dict[str, Any]:
    return {"openapi": "3.1.0", "paths": {"/names/{id}": {}}}


def mount(target: Callable[[Service], Any] = names, openapi: Any = describe, **changes: Any) -> ServerMount:
    return attrs.evolve(MOUNT, target=Given(target=target), openapi=Given(target=openapi), **changes)


def make_service() -> Service:
    host = Host(Settings(tracking_uri="memory:contract", environ={}), plugins={"memory": memory_plugin}, discover=False)
    return Service(host)


def readings() -> Sequence[str]:
    return ["/names/0", "/more/names/0"]


class TestReference(ServerMountContract):
    @pytest.fixture
    def mount(self) -> ServerMount:
        return mount()

    @pytest.fixture
    def service(self) -> Service:
        return make_service()

    @pytest.fixture
    def readings(self) -> Sequence[str]:
        return readings()


def wrong(kind: str) -> Callable[[], ServerMount]:
    return lambda: mount(lambda service: names(service, wrong=kind))


WRONG: dict[str, list[Callable[[], ServerMount]]] = {
    "test_prefixes_are_plain_paths": [
        lambda prefixes=prefixes: mount(prefixes=prefixes)  # type: ignore[misc]  # mypy cannot infer the default
        for prefixes in ((), ("names",), ("/names/",), ("/a//b",), ("/a?b",), ("/{id}",), ("/a%20b",), ("",))
    ],
    "test_streams_lie_below_its_prefixes": [
        lambda: mount(streams=("/name",)),
        lambda: mount(streams=("/namesake",)),
        lambda: mount(streams=("/",)),
    ],
    "test_what_is_not_there_is_no_failure_of_the_server": [wrong("fails")],
    "test_what_can_be_read_is_shown": [wrong("blind")],
    "test_nothing_is_shown_past_the_policy": [wrong("around"), wrong("blind"), wrong("impostor")],
    "test_it_describes_only_paths_of_its_own": [
        lambda: mount(openapi=lambda _: {"openapi": "3.0.3", "paths": {"/names": {}}}),
        lambda: mount(openapi=lambda _: {"openapi": "3.1.0", "paths": {"/namesake": {}}}),
        lambda: mount(openapi=lambda _: {"openapi": "3.1.0", "paths": {}}),
    ],
}


@pytest.mark.parametrize(("test", "factory"), [(test, each) for test, found in WRONG.items() for each in found])
def test_each_test_for_mounts_catches_its_double(test: str, factory: Callable[[], ServerMount]) -> None:
    assert_caught(ServerMountContract, test, mount=factory, service=make_service, readings=readings)


def test_no_test_for_mounts_lacks_a_double() -> None:
    assert_each_has_a_double(ServerMountContract, WRONG)
