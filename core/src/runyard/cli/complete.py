"""What a shell offers for experiments and runs; nothing where the store cannot be asked."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from runyard.cli import lookup
from runyard.cli.context import Context, context_of
from runyard.entities import ViewType
from runyard.errors import RunyardError

LIMIT = 50


def experiment(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of active experiments that start as typed."""
    try:
        names = [found.name for found in lookup.experiments(context_of(ctx))]
    except RunyardError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)][:LIMIT]


def run(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of runs that start as typed, the newest first, with their names."""
    try:
        return _runs(context_of(ctx), incomplete)
    except RunyardError:
        return []


def _runs(context: Context, incomplete: str) -> list[CompletionItem]:
    if incomplete and not incomplete.isalnum():
        return []
    page = context.client.search_runs(
        lookup.experiment_ids(context, []),
        filter_string=f"attributes.run_id LIKE '{incomplete}%'" if incomplete else "",
        run_view_type=ViewType.ALL,
        max_results=LIMIT,
    )
    return [CompletionItem(found.info.run_id, help=found.info.run_name) for found in page.items]
