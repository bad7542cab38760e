"""What every model registry keeps: models, versions, stages, aliases, tags."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from runyard.entities import ModelStage, RegistryChange
from runyard.errors import AlreadyExists, InvalidInput, NotFound
from runyard.protocols.registry import ModelQuery, RegistryStore
from runyard.testing.contracts.registry_history import model_with_versions, wait_a_moment

Change = Callable[[RegistryStore], object]

# Every method that names a model, and every one that names a version, called for model "m" and version 7.
ON_MODELS: Mapping[str, Change] = {
    "get": lambda store: store.get_registered_model("m"),
    "rename": lambda store: store.rename_registered_model("m", "n"),
    "update": lambda store: store.update_registered_model("m", description="d"),
    "delete": lambda store: store.delete_registered_model("m"),
    "set tag": lambda store: store.set_registered_model_tag("m", "k", "v"),
    "delete tag": lambda store: store.delete_registered_model_tag("m", "k"),
    "create version": lambda store: store.create_model_version("m", "s3://b/m"),
    "latest versions": lambda store: store.get_latest_versions("m"),
    "delete alias": lambda store: store.delete_registered_model_alias("m", "a"),
    "get by alias": lambda store: store.get_model_version_by_alias("m", "a"),
    "history": lambda store: store.history("m"),
}
ON_VERSIONS: Mapping[str, Change] = {
    "get": lambda store: store.get_model_version("m", 7),
    "update": lambda store: store.update_model_version("m", 7, description="d"),
    "transition": lambda store: store.transition_model_version_stage("m", 7, ModelStage.STAGING),
    "delete": lambda store: store.delete_model_version("m", 7),
    "set tag": lambda store: store.set_model_version_tag("m", 7, "k", "v"),
    "delete tag": lambda store: store.delete_model_version_tag("m", 7, "k"),
    "set alias": lambda store: store.set_registered_model_alias("m", "a", 7),
}
# What would be refused because of a value, for a model "m" with a version 1.
BAD_VALUES: Mapping[str, Change] = {
    "a tag key that leads upward": lambda store: store.set_registered_model_tag("m", "../k", "v"),
    "a tag key of 251 characters": lambda store: store.set_model_version_tag("m", 1, "k" * 251, "v"),
    "a tag value of 100,001 characters": lambda store: store.set_registered_model_tag("m", "k", "v" * 100_001),
    "a NUL in a tag": lambda store: store.set_model_version_tag("m", 1, "k", "a\0b"),
    "a NUL in a description": lambda store: store.update_registered_model("m", description="a\0b"),
    "half a surrogate pair": lambda store: store.update_model_version("m", 1, description="\ud800"),
    "an empty source": lambda store: store.create_model_version("m", " "),
    "a run id of 257 characters": lambda store: store.create_model_version("m", "s3://b", run_id="r" * 257),
    "a bad tag of a new version": lambda store: store.create_model_version("m", "s3://b", tags={"": "v"}),
    "a bad tag of a new model": lambda store: store.create_registered_model("n", tags={"k": "v" * 100_001}),
}


class RegistryModelsContract:
    """The part of `RegistryStoreContract` about what is registered."""

    @pytest.fixture
    def store(self) -> RegistryStore:
        """A fresh, empty registry."""
        raise NotImplementedError("give the fixture `store`")

    # --- models ---------------------------------------------------------------------------------------------------

    def test_a_new_model_has_what_it_was_given(self, store: RegistryStore) -> None:
        before = _now()
        created = store.create_registered_model("m", tags={"team": "vision"}, description="Reads digits.")
        assert created == store.get_registered_model("m")
        assert (created.name, created.description) == ("m", "Reads digits.")
        assert (created.tags, created.aliases, list(created.latest_versions)) == ({"team": "vision"}, {}, [])
        assert before <= created.creation_timestamp == created.last_updated_timestamp <= _now()

    def test_a_taken_model_name_is_refused(self, store: RegistryStore) -> None:
        store.create_registered_model("m", description="first")
        with pytest.raises(AlreadyExists, match="'m'"):
            store.create_registered_model("m", description="second")
        assert store.get_registered_model("m").description == "first"

    def test_model_names_differ_by_case(self, store: RegistryStore) -> None:
        store.create_registered_model("Digits", description="upper")
        store.create_registered_model("digits", description="lower")
        assert store.get_registered_model("Digits").description == "upper"
        with pytest.raises(NotFound):
            store.get_registered_model("DIGITS")

    @pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", "..", ".", "a\0b", "\udc80", "n" * 257])
    def test_a_bad_model_name_is_refused(self, store: RegistryStore, name: str) -> None:
        with pytest.raises(InvalidInput):
            store.create_registered_model(name)
        store.create_registered_model("good")
        with pytest.raises(InvalidInput):
            store.rename_registered_model("good", name)

    @pytest.mark.parametrize("method", ON_MODELS)
    def test_a_missing_model_is_not_found(self, store: RegistryStore, method: str) -> None:
        with pytest.raises(NotFound, match="'m'"):
            ON_MODELS[method](store)

    def test_a_model_s_description_is_replaced(self, store: RegistryStore) -> None:
        store.create_registered_model("m", description="old")
        assert store.update_registered_model("m", description="new").description == "new"
        assert store.update_registered_model("m", description="").description == ""
        assert store.get_registered_model("m").description == ""

    def test_a_model_s_tags_are_set_replaced_and_deleted(self, store: RegistryStore) -> None:
        store.create_registered_model("m", tags={"a": "1"})
        store.set_registered_model_tag("m", "a", "2")
        store.set_registered_model_tag("m", "ü /b", "")
        assert store.get_registered_model("m").tags == {"a": "2", "ü /b": ""}
        store.delete_registered_model_tag("m", "a")
        store.delete_registered_model_tag("m", "never set")
        assert store.get_registered_model("m").tags == {"ü /b": ""}

    def test_a_tag_may_have_100_000_characters(self, store: RegistryStore) -> None:
        store.create_registered_model("m", tags={"long": "ü" * 100_000})
        assert store.get_registered_model("m").tags == {"long": "ü" * 100_000}

    @pytest.mark.parametrize("value", BAD_VALUES)
    def test_a_bad_value_is_refused_and_nothing_written(self, store: RegistryStore, value: str) -> None:
        store.create_registered_model("m")
        store.create_model_version("m", "s3://b/1")
        before = store.get_registered_model("m"), list(store.history("m"))
        with pytest.raises(InvalidInput):
            BAD_VALUES[value](store)
        assert (store.get_registered_model("m"), list(store.history("m"))) == before
        with pytest.raises(NotFound):
            store.get_registered_model("n")

    def test_a_renamed_model_takes_everything_along(self, store: RegistryStore) -> None:
        store.create_registered_model("m", tags={"k": "v"}, description="d")
        store.create_model_version("m", "s3://b/1", tags={"k": "1"})
        store.set_registered_model_alias("m", "prod", 1)
        renamed = store.rename_registered_model("m", "n")
        assert renamed == store.get_registered_model("n")
        assert (renamed.name, renamed.tags, renamed.description) == ("n", {"k": "v"}, "d")
        assert renamed.aliases == {"prod": 1}
        version = store.get_model_version_by_alias("n", "prod")
        assert (version.name, version.source, version.tags) == ("n", "s3://b/1", {"k": "1"})

    def test_a_renamed_model_is_gone_under_its_old_name(self, store: RegistryStore) -> None:
        store.create_registered_model("m")
        store.rename_registered_model("m", "n")
        with pytest.raises(NotFound):
            store.get_registered_model("m")
        store.create_registered_model("m")

    def test_renaming_to_a_taken_name_is_refused(self, store: RegistryStore) -> None:
        store.create_registered_model("m", description="m")
        store.create_registered_model("n", description="n")
        with pytest.raises(AlreadyExists, match="'n'"):
            store.rename_registered_model("m", "n")
        assert [store.get_registered_model(name).description for name in "mn"] == ["m", "n"]

    def test_a_deleted_model_is_gone_with_its_versions(self, store: RegistryStore) -> None:
        store.create_registered_model("m", tags={"k": "v"})
        store.create_model_version("m", "s3://b/1")
        store.set_registered_model_alias("m", "prod", 1)
        store.delete_registered_model("m")
        with pytest.raises(NotFound):
            store.get_registered_model("m")
        with pytest.raises(NotFound):
            store.get_model_version("m", 1)
        again = store.create_registered_model("m")
        assert (again.tags, again.aliases, list(again.latest_versions)) == ({}, {}, [])

    # --- versions -------------------------------------------------------------------------------------------------

    def test_a_new_version_has_what_it_was_given(self, store: RegistryStore) -> None:
        store.create_registered_model("m")
        before = _now()
        created = store.create_model_version(
            "m",
            "s3://bucket/a model?versionId=1",
            run_id="0af7",
            run_link="https://tracker/runs/0af7",
            model_id="m-1",
            tags={"k": "v"},
            description="The first.",
            user_id="ada",
        )
        assert created == store.get_model_version("m", 1)
        assert (created.name, created.version, created.source) == ("m", 1, "s3://bucket/a model?versionId=1")
        assert (created.run_id, created.run_link, created.model_id) == ("0af7", "https://tracker/runs/0af7", "m-1")
        assert (created.tags, created.description, created.user_id) == ({"k": "v"}, "The first.", "ada")
        assert (created.current_stage, created.status, tuple(created.aliases)) == (ModelStage.NONE, "READY", ())
        assert before <= created.creation_timestamp == created.last_updated_timestamp <= _now()

    def test_a_version_needs_no_run(self, store: RegistryStore) -> None:
        store.create_registered_model("m")
        created = store.create_model_version("m", "s3://b/1")
        assert (created.run_id, created.run_link, created.model_id, created.user_id) == (None, None, None, None)

    def test_a_copy_keeps_where_its_files_lie_whatever_becomes_of_its_source(self, store: RegistryStore) -> None:
        store.create_registered_model("m")
        first = store.create_model_version("m", "s3://b/1")
        assert (first.storage_location, first.location) == (None, "s3://b/1")
        store.create_registered_model("copy")
        created = store.create_model_version("copy", "models:/m/1", storage_location="s3://b/1")
        assert (created.source, created.storage_location, created.location) == ("models:/m/1", "s3://b/1", "s3://b/1")
        store.rename_registered_model("m", "n")
        store.create_registered_model("m")
        store.create_model_version("m", "s3://b/other")
        assert store.get_model_version("copy", 1).location == "s3://b/1"
        found = {version.name: version.location for version in store.search_model_versions(ModelQuery())}
        assert (found["copy"], found["n"]) == ("s3://b/1", "s3://b/1")
        assert [version.location for version in store.get_latest_versions("copy")] == ["s3://b/1"]

    def test_versions_count_from_one(self, store: RegistryStore) -> None:
        store.create_registered_model("m")
        store.create_registered_model("other")
        store.create_model_version("other", "s3://b/other")
        assert [store.create_model_version("m", f"s3://b/{n}").version for n in (1, 2, 3)] == [1, 2, 3]

    def test_a_deleted_version_s_number_is_not_used_again(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.delete_model_version("m", 2)
        assert store.create_model_version("m", "s3://b/3").version == 3

    def test_a_deleted_model_s_numbers_are_not_used_again(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.delete_registered_model("m")
        store.create_registered_model("m")
        assert store.create_model_version("m", "s3://b/3").version == 3

    def test_numbers_used_under_a_name_are_not_used_again_by_a_renamed_model(self, store: RegistryStore) -> None:
        model_with_versions(store, 3)
        store.delete_registered_model("m")
        store.create_registered_model("n")
        store.create_model_version("n", "s3://n/1")
        store.rename_registered_model("n", "m")
        assert store.create_model_version("m", "s3://n/2").version == 4

    def test_sixteen_threads_get_distinct_numbers(self, store: RegistryStore) -> None:
        store.create_registered_model("m")
        with ThreadPoolExecutor(16) as threads:
            versions = list(threads.map(lambda n: store.create_model_version("m", f"s3://b/{n}"), range(16)))
        assert sorted(version.version for version in versions) == list(range(1, 17))
        assert all(store.get_model_version("m", version.version).source == version.source for version in versions)

    @pytest.mark.parametrize("method", ON_VERSIONS)
    def test_a_missing_version_is_not_found(self, store: RegistryStore, method: str) -> None:
        store.create_registered_model("m")
        store.create_model_version("m", "s3://b/1")
        with pytest.raises(NotFound, match="7"):
            ON_VERSIONS[method](store)

    def test_a_version_s_description_is_replaced(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        assert store.update_model_version("m", 1, description="new").description == "new"
        assert store.get_model_version("m", 1).description == "new"
        assert store.get_model_version("m", 2).description == ""

    def test_a_version_s_tags_are_set_replaced_and_deleted(self, store: RegistryStore) -> None:
        store.create_registered_model("m")
        store.create_model_version("m", "s3://b/1", tags={"a": "1"})
        store.create_model_version("m", "s3://b/2")
        store.set_model_version_tag("m", 1, "a", "2")
        store.set_model_version_tag("m", 1, "b", "")
        assert store.get_model_version("m", 1).tags == {"a": "2", "b": ""}
        store.delete_model_version_tag("m", 1, "a")
        store.delete_model_version_tag("m", 1, "never set")
        assert store.get_model_version("m", 1).tags == {"b": ""}
        assert store.get_model_version("m", 2).tags == {}

    def test_a_deleted_version_is_gone_with_its_aliases(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.set_registered_model_alias("m", "old", 1)
        store.set_registered_model_alias("m", "new", 2)
        store.delete_model_version("m", 1)
        with pytest.raises(NotFound):
            store.get_model_version("m", 1)
        assert store.get_registered_model("m").aliases == {"new": 2}

    def test_what_changes_is_stamped_with_the_time(self, store: RegistryStore) -> None:
        model_with_versions(store, 1)
        changes: list[Change] = [
            lambda store: store.create_model_version("m", "s3://b/2"),
            lambda store: store.transition_model_version_stage("m", 1, ModelStage.STAGING),
            lambda store: store.update_registered_model("m", description="d"),
            lambda store: store.delete_model_version("m", 2),
        ]
        for change in changes:
            then = wait_a_moment()
            change(store)
            assert store.get_registered_model("m").last_updated_timestamp >= then
        then = wait_a_moment()
        store.update_model_version("m", 1, description="d")
        assert store.get_model_version("m", 1).last_updated_timestamp >= then

    # --- stages ---------------------------------------------------------------------------------------------------

    def test_a_version_moves_to_a_stage(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        moved = store.transition_model_version_stage("m", 1, ModelStage.STAGING)
        assert moved == store.get_model_version("m", 1)
        assert moved.current_stage is ModelStage.STAGING
        assert store.get_model_version("m", 2).current_stage is ModelStage.NONE
        assert store.transition_model_version_stage("m", 1, ModelStage.NONE).current_stage is ModelStage.NONE

    def test_versions_share_a_stage_unless_told_otherwise(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.transition_model_version_stage("m", 1, ModelStage.PRODUCTION)
        store.transition_model_version_stage("m", 2, ModelStage.PRODUCTION)
        assert store.get_model_version("m", 1).current_stage is ModelStage.PRODUCTION

    def test_existing_versions_of_the_stage_are_archived_when_asked(self, store: RegistryStore) -> None:
        model_with_versions(store, 4)
        for version, stage in ((1, ModelStage.PRODUCTION), (2, ModelStage.STAGING), (3, ModelStage.PRODUCTION)):
            store.transition_model_version_stage("m", version, stage)
        store.transition_model_version_stage("m", 3, ModelStage.PRODUCTION, archive_existing_versions=True)
        stages = [store.get_model_version("m", version).current_stage for version in (1, 2, 3, 4)]
        assert stages == [ModelStage.ARCHIVED, ModelStage.STAGING, ModelStage.PRODUCTION, ModelStage.NONE]

    @pytest.mark.parametrize("stage", [ModelStage.NONE, ModelStage.ARCHIVED])
    def test_only_staging_and_production_archive_others(self, store: RegistryStore, stage: ModelStage) -> None:
        model_with_versions(store, 1)
        store.transition_model_version_stage("m", 1, ModelStage.STAGING)
        with pytest.raises(InvalidInput, match="archive_existing_versions"):
            store.transition_model_version_stage("m", 1, stage, archive_existing_versions=True)
        assert store.get_model_version("m", 1).current_stage is ModelStage.STAGING

    def test_latest_versions_are_the_highest_of_each_stage(self, store: RegistryStore) -> None:
        model_with_versions(store, 5)
        for version, stage in ((1, ModelStage.STAGING), (2, ModelStage.STAGING), (4, ModelStage.PRODUCTION)):
            store.transition_model_version_stage("m", version, stage)
        latest = store.get_latest_versions("m")
        assert {(found.current_stage, found.version) for found in latest} == {
            (ModelStage.NONE, 5),
            (ModelStage.STAGING, 2),
            (ModelStage.PRODUCTION, 4),
        }
        assert list(store.get_registered_model("m").latest_versions) == latest

    def test_latest_versions_of_chosen_stages(self, store: RegistryStore) -> None:
        model_with_versions(store, 3)
        store.transition_model_version_stage("m", 1, ModelStage.PRODUCTION)
        found = store.get_latest_versions("m", [ModelStage.PRODUCTION, ModelStage.ARCHIVED])
        assert [version.version for version in found] == [1]

    # --- aliases --------------------------------------------------------------------------------------------------

    def test_an_alias_points_to_a_version(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.set_registered_model_alias("m", "prod", 1)
        store.set_registered_model_alias("m", "Prod", 2)
        store.set_registered_model_alias("m", "champion", 1)
        version = store.get_model_version_by_alias("m", "prod")
        assert version == store.get_model_version("m", 1)
        assert tuple(version.aliases) == ("champion", "prod")
        assert store.get_registered_model("m").aliases == {"Prod": 2, "champion": 1, "prod": 1}

    def test_an_alias_moves(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.set_registered_model_alias("m", "prod", 1)
        store.set_registered_model_alias("m", "prod", 2)
        assert store.get_model_version_by_alias("m", "prod").version == 2
        assert tuple(store.get_model_version("m", 1).aliases) == ()

    def test_an_alias_is_taken_away(self, store: RegistryStore) -> None:
        model_with_versions(store, 1)
        store.set_registered_model_alias("m", "prod", 1)
        store.delete_registered_model_alias("m", "prod")
        store.delete_registered_model_alias("m", "never set")
        assert store.get_registered_model("m").aliases == {}
        with pytest.raises(NotFound, match="'prod'"):
            store.get_model_version_by_alias("m", "prod")

    @pytest.mark.parametrize("alias", ["", "latest", "LATEST", "v1", "V12", "a b", "a/b", "a\0", "a" * 256])
    def test_a_bad_or_reserved_alias_is_refused(self, store: RegistryStore, alias: str) -> None:
        model_with_versions(store, 1)
        with pytest.raises(InvalidInput):
            store.set_registered_model_alias("m", alias, 1)
        assert store.get_registered_model("m").aliases == {}

    @pytest.mark.parametrize("latest", ["latest", "Latest"])
    def test_latest_is_the_highest_version(self, store: RegistryStore, latest: str) -> None:
        model_with_versions(store, 3)
        store.delete_model_version("m", 3)
        assert store.get_model_version_by_alias("m", latest).version == 2

    def test_a_model_without_versions_has_no_latest(self, store: RegistryStore) -> None:
        store.create_registered_model("m")
        with pytest.raises(NotFound, match="latest"):
            store.get_model_version_by_alias("m", "latest")
        assert [event.change for event in store.history("m")] == [RegistryChange.CREATED]


def _now() -> int:
    return time.time_ns() // 1_000_000
