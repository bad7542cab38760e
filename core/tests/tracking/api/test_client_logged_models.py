"""The client's logged models: made, filled, found, registered."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import runyard as ry
from runyard.entities import LoggedModelInput, LoggedModelOutput, LoggedModelStatus, ModelMetric
from runyard.errors import InvalidInput, NotFound, NotSupported
from runyard.host import Host
from runyard.protocols.logged_models import VERSIONS_TAG
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.uris import Uri


@pytest.fixture
def client(host: Host) -> ry.Client:
    return ry.Client()


def test_a_logged_model_is_made_and_becomes_ready(client: ry.Client) -> None:
    run = client.create_run("0")
    made = client.create_logged_model(
        "0", "net", run.info.run_id, tags={"stage": 1}, params={"depth": 3}, model_type="cnn"
    )

    assert (made.status, made.creator_id, made.source_run_id) == (LoggedModelStatus.PENDING, "ann", run.info.run_id)
    assert (made.name, made.model_type, made.tags, made.params) == ("net", "cnn", {"stage": "1"}, {"depth": "3"})
    assert (made.model_uri, made.artifact_location) == (f"models:/{made.model_id}", made.artifact_uri)
    assert client.finalize_logged_model(made.model_id, "READY").status is LoggedModelStatus.READY
    assert client.finalize_logged_model(made.model_id, LoggedModelStatus.FAILED).status is LoggedModelStatus.FAILED
    assert client.get_logged_model(made.model_id).name == "net"
    client.delete_logged_model(made.model_id)
    with pytest.raises(NotFound, match=made.model_id):
        client.get_logged_model(made.model_id)


def test_tags_and_params_of_a_logged_model_change_as_those_of_a_run(client: ry.Client) -> None:
    model_id = client.create_logged_model("0").model_id
    client.set_logged_model_tags(model_id, {"a": 1, "b": "two"})
    client.delete_logged_model_tag(model_id, "a")
    client.log_model_params(model_id, {"lr": 0.1})

    model = client.get_logged_model(model_id)
    assert (model.tags, model.params) == ({"b": "two"}, {"lr": "0.1"})
    with pytest.raises(InvalidInput, match=r"lr"):
        client.log_model_params(model_id, {"lr": 0.2})
    with pytest.raises(NotFound, match="'a'"):
        client.delete_logged_model_tag(model_id, "a")


def test_logged_models_are_searched_with_mlflow_s_dictionaries(client: ry.Client) -> None:
    run_id = client.create_run("0").info.run_id
    ids = {name: client.create_logged_model("0", name).model_id for name in ("low", "high")}
    points = [ModelMetric(ids["low"], "acc", 0.2, 1, dataset_name="test", dataset_digest="d")]
    points += [
        ModelMetric(ids["high"], "acc", value, 1, dataset_name=name) for name, value in (("test", 0.9), ("dev", 0))
    ]
    client.logged_models.log_model_metrics(run_id, points)

    def names(**asked: object) -> list[str]:
        return [model.name for model in client.search_logged_models(["0"], **asked)]  # type: ignore[arg-type]

    assert sorted(names()) == ["high", "low"]
    assert names(filter_string="metrics.acc > 0.5") == ["high"]
    assert names(datasets=[{"dataset_name": "test", "dataset_digest": "d"}]) == ["low"]
    by_acc = {"field_name": "metrics.acc", "dataset_name": "test"}
    assert names(order_by=[by_acc]) == ["low", "high"]
    assert names(order_by=[{**by_acc, "ascending": False}]) == ["high", "low"]
    page = client.search_logged_models(["0"], max_results=1, order_by=[by_acc])
    assert [model.name for model in page] == ["low"]
    page = client.search_logged_models(["0"], max_results=1, order_by=[by_acc], page_token=page.token)
    assert ([model.name for model in page], page.token) == (["high"], None)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"experiment_ids": "0"}, "must be a list"),
        ({"order_by": ["metrics.acc"]}, "order_by must be a list of dictionaries with 'field_name'"),
        ({"order_by": [{"field": "name"}]}, "field_name"),
        ({"order_by": [{"field_name": "name", "descending": True}]}, "descending"),
        ({"order_by": [{"field_name": "size"}]}, "size"),
        ({"datasets": [{"name": "test"}]}, "dataset_name"),
        ({"filter_string": "size > 3"}, "size"),
    ],
)
def test_a_search_that_means_nothing_is_refused(client: ry.Client, asked: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        client.search_logged_models(**{"experiment_ids": ["0"], **asked})  # type: ignore[arg-type]


def test_runs_note_the_models_that_they_used_and_made(client: ry.Client) -> None:
    run_id = client.create_run("0").info.run_id
    used, made = (client.create_logged_model("0").model_id for _ in range(2))
    client.log_inputs(run_id, models=[LoggedModelInput(used)])
    client.log_outputs(run_id, [LoggedModelOutput(made, step=3)])

    run = client.get_run(run_id)
    assert list(run.inputs.model_inputs) == [LoggedModelInput(used)]
    assert list(run.outputs.model_outputs) == [LoggedModelOutput(made, 3)]


def test_files_of_a_logged_model_are_stored_and_read_through_its_uris(client: ry.Client, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "weights").write_text("1 2 3")
    (folder / "MLmodel").write_text("flavors: {}")
    model = client.create_logged_model("0", "net")
    client.log_model_artifacts(model.model_id, folder)
    client.log_model_artifact(model.model_id, folder / "MLmodel", "copy")

    assert [info.path for info in client.list_logged_model_artifacts(model.model_id)] == ["MLmodel", "copy", "data"]
    assert [info.path for info in client.list_logged_model_artifacts(model.model_id, "data")] == ["data/weights"]
    with client.model_artifact_store(model.model_id).open("data/weights") as file:
        assert file.read() == b"1 2 3"


def test_wrong_statuses_and_ids_are_refused(client: ry.Client) -> None:
    model_id = client.create_logged_model("0").model_id
    with pytest.raises(InvalidInput, match="PENDING, READY, FAILED"):
        client.finalize_logged_model(model_id, "DONE")
    with pytest.raises(InvalidInput, match="logged model's id"):
        client.get_logged_model("")
    with pytest.raises(InvalidInput, match="name"):
        client.create_logged_model("0", "a/b")


def test_a_store_without_logged_models_says_so(
    client: ry.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = PlainTrackingStore(Uri.from_path(tmp_path))
    monkeypatch.setattr(ry.Client, "store", property(lambda _: plain))
    with pytest.raises(NotSupported, match=r"does not support .*create_logged_model"):
        client.create_logged_model("0")


def noted(client: ry.Client, model_id: str) -> str | None:
    return client.get_logged_model(model_id).tags.get(VERSIONS_TAG)


@pytest.mark.parametrize("form", ["runs:/{run}/net", "models:/{model}"])
def test_a_logged_model_is_registered_with_its_run(client: ry.Client, form: str) -> None:
    run_id = client.create_run("0").info.run_id
    model_id = client.create_logged_model("0", "net", run_id).model_id
    uri = form.format(run=run_id, model=model_id)
    first = client.register_model(uri, "fresh", tags={"a": 1})
    second = client.register_model(uri, "fresh")

    assert (first.version, first.source, first.tags) == (1, f"models:/{model_id}", {"a": "1"})
    assert (first.run_id, first.model_id) == (second.run_id, second.model_id) == (run_id, model_id)
    assert noted(client, model_id) == '[{"name": "fresh", "version": 1}, {"name": "fresh", "version": 2}]'


def test_of_several_logged_models_of_a_run_the_newest_is_registered(client: ry.Client) -> None:
    run_id = client.create_run("0").info.run_id
    client.create_logged_model("0", "net", run_id)
    time.sleep(0.003)
    newer = client.create_logged_model("0", "net", run_id)
    assert client.register_model(f"runs:/{run_id}/net", "fresh").model_id == newer.model_id


def test_a_folder_of_a_run_is_registered_as_before(client: ry.Client) -> None:
    run = client.create_run("0")
    version = client.register_model(f"runs:/{run.info.run_id}/model", "fresh")
    assert (version.source, version.run_id) == (f"{run.info.artifact_uri}/model", run.info.run_id)
    assert version.model_id is None


def test_a_folder_of_a_logged_model_is_registered_as_a_part_of_it(client: ry.Client) -> None:
    run_id = client.create_run("0").info.run_id
    model = client.create_logged_model("0", "net", run_id)
    version = client.register_model(f"runs:/{run_id}/net/part", "fresh")
    assert (version.source, version.model_id) == (f"{model.artifact_uri}/part", model.model_id)


def test_what_does_not_exist_is_not_registered(client: ry.Client) -> None:
    for uri in (f"models:/m-{'0' * 32}", f"runs:/{'0' * 32}/net", "models:/nothing/1"):
        with pytest.raises(NotFound):
            client.register_model(uri, "fresh")
    assert list(client.search_registered_models()) == []


def test_a_version_learns_of_its_logged_model_and_run(client: ry.Client) -> None:
    run_id = client.create_run("0").info.run_id
    model_id = client.create_logged_model("0", "net", run_id).model_id
    other = client.create_logged_model("0").model_id
    client.create_registered_model("m")
    named = client.create_model_version("m", f"models:/{model_id}")
    given = client.create_model_version("m", "s3://bucket/1", model_id=model_id)

    assert (named.run_id, named.model_id) == (given.run_id, given.model_id) == (run_id, model_id)
    with pytest.raises(InvalidInput, match="another logged model"):
        client.create_model_version("m", f"models:/{model_id}", model_id=other)
    with pytest.raises(NotFound):
        client.create_model_version("m", "s3://bucket/1", model_id=f"m-{'0' * 32}")


def test_a_copied_version_keeps_its_logged_model(client: ry.Client) -> None:
    model_id = client.create_logged_model("0").model_id
    client.register_model(f"models:/{model_id}", "m", tags={"n": 1})
    copied = client.copy_model_version("models:/m/1", "production-m")
    registered = client.register_model("models:/m/1", "production-m", tags={"b": 2})

    assert (copied.source, copied.model_id, copied.tags) == ("models:/m/1", model_id, {"n": "1"})
    assert (registered.model_id, registered.tags) == (model_id, {"n": "1", "b": "2"})
    assert '"production-m", "version": 2' in str(noted(client, model_id))
    with pytest.raises(InvalidInput, match="not a model version"):
        client.copy_model_version(f"models:/{model_id}", "production-m")


def test_a_version_stands_where_its_logged_model_cannot_be_told(
    client: ry.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = client.create_run("0").info.run_id
    model_id = client.create_logged_model("0", "net", run_id).model_id
    client.register_model(f"models:/{model_id}", "m")
    client.delete_logged_model(model_id)
    assert client.copy_model_version("models:/m/1", "copy").run_id == run_id
    assert "version 1 of 'copy' is not noted on its logged model" in capsys.readouterr().err
