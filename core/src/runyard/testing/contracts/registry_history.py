"""What every model registry remembers: who changed what and when, and what an alias meant on a day."""

from __future__ import annotations

import time

import pytest

from runyard.entities import ModelStage, RegistryChange, RegistryEvent
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.registry import RegistryStore

C = RegistryChange


class RegistryHistoryContract:
    """The part of `RegistryStoreContract` about history and earlier times."""

    @pytest.fixture
    def store(self) -> RegistryStore:
        """A fresh, empty registry."""
        raise NotImplementedError("give the fixture `store`")

    # --- history --------------------------------------------------------------------------------------------------

    def test_every_change_is_in_the_history(self, store: RegistryStore) -> None:
        store.create_registered_model("m", description="Reads digits.", user_id="ada")
        store.create_model_version("m", "s3://b/1", description="The first.", user_id="bob")
        store.transition_model_version_stage("m", 1, ModelStage.STAGING, user_id="cyd")
        store.set_registered_model_alias("m", "prod", 1, user_id="dan")
        store.update_model_version("m", 1, description="The best.", user_id="eve")
        store.update_registered_model("m", description="", user_id="fay")
        store.set_registered_model_tag("m", "team", "blue", user_id="kim")
        store.set_model_version_tag("m", 1, "gate", "passed", user_id="lou")
        store.set_model_version_tag("m", 1, "gate", "failed", user_id="lou")
        store.delete_model_version_tag("m", 1, "gate", user_id="mia")
        store.delete_registered_model_tag("m", "team", user_id="ned")
        store.delete_registered_model_alias("m", "prod", user_id="gil")
        store.delete_model_version("m", 1, user_id="hal")
        store.rename_registered_model("m", "n", user_id="ivy")
        store.delete_registered_model("n", user_id="jim")
        assert [_line(event) for event in store.history("n")] == [
            ("m", C.CREATED, "ada", None, "", None, "m"),
            ("m", C.DESCRIPTION, "ada", None, "", None, "Reads digits."),
            ("m", C.CREATED, "bob", 1, "", None, "s3://b/1"),
            ("m", C.DESCRIPTION, "bob", 1, "", None, "The first."),
            ("m", C.STAGE, "cyd", 1, "", "None", "Staging"),
            ("m", C.ALIAS, "dan", 1, "prod", None, "1"),
            ("m", C.DESCRIPTION, "eve", 1, "", "The first.", "The best."),
            ("m", C.DESCRIPTION, "fay", None, "", "Reads digits.", None),
            ("m", C.TAG, "kim", None, "team", None, "blue"),
            ("m", C.TAG, "lou", 1, "gate", None, "passed"),
            ("m", C.TAG, "lou", 1, "gate", "passed", "failed"),
            ("m", C.TAG, "mia", 1, "gate", "failed", None),
            ("m", C.TAG, "ned", None, "team", "blue", None),
            ("m", C.ALIAS, "gil", 1, "prod", "1", None),
            ("m", C.DELETED, "hal", 1, "", "s3://b/1", None),
            ("n", C.RENAMED, "ivy", None, "", "m", "n"),
            ("n", C.DELETED, "jim", None, "", "n", None),
        ]

    def test_tags_of_a_creation_are_in_the_history(self, store: RegistryStore) -> None:
        store.create_registered_model("m", tags={"team": "blue"}, user_id="ada")
        store.create_model_version("m", "s3://b/1", tags={"gate": ""}, user_id="bob")
        assert [_line(event) for event in store.history("m") if event.change is C.TAG] == [
            ("m", C.TAG, "ada", None, "team", None, "blue"),
            ("m", C.TAG, "bob", 1, "gate", None, ""),
        ]

    def test_history_says_when(self, store: RegistryStore) -> None:
        first = wait_a_moment()
        store.create_registered_model("m")
        second = wait_a_moment()
        store.update_registered_model("m", description="d")
        third = wait_a_moment()
        times = [event.timestamp for event in store.history("m")]
        assert first <= times[0] < second <= times[1] < third

    def test_a_change_that_changes_nothing_is_not_in_the_history(self, store: RegistryStore) -> None:
        store.create_registered_model("m", description="d")
        store.create_model_version("m", "s3://b/1", tags={"gate": "passed"})
        store.set_registered_model_alias("m", "prod", 1)
        before = list(store.history("m"))
        store.set_registered_model_alias("m", "prod", 1)
        store.set_model_version_tag("m", 1, "gate", "passed")
        store.delete_model_version_tag("m", 1, "never set")
        store.delete_registered_model_tag("m", "never set")
        store.delete_registered_model_alias("m", "never set")
        store.update_registered_model("m", description="d")
        store.update_model_version("m", 1, description="")
        store.transition_model_version_stage("m", 1, ModelStage.NONE)
        store.rename_registered_model("m", "m")
        assert list(store.history("m")) == before

    def test_a_refused_change_is_not_in_the_history(self, store: RegistryStore) -> None:
        store.create_registered_model("m")
        store.create_registered_model("taken")
        before = list(store.history("m"))
        with pytest.raises(NotFound):
            store.set_registered_model_alias("m", "prod", 1)
        with pytest.raises(NotFound):
            store.transition_model_version_stage("m", 1, ModelStage.STAGING)
        with pytest.raises(Exception, match="taken"):
            store.rename_registered_model("m", "taken")
        with pytest.raises(InvalidInput):
            store.set_registered_model_alias("m", "latest", 1)
        assert list(store.history("m")) == before

    def test_an_alias_that_moves_tells_from_and_to(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.set_registered_model_alias("m", "prod", 1)
        store.set_registered_model_alias("m", "prod", 2, user_id="ada")
        assert _line(store.history("m")[-1]) == ("m", C.ALIAS, "ada", 2, "prod", "1", "2")

    def test_archived_versions_have_their_own_entry(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.transition_model_version_stage("m", 1, ModelStage.PRODUCTION)
        store.transition_model_version_stage(
            "m", 2, ModelStage.PRODUCTION, archive_existing_versions=True, user_id="ada"
        )
        assert [_line(event) for event in store.history("m")[-2:]] == [
            ("m", C.STAGE, "ada", 1, "", "Production", "Archived"),
            ("m", C.STAGE, "ada", 2, "", "None", "Production"),
        ]

    def test_aliases_lost_with_their_version_are_in_the_history(self, store: RegistryStore) -> None:
        model_with_versions(store, 1)
        store.set_registered_model_alias("m", "prod", 1)
        store.delete_model_version("m", 1, user_id="ada")
        assert [_line(event) for event in store.history("m")[-2:]] == [
            ("m", C.ALIAS, "ada", 1, "prod", "1", None),
            ("m", C.DELETED, "ada", 1, "", "s3://b/1", None),
        ]

    def test_history_outlives_the_model(self, store: RegistryStore) -> None:
        model_with_versions(store, 1)
        store.set_registered_model_alias("m", "prod", 1)
        before = list(store.history("m"))
        store.delete_registered_model("m", user_id="ada")
        after = list(store.history("m"))
        assert after[: len(before)] == before
        assert [_line(event) for event in after[len(before) :]] == [
            ("m", C.ALIAS, "ada", 1, "prod", "1", None),
            ("m", C.DELETED, "ada", 1, "", "s3://b/1", None),
            ("m", C.DELETED, "ada", None, "", "m", None),
        ]

    def test_history_goes_along_with_a_rename(self, store: RegistryStore) -> None:
        store.create_registered_model("m", description="d")
        before = list(store.history("m"))
        store.rename_registered_model("m", "n")
        assert list(store.history("n"))[: len(before)] == before
        with pytest.raises(NotFound, match="'m'"):
            store.history("m")
        store.create_registered_model("m")
        assert [event.change for event in store.history("m")] == [C.CREATED]

    def test_a_deleted_model_s_history_is_not_mixed_with_another_s(self, store: RegistryStore) -> None:
        store.create_registered_model("m")
        store.delete_registered_model("m")
        before = list(store.history("m"))
        store.create_registered_model("n")
        assert [event.name for event in store.history("n")] == ["n"]
        assert list(store.history("m")) == before

    def test_history_of_one_version(self, store: RegistryStore) -> None:
        model_with_versions(store, 3)
        store.set_registered_model_alias("m", "prod", 1)
        store.set_registered_model_alias("m", "prod", 2)
        store.transition_model_version_stage("m", 3, ModelStage.STAGING)
        assert [_line(event)[1:] for event in store.history("m", version=1)] == [
            (C.CREATED, None, 1, "", None, "s3://b/1"),
            (C.ALIAS, None, 1, "prod", None, "1"),
            (C.ALIAS, None, 2, "prod", "1", "2"),
        ]

    def test_history_comes_in_pages_oldest_first(self, store: RegistryStore) -> None:
        model_with_versions(store, 6)
        whole = list(store.history("m"))
        found, token = list(page := store.history("m", max_results=3)), page.token
        while token:
            store.create_model_version("m", "s3://b/later") if len(found) == 3 else None
            page = store.history("m", max_results=3, page_token=token)
            assert 0 < len(page) <= 3
            found, token = [*found, *page], page.token
        assert found[:-1] == whole
        assert found[-1].new == "s3://b/later"

    @pytest.mark.parametrize("token", ["", "x", "é", "eyJvZmZzZXQiOiAieCJ9", "bnVsbA==", "5"])
    def test_a_bad_history_token_is_refused(self, store: RegistryStore, token: str) -> None:
        store.create_registered_model("m")
        with pytest.raises(InvalidInput):
            store.history("m", page_token=token)

    @pytest.mark.parametrize("max_results", [0, -1])
    def test_a_page_of_history_has_room(self, store: RegistryStore, max_results: int) -> None:
        store.create_registered_model("m")
        with pytest.raises(InvalidInput):
            store.history("m", max_results=max_results)

    # --- earlier times --------------------------------------------------------------------------------------------

    def test_an_alias_is_answered_for_an_earlier_time(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.set_registered_model_alias("m", "prod", 1)
        first = wait_a_moment()
        store.set_registered_model_alias("m", "prod", 2)
        second = wait_a_moment()
        store.delete_registered_model_alias("m", "prod")
        assert store.get_model_version_by_alias("m", "prod", at=first - 1).version == 1
        assert store.get_model_version_by_alias("m", "prod", at=second - 1).source == "s3://b/2"

    def test_a_change_counts_from_its_own_millisecond_on(self, store: RegistryStore) -> None:
        model_with_versions(store, 1)
        wait_a_moment()
        store.set_registered_model_alias("m", "prod", 1)
        set_at = store.history("m")[-1].timestamp
        assert store.get_model_version_by_alias("m", "prod", at=set_at).version == 1
        with pytest.raises(NotFound, match="'prod'"):
            store.get_model_version_by_alias("m", "prod", at=set_at - 1)

    def test_an_earlier_version_comes_as_it_was(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.transition_model_version_stage("m", 1, ModelStage.PRODUCTION)
        store.update_model_version("m", 1, description="The best.")
        store.set_registered_model_alias("m", "prod", 1)
        store.set_registered_model_alias("m", "champion", 1)
        store.set_registered_model_alias("m", "next", 2)
        then = wait_a_moment() - 1
        store.transition_model_version_stage("m", 1, ModelStage.ARCHIVED)
        store.update_model_version("m", 1, description="Was the best.")
        store.set_registered_model_alias("m", "prod", 2)
        store.delete_registered_model_alias("m", "champion")
        version = store.get_model_version_by_alias("m", "prod", at=then)
        assert (version.name, version.version, version.source) == ("m", 1, "s3://b/1")
        assert (version.current_stage, version.description) == (ModelStage.PRODUCTION, "The best.")
        assert tuple(version.aliases) == ("champion", "prod")

    def test_latest_is_answered_for_an_earlier_time(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        then = wait_a_moment() - 1
        store.create_model_version("m", "s3://b/3")
        assert store.get_model_version_by_alias("m", "latest", at=then).version == 2

    def test_an_alias_that_was_taken_away_by_then_is_not_found(self, store: RegistryStore) -> None:
        model_with_versions(store, 1)
        store.set_registered_model_alias("m", "prod", 1)
        wait_a_moment()
        store.delete_registered_model_alias("m", "prod")
        then = wait_a_moment() - 1
        store.set_registered_model_alias("m", "prod", 1)
        with pytest.raises(NotFound, match="'prod'"):
            store.get_model_version_by_alias("m", "prod", at=then)

    def test_an_earlier_time_is_answered_under_the_new_name(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.set_registered_model_alias("m", "prod", 1)
        then = wait_a_moment() - 1
        store.set_registered_model_alias("m", "prod", 2)
        store.rename_registered_model("m", "n")
        version = store.get_model_version_by_alias("n", "prod", at=then)
        assert (version.name, version.version) == ("n", 1)

    def test_an_earlier_time_is_answered_under_the_name_of_that_time(self, store: RegistryStore) -> None:
        model_with_versions(store, 1)
        store.set_registered_model_alias("m", "prod", 1)
        then = wait_a_moment() - 1
        store.rename_registered_model("m", "n")
        store.create_registered_model("m")
        version = store.get_model_version_by_alias("m", "prod", at=then)
        assert (version.name, version.source) == ("n", "s3://b/1")

    def test_a_version_that_was_deleted_since_is_not_found_by_its_number(self, store: RegistryStore) -> None:
        model_with_versions(store, 3)
        store.set_registered_model_alias("m", "prod", 2)
        then = wait_a_moment() - 1
        store.delete_model_version("m", 2)
        with pytest.raises(NotFound, match=r"version 2 .* deleted"):
            store.get_model_version_by_alias("m", "prod", at=then)

    def test_a_model_that_was_deleted_since_is_not_found_by_its_number(self, store: RegistryStore) -> None:
        model_with_versions(store, 2)
        store.set_registered_model_alias("m", "prod", 2)
        then = wait_a_moment() - 1
        store.delete_registered_model("m")
        wait_a_moment()
        model_with_versions(store, 2)
        with pytest.raises(NotFound, match=r"version 2 .* deleted"):
            store.get_model_version_by_alias("m", "prod", at=then)

    def test_before_the_model_there_was_nothing(self, store: RegistryStore) -> None:
        then = wait_a_moment() - 1
        model_with_versions(store, 1)
        with pytest.raises(NotFound, match="'m'"):
            store.get_model_version_by_alias("m", "latest", at=then)


def model_with_versions(store: RegistryStore, count: int) -> None:
    """A model "m" with versions, `s3://b/1` the first."""
    store.create_registered_model("m")
    for number in range(1, count + 1):
        store.create_model_version("m", f"s3://b/{number}")


def wait_a_moment() -> int:
    """The time, after a wait that sets it apart from what was done before."""
    start = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 <= start + 1:
        time.sleep(0.001)
    return time.time_ns() // 1_000_000


def _line(event: RegistryEvent) -> tuple[object, ...]:
    return (event.name, event.change, event.user_id, event.version, event.subject, event.old, event.new)
