"""`runyard models lineage`: data sets, runs and logged models that a version came from, as a tree."""

from __future__ import annotations

from collections.abc import Iterator

import click

from runyard.cli import output, text
from runyard.cli.context import Context, pass_context
from runyard.cli.model_arguments import find_version, name_argument, version_argument
from runyard.tracking.lineage import Lineage, LineageEdge, LineageNode

KINDS = {"dataset": "data set", "run": "run", "model": "logged model", "version": "version"}


@click.command()
@name_argument
@version_argument
@output.json_option
@pass_context
def lineage(context: Context, name: str, version: str, as_json: bool) -> None:
    """Show what a version came from, and what else came of that: data set, run, logged model, version."""
    from runyard.tracking.lineage import lineage as lineage_of

    number = find_version(context, name, version).version
    found = lineage_of(f"models:/{name}/{number}", context.store, context.registry)
    if as_json:
        output.show_json(found)
        return
    for line in tree_lines(found):
        output.echo(line)
    if found.truncated:
        output.note(f"\nThere is more than these {len(found.nodes)}.")


def tree_lines(found: Lineage) -> Iterator[str]:
    """A tree that grows from what came from nothing else; what was shown above is not unfolded again."""
    nodes = {node.id: node for node in found.nodes}
    targets = {edge.target for edge in found.edges}
    shown: set[str] = set()
    starts = [node for node in found.nodes if node.id not in targets] or list(found.nodes)[:1]
    for node in starts:
        yield from _lines(found, nodes, node, None, "", shown)


def _lines(
    found: Lineage,
    nodes: dict[str, LineageNode],
    node: LineageNode,
    edge: LineageEdge | None,
    indent: str,
    shown: set[str],
) -> Iterator[str]:
    yield indent + _line(node, edge, is_root=node.id == found.root, is_again=node.id in shown)
    if node.id in shown:
        return
    shown.add(node.id)
    for below in (edge for edge in found.edges if edge.source == node.id):
        yield from _lines(found, nodes, nodes[below.target], below, indent + "  ", shown)


def _line(node: LineageNode, edge: LineageEdge | None, *, is_root: bool, is_again: bool) -> str:
    label = output.bold(text.printable(node.label)) if is_root else text.printable(node.label)
    told = [f"{KINDS[node.kind]} {label}"]
    identifier = node.id.split(":", 1)[1]
    if node.kind in {"run", "model"} and node.label != identifier:
        told.append(f"({identifier})")
    if node.kind == "version":
        told += [value for key in ("stage", "aliases") if (value := node.details.get(key)) and value != "None"]
    if edge is not None:
        told.append(f"[{edge.role}{f': {text.printable(edge.context)}' if edge.context else ''}]")
    if not node.found:
        told.append("(gone)")
    return " ".join([*told, *(["(above)"] if is_again else [])])
