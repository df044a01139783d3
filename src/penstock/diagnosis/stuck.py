"""Stuck entities: not finished, and nothing is due that could move them.

An entity moves on by an event of its lane that waits, at once or for its moment; by an answer from outside that its
workflow expects in this status; or behind another entity of its tree that can itself move. All that is looked up in
one snapshot, so an event that is being processed is still seen waiting.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.diagnosis import reading
from penstock.diagnosis.outlook import CREATED, Outlook, Outlooks
from penstock.diagnosis.reading import PAGE, Member, Tree, retailer_of, retailers_of, root_of
from penstock.model.identifiers import shown
from penstock.model.registry import MODEL
from penstock.orchestration.places import entity_of, workflow_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg

    from penstock.database.pools import Database
    from penstock.model.rows import Row
    from penstock.model.vocabulary import Entity
    from penstock.orchestration.configuration import Configuration
    from penstock.orchestration.workflow import Workflow

_LAST = """
SELECT r.id AS root, e.name, e.status, e.failure FROM unnest($1::bigint[]) AS r(id), LATERAL (
  SELECT name, status, failure FROM event WHERE root_id = r.id ORDER BY id DESC LIMIT 1) e"""


class Stuck(msgspec.Struct, frozen=True, rename="camel"):
    """An entity that nothing will move.

    Attributes:
        since: its last change.
        workflow: name and version; None where the retailer has none.
        why: a sentence for people.
        last: the last event of its workflow's root with its result, such as ``PackOrder FAILED: ...``; None if
            there was none, or it is not kept any more.
    """

    retailer_id: int | None
    entity_type: str
    entity_id: str
    entity_ref: str | None
    status: str | None
    since: datetime
    workflow: str | None
    why: str
    last: str | None = None


@dataclass
class Findings:
    """What a survey has found so far; ``waiting`` counts who waits for the outside, by type, status and event."""

    looked_at: int = 0
    stuck: list[Stuck] = field(default_factory=list)
    waiting: Counter[tuple[str, str, str]] = field(default_factory=Counter)


class Survey:
    """Looks through all orchestrated entities of an account that are not finished, a page at a time."""

    def __init__(self, database: Database, configuration: Configuration, *, unchanged_since: datetime) -> None:
        """Prepare to look at entities that have not changed since a moment; what just began is nobody's concern."""
        self._database = database
        self._configuration = configuration
        self._before = unchanged_since
        self._outlooks: dict[Workflow, Outlooks] = {}
        self.findings = Findings()

    async def run(self) -> AsyncIterator[Findings]:
        """Yield the findings after each page."""
        for entity in MODEL.entities:
            resting = self._resting(entity)
            last: int | None = 0
            while entity.orchestrated and last is not None:
                last = await self._page(entity, resting, last)
                yield self.findings

    def _resting(self, entity: Entity) -> list[str]:
        """Return the statuses in which all workflows let the entity rest; what none declares is not among them."""
        moving: set[str] = {CREATED}
        resting: set[str] = set()
        for workflow in self._configuration.workflows.all():
            outlooks = self._of(workflow)
            for declared in workflow.document.get("statuses") or ():
                if entity in MODEL.of_event(declared["entityType"]):
                    rests = outlooks.of(entity.event or "", declared["name"]).rests
                    (resting if rests else moving).add(declared["name"])
        return sorted(resting - moving)

    def _of(self, workflow: Workflow) -> Outlooks:
        if workflow not in self._outlooks:
            self._outlooks[workflow] = Outlooks(workflow)
        return self._outlooks[workflow]

    async def _page(self, entity: Entity, resting: list[str], after: int) -> int | None:
        """Judge the next entities of a kind; return the last one's id, or None after the last page."""
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await reading.rows(connection, entity, resting, after, self._before)
            if rows:
                await self._judge(connection, entity, rows)
        return rows[-1].id if len(rows) == PAGE else None

    async def _judge(self, connection: asyncpg.Connection, entity: Entity, rows: list[Row]) -> None:
        related = await reading.related(connection, rows, *MODEL.root(entity))
        busy = await reading.with_events(connection, entity, rows)
        roots = sorted({root_of(entity, row) for row in rows})
        members = await reading.members(connection, entity, roots)
        timers = await reading.timers(connection, roots)
        for row in rows:
            id_ = root_of(entity, row)
            tree = Tree(related.get(id_), members[id_] or [Member(entity.event or "", row.id, row.status)], timers[id_])
            await self._look(connection, entity, row, tree, busy=row.id in busy)

    async def _look(self, connection: asyncpg.Connection, entity: Entity, row: Row, tree: Tree, *, busy: bool) -> None:
        workflow, name = self._workflow(row, tree.root)
        status = row.status or ""
        own = self._of(workflow).of(entity.event or "", status) if workflow else Outlook()
        self.findings.looked_at += not own.rests
        for event in own.events:
            self.findings.waiting[entity.event or "", status, event] += 1
        if own.rests or busy or (workflow and (entity.event, row.id) in self._movable(workflow, tree)):
            return
        last = await connection.fetchrow(_LAST, [root_of(entity, row)])
        found = Stuck(
            retailer_id=retailer_of(row, tree.root),
            entity_type=entity.event or "",
            entity_id=shown(entity, row.id),
            entity_ref=getattr(row, "ref", None),
            status=row.status,
            since=getattr(row, "updated_on", None) or row.created_on,
            workflow=f"{workflow.name} {workflow.version}" if workflow else None,
            why=self._why(workflow, name, entity.event or "", status, own),
            last=_told(last),
        )
        self.findings.stuck.append(found)

    def _movable(self, workflow: Workflow, tree: Tree) -> set[tuple[str, int]]:
        """Return the members of a tree that will move: by themselves, or behind others that do.

        A timer moves an entity whose workflow handles its event in the status of now.
        """
        outlooks = self._of(workflow)
        seen = {(m.entity_type, m.id): outlooks.of(m.entity_type, m.status or "") for m in tree.members}
        statuses = {(m.entity_type, m.status) for m in tree.members}
        now = {(m.entity_type, m.id): m.status or "" for m in tree.members}
        movable = {key for key, outlook in seen.items() if outlook.events}
        movable |= {key for name, key in tree.timers if key in now and outlooks.handles(name, key[0], now[key])}
        while True:
            types = {type_ for type_, _ in movable}
            more = {
                key
                for key, outlook in seen.items()
                if not outlook.rests
                and any(t in types if status is None else (t, status) in statuses for t, status in outlook.others)
            }
            if more <= movable:
                return movable
            movable |= more

    def _workflow(self, row: Row, root: Row | None) -> tuple[Workflow | None, str]:
        name = workflow_name(row, root)
        own = root or row
        # Roots that live for years take the newest version always (spec 13 §10).
        major = None if entity_of(own).ages else getattr(own, "workflow_version", None)
        workflows = self._configuration.workflows
        served = retailers_of(row, root, self._configuration)
        found = (workflows.newest(retailer, name, major) for retailer in served)
        return next((workflow for workflow in found if workflow), None), name

    def _why(self, workflow: Workflow | None, name: str, entity_type: str, status: str, own: Outlook) -> str:
        if workflow is None:
            return f"the retailer has no workflow {name}"
        if not self._of(workflow).knows(entity_type, status):
            return f"{name} does not declare the status {status}"
        if own.others:
            awaited = ", ".join(type_ if s is None else f"{type_} in {s}" for type_, s in own.others)
            return f"it waits for {awaited}, and none is there that moves"
        return "no event, timer or answer from outside is due"


def _told(last: Any) -> str | None:
    if last is None:
        return None
    failure = f": {last['failure']}" if last["failure"] else ""
    return f"{last['name']} {last['status']}{failure}"
