"""What a filter and an order mean, said plainly: the measure for every store, and all a small store needs."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from runyard.query.like import like_matcher
from runyard.query.numbers import as_number
from runyard.query.regex import matcher
from runyard.query.tree import And, Comparison, Identifier, Kind, Membership, Node, Not, NullTest, Operator, Or, OrderBy

Value = str | float


class Record(Protocol):
    """Something that is searched."""

    def value(self, identifier: Identifier) -> Value | None:
        """What it has under an identifier of any kind but a dataset's, None where it has nothing."""

    def values(self, identifier: Identifier) -> Iterable[str]:
        """What its data sets have under a dataset's identifier."""


RecordT = TypeVar("RecordT", bound=Record)

_COMPARE: MappingProxyType[Operator, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        Operator.EQ: operator.eq,
        Operator.NE: operator.ne,
        Operator.GT: operator.gt,
        Operator.GE: operator.ge,
        Operator.LT: operator.lt,
        Operator.LE: operator.le,
        Operator.LIKE: lambda value, pattern: like_matcher(pattern, ignore_case=False).search(value),
        Operator.ILIKE: lambda value, pattern: like_matcher(pattern, ignore_case=True).search(value),
        Operator.MATCHES: lambda value, pattern: matcher(pattern).search(value),
        Operator.NOT_MATCHES: lambda value, pattern: not matcher(pattern).search(value),
    }
)


def matches(node: Node, record: Record) -> bool:
    """Whether a record is what a filter asks for. A comparison with something it does not have is false."""
    match node:
        case And(operands):
            return all(matches(operand, record) for operand in operands)
        case Or(operands):
            return any(matches(operand, record) for operand in operands)
        case Not(operand):
            return not matches(operand, record)
        case NullTest(identifier, negated):
            return bool(_values(identifier, record)) == negated
        case Membership(identifier, wanted, negated):
            of_kind = _comparable(identifier, wanted[0], record)
            return any((value in wanted) != negated for value in of_kind)
        case Comparison(identifier, symbol, wanted):
            return any(_COMPARE[symbol](value, wanted) for value in _comparable(identifier, wanted, record))


def ordered(
    records: Iterable[RecordT], order_by: Sequence[OrderBy], tie_break: Callable[[RecordT], Any]
) -> list[RecordT]:
    """Records in order: missing values last and NaN before them in both directions, equals by `tie_break`."""
    result = sorted(records, key=tie_break)
    for order in reversed(order_by):
        result = _ordered_by(result, order)
    return result


def _ordered_by(records: Sequence[RecordT], order: OrderBy) -> list[RecordT]:
    present: list[tuple[Any, RecordT]] = []
    nan: list[RecordT] = []
    missing: list[RecordT] = []
    for record in records:
        value = record.value(order.identifier)
        if value is None:
            missing.append(record)
        elif value != value:  # noqa: PLR0124 - only NaN is not itself
            nan.append(record)
        else:
            present.append((_rank(order.identifier, value), record))
    present.sort(key=operator.itemgetter(0), reverse=not order.ascending)
    return [*(record for _, record in present), *nan, *missing]


def _rank(identifier: Identifier, value: Value) -> Any:
    if identifier.kind is Kind.ATTRIBUTE and identifier.key == "experiment_id":
        return (len(str(value)), value)  # as numbers, which these texts are
    return value


def _values(identifier: Identifier, record: Record) -> Sequence[Value]:
    if identifier.kind is Kind.DATASET:
        return list(record.values(identifier))
    value = record.value(identifier)
    return [] if value is None else [value]


def _comparable(identifier: Identifier, wanted: Value, record: Record) -> Sequence[Value]:
    """The values of the same type as the wanted one; for a number, params that read as one."""
    values = _values(identifier, record)
    if isinstance(wanted, str):
        return [value for value in values if isinstance(value, str)]
    if identifier.kind is Kind.PARAM:
        numbers = [as_number(value) for value in values if isinstance(value, str)]
        return [number for number in numbers if number is not None and math.isfinite(number)]
    return [value for value in values if not isinstance(value, str)]
