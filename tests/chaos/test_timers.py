"""Scheduled events: each fires once, not before its moment, and in order, though all workers are killed (design §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.proving.marks import KNOWING, place, teach
from bench.proving.timers import fire
from standing import standing

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Stream

ORDERS, EVENTS = 20, 200


async def test_scheduled_events_fire_once_and_in_order_across_a_restart(
    postgres: str, templates: dict[Stream, str], tmp_path: Path
) -> None:
    async with standing(postgres, templates, tmp_path) as (house, shop):
        await teach(house)
        house.worker(**KNOWING)
        orders = await place(house, shop, "timer-", ORDERS)
        fired = await fire(house, orders, EVENTS, 1.5, restart=0.3)
        await house.stop_workers()
    assert (fired.early, fired.missing, fired.repeated, fired.misplaced) == (0, 0, 0, 0)
