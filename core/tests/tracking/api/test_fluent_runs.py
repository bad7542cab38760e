"""Starting, nesting, resuming and ending runs with the module-level functions."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

import runyard as ry
from runyard.entities import Run, RunStatus
from runyard.errors import DeliveryError, InvalidInput, InvalidState, NotFound
from runyard.host import Host

pytestmark = pytest.mark.usefixtures("host")


def log_as_another_process_would(run: ry.ActiveRun, key: str, value: object) -> None:
    """Through a writer that does not know what was logged before."""
    run.client.recorder.run(run.info.run_id)._params.clear()
    ry.log_param(key, value)


def test_a_run_is_running_inside_its_block_and_finished_after_it() -> None:
    with ry.start_run() as run:
        assert ry.get_run(run.info.run_id).info.status is RunStatus.RUNNING
        assert ry.active_run() is run

    stored = ry.get_run(run.info.run_id).info
    assert stored.status == "FINISHED"
    assert stored.end_time is not None
    assert stored.end_time >= stored.start_time
    assert ry.active_run() is None


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError, "FAILED"), (KeyboardInterrupt, "KILLED"), (SystemExit, "FINISHED")],
)
def test_what_ends_the_block_decides_how_the_run_ended(error: type[BaseException], status: str) -> None:
    with pytest.raises(error), ry.start_run() as run:
        raise error

    assert ry.get_run(run.info.run_id).info.status == status


def test_a_script_that_exits_with_a_code_leaves_a_failed_run() -> None:
    with pytest.raises(SystemExit), ry.start_run() as run:
        raise SystemExit(3)

    assert ry.get_run(run.info.run_id).info.status is RunStatus.FAILED


def test_a_run_says_who_it_belongs_to_and_how_it_is_called() -> None:
    with ry.start_run(run_name="first", description="a note", tags={"team": "blue", "size": 3}) as run:
        pass

    stored = ry.get_run(run.info.run_id)
    assert stored.info.run_name == "first"
    assert stored.info.user_id == "ann"
    assert stored.data.tags["mlflow.runName"] == "first"
    assert stored.data.tags["mlflow.note.content"] == "a note"
    assert stored.data.tags["team"] == "blue"
    assert stored.data.tags["size"] == "3"


def test_a_run_without_a_name_gets_a_short_random_one() -> None:
    names = set()
    for _ in range(5):
        with ry.start_run() as run:
            names.add(run.info.run_name)

    assert len(names) > 1
    assert all(re.fullmatch(r"[a-z]+-[a-z]+-\d{1,3}", name) and len(name) <= 20 for name in names)


def test_the_name_can_be_given_as_a_tag_but_not_as_two_names() -> None:
    with ry.start_run(tags={"mlflow.runName": "tagged"}) as run:
        assert run.info.run_name == "tagged"
    with pytest.raises(InvalidInput, match=r"'one'.*'two'"):
        ry.start_run(run_name="one", tags={"mlflow.runName": "two"})


def test_a_second_run_needs_nested() -> None:
    with ry.start_run() as outer, pytest.raises(InvalidState, match=rf"{outer.info.run_id}.*nested=True"):
        ry.start_run()


def test_nested_runs_name_their_parent_and_give_way_to_it_when_they_end() -> None:
    with ry.start_run() as outer:
        with ry.start_run(nested=True) as middle:
            with ry.start_run(nested=True) as inner:
                assert ry.active_run() is inner
            assert ry.active_run() is middle
        assert ry.active_run() is outer

    parent = ry.get_parent_run(inner.info.run_id)
    assert parent is not None
    assert parent.info.run_id == middle.info.run_id
    assert ry.get_parent_run(outer.info.run_id) is None


def test_a_parent_can_be_named_that_is_not_active() -> None:
    with ry.start_run() as parent:
        pass
    with ry.start_run(parent_run_id=parent.info.run_id) as child:
        pass

    assert ry.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
    with pytest.raises(NotFound, match="f" * 32):
        ry.start_run(parent_run_id="f" * 32)
    assert ry.active_run() is None


def test_ending_the_outer_run_ends_those_left_open_in_it() -> None:
    with ry.start_run() as outer:
        inner = ry.start_run(nested=True)

    assert ry.active_run() is None
    assert ry.get_run(inner.info.run_id).info.status is RunStatus.FINISHED
    assert ry.get_run(outer.info.run_id).info.status is RunStatus.FINISHED


def test_a_run_is_resumed_by_its_id_and_keeps_what_it_has() -> None:
    with ry.start_run(run_name="long") as first:
        ry.log_param("depth", 3)
        ry.log_metric("loss", 2.0, step=1)
    with ry.start_run(run_id=first.info.run_id, tags={"resumed": "yes"}) as again:
        assert again.info.run_id == first.info.run_id
        assert ry.get_run(first.info.run_id).info.status is RunStatus.RUNNING
        ry.log_metric("loss", 1.0, step=2)

    stored = ry.get_run(first.info.run_id)
    assert stored.info.status is RunStatus.FINISHED
    assert stored.info.run_name == "long"
    assert stored.data.params == {"depth": "3"}
    assert stored.data.metrics == {"loss": 1.0}
    assert stored.data.tags["resumed"] == "yes"


def test_the_setting_run_id_is_resumed_once(host: Host) -> None:
    with ry.start_run() as first:
        pass
    host.settings = attrs.evolve(host.settings, run_id=first.info.run_id)

    with ry.start_run() as resumed:
        assert resumed.info.run_id == first.info.run_id
    with ry.start_run() as other:
        assert other.info.run_id != first.info.run_id


def test_neither_a_missing_nor_a_deleted_nor_an_active_run_is_resumed() -> None:
    with pytest.raises(NotFound, match="no-such-run"):
        ry.start_run(run_id="no-such-run")
    with ry.start_run() as run, pytest.raises(InvalidState, match="active already"):
        ry.start_run(run_id=run.info.run_id, nested=True)
    ry.delete_run(run.info.run_id)
    with pytest.raises(InvalidState, match=rf"{run.info.run_id} is deleted"):
        ry.start_run(run_id=run.info.run_id)
    assert ry.active_run() is None


def test_the_last_active_run_is_shown_as_it_is_now() -> None:
    with ry.start_run() as run:
        ry.log_param("a", 1)

    last = ry.last_active_run()
    assert last is not None
    assert last.info.run_id == run.info.run_id
    assert last.data.params == {"a": "1"}


def test_runs_go_to_the_experiment_that_was_set_else_to_the_default_one() -> None:
    with ry.start_run() as unset:
        pass
    experiment = ry.set_experiment("vision/digits")
    with ry.start_run() as run:
        pass
    other = ry.create_experiment("other")
    with ry.start_run(experiment_id=other) as elsewhere:
        pass

    assert ry.get_experiment(unset.info.experiment_id).name == "Default"
    assert run.info.experiment_id == experiment.experiment_id
    assert elsewhere.info.experiment_id == other
    assert ry.set_experiment("vision/digits") == ry.get_experiment(experiment.experiment_id)
    assert ry.set_experiment(experiment_id=other).name == "other"


def test_a_deleted_experiment_cannot_be_set_but_its_name_is_free() -> None:
    first = ry.set_experiment("short-lived")
    ry.delete_experiment(first.experiment_id)

    with pytest.raises(InvalidState, match="restore it first"):
        ry.set_experiment(experiment_id=first.experiment_id)
    assert ry.set_experiment("short-lived").experiment_id != first.experiment_id


def test_listeners_hear_of_new_and_ended_runs_but_not_of_resumed_ones(host: Host) -> None:
    heard: list[tuple[str, str, Any]] = []

    class Listener:
        @ry.hookimpl
        def runyard_run_started(self, run: Run) -> None:
            heard.append(("started", run.info.run_id, run.info.status.value))

        @ry.hookimpl
        def runyard_run_finished(self, run: Run) -> None:
            heard.append(("finished", run.info.run_id, run.info.status.value))

    host.plugins.add(Listener(), "listener")
    with ry.start_run() as run:
        pass
    ry.start_run(run_id=run.info.run_id)
    ry.end_run("KILLED")

    run_id = run.info.run_id
    assert heard == [("started", run_id, "RUNNING"), ("finished", run_id, "FINISHED"), ("finished", run_id, "KILLED")]


def test_what_the_store_refused_comes_up_when_the_run_ends_and_the_run_is_ended() -> None:
    run = ry.start_run()
    log_as_another_process_would(run, "depth", 1)
    log_as_another_process_would(run, "depth", 2)
    with pytest.raises(DeliveryError, match=r"'depth'"):
        ry.end_run()

    stored = ry.get_run(run.info.run_id)
    assert stored.info.status is RunStatus.FINISHED
    assert stored.data.params == {"depth": "1"}


def test_a_failure_of_the_block_is_not_hidden_by_what_the_store_refused() -> None:
    run = ry.start_run()
    log_as_another_process_would(run, "depth", 1)
    log_as_another_process_would(run, "depth", 2)
    with pytest.raises(ZeroDivisionError) as caught, run:
        raise ZeroDivisionError

    assert any("'depth'" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("status", ["DONE", "", "finished"])
def test_an_unknown_status_is_refused_and_the_run_stays_open(status: str) -> None:
    with ry.start_run() as run:
        with pytest.raises(InvalidInput, match="FINISHED, FAILED"):
            ry.end_run(status)
        assert ry.active_run() is run


def test_ending_without_an_active_run_does_nothing() -> None:
    ry.end_run()

    assert ry.active_run() is None
