"""A service lends stores to whoever asks, and artifacts only below what the server may read."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import attrs
import pytest

from runyard.errors import Forbidden, InvalidInput, NotSupported, RunyardError
from runyard.host import Host
from runyard.protocols.access import Operation, Principal
from runyard.server.service import PRINCIPAL, Service, Stores
from runyard.uris import Uri

ANN = Principal("ann", frozenset({"editor"}))


@attrs.define
class Recording:
    asked: list[tuple[str, str, str]] = attrs.field(factory=list)

    def allows(self, principal: Principal, operation: Operation) -> bool:
        self.asked.extend((principal.name, operation.name, resource.id) for resource in operation.resources)
        return True


@pytest.fixture
def policy() -> Recording:
    return Recording()


@pytest.fixture
def stores(runyard_host: Host, policy: Recording) -> Stores:
    root, open_root = Uri.parse("memory://server/files"), Uri.parse("memory://server/old")
    return Service(runyard_host, policy, root, (open_root,)).stores({PRINCIPAL: ANN})


def test_stores_are_those_of_the_principal_of_the_request(stores: Stores, policy: Recording) -> None:
    assert stores.principal == ANN
    stores.tracking.create_experiment("e")
    stores.registry.create_registered_model("m")
    assert policy.asked == [
        ("ann", "tracking.create_experiment", ""),
        ("ann", "registry.create_registered_model", "m"),
    ]


def test_a_request_without_principal_is_anonymous(runyard_host: Host, policy: Recording) -> None:
    Service(runyard_host, policy).stores({}).tracking.create_experiment("e")
    assert policy.asked == [("", "tracking.create_experiment", "")]


def test_proxied_artifacts_are_named_by_their_path(stores: Stores, policy: Recording) -> None:
    stores.proxied.write("1/r/artifacts/a", BytesIO(b"x"))
    assert stores.artifact_store("mlflow-artifacts:/1/r/artifacts").open("a").read() == b"x"
    assert stores.artifact_store("memory://server/files/1/r/artifacts").open("a").read() == b"x"
    assert {name for _, _, name in policy.asked} == {"1/r/artifacts/a"}


def test_artifacts_in_an_open_root_are_named_by_their_uri(stores: Stores, policy: Recording) -> None:
    stores.artifact_store("memory://server/old/1").list("b")
    assert policy.asked == [("ann", "artifacts.list", "memory://server/old/1/b")]


@pytest.mark.parametrize(
    "place",
    [
        "memory://server",
        "memory://server/filesx",
        "memory://server/files/../x",
        "memory://server/files/..",
        "memory://server/files?x",
        "memory://other/files",
        "file:///etc",
        "/etc",
        "runs:/r/a",
        "models:/m/1",
        "s3://bucket/x",
        "mlflow-artifacts:/../x",
        "mlflow-artifacts:/%2e%2e/x",
        "mlflow-artifacts:/a/%252e%252e/%252e%252e/x",
    ],
)
def test_nothing_else_may_be_opened(stores: Stores, place: str) -> None:
    with pytest.raises((Forbidden, InvalidInput)):
        stores.artifact_store(place)


@pytest.mark.parametrize("place", ["file:///{root}/../x", "{root}/../x", "file:///{root}/a/%2e%2e/%2e%2e/x", "{root}x"])
def test_no_path_leads_out_of_a_folder(runyard_host: Host, tmp_path: Path, place: str) -> None:
    root = tmp_path / "root"
    stores = Service(runyard_host, artifact_root=Uri.from_path(root)).stores({})
    text = place.replace("{root}", str(root).lstrip("/") if place.startswith("file") else str(root))
    for uri in (text, Uri("file", text) if text.startswith("file") else Uri.parse(text)):
        with pytest.raises(Forbidden, match=r"server\.artifact_roots"):
            stores.artifact_store(uri)


def test_a_server_that_serves_no_artifacts_says_so(runyard_host: Host) -> None:
    stores = Service(runyard_host).stores({})
    with pytest.raises(NotSupported, match="--serve-artifacts"):
        _ = stores.proxied
    with pytest.raises(NotSupported, match="does not"):
        stores.artifact_store("mlflow-artifacts:/1")


def test_places_are_the_same_to_a_policy_however_they_are_spelled(stores: Stores, policy: Recording) -> None:
    stores.artifact_store("mlflow-artifacts:/1//r/./a").list("b//c")
    stores.artifact_store("mlflow-artifacts:///1/r/a").list("b/c")
    assert {name for _, _, name in policy.asked} == {"1/r/a/b/c"}


def test_a_check_of_something_else_is_refused_where_the_policy_says_no(runyard_host: Host) -> None:
    class Nothing:
        def allows(self, principal: Principal, operation: Operation) -> bool:
            return False

    from runyard.protocols.access import Action
    from runyard.server.rules import SERVER

    stores = Service(runyard_host, Nothing()).stores({PRINCIPAL: ANN})
    with pytest.raises(RunyardError, match="ann may not read server"):
        stores.check(Operation("server.plugins", Action.READ, (SERVER,)))
