"""Registered models by the client: names, descriptions, tags, aliases, searches with pages, prompts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlflow import MlflowClient

DIFFERENCES = {
    "page of nothing": "max_results below 1 is refused; MLflow gives an empty page whose token leads nowhere",
    "search: either": "OR can be written here",
    "search: by time": "more attributes can be searched by here",
    "order: name in attributes": "attribute. may be written before a name here, as in filters",
    "order: by creation": "more attributes can be ordered by here",
    "order: twice the same": "harmless here; MLflow answers 500, which its clients retry for minutes",
    "a very long name": "refused here; MLflow on SQLite takes it, on other databases it fails",
}


def answers() -> Iterator[tuple[str, Any]]:
    client = MlflowClient()
    yield "create", client.create_registered_model("models a")
    yield "create with all", client.create_registered_model("models b", {"team": "vision", "n": "1"}, "a *model*")
    yield "get", client.get_registered_model("models b")
    yield "create again", lambda: client.create_registered_model("models b")
    for name in ("", " ", "a/b", "a:b", "..", "x" * 257):
        title = "a very long name" if len(name) > 100 else f"create {name!r}"
        yield title, lambda name=name: client.create_registered_model(name)
    yield "get of what is missing", lambda: client.get_registered_model("models z")
    yield "get of a bad name", lambda: client.get_registered_model("a/b")
    yield from changes(client)
    yield from aliases(client)
    for index in range(12):
        client.create_registered_model(
            f"searched {index:02d}", {"parity": str(index % 2), "k e/y": f"v{index}"}, f"number {index}"
        )
    yield from searches(client)
    yield from prompts(client)
    yield "delete", client.delete_registered_model("models b")
    yield "delete again", lambda: client.delete_registered_model("models b")
    yield "get of the deleted", lambda: client.get_registered_model("models b")
    yield "its name is free", client.create_registered_model("models b").name


def changes(client: MlflowClient) -> Iterator[tuple[str, Any]]:
    yield "update", client.update_registered_model("models b", "another text")
    yield "update to nothing", client.update_registered_model("models b", "")
    yield "update of what is missing", lambda: client.update_registered_model("models z", "x")
    yield "rename", client.rename_registered_model("models b", "models c")
    yield "the renamed", client.get_registered_model("models c")
    yield "get by the old name", lambda: client.get_registered_model("models b")
    yield "rename to a taken name", lambda: client.rename_registered_model("models c", "models a")
    yield "rename to a bad name", lambda: client.rename_registered_model("models c", "a/b")
    yield "rename to itself", client.rename_registered_model("models c", "models c")
    yield "rename of what is missing", lambda: client.rename_registered_model("models z", "models y")
    client.rename_registered_model("models c", "models b")
    yield "set_tag", lambda: client.set_registered_model_tag("models b", "team", "audio")
    yield "set_tag, number", lambda: client.set_registered_model_tag("models b", "size", 5)
    yield "set_tag, empty", lambda: client.set_registered_model_tag("models b", "empty", "")
    yield "set_tag, long", lambda: client.set_registered_model_tag("models b", "long", "x" * 100_000)
    yield "set_tag, too long", lambda: client.set_registered_model_tag("models b", "longer", "x" * 100_001)
    yield "set_tag, bad key", lambda: client.set_registered_model_tag("models b", "../k", "v")
    yield "set_tag, long key", lambda: client.set_registered_model_tag("models b", "k" * 251, "v")
    yield "set_tag of what is missing", lambda: client.set_registered_model_tag("models z", "k", "v")
    yield "delete_tag", lambda: client.delete_registered_model_tag("models b", "n")
    yield "delete_tag, missing", lambda: client.delete_registered_model_tag("models b", "n")
    yield "delete_tag, bad key", lambda: client.delete_registered_model_tag("models b", "../k")
    client.delete_registered_model_tag("models b", "long")
    yield "tags", client.get_registered_model("models b").tags


def aliases(client: MlflowClient) -> Iterator[tuple[str, Any]]:
    for _ in range(3):
        client.create_model_version("models b", "s3://bucket/model")
    yield "alias", lambda: client.set_registered_model_alias("models b", "champion", "1")
    yield "alias by number", lambda: client.set_registered_model_alias("models b", "challenger", 2)
    yield "second alias", lambda: client.set_registered_model_alias("models b", "Best_one-2", "1")
    yield "moved alias", lambda: client.set_registered_model_alias("models b", "champion", "3")
    for alias in ("latest", "LATEST", "v1", "V12", "", "a b", "a/b", "é", "x" * 256):
        yield (
            f"alias {alias[:8]!r}",
            lambda alias=alias: client.set_registered_model_alias("models b", alias, "1"),
        )
    yield "alias to a missing version", lambda: client.set_registered_model_alias("models b", "x", "99")
    yield "alias to no version", lambda: client.set_registered_model_alias("models b", "x", "abc")
    yield "alias of a missing model", lambda: client.set_registered_model_alias("models z", "x", "1")
    yield "aliases", client.get_registered_model("models b").aliases
    for alias in ("champion", "challenger", "latest", "Latest", "CHAMPION", "none", "v1", "v99", "a b", ""):
        yield (
            f"by alias {alias!r}",
            lambda alias=alias: by_alias(client, "models b", alias),
        )
    yield "by alias of a missing model", lambda: by_alias(client, "models z", "champion")
    yield "latest of no versions", lambda: by_alias(client, "models a", "latest")
    yield "version with aliases", client.get_model_version("models b", "1").aliases
    yield "delete alias", lambda: client.delete_registered_model_alias("models b", "challenger")
    yield "delete alias again", lambda: client.delete_registered_model_alias("models b", "challenger")
    yield "delete alias, bad", lambda: client.delete_registered_model_alias("models b", "a b")
    yield "delete alias of a missing model", lambda: client.delete_registered_model_alias("models z", "champion")
    yield "delete the version of an alias", lambda: client.delete_model_version("models b", "3")
    yield "its alias", lambda: by_alias(client, "models b", "champion")
    yield "aliases that are left", client.get_registered_model("models b").aliases


def searches(client: MlflowClient) -> Iterator[tuple[str, Any]]:
    for title, condition in FILTERS.items():
        yield f"search: {title}", lambda condition=condition: names(client, condition)
    for title, order in ORDERS.items():
        yield f"order: {title}", lambda order=order: names(client, "name LIKE 'searched%'", order)
    yield "pages", pages(client, 5)
    yield "pages that just fit", pages(client, 6)
    yield "page of nothing", lambda: client.search_registered_models(max_results=0)
    yield "page too large", lambda: client.search_registered_models(max_results=1001)
    yield "largest page", len(client.search_registered_models("name LIKE 'searched%'", max_results=1000))
    yield "bad token", lambda: client.search_registered_models(page_token="nonsense")
    yield "what a search shows", client.search_registered_models("name = 'searched 03'")[0]


def prompts(client: MlflowClient) -> Iterator[tuple[str, Any]]:
    yield "register_prompt", client.register_prompt("searched_prompt", "Say {{word}}").version
    yield "register_prompt again", client.register_prompt("searched_prompt", "Say {{word}}!").version
    yield "load_prompt", client.load_prompt("prompts:/searched_prompt/2").template
    client.set_prompt_alias("searched_prompt", "good", 1)
    yield "load_prompt by alias", client.load_prompt("prompts:/searched_prompt@good").template
    yield "search_prompts", [found.name for found in client.search_prompts()]
    for title, condition in {
        "hidden": "name LIKE 'searched_p%'",
        "asked for": "name LIKE 'searched_p%' AND tags.`mlflow.prompt.is_prompt` = 'true'",
        "asked for the other way": "tags.`mlflow.prompt.is_prompt` != 'false'",
        "not asked for": "name LIKE 'searched%1' AND tags.`mlflow.prompt.is_prompt` = 'false'",
        "not asked for either": "name LIKE 'searched%1' AND tags.`mlflow.prompt.is_prompt` != 'true'",
    }.items():
        yield f"prompts, {title}", names(client, condition)
    yield "a prompt as a model", lambda: client.get_registered_model("searched_prompt")
    yield "a prompt as a source", lambda: client.create_model_version("models a", "models:/searched_prompt/1")
    found = client.search_model_versions("name = 'searched_prompt'")
    yield "versions of prompts, hidden", len(found)
    found = client.search_model_versions("name = 'searched_prompt' AND tags.`mlflow.prompt.is_prompt` = 'true'")
    yield "versions of prompts, asked for", len(found)


FILTERS = {
    "everything": "name LIKE 'searched%'",
    "name": "name = 'searched 01'",
    "not the name": "name != 'searched 01' AND name LIKE 'searched 0%'",
    "like": "name LIKE '%1'",
    "like, other case": "name LIKE 'SEARCHED%'",
    "ilike": "name ILIKE 'SEARCHED 1%'",
    "in": "name IN ('searched 01', 'searched 03', 'nothing')",
    "not in": "name NOT IN ('searched 01') AND name LIKE 'searched 0%'",
    "tag": "tags.parity = '1' AND name LIKE 'searched%'",
    "tag with a quoted key": "tags.`k e/y` = 'v3'",
    "tag, not": "tags.parity != '1'",
    "tag, like": "tags.parity LIKE '0%'",
    "two tags": "tags.parity = '1' AND tags.`k e/y` LIKE 'v1%'",
    "tag that nobody has": "tags.nothing = '1'",
    "double quotes": 'name = "searched 02"',
    "either": "name = 'searched 01' OR name = 'searched 02'",
    "by time": "creation_timestamp > 5 AND name LIKE 'searched%'",
    "nonsense": "name LIKE",
    "unknown attribute": "color = 'red'",
    "metrics": "metrics.x > 1",
    "number for a name": "name = 5",
    "greater than a name": "name > 'a'",
}
ORDERS = {
    "name": ["name"],
    "name, descending": ["name DESC"],
    "name in attributes": ["attribute.name desc"],
    "time": ["timestamp DESC", "name DESC"],
    "last update": ["last_updated_timestamp ASC"],
    "unknown": ["color"],
    "by creation": ["creation_timestamp"],
    "twice the same": ["name", "name"],
    "nonsense": ["name UPWARD"],
}


def by_alias(client: MlflowClient, name: str, alias: str) -> str:
    return str(client.get_model_version_by_alias(name, alias).version)


def names(client: MlflowClient, condition: str, order: list[str] | None = None) -> list[str]:
    return [model.name for model in client.search_registered_models(condition, order_by=order)]


def pages(client: MlflowClient, size: int) -> list[list[str]]:
    found, token = [], None
    while True:
        page = client.search_registered_models("name LIKE 'searched%'", size, ["name DESC"], token)
        found.append([model.name for model in page])
        token = page.token
        if not token:
            return found
