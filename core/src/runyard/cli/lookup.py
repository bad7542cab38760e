"""Find what a person means: an experiment by name or id, a run by id, by the start of one, or by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from runyard.entities import Experiment, Page, Run, ViewType
from runyard.errors import InvalidInput, NotFound, did_you_mean

if TYPE_CHECKING:
    from runyard.cli.context import Context

ItemT = TypeVar("ItemT")
PAGE = 1000
SHOWN = 5

_ID_START = re.compile(r"^[\w-]{1,256}$", re.ASCII)


def pages(fetch: Callable[[str | None], Page[ItemT]]) -> Iterator[ItemT]:
    """Every item of every page."""
    token: str | None = None
    while True:
        page = fetch(token)
        yield from page.items
        token = page.token
        if not token:
            return


def experiments(context: Context, view: ViewType = ViewType.ACTIVE_ONLY) -> Iterator[Experiment]:
    return pages(lambda token: context.client.search_experiments(view_type=view, max_results=PAGE, page_token=token))


def find_experiment(context: Context, name_or_id: str) -> Experiment:
    """The experiment of that name, else of that id; deleted ones are found too.

    Raises:
        NotFound: there is none.
    """
    found = context.client.get_experiment_by_name(name_or_id)
    if found is not None:
        return found
    try:
        return context.client.get_experiment(name_or_id)
    except (NotFound, InvalidInput):
        known = [experiment.name for experiment in experiments(context)]
        hint = did_you_mean(name_or_id, known) or "; runyard experiments list shows what there is"
        raise NotFound(f"no experiment has the name or id {name_or_id!r}{hint}") from None


def experiment_ids(context: Context, names: Sequence[str]) -> list[str]:
    """The ids of the experiments named; of all of them, deleted ones too, where none is."""
    if names:
        return list(dict.fromkeys(find_experiment(context, name).experiment_id for name in names))
    return [experiment.experiment_id for experiment in experiments(context, ViewType.ALL)]


def find_run(context: Context, given: str) -> Run:
    """The run with that id, with the one id that starts so, or with that name; deleted ones are found too.

    Raises:
        NotFound: there is none.
        InvalidInput: several match.
    """
    exact = _run_of_id(context, given)
    if exact is not None:
        return exact
    ids = experiment_ids(context, [])
    for found in (_starting(context, ids, given), _named(context, ids, given)) if ids else ():
        if len(found) == 1:
            return context.client.get_run(found[0].info.run_id)
        if found:
            raise InvalidInput(_several(given, found))
    raise NotFound(
        f"no run has the id or name {given!r}, or an id that starts so; runyard runs list shows what there is"
    )


def _run_of_id(context: Context, given: str) -> Run | None:
    if not _ID_START.match(given):
        return None
    try:
        return context.client.get_run(given)
    except (NotFound, InvalidInput):
        return None


def _starting(context: Context, ids: Sequence[str], given: str) -> Sequence[Run]:
    if not _ID_START.match(given):
        return []
    found = _matching(context, ids, f"attributes.run_id LIKE '{given}%'")
    # In LIKE, _ stands for any character.
    return [run for run in found if run.info.run_id.startswith(given)]


def _named(context: Context, ids: Sequence[str], given: str) -> Sequence[Run]:
    quote = '"' if "'" in given else "'"
    return [] if quote in given else _matching(context, ids, f"attributes.run_name = {quote}{given}{quote}")


def _matching(context: Context, ids: Sequence[str], condition: str) -> Sequence[Run]:
    page: Page[Run] = context.client.search_runs(
        list(ids), filter_string=condition, run_view_type=ViewType.ALL, max_results=SHOWN + 1
    )
    return page.items


def _several(given: str, found: Sequence[Run]) -> str:
    listed = ", ".join(f"{run.info.run_id} ({run.info.run_name})" for run in found[:SHOWN])
    more = ", …" if len(found) > SHOWN else ""
    return f"{given!r} may be several runs: {listed}{more}; give more of the id"
