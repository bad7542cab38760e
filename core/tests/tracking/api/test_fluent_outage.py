"""A tracking store that cannot be reached does not stop a training; what was logged arrives when it is back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import runyard as ry
from runyard.errors import Unavailable
from runyard.host import Host, set_default_host
from runyard.models import log_model, save_model
from runyard.models.loading import load_model
from runyard.protocols.tracking import TrackingStore
from runyard.settings import Settings
from runyard.testing.memory import plugin as memory
from runyard.testing.memory.flavor import Line
from runyard.tracking.recorder import recorder_for
from runyard.uris import Uri


class FlakyHost(Host):
    """A host whose tracking store can be cut off."""

    is_down = False

    def tracking_store(self, uri: str | Uri | None = None) -> TrackingStore:
        if self.is_down:
            raise Unavailable("memory: cannot be reached")
        return super().tracking_store(uri)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[FlakyHost]:
    settings = Settings(
        tracking_uri=f"memory:{tmp_path.name}",
        data_dir=str(tmp_path / "data"),
        root=tmp_path,
        plugins=("store-local", "uris"),
    )
    host = FlakyHost(settings, plugins={"memory": memory})
    earlier = set_default_host(host)
    yield host
    host.is_down = False
    while ry.active_run():
        ry.end_run()
    set_default_host(earlier)
    recorder_for(host, host.tracking_uri()).close()
    host.close()


def test_a_run_begun_while_the_store_is_down_arrives_later(host: FlakyHost, capsys: pytest.CaptureFixture[str]) -> None:
    host.is_down = True
    experiment = ry.set_experiment("offline/work")
    with ry.start_run(run_name="offline") as run:
        ry.log_param("lr", 0.1)
        for step in range(100):
            ry.log_metric("loss", 1.0 / (step + 1), step=step)
        ry.set_tags({"team": "blue", "draft": "yes"})
        ry.delete_tag("draft")
        ry.log_text("hello", "notes/hello.txt")
        ry.log_table({"a": [1]}, "table.json")
        ry.log_input(ry.data.from_numpy(np.arange(3), name="line"), context="training")

    assert experiment.experiment_id == ""
    assert "'offline/work' is created when the store is back" in capsys.readouterr().err
    with pytest.raises(Unavailable):
        ry.get_run(run.info.run_id)

    host.is_down = False
    ry.flush()
    stored = ry.get_run(run.info.run_id)
    assert ry.get_experiment(stored.info.experiment_id).name == "offline/work"
    assert (stored.info.run_name, stored.info.status) == ("offline", "FINISHED")
    assert stored.data.params == {"lr": "0.1"}
    assert (stored.data.tags["team"], "draft" in stored.data.tags) == ("blue", False)
    (used,) = stored.inputs.dataset_inputs
    assert (used.dataset.name, used.tags) == ("line", {"mlflow.data.context": "training"})
    assert len(ry.Client().get_metric_history(run.info.run_id, "loss")) == 100
    assert [file.path for file in ry.Client(host=host).list_artifacts(run.info.run_id)] == ["notes", "table.json"]


def test_artifacts_of_a_run_begun_while_the_store_was_down_are_read_when_it_is_back(host: FlakyHost) -> None:
    host.is_down = True
    with ry.start_run(run_name="offline") as run:
        ry.log_text("hello", "hello.txt")
        assert [file.path for file in run.client.list_artifacts(run.info.run_id)] == ["hello.txt"]
        host.is_down = False
        recorder = recorder_for(host, host.tracking_uri())
        deadline = time.monotonic() + 30
        while not recorder.upload_artifacts():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        ry.log_text("again", "again.txt")
        assert [file.path for file in run.client.list_artifacts(run.info.run_id)] == ["again.txt", "hello.txt"]
    stored = ry.get_run(run.info.run_id)
    assert [file.path for file in host.artifact_store(stored.info.artifact_uri).list()] == ["again.txt", "hello.txt"]


def test_an_outage_in_the_middle_of_a_run_loses_nothing(host: FlakyHost) -> None:
    with ry.start_run() as run:
        ry.log_metric("loss", 1.0, step=0)
        ry.set_tag("phase", "warm-up")
        ry.flush()
        host.is_down = True
        ry.log_metric("loss", 2.0, step=1)
        ry.delete_tag("phase")
        ry.log_inputs([ry.data.from_numpy(np.arange(size), name=f"line{size}") for size in (2, 3)])

    host.is_down = False
    ry.flush()
    assert [point.value for point in ry.Client().get_metric_history(run.info.run_id, "loss")] == [1.0, 2.0]
    stored = ry.get_run(run.info.run_id)
    assert (stored.info.status, "phase" in stored.data.tags) == ("FINISHED", False)
    assert [used.dataset.name for used in stored.inputs.dataset_inputs] == ["line2", "line3"]


def test_a_run_is_resumed_while_the_store_is_down(host: FlakyHost) -> None:
    with ry.start_run() as first:
        pass
    host.is_down = True
    with ry.start_run(run_id=first.info.run_id, tags={"resumed": "yes"}):
        ry.log_metric("loss", 1.0)

    host.is_down = False
    ry.flush()
    stored = ry.get_run(first.info.run_id)
    assert stored.data.metrics == {"loss": 1.0}
    assert stored.data.tags["resumed"] == "yes"
    assert stored.info.status == "FINISHED"


def test_reading_says_that_the_store_is_down(host: FlakyHost) -> None:
    host.is_down = True
    for read in (ry.search_experiments, lambda: ry.get_experiment("0"), lambda: ry.set_experiment(experiment_id="0")):
        with pytest.raises(Unavailable, match="cannot be reached"):
            read()


def test_a_model_trained_while_the_store_is_down_is_kept_as_the_error_says(host: FlakyHost, tmp_path: Path) -> None:
    host.is_down = True
    with ry.start_run() as run:
        with pytest.raises(Unavailable, match=r"not logged.*cannot be reached.*save_model.*log_artifacts.*runs:/"):
            log_model("line", Line(2.0), name="net", host=host)
        save_model("line", Line(2.0), tmp_path / "net", host=host)
        ry.log_artifacts(str(tmp_path / "net"), "net")

    host.is_down = False
    ry.flush()
    version = ry.register_model(f"runs:/{run.info.run_id}/net", "price")
    assert load_model("line", f"models:/price/{version.version}", host=host) == Line(2.0)
