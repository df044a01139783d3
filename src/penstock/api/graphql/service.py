"""GraphQL as a whole: a request's document and variables in, the bytes of the response out (spec 12)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg

from penstock.api.graphql.documents.document import Document, read_document
from penstock.api.graphql.documents.literals import Lifted
from penstock.api.graphql.failures import REFUSALS, RejectedError, WrongValueError, coded, failed, refused, too_slow
from penstock.api.graphql.introspection import described
from penstock.api.graphql.operations import Call
from penstock.api.graphql.recent import Recent
from penstock.api.graphql.statements.plan import MOST_KEPT, Answers, Named, Plan, query_plan
from penstock.api.graphql.statements.statement import Statement
from penstock.api.graphql.writing import perform
from penstock.database.pools import fetch_within
from penstock.errors import PenstockError

if TYPE_CHECKING:
    from penstock.api.graphql.documents.sites import SiteForm
    from penstock.api.graphql.documents.values import Inputs
    from penstock.database.pools import Database
    from penstock.identity.principal import Principal, Scope

LONG = 10_000  # characters; longer documents are read beside the loop, one at a time, so that nobody waits for them
DOCUMENTS_KEPT = 500
TEXTS_KEPT = 200
SEARCH_SECONDS = 1.0  # for lists whose filters no index answers, see penstock.model.lists
CHARACTERS_KEPT = 500_000  # of all of them; a document takes up to 300 bytes for each


class GraphQL:
    """Executes requests; one object serves every account of a process.

    >>> body = await GraphQL().execute(database, principal, "{ me { username } }", None, None, writer)
    """

    def __init__(self) -> None:
        self._reading = asyncio.Lock()
        self._lifted: Recent[str, Lifted] = Recent(TEXTS_KEPT, CHARACTERS_KEPT)
        self._documents: Recent[tuple[str, str | None], Document] = Recent(DOCUMENTS_KEPT, CHARACTERS_KEPT)

    async def execute(
        self,
        database: Database,
        principal: Principal,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        writer: Any,
    ) -> bytes:
        """Return the complete body of the response, errors included; the status is always 200.

        ``writer`` is handed on to mutations. Errors of the database itself (not of the values given) are raised.
        """
        try:
            lifted = self._lift(query)
            document = await self._document(query, lifted, operation_name)
            inputs = document.inputs(lifted.values(), variables or {})
            if document.is_mutation:
                return await perform(document, inputs, Call(database, principal, writer))
            return await read(document, inputs, database, principal, lifted.readable, variables or {})
        except RejectedError as error:
            return failed(error.errors)
        except WrongValueError as error:
            return failed([error.error()])
        except PenstockError as error:
            return failed([coded(error)])
        except REFUSALS as error:
            return failed([coded(refused(error))])

    def _lift(self, query: str) -> Lifted:
        """Return the document without its literals; clients that use variables send the same text again."""
        lifted = self._lifted.get(query)
        if lifted is None:
            lifted = self._lifted.keep(query, Lifted(query), len(query))
        return lifted

    async def _document(self, query: str, lifted: Lifted, operation_name: str | None) -> Document:
        key = (lifted.text, operation_name)
        document = self._documents.get(key)
        if document is None:
            if len(lifted.readable) < LONG:
                document = read_document(query, lifted, operation_name)
            else:
                async with self._reading:
                    document = await asyncio.to_thread(read_document, query, lifted, operation_name)
            self._documents.keep(key, document, len(lifted.text))
        return document


async def read(
    document: Document,
    inputs: Inputs,
    database: Database,
    principal: Principal,
    query: str,
    variables: dict[str, Any],
) -> bytes:
    """Answer a query: run its statements, and describe what it asks of the schema."""
    forms, values = document.forms(inputs)
    conditions = document.conditions(inputs)
    if len(query) < LONG or (forms, conditions) in document.plans:
        written, scopes = _planned(document, forms, conditions, principal)
    else:
        written, scopes = await asyncio.to_thread(_planned, document, forms, conditions, principal)
    found: list[bytes] = []
    statements = [s for s in written if isinstance(s, Statement)]
    rows = await _rows(database, statements, [s.binds(principal, values, scopes, None) for s in statements])
    for part in written:
        if isinstance(part, Statement):
            found.append(rows.pop(0))
        elif isinstance(part, Named):
            found.append(f'"{part.key}":"{part.type_name}"'.encode())
        else:
            found.append(await described(document, query, variables, part.key))
    return b'{"data":{' + b",".join(found) + b"}}"


def _planned(
    document: Document, forms: tuple[SiteForm, ...], conditions: tuple[bool, ...], principal: Principal
) -> tuple[Answers, list[Scope]]:
    """Return what answers a query for a principal, and the scopes that it binds."""
    plan: Plan | None = document.plans.get((forms, conditions))
    if plan is None:
        if len(document.plans) >= MOST_KEPT:
            document.plans.clear()
        plan = document.plans[forms, conditions] = query_plan(document, forms, conditions)
    return plan.answers(principal)


async def _rows(database: Database, statements: list[Statement], binds: list[list[Any]]) -> list[bytes]:
    """Run statements, several of them on one snapshot."""
    if not statements:
        return []
    if len(statements) == 1:
        async with database.connection() as connection:
            return [await _row(connection, statements[0], binds[0])]
    async with database.transaction(isolation="repeatable_read") as connection:
        return [await _row(connection, s, b) for s, b in zip(statements, binds, strict=True)]


async def _row(connection: asyncpg.Connection, statement: Statement, binds: list[Any]) -> bytes:
    """Run a statement; one that may have to look through very many rows is given up after a second."""
    seconds = SEARCH_SECONDS if statement.searches else None
    try:
        found: bytes = await fetch_within(connection, seconds, statement.sql, binds)
    except asyncpg.QueryCanceledError:
        if statement.searches:
            raise too_slow(statement.searches, SEARCH_SECONDS) from None
        raise
    return found
