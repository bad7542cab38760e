"""Conditions on the values of one field. NULL counts as false; `Field.holds` sees to that."""

from __future__ import annotations

import math
import operator as operators
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from runyard.query import Operator
from runyard_store_sql.schema import HEAD, Real
from runyard_store_sql.search_fields import Condition, Field
from runyard_store_sql.search_patterns import ilike, like, matches

_COMPARE: MappingProxyType[Operator, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        Operator.EQ: operators.eq,
        Operator.NE: operators.ne,
        Operator.GT: operators.gt,
        Operator.GE: operators.ge,
        Operator.LT: operators.lt,
        Operator.LE: operators.le,
    }
)
_PATTERNS: MappingProxyType[Operator, Callable[[sa.ColumnElement[str], str, str], Condition]] = MappingProxyType(
    {
        Operator.LIKE: like,
        Operator.ILIKE: ilike,
        Operator.MATCHES: matches,
        Operator.NOT_MATCHES: lambda column, value, dialect: sa.not_(matches(column, value, dialect)),
    }
)
MAX_INTEGER = 2**63 - 1
_NEVER = sa.false()


def comparison(field: Field, operator: Operator, value: str | float, dialect: str) -> Condition:
    """Whether a value of the field compares so with another one."""
    if field.is_id:
        return membership(field, [value], negated=operator is Operator.NE)
    if isinstance(value, str):
        return _text(field, operator, value, dialect) if _is_text(field.column) else _NEVER
    column = _numeric_column(field)
    if column is None:
        return _NEVER
    if isinstance(column.type, Real):
        return _real(column, operator, float(value), null_is_nan=field.null_is_nan)
    return _integer(column, operator, value)


def membership(field: Field, values: Sequence[str | float], *, negated: bool) -> Condition:
    """Whether a value of the field is one of these, or none of them."""
    if field.is_id:
        return _listed(field.column, [n for n in map(_id_number, values) if n is not None], negated=negated)
    texts = [value for value in values if isinstance(value, str)]
    if texts:
        return _texts(field, texts, negated=negated) if _is_text(field.column) else _NEVER
    column = _numeric_column(field)
    if column is None:
        return _NEVER
    numbers = [value for value in values if not isinstance(value, str)]
    if not isinstance(column.type, Real):
        return _listed(column, [int(number) for number in numbers if _is_integer(number)], negated=negated)
    listed = _listed(column, [float(number) for number in numbers if not math.isnan(number)], negated=negated)
    return sa.or_(listed, column.is_(None)) if negated and field.null_is_nan else listed


def _is_text(column: sa.ColumnElement[Any]) -> bool:
    return isinstance(column.type, sa.String)


def _numeric_column(field: Field) -> sa.ColumnElement[Any] | None:
    return field.number if _is_text(field.column) else field.column


def _compare(column: sa.ColumnElement[Any], operator: Operator, value: Any) -> Condition:
    found: Condition = _COMPARE[operator](column, value)
    return found


def _listed(column: sa.ColumnElement[Any], values: Sequence[Any], *, negated: bool) -> Condition:
    if not values:
        return column.is_not(None) if negated else _NEVER
    return column.not_in(values) if negated else column.in_(values)


def _text(field: Field, operator: Operator, value: str, dialect: str) -> Condition:
    if operator in {Operator.EQ, Operator.NE}:
        return _texts(field, [value], negated=operator is Operator.NE)
    pattern = _PATTERNS.get(operator)
    return _NEVER if pattern is None else pattern(field.column, value, dialect)


def _texts(field: Field, values: Sequence[str], *, negated: bool) -> Condition:
    """By the head where possible: it is indexed, and decides alone where the value is shorter."""
    if field.head is None:
        return _listed(field.column, values, negated=negated)
    if all(len(value) < HEAD for value in values):
        return _listed(field.head, values, negated=negated)
    found = _listed(field.column, values, negated=negated)
    return found if negated else sa.and_(_listed(field.head, [value[:HEAD] for value in values], negated=False), found)


def _real(column: sa.ColumnElement[Any], operator: Operator, value: float, *, null_is_nan: bool) -> Condition:
    if operator is not Operator.NE:
        return _NEVER if math.isnan(value) else _compare(column, operator, value)
    differs = column.is_not(None) if math.isnan(value) else _compare(column, operator, value)
    return sa.or_(differs, column.is_(None)) if null_is_nan else differs


def _integer(column: sa.ColumnElement[Any], operator: Operator, value: float) -> Condition:
    """With any number, as a comparison of integers, which is exact and can use an index."""
    if _is_integer(value):
        return _compare(column, operator, int(value))
    if operator in {Operator.EQ, Operator.NE} or math.isnan(value):
        return column.is_not(None) if operator is Operator.NE else _NEVER
    is_upper_bound = operator in {Operator.LT, Operator.LE}
    if abs(value) > MAX_INTEGER:
        return column.is_not(None) if is_upper_bound is (value > 0) else _NEVER
    return column <= math.floor(value) if is_upper_bound else column >= math.ceil(value)


def _is_integer(value: float) -> bool:
    return math.isfinite(value) and value == int(value) and abs(value) <= MAX_INTEGER


def _id_number(value: str | float) -> int | None:
    """The number an id stands for, None where it is the id of nothing."""
    text = str(value)
    if len(text) > 19 or not text.isascii() or not text.isdecimal() or str(int(text)) != text:
        return None
    return int(text) if int(text) <= MAX_INTEGER else None
