"""What changes, by asking and by being told; the stream is tested on a real server."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from runyard.entities import Change, Metric, RunStart, RunStatus, RunUpdate, Subject
from runyard.host import Host
from runyard.protocols.access import Operation, Principal, ResourceKind
from runyard.protocols.registry import RegistryStore
from runyard.protocols.tracking import TrackingStore
from runyard.server.service import Service
from runyard.settings import Settings
from runyard.testing.server import RunningServer, asgi_client, running_server
from runyard_api_v1.application import application
from runyard_api_v1.changes import Cursor
from runyard_api_v1.topics import Topics

sys.path.insert(0, str(Path(__file__).parent))
from event_streams import Stream


def test_changes_go_on_where_the_last_answer_ended(
    client: httpx.Client, runs: list[str], store: TrackingStore, registered: RegistryStore
) -> None:
    everything = client.get("/api/v1/changes?since=0").json()
    assert {one["subject"] for one in everything["items"]} == {"run", "model"}
    assert client.get(f"/api/v1/changes?since={everything['last']}").json()["items"] == []
    store.log_batch(runs[0], metrics=[Metric("loss", 0.1, 1, 100)])
    registered.set_registered_model_tag("digits", "a", "b")
    new = client.get(f"/api/v1/changes?since={everything['last']}").json()
    assert [(one["subject"], one["id"]) for one in new["items"]] == [("run", runs[0]), ("model", "digits")]
    assert (new["reset"], new["more"]) == (False, False)
    assert client.get("/api/v1/changes").json()["last"] == new["last"]


def test_pages_of_changes_miss_nothing(client: httpx.Client, runs: list[str], registered: RegistryStore) -> None:
    found, since = [], "0"
    while True:
        page = client.get(f"/api/v1/changes?since={since}&max_results=2").json()
        found += page["items"]
        since = page["last"]
        if not page["more"]:
            break
    whole = client.get("/api/v1/changes?since=0").json()["items"]
    assert sorted(one["number"] for one in found) == sorted(one["number"] for one in whole)


class NotTheFirst:
    """A policy that hides one run."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def allows(self, principal: Principal, operation: Operation) -> bool:
        return all(one.kind is not ResourceKind.RUN or one.id != self._run_id for one in operation.resources)


def test_changes_of_what_may_not_be_seen_are_not_told(service: Service, runs: list[str]) -> None:
    with asgi_client(application(Service(service.host, policy=NotTheFirst(runs[0])))) as client:
        found = client.get("/api/v1/changes?since=0").json()["items"]
        assert client.get("/api/v1/changes?since=0&max_results=1").json()["more"]
    assert {one["id"] for one in found} == set(runs[1:])


@pytest.mark.parametrize("text", ["", "-1", "1-", "1-2-3", "x", "9" * 20])
def test_a_place_that_is_none_is_refused(client: httpx.Client, text: str) -> None:
    assert client.get("/api/v1/changes", params={"since": text}).status_code == 400


def test_a_cursor_counts_both_stores_apart() -> None:
    cursor = Cursor.parse("5-3")
    model = Change(4, Subject.MODEL, "m", "updated", 1)  # type: ignore[arg-type]
    run = Change(4, Subject.RUN, "r", "updated", 1)  # type: ignore[arg-type]
    assert (cursor.is_before(model), cursor.is_before(run)) == (True, False)
    assert str(cursor.after(model)) == "5-4"
    assert Cursor.parse("7") == Cursor(7, 7)
    assert Cursor(1, 9).latest(Cursor(5, 2)) == Cursor(5, 9)


@pytest.mark.parametrize("topics", ["run", "exp:", "runs:1", "", "exp:1,,run:2"])
def test_topics_that_are_none_are_refused(client: httpx.Client, topics: str) -> None:
    answer = client.get("/api/v1/events", params={"topics": topics})
    assert answer.status_code == 400
    assert "a topic is exp:ID" in answer.json()["message"]


def test_topics_choose_changes() -> None:
    run = Change(1, Subject.RUN, "abc", "updated", 1, "7")  # type: ignore[arg-type]
    model = Change(1, Subject.MODEL, "digits", "updated", 1)  # type: ignore[arg-type]
    logged = Change(1, Subject.LOGGED_MODEL, "m-1", "updated", 1, "7")  # type: ignore[arg-type]
    experiment = Change(1, Subject.EXPERIMENT, "7", "updated", 1, "7")  # type: ignore[arg-type]
    for topics, included in (
        (None, [run, model, logged, experiment]),
        ("exp:7", [run, logged, experiment]),
        ("exp:8", []),
        ("run:abc", [run]),
        ("models", [model]),
        ("model:digits,experiments", [model, experiment]),
    ):
        found = [one for one in (run, model, logged, experiment) if Topics.parse(topics).include(one)]
        assert found == included, topics


# --- the stream, on a real server; the store is written to by this process --------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(tmp_path) as found:
        yield found


@pytest.fixture
def outside(server: RunningServer) -> Iterator[TrackingStore]:
    """The server's store, opened by another process."""
    with Host(Settings(data_dir=str(server.data))) as host:
        yield host.tracking_store()


def create(store: TrackingStore, run_id: str) -> None:
    store.create_run(RunStart(run_id, f"name of {run_id}", "ada", 1, experiment_id="0"))


def test_what_another_process_does_is_told(server: RunningServer, outside: TrackingStore) -> None:
    with Stream(server.url, topics="exp:0,models") as stream:
        time.sleep(0.5)
        create(outside, "r1")
        assert stream.until("change", id="r1").data["kind"] == "created"
        told = stream.until("run", run_id="r1").data
        assert (told["status"], told["run_name"], told["metrics"]) == ("RUNNING", "name of r1", {})
        outside.log_batch("r1", metrics=[Metric("loss", float("nan"), 5, 3), Metric("acc", 0.5, 5, 3)])
        told = stream.until("run", run_id="r1", total_metrics=2).data
        assert told["metrics"] == {
            "loss": {"value": "NaN", "timestamp": 5, "step": 3},
            "acc": {"value": 0.5, "timestamp": 5, "step": 3},
        }
        outside.update_run(RunUpdate("r1", status=RunStatus.FINISHED, end_time=9))
        assert stream.until("run", status="FINISHED").data["end_time"] == 9


def test_a_busy_run_is_told_of_once_a_second(server: RunningServer, outside: TrackingStore) -> None:
    create(outside, "busy")
    with Stream(server.url, topics="run:busy") as stream:
        time.sleep(0.5)
        end = time.monotonic() + 3
        step = 0
        while time.monotonic() < end:
            step += 1
            outside.log_batch("busy", metrics=[Metric("loss", step, step, step)])
            time.sleep(0.05)
        last = stream.until("run", run_id="busy")
        told = 1
        while last.data["metrics"]["loss"]["step"] != step:
            last = stream.until("run", run_id="busy")
            told += 1
    assert told <= 6


def test_who_comes_back_is_told_what_it_missed(server: RunningServer, outside: TrackingStore) -> None:
    with Stream(server.url, topics="exp:0") as stream:
        time.sleep(0.5)
        create(outside, "r1")
        place = stream.until("change", id="r1").id
    for number in range(2, 30):
        create(outside, f"r{number}")
    with Stream(server.url, last_id=place, topics="exp:0") as stream:
        missed = [stream.until("change", kind="created").data["id"] for _ in range(28)]
        assert missed == [f"r{number}" for number in range(2, 30)]
        create(outside, "r30")
        assert stream.until("change", kind="created").data["id"] == "r30"


def test_nothing_is_missed_when_the_server_is_killed(tmp_path: Path) -> None:
    with running_server(tmp_path) as first, Host(Settings(data_dir=str(first.data))) as host:
        store = host.tracking_store()
        with Stream(first.url) as stream:
            time.sleep(0.5)
            create(store, "before")
            stream.until("change", id="before")
            first.stop(signal.SIGKILL)
            stream.wait_for_end()
        create(store, "meanwhile")
        with running_server(tmp_path) as second, Stream(second.url, last_id=stream.last_id) as again:
            assert again.until("change", kind="created").data["id"] == "meanwhile"
            create(store, "after")
            assert again.until("change", kind="created").data["id"] == "after"


def test_a_place_that_the_store_does_not_know_means_to_read_anew(server: RunningServer) -> None:
    with Stream(server.url, last_id="999999-999999") as stream:
        told = stream.next()
        assert told.name == "reset"
        assert told.data["last"] == told.id
        create_url = f"{server.url}/api/v1/runs"
        start = {"run_id": "new", "run_name": "n", "user_id": "u", "start_time": 1, "experiment_id": "0"}
        assert httpx.post(create_url, json=start).status_code == 200
        assert stream.until("change", kind="created").data["id"] == "new"


def test_a_server_that_stops_ends_its_streams(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, Stream(server.url) as stream:
        time.sleep(0.5)
        started = time.monotonic()
        assert server.stop() == 0
        stream.wait_for_end()
        assert time.monotonic() - started < 10
