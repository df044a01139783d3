"""A worker that is slow at one moment: it has read and decided, and not written yet, while another does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.orchestration.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run

_OTHERS = "SELECT id FROM pending_event WHERE NOT id = ANY($1::uuid[]) AND NOT scheduled ORDER BY seq"
_STEPS = 5  # the event, what follows from it, and what follows from that


def overtake(monkeypatch: pytest.MonkeyPatch, slow: str, change: Callable[[], Awaitable[object]]) -> Callable[[], bool]:
    """Let a change be made, and all that follows from it, while the first write of an event or order is due.

    ``slow`` is an event's name, or the ref of what it is about. Returns a function that tells whether it happened.
    """
    write = Worker.write
    waiting = True

    async def write_late(worker: Worker, runs: list[Run], batch: Batch) -> list[Run]:
        nonlocal waiting
        if waiting and any(_is(run, slow) for run in runs):
            waiting = False
            own = [event.id for run in runs for event in run.events]
            await change()
            for _ in range(_STEPS):
                for record in await worker.engine.database.fetch(_OTHERS, own):
                    await Worker(worker.engine, worker.lease).only(record["id"])
        return await write(worker, runs, batch)

    monkeypatch.setattr(Worker, "write", write_late)
    return lambda: not waiting


def _is(run: Run, slow: str) -> bool:
    about = (row for rows in run.rows.values() for row in rows.values())
    return any(event.name == slow for event in run.events) or any(getattr(row, "ref", None) == slow for row in about)
