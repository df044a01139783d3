"""Replays of one account: what the command line and the API ask for."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from penstock.errors import NotFoundError
from penstock.history.bundles import Bundles
from penstock.history.dryrun.loading import world_of
from penstock.history.dryrun.report import report_of
from penstock.history.dryrun.unchanged import Unchanged
from penstock.history.ending import compared
from penstock.history.execute import Again
from penstock.history.finding import contexts_of, find, stored_rows
from penstock.history.pace import Pace
from penstock.history.replay import Replay
from penstock.history.versions import Versions
from penstock.model.registry import MODEL
from penstock.orchestration.expand import wire_time
from penstock.orchestration.records import AUDIT_BITS, INLINE_MASK
from penstock.plugins.hosts.answering import Hosts
from penstock.plugins.hosts.process import Limits
from penstock.plugins.store import content

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator, Callable

    from penstock.database.pools import Database
    from penstock.history.dryrun.loading import Wanted
    from penstock.history.dryrun.report import DryRunReport
    from penstock.history.ending import Ending
    from penstock.history.finding import Subject
    from penstock.history.recorded import Recorded
    from penstock.history.replay import Step
    from penstock.history.tree import Rows
    from penstock.rules.declaration import Rule

# The next roots of a type that events have gone to and that are stored.
_ROOTS = """
SELECT t.id AS root_id FROM {} t
WHERE t.id > $2 AND EXISTS (
  SELECT FROM event e WHERE e.root_id = t.id AND e.root_type = $1 AND e.members IS NULL)
ORDER BY t.id LIMIT 500"""
LONGEST = 3_600.0  # seconds of a replay or dry run


@dataclass
class Replayed:
    """A replay: its steps, the rows after the last one, and how that compares with the database.

    ``ending`` is None for a replay that stops before the end.
    """

    subject: Subject
    steps: list[Step]
    rows: Rows
    ending: Ending | None
    versions: Versions


class Histories:
    """Replays of one account's lanes."""

    def __init__(
        self, account: str, database: Database, resolve: Callable[[str], Rule | None], limits: Limits | None = None
    ) -> None:
        """Prepare; ``limits`` are those of calls of uploaded rules, each in a process of its bundle."""
        self.account = account
        self.database = database
        self.resolve = resolve
        self.limits = limits or Limits()
        self._one = asyncio.Lock()  # one dry run at a time
        self._hosts: Hosts | None = None  # kept between replays, where many follow each other

    @asynccontextmanager
    async def keeping_processes(self) -> AsyncIterator[None]:
        """Keep processes of uploaded rules from one replay to the next; otherwise each has its own."""
        async with self._processes() as self._hosts:
            yield
        self._hosts = None

    @asynccontextmanager
    async def _processes(self) -> AsyncIterator[Hosts]:
        """Give processes for the rules of uploaded bundles; they start when they are needed."""
        if self._hosts is not None:
            yield self._hosts
            return
        hosts = Hosts(self.limits, partial(content, self.database))
        try:
            yield hosts
        finally:
            await hosts.close()

    async def subject(self, entity_type: str, named: str, retailer: int | None = None) -> Subject:
        """Return the entity with this id or ref."""
        return await find(self.database, entity_type, named, retailer)

    async def trees(self) -> AsyncIterator[Subject]:
        """Yield the root of every tree that events have gone to, by id."""
        for root in (e for e in MODEL.entities if e.tree == e.name and e.event):
            last = 0
            while page := await self.database.fetch(_ROOTS.format(root.table), root.event, last):
                for record in page:
                    yield await self.subject(str(root.event), str(record["root_id"]))
                last = page[-1]["root_id"]

    async def replay(self, subject: Subject, until: uuid.UUID | datetime | None = None) -> Replayed:
        """Execute the lane's contexts again, up to an event or a moment; to the end without.

        Raises:
            NotFoundError: the event is none of this lane.
            TooComplexError: there are more events than one replay reads.
        """
        async with (
            self._processes() as hosts,
            self.database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),  # events and rows of one moment
        ):
            contexts, number = _until(await contexts_of(connection, subject), until)
            versions = await Versions.read(connection)
            bundles = await Bundles.read(connection, self.account, self.resolve, hosts)
            bundles.learn(contexts)
            replay = Replay(Again(bundles), versions, contexts)
            pace, steps = Pace(LONGEST, "The replay"), []
            async for step in replay.steps():
                steps.append(step)
                await pace.rest()
            rows = replay.tree.rows if number is None else steps[-1].rows_after(number)
            ending = None
            if until is None:
                ending = compared(replay, subject, await stored_rows(connection, subject, replay.tree.rows))
            return Replayed(subject, steps, rows, ending, versions)

    async def dry_run(
        self,
        wanted: Wanted,
        seconds: float = LONGEST,
        progress: Callable[[int, datetime], None] = lambda _events, _moment: None,
    ) -> DryRunReport:
        """Let recorded events happen again under a changed workflow, in memory; tell what would have been different.

        ``progress`` is told how many events have happened by which moment.

        Raises:
            InvalidValueError: the document or the times are wrong.
            TooComplexError: it reads more events, or takes more seconds, than it may.
        """
        pace = Pace(seconds, "The dry run")
        async with self._one, self._processes() as hosts:
            async with (
                self.database.connection() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                bundles = await Bundles.read(connection, self.account, self.resolve, hosts)
                bundles.trying = True
                world = await world_of(connection, Again(bundles), wanted, Unchanged(self.database), pace)
            events = 0
            async for moment in world.run():
                events += 1
                progress(events, moment)
                await pace.rest()
        return report_of(world, wire_time(wanted.since), wire_time(wanted.until), events)


def _until(contexts: list[Recorded], until: uuid.UUID | datetime | None) -> tuple[list[Recorded], int | None]:
    """Return the contexts up to an event or moment, and the number of an inline event within the last."""
    if until is None:
        return contexts, None
    if isinstance(until, datetime):
        return [c for c in contexts if c.moment <= until], None
    base = until.int & ~INLINE_MASK
    for n, context in enumerate(contexts):
        if context.record.id.int & ~INLINE_MASK == base:
            number = (until.int & INLINE_MASK) >> AUDIT_BITS
            return contexts[: n + 1], number or None  # the event that came from outside stands for all that followed
    raise NotFoundError(f"Event {until} is none of this lane; see GET /api/v4.1/event for its events.")
