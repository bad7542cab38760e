"""The client's registered models: versions, stages, aliases, history, events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import runyard as ry
from runyard.entities import ModelVersion, RegistryEvent
from runyard.errors import InvalidInput, NotFound
from runyard.host import Host


@pytest.fixture
def client(host: Host) -> ry.Client:
    return ry.Client()


@pytest.fixture
def heard(host: Host) -> list[tuple[int, str, str | None, str | None]]:
    """The events that listeners get: version, change, old and new value."""
    events: list[tuple[int, str, str | None, str | None]] = []

    class Listener:
        @ry.hookimpl
        def runyard_model_version_changed(self, version: ModelVersion, event: RegistryEvent) -> None:
            events.append((version.version, event.change.value, event.old, event.new))

    host.plugins.add(Listener(), "listener")
    return events


def three_versions(client: ry.Client) -> None:
    client.create_registered_model("m", tags={"team": "blue"}, description="a model")
    for number in (1, 2, 3):
        client.create_model_version("m", f"s3://bucket/{number}", tags={"n": number}, description=f"number {number}")


def test_versions_are_numbered_and_described(client: ry.Client) -> None:
    three_versions(client)

    model = client.get_registered_model("m")
    assert (model.description, model.tags) == ("a model", {"team": "blue"})
    version = client.get_model_version("m", "2")
    assert version == client.get_model_version("m", 2)
    assert (version.version, version.source, version.tags) == (2, "s3://bucket/2", {"n": "2"})
    assert version.user_id == "ann"
    assert client.get_model_version_download_uri("m", 2) == "s3://bucket/2"
    assert client.get_model_version_stages("m", 2) == ["None", "Staging", "Production", "Archived"]


def test_a_version_moves_through_stages_and_archives_the_one_before(client: ry.Client, heard: list[Any]) -> None:
    three_versions(client)
    heard.clear()
    client.transition_model_version_stage("m", 1, "production")
    client.transition_model_version_stage("m", 2, "Production", archive_existing_versions=True)

    assert client.get_model_version("m", 1).current_stage == "Archived"
    assert [version.version for version in client.get_latest_versions("m", ["Production"])] == [2]
    assert heard == [
        (1, "stage", "None", "Production"),
        (1, "stage", "Production", "Archived"),
        (2, "stage", "None", "Production"),
    ]


def test_an_alias_moves_from_version_to_version(client: ry.Client, heard: list[Any]) -> None:
    three_versions(client)
    heard.clear()
    client.set_registered_model_alias("m", "prod", 1)
    client.set_registered_model_alias("m", "prod", "3")
    assert client.get_model_version_by_alias("m", "prod").version == 3
    assert client.get_registered_model("m").aliases == {"prod": 3}
    client.delete_registered_model_alias("m", "prod")
    client.delete_registered_model_alias("m", "prod")

    assert heard == [(1, "alias", None, "1"), (3, "alias", "1", "3"), (3, "alias", "3", None)]
    with pytest.raises(NotFound, match="prod"):
        client.get_model_version_by_alias("m", "prod")


def test_the_history_says_what_was_in_production_then(client: ry.Client) -> None:
    three_versions(client)
    client.set_registered_model_alias("m", "prod", 1)
    then = client.history("m")[-1].timestamp
    while client.history("m")[-1].timestamp == then:
        client.set_registered_model_alias("m", "prod", 2)
        client.set_registered_model_alias("m", "prod", 3)

    assert client.get_model_version_by_alias("m", "prod", at=then).version in {1, 2, 3}
    changes = [(event.version, event.change.value) for event in client.history("m", version=1)]
    assert changes[:2] == [(1, "created"), (1, "description")]


def test_descriptions_and_tags_change(client: ry.Client, heard: list[Any]) -> None:
    three_versions(client)
    heard.clear()
    client.update_registered_model("m", "new")
    client.update_model_version("m", 1, "new")
    client.update_model_version("m", 1, "new")
    client.set_registered_model_tag("m", "a", 1)
    client.set_model_version_tag("m", 1, "b", 2)
    client.set_model_version_tag("m", 1, "b", "2")
    client.delete_registered_model_tag("m", "team")
    client.delete_model_version_tag("m", 1, "n")
    client.delete_model_version_tag("m", 1, "n")

    assert client.get_registered_model("m").description == "new"
    assert client.get_registered_model("m").tags == {"a": "1"}
    assert client.get_model_version("m", 1).tags == {"b": "2"}
    assert heard == [(1, "description", "number 1", "new"), (1, "tag", None, "2"), (1, "tag", "1", None)]


def test_numbers_of_deleted_versions_are_not_used_again(client: ry.Client, heard: list[Any]) -> None:
    three_versions(client)
    client.delete_model_version("m", 3)
    assert client.create_model_version("m", "s3://bucket/4").version == 4
    heard.clear()
    client.delete_registered_model("m")

    assert heard == [
        (1, "deleted", "s3://bucket/1", None),
        (2, "deleted", "s3://bucket/2", None),
        (4, "deleted", "s3://bucket/4", None),
    ]
    with pytest.raises(NotFound, match="'m'"):
        client.get_registered_model("m")


def test_a_model_is_renamed_with_its_versions(client: ry.Client) -> None:
    three_versions(client)
    client.rename_registered_model("m", "n")

    assert client.get_model_version("n", 3).name == "n"
    assert [model.name for model in ry.search_registered_models()] == ["n"]


def test_a_version_is_copied_to_another_model(client: ry.Client) -> None:
    three_versions(client)
    client.set_registered_model_alias("m", "best", 2)

    for uri in ("models:/m/2", "models:/m@best"):
        copied = client.copy_model_version(uri, "production-m")
        assert (copied.name, copied.source, copied.tags) == ("production-m", "models:/m/2", {"n": "2"})
    for wrong in ("models:/m", "runs:/m/1", "models:/m/1/x"):
        with pytest.raises(InvalidInput, match="not a model version"):
            client.copy_model_version(wrong, "production-m")


def test_a_copy_keeps_its_files_when_its_source_gets_another_name(client: ry.Client) -> None:
    three_versions(client)
    client.copy_model_version("models:/m/2", "production-m")
    client.rename_registered_model("m", "n")
    client.create_registered_model("m")

    assert client.get_model_version_download_uri("production-m", 1) == "s3://bucket/2"
    with pytest.raises(NotFound):
        client.create_model_version("production-m", "models:/m/7")


def test_models_and_versions_are_searched(client: ry.Client) -> None:
    three_versions(client)
    client.create_registered_model("other")

    assert [model.name for model in client.search_registered_models("name LIKE 'o%'")] == ["other"]
    assert [version.version for version in client.search_model_versions("name = 'm'")] == [3, 2, 1]
    assert [version.version for version in ry.search_model_versions(filter_string="name = 'm'", max_results=2)] == [
        3,
        2,
    ]


def test_what_a_run_stored_is_registered_and_the_model_is_made_on_the_way(
    client: ry.Client, host: Host, tmp_path: Path
) -> None:
    with ry.start_run() as run:
        ry.log_text("weights", "model/weights.txt")
    uri = f"{run.info.artifact_uri}/model"
    first = ry.register_model(uri, "fresh", tags={"a": 1})
    second = ry.register_model(uri, "fresh")

    assert (first.version, first.source, first.tags) == (1, uri, {"a": "1"})
    assert second.version == 2


@pytest.mark.parametrize("version", ["abc", "", "-1", "1.0", True, None])
def test_what_is_no_version_is_refused(client: ry.Client, version: Any) -> None:
    three_versions(client)
    with pytest.raises(InvalidInput, match="version"):
        client.get_model_version("m", version)


def test_wrong_names_and_stages_are_refused(client: ry.Client) -> None:
    three_versions(client)
    with pytest.raises(InvalidInput, match=r"'a/b'"):
        client.create_registered_model("a/b")
    with pytest.raises(InvalidInput, match="None, Staging, Production, Archived"):
        client.transition_model_version_stage("m", 1, "Prod")
    with pytest.raises(InvalidInput, match="reserved"):
        client.set_registered_model_alias("m", "latest", 1)
    with pytest.raises(NotFound, match="9"):
        client.set_registered_model_alias("m", "prod", 9)
    with pytest.raises(InvalidInput, match="either version or stage"):
        client.set_model_version_tag("m", key="a", value="b")
