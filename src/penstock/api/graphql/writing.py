"""Mutations of an operation: one after another, each result read back by its selection (spec 12 §1, §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from penstock.api.graphql.documents.selection import below
from penstock.api.graphql.documents.values import ABSENT
from penstock.api.graphql.failures import REFUSALS, Error, coded, delayed, encoded, refused
from penstock.api.graphql.operations import MUTATIONS, Call, Mutation, Written
from penstock.api.graphql.statements.plan import MOST_KEPT, Plan, root_fields, written_plan
from penstock.api.graphql.statements.statement import Statement
from penstock.api.graphql.statements.visibility import view_permission
from penstock.api.graphql.written import Plain, answered, plain, seen
from penstock.errors import PenstockError
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql.language import FieldNode

    from penstock.api.graphql.documents.document import Document
    from penstock.api.graphql.documents.values import Inputs


@dataclass(frozen=True, slots=True)
class _Step:
    """One mutation of an operation, its arguments coerced."""

    key: str
    node: FieldNode
    mutation: Mutation
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Operation:
    """What all steps of an operation share."""

    document: Document
    inputs: Inputs
    conditions: tuple[bool, ...]
    plans: Mapping[str, Plan]
    values: list[list[Any]]


async def perform(document: Document, inputs: Inputs, call: Call) -> bytes:
    """Run an operation's mutations and return the response.

    Nothing runs unless all arguments are right and all permissions held. A mutation that fails leaves those before
    it done, and its own field null.
    """
    forms, values = document.forms(inputs)
    conditions = document.conditions(inputs)
    fields = root_fields(document, conditions)
    steps = [_step(document, inputs, key, nodes[0]) for key, nodes in fields.items() if _runs(nodes)]
    known = document.plans.get((forms, conditions))
    if known is None:
        if len(document.plans) >= MOST_KEPT:
            document.plans.clear()
        wrote = {s.key: s.mutation.output for s in steps if MODEL.stored(s.mutation.output)}
        known = document.plans[forms, conditions] = written_plan(document, forms, conditions, wrote)
    operation = _Operation(document, inputs, conditions, known, values)
    _require(operation, steps, call)
    return await _run(operation, steps, fields, call)


def _runs(nodes: list[FieldNode]) -> bool:
    return nodes[0].name.value in MUTATIONS


def _step(document: Document, inputs: Inputs, key: str, node: FieldNode) -> _Step:
    given = {a.name: a.value(inputs) for a in document.arguments.get(id(node), ())}
    arguments = {name: value for name, value in given.items() if value is not ABSENT}
    return _Step(key, node, MUTATIONS[node.name.value], arguments)


def _require(operation: _Operation, steps: list[_Step], call: Call) -> None:
    needs = {n for plan in operation.plans.values() for n in plan.needs}
    for step in steps:
        needs.update(step.mutation.needs(step.arguments))
    call.principal.require(needs)


async def _run(operation: _Operation, steps: list[_Step], fields: dict[str, list[FieldNode]], call: Call) -> bytes:
    by_key = {step.key: step for step in steps}
    members: list[bytes] = []
    errors: list[Error] = []
    for key in fields:
        if key not in by_key:
            members.append(b'"' + key.encode() + b'":"Mutation"')
            continue
        try:
            members.append(await _one(operation, by_key[key], call))
        except (PenstockError, *REFUSALS) as error:
            known = error if isinstance(error, PenstockError) else refused(error)
            errors.append(coded(known, [key], _places(by_key[key].node)))
            members.append(b'"' + key.encode() + b'":null')
    data = b'{"data":{' + b",".join(members) + b"}"
    return data + (b',"errors":' + encoded(errors) if errors else b"") + b"}"


def _places(node: FieldNode) -> list[dict[str, int]]:
    if node.loc is None:
        return []
    return [{"line": node.loc.start_token.line, "column": node.loc.start_token.column}]


async def _one(operation: _Operation, step: _Step, call: Call) -> bytes:
    try:
        result = await step.mutation.run(call, step.arguments)
    except asyncpg.QueryCanceledError:
        raise delayed() from None
    if not isinstance(result, Written):
        return b'"' + step.key.encode() + b'":' + encoded(_chosen(operation, step, result))
    plan = operation.plans[step.key]
    if result.row is not None:
        view = view_permission(MODEL.entity(result.entity))
        columns = _plain(operation, step, result.entity) if seen(call.principal.scope(view), result.row) else None
        if columns is not None:
            return answered(step.key, columns, result.entity, result.row)
    (statement, *_), scopes = plan.answers(call.principal)
    assert isinstance(statement, Statement)
    binds = statement.binds(call.principal, operation.values, scopes, result.id)
    row: bytes = await call.database.fetchval(statement.sql, *binds)
    return row


def _plain(operation: _Operation, step: _Step, entity: str) -> Plain | None:
    kept = operation.document.plans
    key = ("plain", step.key, operation.conditions)
    if key not in kept:
        kept[key] = plain(operation.document, operation.conditions, step.node, MODEL.entity(entity))
    columns: Plain | None = kept[key]
    return columns


def _chosen(operation: _Operation, step: _Step, result: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a result that is no entity which the selection asks for."""
    collector = operation.document.collector(operation.conditions)
    fields = collector.fields(step.mutation.output, below([step.node]))
    return {
        key: step.mutation.output if nodes[0].name.value == "__typename" else result.get(nodes[0].name.value)
        for key, nodes in fields.items()
    }
