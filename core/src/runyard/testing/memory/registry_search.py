"""Search over registered models in memory, by the naive evaluator."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from runyard.entities import ModelVersion, Page, RegisteredModel
from runyard.errors import InvalidInput
from runyard.protocols.registry import ModelQuery
from runyard.query import Identifier, Kind, OrderBy
from runyard.query.evaluate import matches
from runyard.testing.memory.paging import page_of

Attributes = Callable[[Any], Mapping[str, Any]]

BY_NAME = OrderBy(Identifier(Kind.ATTRIBUTE, "name"))
BY_NUMBER = OrderBy(Identifier(Kind.ATTRIBUTE, "version_number"), ascending=False)


def search_models(models: Sequence[RegisteredModel], query: ModelQuery) -> Page[RegisteredModel]:
    return _search(models, query, _model_attributes, (BY_NAME,))


def search_versions(versions: Sequence[ModelVersion], query: ModelQuery) -> Page[ModelVersion]:
    return _search(versions, query, _version_attributes, (BY_NAME, BY_NUMBER))


def _search(items: Sequence[Any], query: ModelQuery, attributes: Attributes, order: Sequence[OrderBy]) -> Page[Any]:
    orders = [*query.order_by, *order]

    def record(item: Any) -> _Record:
        return _Record(attributes(item), item.tags)

    def place(item: Any) -> list[Any]:
        values = [record(item).value(by.identifier) for by in orders]
        return [[value is None, value] for value in values]

    def compare(left: list[Any], right: list[Any]) -> int:
        for by, (missing, value), (other_missing, other) in zip(orders, left, right, strict=True):
            if missing or other_missing:
                outcome = missing - other_missing
            else:
                outcome = ((value > other) - (value < other)) * (1 if by.ascending else -1)
            if outcome:
                return int(outcome)
        return 0

    def comes_after(left: list[Any], right: list[Any]) -> bool:
        try:
            return compare(left, right) > 0
        except (TypeError, ValueError) as error:
            raise InvalidInput("not a page token of this search; use the token of the page before") from error

    found = [item for item in items if query.filter is None or matches(query.filter.tree, record(item))]
    found.sort(key=functools.cmp_to_key(lambda left, right: compare(place(left), place(right))))
    return page_of(found, query.max_results, query.page_token, place, comes_after)


@attrs.frozen
class _Record:
    """A model or a version as the evaluator sees it."""

    attributes: Mapping[str, Any]
    tags: Mapping[str, str]

    def value(self, identifier: Identifier) -> Any:
        if identifier.kind is Kind.TAG:
            return self.tags.get(identifier.key)
        if identifier.kind is not Kind.ATTRIBUTE or identifier.key not in self.attributes:
            known = ", ".join(self.attributes)
            raise InvalidInput(f"no {identifier.kind} {identifier.key!r} to search by (attributes: {known}; and tags)")
        return self.attributes[identifier.key]

    def values(self, identifier: Identifier) -> Sequence[str]:
        raise InvalidInput(f"no data set {identifier.key!r} to search by: models have none")


def _model_attributes(model: RegisteredModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "creation_timestamp": model.creation_timestamp,
        "last_updated_timestamp": model.last_updated_timestamp,
    }


def _version_attributes(version: ModelVersion) -> dict[str, Any]:
    return {
        "name": version.name,
        "version_number": version.version,
        "run_id": version.run_id,
        "model_id": version.model_id,
        "source_path": version.source,
        "current_stage": version.current_stage.value,
        "user_id": version.user_id,
        "status": version.status,
        "creation_timestamp": version.creation_timestamp,
        "last_updated_timestamp": version.last_updated_timestamp,
    }
