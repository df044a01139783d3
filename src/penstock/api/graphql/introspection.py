"""Introspection: answered by graphql-core from the schema, and remembered (spec 12 §1)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from graphql import execute_sync, parse
from graphql.language import FieldNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode
from graphql.language.ast import DocumentNode

from penstock.api.graphql.failures import INVALID, RejectedError, encoded, from_core
from penstock.api.graphql.recent import Recent
from penstock.api.graphql.schema import schema
from penstock.errors import TooComplexError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from penstock.api.graphql.documents.document import Document

MOST_ANSWERED = 100_000  # fields of the schema in one answer, twice as many as there are
_KEPT, _BYTES_KEPT = 32, 30_000_000
_answers: Recent[tuple[str, str | None, bytes], dict[str, bytes]] = Recent(_KEPT, _BYTES_KEPT)


async def described(document: Document, query: str, variables: Mapping[str, Any], key: str) -> bytes:
    """Return the member ``"key":...`` of a response that describes the schema."""
    name = document.operation.name.value if document.operation.name else None
    asked = (query, name, msgspec.json.encode(dict(variables)))
    answer = _answers.get(asked)
    if answer is None:
        # The whole schema takes half a second.
        answer = await asyncio.to_thread(_executed, query, name, variables)
        _answers.keep(asked, answer, len(query) + sum(map(len, answer.values())))
    return b'"' + key.encode() + b'":' + answer.get(key, b"null")


class _EnoughError(BaseException):
    """Ends an execution, of which graphql-core catches every ``Exception`` and goes on with the next field."""


class _Budget:
    """Counts the fields that are answered."""

    def __init__(self) -> None:
        self.left = MOST_ANSWERED

    def resolve(self, resolver: Callable[..., Any], *args: Any, **given: Any) -> Any:
        """Answer one field."""
        self.left -= 1
        if self.left < 0:
            raise _EnoughError
        return resolver(*args, **given)


def _executed(query: str, name: str | None, variables: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the members of the answer, encoded."""
    # The document at hand may hold another request's literals: this one is read anew.
    document = _only_introspection(parse(query))
    try:
        result = execute_sync(
            schema(), document, variable_values=dict(variables), operation_name=name, middleware=[_Budget()]
        )
    except _EnoughError:
        raise TooComplexError(
            f"The operation asks for more than {MOST_ANSWERED} fields of the schema; ask for fewer at once"
        ) from None
    if result.errors:
        raise RejectedError(from_core(result.errors, INVALID))
    return {key: encoded(value) for key, value in (result.data or {}).items()}


def _only_introspection(document: DocumentNode) -> DocumentNode:
    """Leave out the root fields that read data: graphql-core has nothing to resolve them with."""
    definitions = []
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode) or (
            isinstance(definition, FragmentDefinitionNode) and definition.type_condition.name.value == "Query"
        ):
            definition.selection_set = _kept(definition.selection_set)
        definitions.append(definition)
    return DocumentNode(definitions=tuple(definitions))


def _kept(selections: SelectionSetNode) -> SelectionSetNode:
    return SelectionSetNode(
        selections=tuple(
            s for s in selections.selections if not isinstance(s, FieldNode) or s.name.value.startswith("__")
        )
    )
