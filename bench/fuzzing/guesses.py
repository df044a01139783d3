"""Random requests: documents over the schema with values of right and of wrong types, and JSON of any shape."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)
from hypothesis import strategies as st

from bench.fuzzing.target import Request, operation
from penstock.api.graphql.schema import schema

if TYPE_CHECKING:
    from graphql import GraphQLField, GraphQLInputType

Draw = Any
Known = Sequence[str]  # refs and ids that exist
EVENT = "/api/v4.1/event"

_SMALL = st.sampled_from([0, 1, 2, 3, 10, 146, 5009])
_NUMBERS = st.sampled_from([0, 1, 2, 10, -1, 5000, 5001, 2**31, 2**63, -(2**63), 10**30, 1.5, 1e300])
_ODD_TEXTS = (
    *("", "1", "146", "5009", "HD-north-ONE", "%", "_", "\\", "a%\\", "\0", "'", '"', "x" * 300, "ACCOUNT", "IC-ONE"),
    *("99999999999999999999", "2024-05-06T01:05:45.120Z", "9999-12-31T23:59:59-14:00", "tomorrow", "AAAA", "NaN"),
    *("00000000-0000-8000-8000-000000001388", "00000000-0000-8000-8000-ffffffffffff", "\ufeff", "\U0001f4a5"),
)
_TEXTS = st.one_of(st.sampled_from(_ODD_TEXTS), st.text(max_size=12))
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.text(max_size=5), st.just("id")), inner, max_size=3)
    ),
    max_leaves=6,
)
_SCALARS = {
    "ID": st.one_of(_TEXTS, _NUMBERS),
    "String": _TEXTS,
    "Int": st.one_of(*[_SMALL] * 9, _NUMBERS),
    "Float": st.one_of(*[_SMALL] * 9, _NUMBERS),
    "Boolean": st.booleans(),
    "DateTime": _TEXTS,
    "Json": ANYTHING,
}
_ODD = 150  # one value in so many is of any type
_DEEPEST = 3  # inputs within inputs of which also the optional fields are given


def _value(draw: Draw, known: Known, type_: GraphQLInputType, depth: int = 0) -> Any:
    """Draw a value that mostly fits its type, half of the texts and ids being ones that exist."""
    if draw(st.integers(0, _ODD)) == 0:
        return draw(ANYTHING)
    if str(type_) in {"ID", "String"} and known and draw(st.booleans()):
        return draw(st.sampled_from(known))
    match type_:
        case GraphQLNonNull():
            return _value(draw, known, type_.of_type, depth)
        case GraphQLList():
            return [_value(draw, known, type_.of_type, depth) for _ in range(draw(st.integers(0, 2)))]
        case GraphQLInputObjectType():
            return {
                name: _value(draw, known, f.type, depth + 1)
                for name, f in type_.fields.items()
                if isinstance(f.type, GraphQLNonNull) or (depth < _DEEPEST and draw(st.integers(0, 3)) == 0)
            }
    return draw(st.sampled_from(sorted(type_.values)) if isinstance(type_, GraphQLEnumType) else _SCALARS[str(type_)])


def _literal(value: Any) -> str:
    """Write a value as a document does."""
    match value:
        case dict():
            return "{" + ", ".join(f"{k or '_'}: {_literal(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_literal, value)) + "]"
    return json.dumps(value)


class _Writer:
    """Writes one operation."""

    def __init__(self, draw: Draw, known: Known) -> None:
        self._draw = draw
        self._known = known
        self.declared: list[str] = []
        self.variables: dict[str, Any] = {}

    def _given(self, field: GraphQLField) -> str:
        given = []
        for name, argument in field.args.items():
            # Cursors are mostly left out, since nearly all of them are wrong; the input of a mutation never is.
            seldom = 60 if name in {"after", "before"} else 0 if name == "input" else 5
            if not isinstance(argument.type, GraphQLNonNull) and self._draw(st.integers(0, seldom)):
                continue
            value = _value(self._draw, self._known, argument.type)
            if self._draw(st.booleans()):
                given.append(f"{name}: {_literal(value)}")
                continue
            variable = f"v{len(self.declared)}"
            self.declared.append(f"${variable}: {argument.type}")
            self.variables[variable] = value
            given.append(f"{name}: ${variable}")
        return f"({', '.join(given)})" if given else ""

    def selection(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        """Write a selection on a type."""
        names = self._draw(st.lists(st.sampled_from(sorted(type_.fields)), min_size=1, max_size=4))
        parts = []
        for number, name in enumerate(names):
            inner = get_named_type(type_.fields[name].type)
            below = ""
            if isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
                if depth == 0:
                    parts.append("__typename")
                    continue
                below = self.selection(inner, depth - 1)
            alias = "" if self._draw(st.integers(0, 9)) == 0 else f"a{number}: "
            condition = self._draw(st.sampled_from(["", "", "", " @skip(if: true)", " @include(if: true)"]))
            parts.append(f"{alias}{name}{self._given(type_.fields[name])}{condition}{below}")
        return " { " + " ".join(parts) + " }"


@st.composite
def operations(draw: Draw, kind: str, known: Known) -> Request:
    """Draw an operation: a ``query`` or a ``mutation``."""
    writer = _Writer(draw, known)
    root = schema().query_type if kind == "query" else schema().mutation_type
    assert root is not None
    selected = writer.selection(root, draw(st.integers(1, 5)))
    declared = f"({', '.join(writer.declared)})" if writer.declared else ""
    return operation(f"{kind} {declared}{selected}", writer.variables)


_EVENT_KEYS = (
    *("name", "retailerId", "accountId", "entityType", "entityId", "entityRef", "entitySubtype", "entityStatus"),
    *("rootEntityType", "rootEntityId", "rootEntityRef", "type", "scheduledOn", "attributes", "source", "meta", "id"),
)
_EVENT_VALUES = st.one_of(
    ANYTHING, st.sampled_from(["ORDER", "FULFILMENT", "LOCATION", "PRODUCT", "CREATE", "1", "5009"])
)


@st.composite
def events(draw: Draw, known: Known) -> Request:
    """Draw the posting of an event, mostly to something that exists."""
    given = draw(st.one_of(ANYTHING, st.dictionaries(st.sampled_from(_EVENT_KEYS), _EVENT_VALUES, max_size=3)))
    body = given
    if isinstance(given, dict):
        entity = draw(st.sampled_from(["ORDER", "FULFILMENT", "LOCATION", "PRODUCT", "INVENTORY_CATALOGUE"]))
        ref = draw(st.sampled_from(known)) if known else "ONE"
        body = {"name": "X", "retailerId": "1", "entityType": entity, "entityRef": ref, **given}
    path = draw(st.sampled_from(["async", "async", "async", "sync"]))
    return Request("POST", f"{EVENT}/{path}", json.dumps(body).encode())


_SEARCH_KEYS = (
    *(f"context.{name}" for name in ("rootEntityType", "rootEntityId", "rootEntityRef", "entityType", "sourceEvents")),
    *("eventId", "name", "category", "eventType", "eventStatus", "retailerId", "from", "to", "start", "count"),
)
searches = st.dictionaries(st.sampled_from(_SEARCH_KEYS), _TEXTS, max_size=4).map(
    lambda query: Request("GET", f"{EVENT}?{urlencode(query, errors='replace')}")
)
