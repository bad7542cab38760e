"""Random runs and random queries, and what the naive evaluator says about them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
import sqlalchemy as sa
from hypothesis import strategies as st

from runyard.errors import QueryError
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
)
from runyard.query.aggregate import Point, aggregate
from runyard.query.evaluate import Value
from runyard.query.fields import CONTEXT_TAG, NUMERIC, TEXTUAL
from runyard.query.numbers import as_number
from runyard.query.regex import parse_regex
from runyard_store_sql import schema
from runyard_store_sql.schema import HEAD

KEYS = ["loss", "acc", "x y"]
MISSING_KEY = "never logged"
TEXTS = [
    *("", " ", "a", "A", "ab", "aB", "b", "a ", "ä", "Ä", "ß", "SS", "İ", "i", "\u212a", "k", "K", "😀", "a😀b"),
    *("\n", "a\nb", "a\r\n", "%", "_", "a%", "\\", "\\%", "'", "''", '"', "`", "[a]", "*", "?", "!", "a|b", "^", "$"),
    *("1", "10", "9", "1e1", " 1 ", "-1", "+.5", "1.", "nan", "inf", "1e999", "1_0", "\u0661", "0x1", "True", "None"),
    *(
        "x" * (HEAD - 1),
        "x" * HEAD,
        "x" * (HEAD + 1),
        "x" * HEAD + "y",
        "é" * HEAD,
        "é" * HEAD + "b",
        "\U0010ffff",
        "\uffff",
    ),
]
NUMBERS = [0.0, -0.0, 0.5, 1.0, -1.0, 2.0, 10.0, 1e10, 0.1, math.inf, -math.inf, math.nan]
LIMITS = [number for number in NUMBERS if not math.isnan(number)]
# Sums of these are exact, in whatever order.
PIECES = [
    "a",
    "b",
    "A",
    ".",
    "[a-c]",
    "[^a]",
    "[^\\n]",
    "\\d",
    "\\w",
    "\\s",
    "\\D",
    "\\W",
    "\\S",
    "\\.",
    "\\\\",
    "é",
    "😀",
    " ",
]
PIECES += ["(a|b)", "(?:ab)", "(|a)", "^", "$", "[\\d-]", "[]a]", "[^\\s\\d]", "\\n", "[%_']", "x", "!", "[a\\]]", "()"]
QUANTIFIERS = ["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,}", "*?"]
ATTRIBUTES = ["run_id", "run_name", "status", "user_id", "artifact_uri"]
TIMES = ["start_time", "end_time"]

texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


@attrs.frozen
class SampleRun:
    """A run as it is put into the tables, and as the evaluator sees it."""

    run_id: str
    run_name: str
    start_time: int
    end_time: int | None
    status: str
    user_id: str
    artifact_uri: str
    is_deleted: bool
    params: dict[str, str]
    tags: dict[str, str]
    metrics: dict[str, list[Point]]
    datasets: Sequence[tuple[str, str, str | None]]

    def value(self, identifier: Identifier) -> Value | None:
        match identifier.kind:
            case Kind.METRIC:
                return aggregate(self.metrics.get(identifier.key, ()), identifier.aggregate, identifier.key)
            case Kind.PARAM:
                return self.params.get(identifier.key)
            case Kind.TAG:
                return self.tags.get(identifier.key)
        found: Value | None = getattr(self, identifier.key)
        return found

    def values(self, identifier: Identifier) -> Iterable[str]:
        found = [dict(zip(("name", "digest", "context"), one, strict=True))[identifier.key] for one in self.datasets]
        return [value for value in found if value is not None]

    @property
    def tie(self) -> tuple[int, str]:
        return (-self.start_time, self.run_id)


points = st.lists(
    st.tuples(st.integers(-2, 3), st.integers(0, 2), st.sampled_from([n for n in NUMBERS if n != 0.1])),
    min_size=1,
    max_size=4,
    unique_by=lambda point: (point[0], point[1], repr(point[2])),
)
keyed = st.dictionaries(st.sampled_from(KEYS), texts, max_size=3)
runs = st.builds(
    SampleRun,
    run_id=st.uuids().map(str) | st.sampled_from(["a", "A", "b", "B", "a-1"]),
    run_name=texts,
    start_time=st.integers(0, 3),
    end_time=st.none() | st.integers(0, 3),
    status=st.sampled_from(["RUNNING", "FINISHED"]),
    user_id=st.sampled_from(["ada", "Ada", ""]),
    artifact_uri=st.just("/artifacts"),
    is_deleted=st.sampled_from([False, False, False, True]),
    params=keyed,
    tags=keyed,
    metrics=st.dictionaries(st.sampled_from(KEYS), points, max_size=3),
    datasets=st.lists(
        st.tuples(st.sampled_from(["iris", "Iris", "wine"]), st.sampled_from(["1", "2"]), st.none() | texts),
        max_size=2,
        unique_by=lambda one: one[:2],
    ),
)
samples = st.lists(runs, max_size=8, unique_by=lambda run: run.run_id)


def _readable(expression: str) -> bool:
    try:
        parse_regex(expression)
    except QueryError:
        return False
    return True


_parts = st.tuples(st.sampled_from(PIECES), st.sampled_from(QUANTIFIERS)).map("".join)
_series = st.lists(_parts, max_size=4).map("".join)
expressions = st.lists(_series, min_size=1, max_size=2).map("|".join).filter(_readable)
patterns = (
    texts.flatmap(lambda text: st.sampled_from([text, text[:2] + "%", "%" + text[1:], text[:1] + "_", "_" + text[1:]]))
    | texts.map(str.swapcase)
    | st.lists(
        st.sampled_from(["%", "_", "a", "A", "ä", "ß", "\\", "!", "*", "[", "k", "\n"]), min_size=1, max_size=4
    ).map("".join)
)
keys = st.sampled_from([*KEYS, MISSING_KEY])
metric_names = st.builds(Identifier, st.just(Kind.METRIC), keys, st.sampled_from(Aggregate))
text_names = (
    st.builds(Identifier, st.sampled_from([Kind.PARAM, Kind.TAG]), keys)
    | st.builds(Identifier, st.just(Kind.ATTRIBUTE), st.sampled_from(ATTRIBUTES))
    | st.builds(Identifier, st.just(Kind.DATASET), st.sampled_from(["name", "digest", "context"]))
)
param_names = st.builds(Identifier, st.just(Kind.PARAM), keys)
time_names = st.builds(Identifier, st.just(Kind.ATTRIBUTE), st.sampled_from(TIMES))
limits = st.sampled_from(LIMITS) | st.integers(-2, 3).map(float) | st.sampled_from([0.25, 1.5, 1e18, 1e19, -1e300])


def _comparison(identifier: Identifier) -> st.SearchStrategy[Node]:
    if identifier.kind is Kind.METRIC or identifier.key in TIMES:
        return st.builds(Comparison, st.just(identifier), st.sampled_from(NUMERIC), limits)
    return st.sampled_from(TEXTUAL).flatmap(lambda operator: _textual(identifier, operator))


def _textual(identifier: Identifier, operator: Operator) -> st.SearchStrategy[Node]:
    match operator:
        case Operator.MATCHES | Operator.NOT_MATCHES:
            values = expressions
        case Operator.LIKE | Operator.ILIKE:
            values = patterns
        case _:
            values = texts | st.sampled_from([*TEXTS, "iris", "ada", "FINISHED", "1"])
    return st.builds(Comparison, st.just(identifier), st.just(operator), values)


def _membership(identifier: Identifier) -> st.SearchStrategy[Node]:
    is_number = identifier.kind is Kind.METRIC or identifier.key in TIMES
    value: st.SearchStrategy[Any] = limits if is_number else texts
    listed = st.lists(value, min_size=1, max_size=3).map(tuple)
    return st.builds(Membership, st.just(identifier), listed, st.booleans())


names = metric_names | text_names | time_names
leaves = (
    names.flatmap(_comparison)
    | names.flatmap(_membership)
    | st.builds(NullTest, names, st.booleans())
    | st.builds(Comparison, param_names, st.sampled_from(NUMERIC), limits)
    | st.builds(Membership, param_names, st.lists(limits, min_size=1, max_size=2).map(tuple), st.booleans())
)
trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: (
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Not, inner)
    ),
    max_leaves=5,
)
order_names = metric_names | time_names | text_names.filter(lambda name: name.kind is not Kind.DATASET)
orders = st.lists(st.builds(OrderBy, order_names, st.booleans()), max_size=3)


HISTORIES: list[list[Point]] = [
    [(step, 0, value) for step, value in enumerate(values)]
    for first in NUMBERS
    for values in ([first], [first, math.nan], [math.nan, first], [first, 1.0, -math.inf], [2.0, first, math.inf])
]


def every_kind() -> list[SampleRun]:
    """Runs that have every awkward text as a param, a tag, a name and a context, and every awkward history."""
    count = len(HISTORIES)
    return [
        SampleRun(
            run_id=f"r{number:03}",
            run_name=_text(number),
            start_time=number % 4,
            end_time=None if number % 3 else number % 5,
            status="FINISHED" if number % 2 else "RUNNING",
            user_id="ada",
            artifact_uri="",
            is_deleted=False,
            params={"loss": _text(number), "acc": _text(number * 7)} if number % 8 else {"acc": _text(number)},
            tags={"loss": _text(number * 11), "acc": _text(number * 5)} if number % 7 else {},
            metrics={"loss": HISTORIES[number], "acc": HISTORIES[number * 13 % count]} if number % 9 else {},
            datasets=[("iris", "1", _text(number)), ("wine", "1", _text(number + 1))][: number % 4],
        )
        for number in range(count)
    ]


def every_text_condition() -> Iterator[Node]:
    """Every operator for text, with every awkward text or a pattern made of it."""
    fields = [Identifier(Kind.PARAM, "loss"), Identifier(Kind.TAG, "acc"), Identifier(Kind.ATTRIBUTE, "run_name")]
    for number, text in enumerate(TEXTS):
        field = fields[number % len(fields)]
        for symbol in (Operator.EQ, Operator.NE):
            yield Comparison(field, symbol, text)
        for pattern in {text, text.swapcase(), text[:1] + "%", "_" + text[1:]}:
            yield Comparison(field, Operator.LIKE, pattern)
            yield Comparison(field, Operator.ILIKE, pattern)
        for negated in (False, True):
            yield Membership(field, (text, _text(number + 9)), negated)
        yield Comparison(Identifier(Kind.DATASET, "context"), TEXTUAL[number % 4], text)


def every_number_condition() -> Iterator[Node]:
    """Every operator for numbers on every aggregate, and on params."""
    fields = [*(Identifier(Kind.METRIC, "loss", which) for which in Aggregate), Identifier(Kind.PARAM, "loss")]
    for field in fields:
        for limit in (*LIMITS, 1.5):
            for symbol in NUMERIC:
                yield Comparison(field, symbol, limit)
            yield Membership(field, (limit, 2.0), negated=True)
        for negated in (False, True):
            yield NullTest(field, negated)


def _text(number: int) -> str:
    return TEXTS[number % len(TEXTS)]


def put(connection: sa.Connection, sample: Sequence[SampleRun]) -> None:
    """Write runs into empty tables, as the store would."""
    numbers = {name: number for number, name in enumerate(KEYS, 1)}
    experiment = {"id": 1, "name": "e", "artifact_location": "/a", "creation_time": 0, "last_update_time": 0}
    rows: dict[sa.Table, list[dict[str, Any]]] = {
        schema.experiments: [experiment],
        schema.keys: [{"id": number, "name": name} for name, number in numbers.items()],
        **{table: [] for table in _TABLES},
    }
    known: dict[tuple[str, str], int] = {}
    for id_, run in enumerate(sample, 1):
        rows[schema.runs].append(_run_row(id_, run))
        for key, value in run.params.items():
            row = {"run": id_, "key": numbers[key], "value": value, "head": value[:HEAD], "number": as_number(value)}
            rows[schema.params].append(row)
        for key, value in run.tags.items():
            rows[schema.tags].append({"run": id_, "key": numbers[key], "value": value, "head": value[:HEAD]})
        for key, history in run.metrics.items():
            rows[schema.metrics].append(_metric_row(id_, numbers[key], history))
        for position, (name, digest, context) in enumerate(run.datasets):
            dataset = known.setdefault((name, digest), len(known) + 1)
            rows[schema.inputs].append({"run": id_, "dataset": dataset, "position": position})
            if context is not None:
                tag = {"run": id_, "dataset": dataset, "key": CONTEXT_TAG, "value": context}
                rows[schema.input_tags].append(tag)
    for (name, digest), id_ in known.items():
        row = {"id": id_, "experiment": 1, "name": name, "digest": digest, "source_type": "t", "source": "s"}
        rows[schema.datasets].append(row)
    for table, added in rows.items():
        if added:
            connection.execute(table.insert(), added)


_TABLES = (schema.runs, schema.params, schema.tags, schema.metrics, schema.datasets, schema.inputs, schema.input_tags)


def _run_row(id_: int, run: SampleRun) -> dict[str, Any]:
    return {
        "id": id_,
        "run_id": run.run_id,
        "experiment": 1,
        "name": run.run_name,
        "user_id": run.user_id,
        "status": run.status,
        "start_time": run.start_time,
        "end_time": run.end_time,
        "artifact_uri": run.artifact_uri,
        "deleted_time": 1 if run.is_deleted else None,
    }


def _metric_row(run: int, key: int, history: Sequence[Point]) -> dict[str, Any]:
    ordered = sorted(history, key=lambda point: (*point[:2], not math.isnan(point[2]), point[2]))
    numbers = [point[2] for point in ordered if not math.isnan(point[2])]

    def first_step(value: float | None) -> int | None:
        return None if value is None else next(step for step, _, other in ordered if other == value)

    low, high = (min(numbers), max(numbers)) if numbers else (None, None)
    row = {
        "run": run,
        "key": key,
        "min_value": low,
        "min_step": first_step(low),
        "max_value": high,
        "max_step": first_step(high),
        "total": sum(numbers),
        "count": len(numbers),
        "points": len(ordered),
        "tail": 0,
        "tail_points": 0,
        "next_block": 0,
    }
    for place, (step, time, value) in (("first", ordered[0]), ("last", ordered[-1])):
        row |= {f"{place}_step": step, f"{place}_time": time, f"{place}_value": value}
    return row
