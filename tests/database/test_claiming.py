"""What a worker takes into its hands at once."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from penstock.model.writes import Changes
from penstock.orchestration import queue
from penstock.orchestration.records import PendingEvent

if TYPE_CHECKING:
    from penstock.database.pools import Database

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LANES, EACH = 30, 90


async def test_a_batch_has_so_many_events_and_the_first_of_each_lane(database: Database) -> None:
    changes = Changes()
    for number in range(EACH):
        for lane in range(LANES):
            changes.insert(PendingEvent(uuid.uuid4(), lane, f"E{number}", 1, "ORDER", {}, NOW))
    await changes.write(database)
    taken, _ = await queue.claim(database, uuid.uuid4(), [(0, LANES)], LANES, 100)
    assert len(taken) == queue.MOST_EVENTS < LANES * EACH
    for _, own in groupby(taken, key=lambda event: event.lane):
        names = [event.name for event in own]
        assert names == [f"E{number}" for number in range(len(names))]
