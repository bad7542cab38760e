"""Compiles a filter's tree to SQL that is never NULL, so that NOT means what it says."""

from __future__ import annotations

import sqlalchemy as sa

from runyard.query import And, Comparison, Membership, Node, Not, NullTest, Or
from runyard_store_sql.search_conditions import comparison, membership
from runyard_store_sql.search_fields import Condition, Field, Fields
from runyard_store_sql.search_patterns import prepare


def compile_filter(connection: sa.Connection, tree: Node, fields: Fields) -> Condition:
    """A condition for WHERE: true for what the tree asks for and false, never NULL, for the rest.

    Raises:
        QueryError: a regular expression in the tree is refused.
    """
    prepare(connection)
    return _compile(tree, fields, connection.dialect.name)


def _compile(node: Node, fields: Fields, dialect: str) -> Condition:
    match node:
        case And(operands):
            return sa.and_(*(_compile(operand, fields, dialect) for operand in operands))
        case Or(operands):
            return sa.or_(*(_compile(operand, fields, dialect) for operand in operands))
        case Not(operand):
            return sa.not_(_compile(operand, fields, dialect))
        case NullTest(identifier, negated):
            return _null_test(fields.field(identifier), negated=negated)
        case Membership(identifier, values, negated):
            field = fields.field(identifier)
            return sa.false() if field is None else field.holds(membership(field, values, negated=negated))
        case Comparison(identifier, operator, value):
            field = fields.field(identifier)
            return sa.false() if field is None else field.holds(comparison(field, operator, value, dialect))


def _null_test(field: Field | None, *, negated: bool) -> Condition:
    if field is None:
        return sa.false() if negated else sa.true()
    return field.exists() if negated else sa.not_(field.exists())
