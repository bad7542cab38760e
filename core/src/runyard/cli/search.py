"""What the commands that list and search have in common: their options, and asking the store page by page."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from runyard.cli import lookup, output
from runyard.entities import Experiment, Page, Run, ViewType

if TYPE_CHECKING:
    from runyard.cli.context import Context
    from runyard.query import Identifier

ItemT = TypeVar("ItemT")
VIEWS = {"active": ViewType.ACTIVE_ONLY, "deleted": ViewType.DELETED_ONLY, "all": ViewType.ALL}
LARGEST_PAGE = 1000


@attrs.frozen
class Options:
    """What to search for; a limit of 0 is none."""

    condition: str = ""
    order_by: Sequence[str] = ()
    limit: int = 20
    view: ViewType = ViewType.ACTIVE_ONLY

    def narrowed(self, condition: str) -> Options:
        """The same with one more condition."""
        both = [f"({part})" for part in (self.condition, condition) if part.strip()]
        return attrs.evolve(self, condition=" AND ".join(both) if len(both) > 1 else self.condition or condition)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a search, as one value `options`, and `--json`."""

    @output.json_option
    @click.option("--filter", "chosen", default="", metavar="FILTER", help="Which to show, in the query language.")
    @click.option("--order-by", multiple=True, metavar="FIELD [DESC]", help="The order; can be given several times.")
    @click.option("--limit", default=20, show_default=True, type=click.IntRange(min=0), help="How many; 0 for all.")
    @click.option("--view", default="active", type=click.Choice(list(VIEWS)), help="Deleted ones, or all.")
    @functools.wraps(command)
    def wrapper(*args: Any, chosen: str, order_by: tuple[str, ...], limit: int, view: str, **rest: Any) -> Any:
        return command(*args, options=Options(chosen, order_by, limit, VIEWS[view]), **rest)

    return wrapper


def experiments(
    context: Context, options: Options, *, folder: str = "", unlimited: bool = False
) -> tuple[list[Experiment], bool]:
    """The experiments that match, and whether there are more; with a folder those below it."""

    def fetch(size: int, token: str | None) -> Page[Experiment]:
        return context.client.search_experiments(
            filter_string=options.condition,
            order_by=list(options.order_by),
            view_type=options.view,
            max_results=size,
            page_token=token,
        )

    keep = (lambda found: found.name.startswith(f"{folder}/")) if folder else None
    return limited(fetch, 0 if unlimited else options.limit, keep)


def runs(
    context: Context, experiment_ids: Sequence[str], options: Options, *, columns: Sequence[Identifier] | None = None
) -> tuple[list[Run], bool]:
    """The runs that match, and whether there are more; with columns just these of what was logged."""
    from runyard.protocols.tracking import RunQuery
    from runyard.query.tree import Target
    from runyard.tracking.search import parsed

    condition, order = parsed(Target.RUNS, options.condition, list(options.order_by))
    if not experiment_ids:
        return [], False
    context.client.recorder.flush_run("")  # reading tells what other processes on this machine left undelivered

    def fetch(size: int, token: str | None) -> Page[Run]:
        return context.store.search_runs(
            RunQuery(
                experiment_ids=experiment_ids,
                filter=condition,
                view=options.view,
                order_by=order,
                max_results=size,
                page_token=token,
                columns=columns,
            )
        )

    return limited(fetch, options.limit)


def limited(
    fetch: Callable[[int, str | None], Page[ItemT]], limit: int, keep: Callable[[ItemT], bool] | None = None
) -> tuple[list[ItemT], bool]:
    """The first items of as many pages as needed, and whether there are more; a limit of 0 is none."""
    size = LARGEST_PAGE if keep or not limit else min(limit + 1, LARGEST_PAGE)
    found: list[ItemT] = []
    for item in lookup.pages(lambda token: fetch(size, token)):
        if limit and len(found) == limit and (keep is None or keep(item)):
            return found, True
        if keep is None or keep(item):
            found.append(item)
    return found, False


def note_more(shown: int, *, more: bool) -> None:
    if more:
        output.note(f"\nThe first {shown} are shown; there are more (--limit 0 shows all).")
