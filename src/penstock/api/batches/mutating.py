"""One record, one mutation: its rows, its CREATE event and its result are one write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
from graphql import GraphQLInputObjectType

from penstock.api.graphql.coercion import coercer
from penstock.api.graphql.failures import WrongValueError
from penstock.api.graphql.mutations.generic import creating, updating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.register import needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call
from penstock.api.graphql.schema import schema
from penstock.errors import ForbiddenError, InvalidValueError, PenstockError
from penstock.ingest.loading import portion, refusal
from penstock.ingest.records import OK, Result
from penstock.model.identifiers import shown
from penstock.model.writes import Changes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from penstock.api.graphql.mutations.generic.plans import Plan
    from penstock.api.graphql.mutations.writer import Writer
    from penstock.database.pools import Database
    from penstock.ingest.loading import Load, Order, Record
    from penstock.model.vocabulary import Entity

PERMISSION = "BATCH_CREATE"


@dataclass(frozen=True, slots=True)
class Mutations:
    """Opens batches whose records are mutations; ``load`` makes the one of its kind."""

    database: Database
    writer: Writer
    load: Callable[[Order, Database, Writer], Load]

    async def __call__(self, order: Order) -> Load:
        """Return the batch, ready to be brought in."""
        return self.load(order, self.database, self.writer)


class MutatingLoad:
    """A batch whose records are mutations, one at a time."""

    size = 1

    def __init__(self, order: Order, database: Database, writer: Writer) -> None:
        self.batch = order.batch
        self.writer = writer
        self._principal = order.principal
        self._database = database

    @property
    def call(self) -> Call:
        """Return what mutations work with.

        Raises:
            ForbiddenError: whoever sent the batch may not log in any more.
        """
        if self._principal is None:
            raise ForbiddenError(f"User {self.batch.created_by} may not log in any more")
        return Call(self._database, self._principal, self.writer)

    paired = False  # records may be about each other: categories name their parents

    async def cut(self, first: int, size: int) -> int:
        """Return where a portion ends."""
        return first + size

    async def load(self, first: int, records: Sequence[Record], _turn: Awaitable[None] | None = None) -> None:
        """Bring one record in, or store why not."""
        (record,) = records
        ref = self.ref_of(record)
        try:
            await self.perform(first, record)
        except PenstockError as error:
            if isinstance(cause := error.__cause__, asyncpg.UniqueViolationError) and _is_ours(cause):
                raise cause from None  # another worker was faster
            await self._refuse(first, error, ref)
        except WrongValueError as error:
            named = ".".join(error.path)
            await self._refuse(first, InvalidValueError(f"{named}: {error.message}"), ref)

    async def _refuse(self, first: int, error: PenstockError, ref: str | None) -> None:
        changes = Changes()
        changes.insert(portion(self.batch, first, [refusal(error, ref)]))
        await changes.write(self._database)

    async def perform(self, first: int, record: Record) -> None:
        """Write what a record says, and its result with it."""
        raise NotImplementedError

    def ref_of(self, record: Record) -> str | None:
        """Return the ref of what a record is about, as far as it can be read."""
        raise NotImplementedError

    def keep(self, work: Work, first: int, entity: Entity, id_: int, ref: str | None, **more: Any) -> None:
        """Add the result of a record to the write."""
        result = Result(entity_id=shown(entity, id_), entity_ref=ref, response_code=OK, message="OK", **more)
        work.changes.insert(portion(self.batch, first, [result]))

    async def create(self, plan: Plan, given: dict[str, Any], first: int, ref: str | None) -> None:
        """Create what an input describes, as its mutation would."""
        call, coerced = self.call, coerced_input(plan, given)
        call.principal.require(needs(plan)({"input": coerced}))
        work = Work(call, plan.permission)
        draft = drafted(work, plan, coerced)
        await work.resolve()
        creating.settle(work, draft)
        self.keep(work, first, plan.entity, draft.row.id, ref)
        await work.write()

    async def change(self, plan: Plan, given: dict[str, Any], first: int, ref: str | None) -> None:
        """Change what an input names, as its mutation would."""
        call, coerced = self.call, coerced_input(plan, given)
        call.principal.require(needs(plan)({"input": coerced}))
        work = Work(call, plan.permission)
        revision = updating.revised(work, plan, coerced)
        await work.resolve()
        found = updating.apply(work, revision)
        self.keep(work, first, plan.entity, found.id, ref)
        await work.write()


def coerced_input(plan: Plan, given: dict[str, Any]) -> dict[str, Any]:
    """Return an input as the schema's type for it wants it; raises :class:`WrongValueError`."""
    type_ = schema().get_type(f"{plan.verb.title()}{plan.entity.name}Input")
    assert isinstance(type_, GraphQLInputObjectType)
    coerced: dict[str, Any] = coercer(type_)(given)
    return coerced


def _is_ours(error: asyncpg.UniqueViolationError) -> bool:
    return bool(error.table_name == "batch_result")
