"""Counting what is stuck, again and again, by one of an account's workers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import structlog

from penstock.database.pools import LOST
from penstock.diagnosis.stuck import Survey
from penstock.metrics import Family, Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.diagnosis.stuck import Stuck
    from penstock.orchestration.configuration import Configurations

log = structlog.get_logger()

SECONDS = 60.0  # between two looks
PATIENCE = timedelta(minutes=1)  # what has just changed is on its way
BREATH = 0.05  # seconds between two pages: the look must not keep others from the database


class Watch:
    """Looks for stuck entities; ``mine`` tells whether this worker is the one that does."""

    def __init__(
        self, database: Database, configurations: Configurations, clock: Clock, mine: Callable[[], bool]
    ) -> None:
        self._database, self._configurations, self._clock, self._mine = database, configurations, clock, mine
        self._found: list[Stuck] | None = None

    async def run(self) -> None:
        """Look every minute, for ever; survive what the database does."""
        while True:
            try:
                self._found = await self._look() if self._mine() else None
            except (*LOST, asyncpg.PostgresError) as error:
                log.warning("not looked for stuck entities", error=str(error))
            await asyncio.sleep(SECONDS)

    async def _look(self) -> list[Stuck]:
        configuration = await self._configurations.recent()
        survey = Survey(self._database, configuration, unchanged_since=self._clock.now() - PATIENCE)
        async for _ in survey.run():
            await asyncio.sleep(BREATH)
        return survey.findings.stuck

    def families(self) -> Iterator[Family]:
        """Yield how many entities are stuck, by type and status, and since when the oldest of them is."""
        if self._found is None:
            return
        kinds: dict[tuple[str, str], list[Stuck]] = defaultdict(list)
        for one in self._found:
            kinds[one.entity_type, one.status or ""].append(one)
        now = self._clock.now()
        counts, ages = [], []
        for (type_, status), same in sorted(kinds.items()):
            labels = {"entity_type": type_, "status": status}
            counts.append(Sample("", labels, len(same)))
            ages.append(Sample("", labels, (now - min(one.since for one in same)).total_seconds()))
        counts.append(Sample("", {"entity_type": "", "status": ""}, len(self._found)))
        doc = "Entities that are not finished and that nothing will move; all of them where the labels are empty."
        yield Family("penstock_stuck_entities", "gauge", doc, counts)
        yield Family("penstock_stuck_seconds", "gauge", "Since the last change of the oldest of them.", ages)
