"""A tree that is written as text reads as the same tree."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from runyard.query import (
    Aggregate,
    And,
    Comparison,
    Identifier,
    Kind,
    Membership,
    Node,
    Not,
    NullTest,
    Operator,
    Or,
    OrderBy,
    Target,
    parse_filter,
    parse_order,
    render,
    render_order,
)
from runyard.query.fields import ATTRIBUTES, NUMERIC, ValueType

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
keys = texts.filter(bool)
numbers = st.floats(allow_nan=False)
TEXT_OPERATORS = [Operator.EQ, Operator.NE, Operator.LIKE, Operator.ILIKE]

metrics = st.builds(Identifier, st.just(Kind.METRIC), keys, st.sampled_from(Aggregate))
times = st.builds(Identifier, st.just(Kind.ATTRIBUTE), st.sampled_from(["start_time", "end_time"]))
params = st.builds(Identifier, st.just(Kind.PARAM), keys)
tags = st.builds(Identifier, st.just(Kind.TAG), keys)
datasets = st.builds(Identifier, st.just(Kind.DATASET), st.sampled_from(["name", "digest", "context"]))
attributes = st.builds(
    Identifier,
    st.just(Kind.ATTRIBUTE),
    st.sampled_from([name for name, kind in ATTRIBUTES[Target.RUNS].items() if kind is ValueType.TEXT]),
)
textual = params | tags | datasets | attributes


leaves = (
    st.builds(Comparison, metrics | times | params, st.sampled_from(NUMERIC), numbers)
    | st.builds(Comparison, textual, st.sampled_from(TEXT_OPERATORS), texts)
    | st.builds(
        Membership, metrics | times | params, st.lists(numbers, min_size=1, max_size=3).map(tuple), st.booleans()
    )
    | st.builds(Membership, textual, st.lists(texts, min_size=1, max_size=3).map(tuple), st.booleans())
    | st.builds(NullTest, metrics | times | textual, st.booleans())
)
trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: (
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Not, inner)
    ),
    max_leaves=8,
)


@given(tree=trees)
def test_a_rendered_filter_reads_as_the_same_tree(tree: Node) -> None:
    found = parse_filter(render(tree), Target.RUNS)
    assert found is not None
    assert found.tree == tree


@given(order=st.builds(OrderBy, metrics | times | params | tags | attributes, st.booleans()))
def test_a_rendered_order_reads_as_the_same_order(order: OrderBy) -> None:
    assert parse_order([render_order(order)], Target.RUNS) == (order,)


def test_infinities_are_written_as_words() -> None:
    assert render(Comparison(Identifier(Kind.METRIC, "x"), Operator.LT, -math.inf)) == "metrics.`x` < -inf"
