"""Everything that is looked at in one account, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from penstock.diagnosis import state
from penstock.diagnosis.stuck import Findings, Stuck, Survey
from penstock.diagnosis.unmet import Unmet, promises_unmet
from penstock.orchestration.configuration import read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from penstock.database.pools import Database


class Waits(msgspec.Struct, frozen=True, rename="camel"):
    """How many entities of a type wait in a status for an event from outside."""

    entity_type: str
    status: str
    event: str
    count: int


class Examination(msgspec.Struct, frozen=True, rename="camel"):
    """What was found.

    ``looked_at`` counts the entities that are neither finished nor at rest; ``unmet`` are promises of stock that is
    not there any more.
    """

    queue: state.Queue
    workers: list[state.Worker]
    troubles: list[str]
    looked_at: int
    waiting: list[Waits]
    stuck: list[Stuck]
    unmet: list[Unmet]

    @property
    def ill(self) -> bool:
        """Return whether somebody has to do something."""
        return bool(self.troubles or self.stuck or self.unmet)


async def examine(database: Database, *, now: datetime, unchanged_since: datetime) -> AsyncIterator[Examination]:
    """Yield what has been found so far, again and again until all has been looked at.

    Entities that changed after ``unchanged_since`` are left alone: they are on their way.
    """
    waiting, working = await state.queue(database, now), await state.workers(database)
    troubles = state.troubles(waiting, working)
    yield Examination(waiting, working, troubles, 0, [], [], [])
    unmet = await promises_unmet(database)
    survey = Survey(database, await read(database), unchanged_since=unchanged_since)
    async for found in survey.run():
        yield Examination(waiting, working, troubles, found.looked_at, _waits(found), found.stuck, unmet)


def _waits(found: Findings) -> list[Waits]:
    return [Waits(*key, count) for key, count in sorted(found.waiting.items())]
