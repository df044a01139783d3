"""Many orders at once for what is spread over many places: nobody is sent away while units are left (spec 20 §10)."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

PLACES = ("S1", "S2", "S3", "W1", "W2")


async def test_orders_of_one_batch_get_all_that_there_is(stock: Stage) -> None:
    await stock.fill(**{place: {"A": 1} for place in PLACES})
    orders = [f"O{number}" for number in range(len(PLACES) + 1)]
    async with stock.penstock.holding("worker"):  # so that one batch has them all
        await asyncio.gather(*(stock.place(order, ("A", 1)) for order in orders))
    await stock.penstock.settle()
    plans = Counter([part for order in orders for part in await stock.plan(order)])
    assert plans == Counter(f"{place}[A1]" for place in (*PLACES, "RJT_1"))
