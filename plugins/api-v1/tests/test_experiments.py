"""Experiments with their numbers of runs, and how they change."""

from __future__ import annotations

import httpx

from runyard.entities import RunStart, RunStatus, RunUpdate
from runyard.protocols.tracking import TrackingStore


def test_experiments_tell_how_many_runs_they_have_and_when_something_happened(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    empty = store.create_experiment("team/empty").experiment_id
    found = {one["experiment_id"]: one for one in client.get("/api/v1/experiments").json()["experiments"]}
    assert set(found) == {"0", empty}
    last = store.get_run(runs[0]).info.end_time
    assert (found["0"]["runs"], found["0"]["running"], found["0"]["last_activity"]) == (4, 3, last)
    assert (found[empty]["runs"], found[empty]["running"], found[empty]["last_activity"]) == (0, 0, None)
    assert client.get("/api/v1/experiments/0").json() == found["0"]


def test_experiments_tell_who_began_their_first_run(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    start = store.get_run(runs[0]).info.start_time
    store.create_run(RunStart("e" * 32, "earlier", "grace", start - 1, experiment_id="0"))
    store.create_run(RunStart("f" * 32, "later", "linus", start + 60_000, experiment_id="0"))
    other = store.create_experiment("other").experiment_id
    store.create_run(RunStart("d" * 32, "nameless", "", start, experiment_id=other))
    empty = store.create_experiment("empty").experiment_id
    found = {one["experiment_id"]: one["first_user"] for one in client.get("/api/v1/experiments").json()["experiments"]}
    assert found == {"0": "grace", other: None, empty: None}


def test_deleted_runs_do_not_count_and_deleted_experiments_are_asked_for(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    store.delete_run(runs[1])
    store.delete_experiment(store.create_experiment("gone").experiment_id)
    (default,) = client.get("/api/v1/experiments").json()["experiments"]
    assert (default["runs"], default["running"]) == (3, 2)
    names = {one["name"] for one in client.get("/api/v1/experiments?view=ALL").json()["experiments"]}
    assert names == {"Default", "gone"}


def test_some_experiments_are_asked_for_at_once_and_what_is_not_there_is_left_out(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    one, two, gone = (store.create_experiment(name).experiment_id for name in ("one", "two", "gone"))
    store.delete_experiment(gone)

    def names(query: str) -> set[str]:
        answer = client.get(f"/api/v1/experiments?{query}")
        assert answer.status_code == 200, answer.text
        return {found["name"] for found in answer.json()["experiments"]}

    assert names(f"ids={one},0,0,77,{gone},it's") == {"one", "Default"}
    assert names(f"ids={two},%20{gone}&view=ALL") == {"two", "gone"}
    assert names("ids=77") == names("ids=") == names("ids='") == set()
    first = client.get(f"/api/v1/experiments?ids={one}")
    other = client.get(f"/api/v1/experiments?ids={two}", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
    many = client.get("/api/v1/experiments?ids=" + ",".join(map(str, range(1_001))))
    assert (many.status_code, many.json()["message"]) == (
        400,
        "1,001 experiments are asked for, at most 1,000 at once; ask in several steps",
    )


def test_what_has_not_changed_is_not_sent_again(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    first = client.get("/api/v1/experiments")
    again = {"If-None-Match": first.headers["etag"]}
    assert client.get("/api/v1/experiments", headers=again).status_code == 304
    store.update_run(RunUpdate(runs[2], status=RunStatus.FAILED, end_time=1_800_000_000_000))
    later = client.get("/api/v1/experiments", headers=again)
    assert later.status_code == 200
    assert later.json()["experiments"][0]["last_activity"] == 1_800_000_000_000


def test_an_experiment_that_does_not_exist_is_not_found(client: httpx.Client) -> None:
    answer = client.get("/api/v1/experiments/77")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
