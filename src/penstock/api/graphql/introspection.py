"""Introspection: answered by graphql-core from the schema, and remembered (spec 12 §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from graphql import execute_sync, parse
from graphql.language import FieldNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode
from graphql.language.ast import DocumentNode

from penstock.api.graphql.failures import INVALID, RejectedError, encoded, from_core
from penstock.api.graphql.recent import Recent
from penstock.api.graphql.schema import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.api.graphql.documents.document import Document

_KEPT = 32
_answers: Recent[tuple[str, str | None, bytes, str], bytes] = Recent(_KEPT)


def described(document: Document, query: str, variables: Mapping[str, Any], key: str) -> bytes:
    """Return the member ``"key":...`` of a response that describes the schema."""
    name = document.operation.name.value if document.operation.name else None
    asked = (query, name, msgspec.json.encode(dict(variables)), key)
    answer = _answers.get(asked)
    if answer is None:
        answer = _answers.keep(asked, _executed(query, name, variables, key))
    return answer


def _executed(query: str, name: str | None, variables: Mapping[str, Any], key: str) -> bytes:
    # The document at hand may hold another request's literals: this one is read anew.
    result = execute_sync(
        schema(), _only_introspection(parse(query)), variable_values=dict(variables), operation_name=name
    )
    if result.errors:
        raise RejectedError(from_core(result.errors, INVALID))
    return b'"' + key.encode() + b'":' + encoded((result.data or {}).get(key))


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
