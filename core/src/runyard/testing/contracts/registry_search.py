"""How every model registry searches: filters, orders and pages."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from runyard.entities import ModelStage
from runyard.errors import InvalidInput
from runyard.protocols.registry import ModelQuery, RegistryStore
from runyard.query import Identifier, Kind, OrderBy
from runyard.query.parser import parse_filter
from runyard.query.tree import Target

NAME = Identifier(Kind.ATTRIBUTE, "name")
NUMBER = Identifier(Kind.ATTRIBUTE, "version_number")
RUN = Identifier(Kind.ATTRIBUTE, "run_id")
TEAM = Identifier(Kind.TAG, "team")

MODEL_FILTERS = {
    "name = 'digits'": ["digits"],
    "name != 'digits'": ["Digits", "faces", "words"],
    "name LIKE '%igits'": ["Digits", "digits"],
    "name LIKE 'd%'": ["digits"],
    "name ILIKE 'd%'": ["Digits", "digits"],
    "name IN ('digits', 'words', 'none')": ["digits", "words"],
    "name NOT IN ('digits', 'words')": ["Digits", "faces"],
    "tags.team = 'vision'": ["Digits", "digits"],
    "tags.team != 'vision'": ["words"],
    "tags.team LIKE 'vis%' AND name = 'digits'": ["digits"],
    "tags.`a b` = 'x'": ["words"],
}
WIDER_FILTERS = {
    "name = 'digits' OR name = 'faces'": ["digits", "faces"],
    "NOT tags.team = 'vision'": ["faces", "words"],
    "(name = 'digits' OR name = 'words') AND NOT tags.team = 'text'": ["digits"],
    "tags.team IS NULL": ["faces"],
    "tags.team IS NOT NULL": ["Digits", "digits", "words"],
    "name =~ '^[df]'": ["digits", "faces"],
}
VERSION_FILTERS = {
    "name = 'digits'": ["digits/3", "digits/2", "digits/1"],
    "run_id = 'r1'": ["digits/1", "words/1"],
    "run_id IN ('r1', 'r2')": ["digits/2", "digits/1", "words/1"],
    "run_id != 'r1'": ["digits/2"],
    "source_path = 's3://b/3'": ["digits/3"],
    "source_path LIKE '%/1'": ["digits/1", "words/1"],
    "version_number >= 2": ["digits/3", "digits/2"],
    "version_number = 1 AND name = 'words'": ["words/1"],
    "tags.good = 'yes'": ["digits/2", "words/1"],
    "NOT run_id = 'r1' AND name = 'digits'": ["digits/3", "digits/2"],
    "run_id IS NULL": ["digits/3"],
    "model_id = 'm-1'": ["digits/2"],
    "model_id IS NULL AND run_id = 'r1'": ["digits/1", "words/1"],
}


class RegistrySearchContract:
    """The part of `RegistryStoreContract` about searching."""

    @pytest.fixture
    def store(self) -> RegistryStore:
        """A fresh, empty registry."""
        raise NotImplementedError("give the fixture `store`")

    def test_models_are_found_by_mlflow_s_filters(self, store: RegistryStore) -> None:
        _fill(store)
        assert {text: _names(store, _models(text)) for text in MODEL_FILTERS} == MODEL_FILTERS

    def test_models_are_found_by_the_wider_language(self, store: RegistryStore) -> None:
        _fill(store)
        assert {text: _names(store, _models(text)) for text in WIDER_FILTERS} == WIDER_FILTERS

    def test_versions_are_found_by_filters(self, store: RegistryStore) -> None:
        _fill(store)
        queries = {text: ModelQuery(filter=parse_filter(text, Target.VERSIONS)) for text in VERSION_FILTERS}
        assert {text: _numbers(store, query) for text, query in queries.items()} == VERSION_FILTERS

    def test_models_come_by_name(self, store: RegistryStore) -> None:
        _fill(store)
        assert _names(store, ModelQuery()) == ["Digits", "digits", "faces", "words"]

    def test_versions_come_by_name_then_from_the_highest(self, store: RegistryStore) -> None:
        _fill(store)
        assert _numbers(store, ModelQuery()) == ["digits/3", "digits/2", "digits/1", "words/1"]

    def test_models_come_in_the_order_asked_for(self, store: RegistryStore) -> None:
        _fill(store)
        assert _names(store, ModelQuery(order_by=[OrderBy(NAME, ascending=False)])) == [
            "words",
            "faces",
            "digits",
            "Digits",
        ]
        assert _names(store, ModelQuery(order_by=[OrderBy(TEAM)])) == ["words", "Digits", "digits", "faces"]

    def test_versions_come_in_the_order_asked_for(self, store: RegistryStore) -> None:
        _fill(store)
        by_number = [OrderBy(NUMBER), OrderBy(NAME, ascending=False)]
        assert _numbers(store, ModelQuery(order_by=by_number)) == ["words/1", "digits/1", "digits/2", "digits/3"]

    def test_what_is_missing_comes_last_in_both_directions(self, store: RegistryStore) -> None:
        _fill(store)
        rising = _numbers(store, ModelQuery(order_by=[OrderBy(RUN)]))
        falling = _numbers(store, ModelQuery(order_by=[OrderBy(RUN, ascending=False)]))
        assert rising == ["digits/1", "words/1", "digits/2", "digits/3"]
        assert falling == ["digits/2", "digits/1", "words/1", "digits/3"]

    def test_found_models_are_whole(self, store: RegistryStore) -> None:
        _fill(store)
        store.set_registered_model_alias("digits", "prod", 2)
        store.transition_model_version_stage("digits", 1, ModelStage.PRODUCTION)
        found = store.search_registered_models(ModelQuery())
        assert list(found) == [store.get_registered_model(model.name) for model in found]

    def test_found_versions_are_whole(self, store: RegistryStore) -> None:
        _fill(store)
        store.set_registered_model_alias("digits", "prod", 2)
        found = store.search_model_versions(ModelQuery())
        assert list(found) == [store.get_model_version(version.name, version.version) for version in found]

    @pytest.mark.parametrize("order", [[], [OrderBy(NAME, ascending=False)], [OrderBy(TEAM, ascending=False)]])
    def test_pages_of_models_show_each_once(self, store: RegistryStore, order: Sequence[OrderBy]) -> None:
        _fill(store)
        whole = _names(store, ModelQuery(order_by=order))
        found: list[str] = []
        token: str | None = None
        for _ in whole:
            page = store.search_registered_models(ModelQuery(order_by=order, max_results=1, page_token=token))
            found.extend(model.name for model in page)
            token = page.token
        assert (found, token) == (whole, None)

    @pytest.mark.parametrize("order", [[], [OrderBy(RUN)], [OrderBy(RUN, ascending=False), OrderBy(NUMBER)]])
    def test_pages_of_versions_show_each_once(self, store: RegistryStore, order: Sequence[OrderBy]) -> None:
        _fill(store)
        whole = _numbers(store, ModelQuery(order_by=order))
        first = store.search_model_versions(ModelQuery(order_by=order, max_results=3))
        second = store.search_model_versions(ModelQuery(order_by=order, max_results=3, page_token=first.token))
        assert [f"{found.name}/{found.version}" for found in (*first, *second)] == whole
        assert (len(first), first.token is None, second.token) == (3, False, None)

    def test_a_model_made_between_two_pages_repeats_none(self, store: RegistryStore) -> None:
        _fill(store)
        first = store.search_registered_models(ModelQuery(max_results=2))
        store.create_registered_model("AAA")
        second = store.search_registered_models(ModelQuery(max_results=2, page_token=first.token))
        assert [model.name for model in (*first, *second)] == ["Digits", "digits", "faces", "words"]

    @pytest.mark.parametrize("token", ["", "x", "é", "bnVsbA==", "WzFd", "W1tdXQ=="])
    def test_a_bad_page_token_is_refused(self, store: RegistryStore, token: str) -> None:
        _fill(store)
        with pytest.raises(InvalidInput):
            store.search_registered_models(ModelQuery(page_token=token))
        with pytest.raises(InvalidInput):
            store.search_model_versions(ModelQuery(page_token=token))

    @pytest.mark.parametrize("max_results", [0, -1])
    def test_a_page_has_room(self, store: RegistryStore, max_results: int) -> None:
        with pytest.raises(InvalidInput):
            store.search_registered_models(ModelQuery(max_results=max_results))
        with pytest.raises(InvalidInput):
            store.search_model_versions(ModelQuery(max_results=max_results))


def _fill(store: RegistryStore) -> None:
    store.create_registered_model("words", tags={"team": "text", "a b": "x"})
    store.create_registered_model("digits", tags={"team": "vision"})
    store.create_registered_model("Digits", tags={"team": "vision"})
    store.create_registered_model("faces")
    store.create_model_version("words", "s3://w/1", run_id="r1", tags={"good": "yes"})
    store.create_model_version("digits", "s3://b/1", run_id="r1", tags={"good": "no"})
    store.create_model_version("digits", "s3://b/2", run_id="r2", model_id="m-1", tags={"good": "yes"})
    store.create_model_version("digits", "s3://b/3")


def _models(text: str) -> ModelQuery:
    return ModelQuery(filter=parse_filter(text, Target.MODELS))


def _names(store: RegistryStore, query: ModelQuery) -> list[str]:
    return [model.name for model in store.search_registered_models(query)]


def _numbers(store: RegistryStore, query: ModelQuery) -> list[str]:
    return [f"{version.name}/{version.version}" for version in store.search_model_versions(query)]
