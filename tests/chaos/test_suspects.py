"""Workers that die with a backlog in hand, again and again, cost time only: no event of it becomes guilty of that."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bench.proving.marks import KNOWING, marks, place, teach
from standing import standing

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Stream

ORDERS, EACH, DEATHS = 30, 3, 4


async def test_deaths_with_a_backlog_in_hand_leave_nothing_to_try_in_processes_of_its_own(
    postgres: str, templates: dict[Stream, str], tmp_path: Path
) -> None:
    async with standing(postgres, templates, tmp_path) as (house, shop):
        await teach(house)
        house.worker(**KNOWING)
        orders = await place(house, shop, "late-", ORDERS)
        await house.stop_workers()
        for number in range(EACH):
            await asyncio.gather(*(shop.send(ref, "Mark", mark=number) for ref in orders))
        for _ in range(DEATHS):
            doomed = house.worker(**KNOWING, PENSTOCK_FAULT="claimed:1")
            assert await doomed.ended(60) == -9
            house.workers.remove(doomed)
        house.worker(**KNOWING)
        await house.quiet()
        await house.stop_workers()
        assert await marks(house.database, "late-") == {ref: ["0", "1", "2"] for ref in orders}
        assert not await house.value("SELECT count(*) FROM event WHERE status <> 'SUCCESS' AND name = 'Mark'")
