"""Prompts, which MLflow keeps among the registered models: told by a tag, hidden unless they are asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from runyard.errors import InvalidInput
from runyard.query import And, Comparison, Filter, Identifier, Kind, Node, Not, Operator, Target, parse_filter, render
from runyard.query.tree import identifiers

IS_PROMPT = "mlflow.prompt.is_prompt"
SOURCES = ("dummy-source", "prompt-template")  # what MLflow's clients send, since every version has a source

_TAG = Identifier(Kind.TAG, IS_PROMPT)
_PROMPTS = Comparison(_TAG, Operator.EQ, "true")
_OTHERS = Not(_PROMPTS)
# MLflow's client adds this to the text of every filter that says nothing of prompts.
_ADDED = re.compile(r"(?:^| AND )tag\.`mlflow\.prompt\.is_prompt` (!?=) 'true'$")


def is_prompt(tags: Mapping[str, str]) -> bool:
    return tags.get(IS_PROMPT, "").lower() == "true"


def check_prompt_source(source: str) -> None:
    """Raise `InvalidInput` where the source of a prompt's version is anything but a placeholder."""
    if source not in SOURCES:
        raise InvalidInput(f"Invalid prompt source: '{source}'. Prompt sources must be one of {', '.join(SOURCES)}.")


def search_filter(text: str | None, target: Target) -> Filter:
    """The filter of a search for models or versions: it finds no prompts unless it asks for them.

    What the client adds holds for the whole of the text before it, ORs included.
    """
    added = _ADDED.search(text or "")
    if text is None or added is None:
        return without_prompts(parse_filter(text, target))
    asked = parse_filter(text[: added.start()], target)
    condition = _PROMPTS if added.group(1) == "=" else _OTHERS
    return _filter(condition if asked is None else And((asked.tree, condition)))


def without_prompts(asked: Filter | None) -> Filter:
    """The same without prompts, unless the filter says itself which of them it is about.

    As in MLflow, `= 'true'` and `!= 'false'` ask for prompts, and any other such condition is for what is no prompt.
    """
    if asked is None:
        return _filter(_OTHERS)
    operands = asked.tree.operands if isinstance(asked.tree, And) else (asked.tree,)
    told = [node for node in operands if _tells(node)]
    others = tuple(node for node in operands if not _tells(node))
    is_about_prompts = any(found == _TAG for node in others for found in identifiers(node))
    if is_about_prompts or any(_asks_for_prompts(node) for node in told):
        return asked
    return _filter(And((*others, _OTHERS)) if others else _OTHERS)


def _tells(node: Node) -> bool:
    return isinstance(node, Comparison) and node.identifier == _TAG and node.operator in {Operator.EQ, Operator.NE}


def _asks_for_prompts(node: Node) -> bool:
    if not isinstance(node, Comparison):
        return False
    return (node.operator, str(node.value).lower()) in {(Operator.EQ, "true"), (Operator.NE, "false")}


def _filter(tree: Node) -> Filter:
    return Filter(render(tree), tree)
