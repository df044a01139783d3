"""Operations that are valid by construction, drawn by hypothesis-graphql from the schema that the API serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from graphql import build_client_schema, get_introspection_query, print_schema
from hypothesis import strategies as st
from hypothesis_graphql import mutations, nodes, queries

from bench.fuzzing.target import Request, Target, operation

if TYPE_CHECKING:
    from graphql import ValueNode

_MOMENTS = ("2026-02-02T00:00:00Z", "2026-02-02T00:00:00.123456+02:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
_INTEGERS: st.SearchStrategy[ValueNode] = st.integers().map(nodes.Int)
_SCALARS: dict[str, st.SearchStrategy[ValueNode]] = {
    "DateTime": st.sampled_from((*_MOMENTS, "2026-02-30", "tomorrow")).map(nodes.String),
    "Json": st.one_of(
        st.text(max_size=8).map(nodes.String),
        st.integers().map(nodes.Int),
        st.booleans().map(nodes.Boolean),
        st.lists(_INTEGERS, max_size=2).map(nodes.List),
    ),
}


def served_schema(target: Target) -> str:
    """Return the schema as the API describes it."""
    reply = target.send(operation(get_introspection_query()))
    return print_schema(build_client_schema(msgspec.json.decode(reply.body)["data"]))


def valid(schema: str, kind: str) -> st.SearchStrategy[Request]:
    """Return a strategy of operations: a ``query`` or a ``mutation``."""
    drawn = queries if kind == "query" else mutations
    return drawn(schema, custom_scalars=_SCALARS).map(lambda document: operation(str(document)))
