"""What a worker takes into its hands at once."""

from __future__ import annotations

import math
import uuid
from datetime import UTC, datetime
from itertools import groupby
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bench.tools.waiting import until_true

from penstock.database.signals import Signals
from penstock.model.writes import Changes
from penstock.orchestration import queue
from penstock.orchestration.engine import ASKED, Engine
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.worker import FEW_LANES, Worker

if TYPE_CHECKING:
    from penstock.database.pools import Database

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LANES, EACH = 30, 90
ATTENDED = 17  # a lane in which somebody waits


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


async def fill(database: Database) -> None:
    """Let an event wait in every lane, and behind the one of a lane another that somebody waits for."""
    changes = Changes()
    for lane in range(LANES):
        changes.insert(PendingEvent(uuid.uuid4(), lane, "E", 1, "ORDER", {}, NOW))
    changes.insert(PendingEvent(uuid.uuid4(), ATTENDED, "Waited", 1, "ORDER", {}, NOW, sync=True))
    await changes.write(database)


async def test_what_somebody_waits_for_comes_first(database: Database) -> None:
    await fill(database)

    async def lanes(ranges: list[tuple[int, int]], most: int, *, attended: bool) -> list[int]:
        taken, _ = await queue.claim(database, uuid.uuid4(), ranges, most, 100, attended=attended)
        return [event.lane for event in taken]

    whole = [(0, LANES)]
    assert await lanes(whole, 5, attended=True) == [ATTENDED, ATTENDED]  # in its lane's order, and nobody else
    assert sorted({*await lanes(whole, 5, attended=False)}) == [0, 1, 2, 3, 4, ATTENDED]
    assert await lanes([(0, 9)], 5, attended=True) == [0, 1, 2, 3, 4]  # another worker's lane
    await database.execute("UPDATE pending_event SET scheduled = true WHERE sync")
    assert await lanes(whole, 5, attended=True) == [0, 1, 2, 3, 4]


async def test_every_second_batch_is_everybodys_and_a_small_one(database: Database) -> None:
    await fill(database)
    lease: Any = SimpleNamespace(id=uuid.uuid4())
    engine: Any = SimpleNamespace(database=database, waited_for=-math.inf)
    engine.attended = lambda: Engine.attended(engine)
    worker = Worker(engine, lease)
    claimed = [(await worker.claim([(0, LANES)]))[0] for _ in range(3)]
    assert [len(taken) for taken in claimed] == [2, FEW_LANES + 2, 2]
    await database.execute("DELETE FROM pending_event WHERE sync")
    worker.engine.waited_for = -math.inf  # a while ago
    taken, _ = await worker.claim([(0, LANES)])
    assert len(taken) == LANES


async def test_workers_hear_of_an_api_that_is_asked_often(database: Database) -> None:
    signals = Signals(database.dsn)
    engine: Any = SimpleNamespace(signals=signals, asked=-math.inf, waited_for=-math.inf)
    engine.attended = lambda: Engine.attended(engine)
    try:
        await Engine.hear(engine)
        assert not Engine.crowded(engine)  # not by having begun to listen either
        signals.send(ASKED, "often")
        await until_true(lambda: Engine.crowded(engine), seconds=60)
        assert not engine.attended()  # orders go on as they did
    finally:
        await signals.close()
