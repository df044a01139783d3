"""The scalars and small types that every schema has (spec 12 §2)."""

from __future__ import annotations

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
)
from graphql.language import StringValueNode, ValueNode
from graphql.pyutils import Undefined

from penstock.model.vocabulary import Scalar


def _moment(node: ValueNode, _variables: object = None) -> object:
    """Accept any text: whether it is a date is decided where its value is read (C0100E)."""
    return node.value if isinstance(node, StringValueNode) else Undefined


def _anything(_node: ValueNode, _variables: object = None) -> object:
    return None


def _as_given(value: object) -> object:
    """Leave a variable's value: values are coerced by our own means."""
    return value


DATETIME = GraphQLScalarType(
    name="DateTime",
    description="A moment in UTC with milliseconds, such as 2024-05-06T01:05:45.120Z; offsets are accepted.",
    parse_value=_as_given,
    parse_literal=_moment,
)
JSON = GraphQLScalarType(name="Json", description="Any JSON value.", parse_value=_as_given, parse_literal=_anything)

SCALARS: dict[str, GraphQLScalarType] = {
    Scalar.ID: GraphQLID,
    Scalar.STRING: GraphQLString,
    Scalar.INT: GraphQLInt,
    Scalar.FLOAT: GraphQLFloat,
    Scalar.BOOLEAN: GraphQLBoolean,
    Scalar.DATETIME: DATETIME,
    Scalar.JSON: JSON,
}

DATE_RANGE = GraphQLInputObjectType(
    name="DateRange",
    description="A span of time, both ends included; at least one end.",
    fields={
        "from": GraphQLInputField(DATETIME, description="The earliest moment."),
        "to": GraphQLInputField(DATETIME, description="The latest moment."),
    },
)
