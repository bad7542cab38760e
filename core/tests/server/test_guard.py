"""The guard covers every method of every protocol, and asks the policy for exactly what a call does."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import attrs
import pytest

from runyard.entities import (
    Batch,
    Change,
    ChangeKind,
    Changes,
    Experiment,
    LifecycleStage,
    ModelMetric,
    Page,
    RunStart,
    RunUpdate,
    Subject,
)
from runyard.errors import Forbidden, InvalidInput
from runyard.protocols import artifacts, changes, frames, logged_models, registry, tracking
from runyard.protocols.access import Action, Operation, Principal, Resource, ResourceKind
from runyard.protocols.frames import FrameQuery
from runyard.protocols.logged_models import LoggedModelQuery
from runyard.protocols.tracking import RunQuery
from runyard.server.guard import AREAS, Access, guarded
from runyard.testing.memory.tracking import MemoryTrackingStore

PROTOCOLS: Mapping[str, tuple[ModuleType, ...]] = {
    "tracking": (tracking, logged_models, frames, changes),
    "registry": (registry,),
    "artifacts": (artifacts,),
}
NOT_LENT = {"close"}  # stores belong to the server
ANN = Principal("ann")


def methods(area: str) -> dict[str, inspect.Signature]:
    """Every method of the protocols of an area."""
    found = {}
    for module in PROTOCOLS[area]:
        for _, protocol in inspect.getmembers(module, inspect.isclass):
            if getattr(protocol, "_is_protocol", False) and protocol.__module__ == module.__name__:
                members = inspect.getmembers(protocol, inspect.isfunction)
                found.update({name: inspect.signature(each) for name, each in members if not name.startswith("_")})
    if area == "registry":
        found["changes"] = inspect.signature(changes.RecordsChanges.changes)
    return {name: signature for name, signature in found.items() if name not in NOT_LENT}


@attrs.define
class Recording:
    """A policy that keeps what it was asked, and refuses what it is told to."""

    refused: Callable[[Operation], bool] = lambda _: False
    asked: list[Operation] = attrs.field(factory=list)

    def allows(self, principal: Principal, operation: Operation) -> bool:
        assert principal == ANN
        self.asked.append(operation)
        return not self.refused(operation)


def everything(area: str, answer: Any = None) -> Any:
    """A store with every method of an area, and some that no protocol has."""
    calls: list[str] = []

    def make(name: str) -> Callable[..., Any]:
        def method(self: Any, *arguments: Any, **named: Any) -> Any:
            calls.append(name)
            return answer

        return method

    names = [*methods(area), *NOT_LENT, "execute_sql", "_private"]
    return type("Everything", (), {**{name: make(name) for name in names}, "calls": calls})()


START = RunStart(run_id="r1", run_name="", user_id="", start_time=0, experiment_id="1")
QUERY = RunQuery(experiment_ids=("1", "02"))

# What each parameter is given; of first parameters, also what the policy has to be asked about.
VALUES: Mapping[str, Any] = {
    "batch": Batch(
        journal_id="j",
        first=1,
        last=2,
        starts=[attrs.evolve(START, experiment_id="7")],
        params=[("r1", "a", "1"), ("r2", "a", "1")],
        measurements=[ModelMetric("m-1", "a", 1, 0, run_id="r4")],
        updates=[RunUpdate(run_id="r3")],
    ),
    "experiment_id": "01",
    "experiment_ids": ["1", "02"],
    "journal_id": "j",
    "model_id": "m-1",
    "model_ids": ["m-1", "m-2"],
    "name": "digits",
    "new_name": "numbers",
    "pairs": [("r1", "loss"), ("r2", "loss"), ("r1", "accuracy")],
    "path": "a//b/./c",
    "run_id": "r1",
    "run_ids": ["r1", "r2"],
    "since": 3,
    "start": START,
    "update": RunUpdate(run_id="r1"),
    "view_id": "v1",
}
QUERIES: Mapping[str, Any] = {
    "search_runs": QUERY,
    "read_frame": FrameQuery(experiment_ids=("1", "02"), columns=()),
    "search_logged_models": LoggedModelQuery(experiment_ids=("1", "02")),
}
EXPERIMENTS = ["experiment 1", "experiment 2"]
ABOUT: Mapping[str, list[str]] = {
    "batch": ["experiment 7", "run r1", "run r2", "run r4", "run r3"],
    "experiment_id": ["experiment 1"],
    "experiment_ids": EXPERIMENTS,
    "journal_id": ["run "],
    "model_id": ["logged_model m-1"],
    "model_ids": ["logged_model m-1", "logged_model m-2"],
    "pairs": ["run r1", "run r2"],
    "path": ["artifact a/b/c"],
    "run_id": ["run r1"],
    "run_ids": ["run r1", "run r2"],
    "start": ["experiment 1", "run r1"],
    "update": ["run r1"],
    "view_id": ["view v1"],
}
SPECIAL: Mapping[str, list[str]] = {
    "tracking.create_experiment": ["experiment "],
    "tracking.get_experiment_by_name": ["experiment "],
    "tracking.search_experiments": ["experiment "],
    "tracking.search_runs": EXPERIMENTS,
    "tracking.read_frame": EXPERIMENTS,
    "tracking.search_logged_models": EXPERIMENTS,
    "tracking.changes": ["experiment "],
    "tracking.list_views": ["view "],
    "artifacts.copies_from": ["artifact "],
    "registry.changes": ["model "],
    "registry.search_registered_models": ["model "],
    "registry.search_model_versions": ["model "],
    "registry.rename_registered_model": ["model digits", "model numbers"],
}
WORDS: Mapping[str, Action] = {
    "get": Action.READ,
    "search": Action.READ,
    "read": Action.READ,
    "sample": Action.READ,
    "list": Action.READ,
    "stat": Action.READ,
    "open": Action.READ,
    "local": Action.READ,
    "changes": Action.READ,
    "history": Action.READ,
    "describe": Action.READ,
    "version": Action.READ,
    "holds": Action.READ,
    "checks": Action.READ,
    "crc32": Action.READ,
    "checksum": Action.READ,
    "copies": Action.READ,
    "presign_download": Action.READ,
    "create_experiment": Action.CREATE,
    "create_run": Action.CREATE,
    "create_logged": Action.CREATE,
    "create_registered": Action.CREATE,
    "delete_experiment": Action.DELETE,
    "restore": Action.DELETE,
    "delete_run": Action.DELETE,
    "delete_registered_model": Action.DELETE,
    "delete_model_version": Action.DELETE,
    "delete_logged_model": Action.DELETE,
    "delete_view": Action.DELETE,
    "delete": Action.DELETE,
    "delete_experiment_tag": Action.UPDATE,
    "delete_registered_model_tag": Action.UPDATE,
    "delete_registered_model_alias": Action.UPDATE,
    "delete_model_version_tag": Action.UPDATE,
    "delete_logged_model_tag": Action.UPDATE,
    "delete_tag": Action.UPDATE,
    "purge": Action.ADMIN,
}

ALL = [(area, name) for area in PROTOCOLS for name in methods(area)]


@pytest.mark.parametrize("area", PROTOCOLS)
def test_every_method_of_every_protocol_has_a_rule_and_no_rule_is_stale(area: str) -> None:
    assert set(methods(area)) == set(AREAS[area])


def test_the_protocols_are_found() -> None:
    assert {"log_batch", "ingest", "create_logged_model", "read_frame", "save_view"} <= set(methods("tracking"))
    assert {"history", "create_model_version"} <= set(methods("registry"))
    assert {"open", "presign_part", "write_part", "local_path"} <= set(methods("artifacts"))


def arguments(area: str, name: str) -> dict[str, Any]:
    """What a method is called with, by name: everything that it needs."""
    given = {}
    for parameter in list(methods(area)[name].parameters.values())[1:]:
        if parameter.name == "query":
            given["query"] = QUERIES.get(name)
        elif parameter.name in VALUES:
            given[parameter.name] = VALUES[parameter.name]
        elif parameter.default is inspect.Parameter.empty:
            given[parameter.name] = None
    return given


def expected(area: str, name: str) -> list[str]:
    if f"{area}.{name}" in SPECIAL:
        return SPECIAL[f"{area}.{name}"]
    first = next(iter(arguments(area, name)))
    return ["model digits"] if first == "name" and area == "registry" else ABOUT[first]


def shown(resources: Any) -> list[str]:
    return [f"{resource.kind.value} {resource.id}" for resource in resources]


@pytest.mark.parametrize(("area", "name"), ALL)
def test_a_policy_is_asked_once_for_what_a_call_does_and_to_what(area: str, name: str) -> None:
    policy, store = Recording(), everything(area)
    getattr(guarded(store, area, Access(ANN, policy)), name)(**arguments(area, name))
    assert store.calls == [name]
    assert [operation.name for operation in policy.asked] == [f"{area}.{name}"]
    assert shown(policy.asked[0].resources) == expected(area, name)
    assert policy.asked[0].action is action(name)


def action(name: str) -> Action:
    """What a method's name says that it does: the longest word that it begins with decides, else it changes things."""
    found = [word for word in WORDS if name == word or name.startswith(f"{word}_")]
    exact = [word for word in WORDS if name.startswith(word) and "_" in word]
    return WORDS[max([*found, *exact], key=len)] if found or exact else Action.UPDATE


@pytest.mark.parametrize(("area", "name"), ALL)
def test_it_makes_no_difference_whether_arguments_are_given_by_name(area: str, name: str) -> None:
    policy = Recording()
    guard = guarded(everything(area), area, Access(ANN, policy))
    given = arguments(area, name)
    positional = [
        parameter.name
        for parameter in methods(area)[name].parameters.values()
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY and parameter.name in given
    ]
    rest = {key: value for key, value in given.items() if key not in positional}
    getattr(guard, name)(*[given[key] for key in positional], **rest)
    getattr(guard, name)(**given)
    assert policy.asked[0] == policy.asked[1]


@pytest.mark.parametrize(("area", "name"), ALL)
def test_what_a_policy_forbids_does_not_happen_and_the_rest_does(area: str, name: str) -> None:
    store = everything(area)
    guard = guarded(store, area, Access(ANN, Recording(lambda operation: operation.name == f"{area}.{name}")))
    with pytest.raises(Forbidden, match="ann may not"):
        getattr(guard, name)(**arguments(area, name))
    assert store.calls == []
    other = next(each for each in methods(area) if each != name)
    getattr(guard, other)(**arguments(area, other))
    assert store.calls == [other]


@pytest.mark.parametrize("area", PROTOCOLS)
@pytest.mark.parametrize("name", ["close", "execute_sql", "_private", "calls"])
def test_what_has_no_rule_cannot_be_reached(area: str, name: str) -> None:
    guard = guarded(everything(area), area, Access(ANN, Recording()))
    assert not hasattr(guard, name)


@pytest.mark.parametrize("area", PROTOCOLS)
def test_a_guard_has_the_capabilities_of_its_store_and_no_other(area: str) -> None:
    empty = guarded(type("Empty", (), {})(), area, Access(ANN, Recording()))
    assert not [name for name in AREAS[area] if hasattr(empty, name)]
    full = guarded(everything(area), area, Access(ANN, Recording()))
    capabilities = [
        protocol
        for module in PROTOCOLS[area]
        for _, protocol in inspect.getmembers(module, inspect.isclass)
        if getattr(protocol, "_is_runtime_protocol", False)
    ]
    for capability in capabilities:
        assert isinstance(full, capability), capability
        assert not isinstance(empty, capability), capability


def test_the_reference_store_keeps_its_capabilities(runyard_host: Any) -> None:
    store = runyard_host.tracking_store()
    guard = guarded(store, "tracking", Access(ANN, Recording()))
    for capability in (tracking.IngestsBatches, logged_models.KeepsLoggedModels, changes.RecordsChanges):
        assert isinstance(guard, capability) == isinstance(store, capability)
    assert isinstance(store, MemoryTrackingStore)


def test_the_root_of_an_artifact_store_is_asked_for_by_an_empty_path() -> None:
    policy = Recording()
    guarded(everything("artifacts"), "artifacts", Access(ANN, policy)).list()
    guarded(everything("artifacts"), "artifacts", Access(ANN, policy), place="1/r/artifacts").list()
    guarded(everything("artifacts"), "artifacts", Access(ANN, policy), place="1/r/artifacts").open("a/b")
    assert [shown(each.resources) for each in policy.asked] == [
        ["artifact "],
        ["artifact 1/r/artifacts"],
        ["artifact 1/r/artifacts/a/b"],
    ]


@pytest.mark.parametrize("path", ["../x", "a/../../x", "%2e%2e/x", "%252e%252e/x", "/x", "a\\..\\..\\x", "a\0b"])
def test_a_path_that_leads_out_is_refused_before_anybody_is_asked(path: str) -> None:
    policy, store = Recording(), everything("artifacts")
    with pytest.raises(InvalidInput):
        guarded(store, "artifacts", Access(ANN, policy), place="1/r").open(path)
    assert (policy.asked, store.calls) == ([], [])


def experiment(identifier: str) -> Experiment:
    return Experiment(
        experiment_id=identifier,
        name=f"e{identifier}",
        artifact_location="",
    )


def hides(*identifiers: str) -> Callable[[Operation], bool]:
    return lambda operation: any(resource.id in identifiers for resource in operation.resources)


def test_what_may_not_be_read_is_left_out_of_a_page() -> None:
    page = Page([experiment("1"), experiment("2"), experiment("3")], "next")
    guard = guarded(everything("tracking", page), "tracking", Access(ANN, Recording(hides("2"))))
    found = guard.search_experiments(None)
    assert [each.experiment_id for each in found.items] == ["1", "3"]
    assert found.token == "next"


def test_what_may_not_be_read_is_not_found_by_its_name() -> None:
    policy = Recording(hides("2"))
    store = everything("tracking", experiment("2"))
    assert guarded(store, "tracking", Access(ANN, policy)).get_experiment_by_name("e2") is None
    assert policy.asked[1] == Operation(
        "tracking.get_experiment_by_name", Action.READ, (Resource(ResourceKind.EXPERIMENT, "2"),)
    )


def test_changes_of_what_may_not_be_read_are_left_out() -> None:
    items = [
        Change(1, Subject.RUN, "r1", ChangeKind.CREATED, 0, experiment_id="1"),
        Change(2, Subject.RUN, "r2", ChangeKind.CREATED, 0, experiment_id="2"),
        Change(3, Subject.EXPERIMENT, "2", ChangeKind.CREATED, 0),
        Change(4, Subject.LOGGED_MODEL, "m-1", ChangeKind.CREATED, 0, experiment_id="1"),
        Change(5, Subject.RUN, "r3", ChangeKind.CREATED, 0, experiment_id="1"),
    ]
    store = everything("tracking", Changes(items, last=9))
    found = guarded(store, "tracking", Access(ANN, Recording(hides("2", "r3")))).changes(0)
    assert [change.number for change in found.items] == [1, 4]
    assert found.last == 9


BY_NAME = attrs.evolve(START, experiment_id=None, experiment_name="e2")


def start_by_name(store: Any, policy: Recording) -> list[tuple[str, Action, list[str]]]:
    """What the policy is asked when a run is started in the experiment e2, alone and in a batch."""
    guard = guarded(store, "tracking", Access(ANN, policy))
    guard.create_run(BY_NAME)
    guard.ingest(Batch("j", 1, 1, starts=[BY_NAME, attrs.evolve(BY_NAME, run_id="r2")]))
    return [
        (each.name, each.action, [f"{one.kind} {one.id}/{one.name}" for one in each.resources]) for each in policy.asked
    ]


def test_an_experiment_that_is_given_by_name_is_asked_for_by_its_id() -> None:
    assert start_by_name(everything("tracking", experiment("2")), Recording()) == [
        ("tracking.create_run", Action.CREATE, ["experiment 2/", "run r1/"]),
        ("tracking.ingest", Action.UPDATE, ["experiment 2/", "run r1/", "run r2/"]),
    ]


@pytest.mark.parametrize("found", [None, attrs.evolve(experiment("2"), lifecycle_stage=LifecycleStage.DELETED)])
def test_an_experiment_that_a_start_would_make_is_asked_for_by_its_name(found: Experiment | None) -> None:
    assert start_by_name(everything("tracking", found), Recording()) == [
        ("tracking.create_experiment", Action.CREATE, ["experiment /e2"]),
        ("tracking.create_run", Action.CREATE, ["experiment /e2", "run r1/"]),
        ("tracking.create_experiment", Action.CREATE, ["experiment /e2"]),
        ("tracking.ingest", Action.UPDATE, ["experiment /e2", "run r1/", "run r2/"]),
    ]


def test_who_may_not_make_experiments_starts_no_run_in_a_new_one() -> None:
    store = everything("tracking", None)
    policy = Recording(lambda operation: operation.name == "tracking.create_experiment")
    with pytest.raises(Forbidden, match="ann may not create experiment e2"):
        guarded(store, "tracking", Access(ANN, policy)).ingest(Batch("j", 1, 1, starts=[BY_NAME]))
    assert "ingest" not in store.calls


def test_who_wants_something_back_reads_that_and_not_what_the_policy_calls_it() -> None:
    with pytest.raises(Forbidden, match="ann may not restore run r1"):
        guarded(everything("tracking"), "tracking", Access(ANN, Nobody())).restore_run("r1")


def test_nobody_is_called_anonymous() -> None:
    with pytest.raises(Forbidden, match="anonymous may not admin run r1, run r2"):
        guarded(everything("tracking"), "tracking", Access(Principal(""), Nobody())).purge_runs(["r1", "r2"])


class Nobody:
    def allows(self, principal: Principal, operation: Operation) -> bool:
        return False
