"""An event that has killed its worker three times is tried in a process of its own (design §4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.orchestration.failing import fail, unfinished
from penstock.orchestration.run import Run
from penstock.orchestration.write import write

if TYPE_CHECKING:
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.worker import Worker


async def try_alone(worker: Worker, event: PendingEvent) -> None:
    """Run the event in a process of its own; when that dies too, the event FAILS visibly."""
    engine = worker.engine
    if engine.isolate is not None and await engine.isolate(event):
        return
    batch = await worker.batch(0)
    run = Run(event.lane, [event])
    run.records.append(unfinished(event))
    failed = fail(run, RuntimeError(f"its worker died {event.attempts} times"))
    async with engine.database.transaction() as connection:
        await write(connection, worker.lease.id, [failed], batch, engine.guard)
