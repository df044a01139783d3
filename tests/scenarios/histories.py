"""A day of a shop that has a bit of everything, and its history, read as the command line does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from floor import collect_all, pack_all, pick, warehouse_pick, wave, wave_and_pick

from penstock.bootstrap import ACCOUNT
from penstock.database.pools import Database
from penstock.history.service import Histories
from penstock.rules.names import resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stage import Stage

    from running import Stored

_UPDATE = "mutation ($input: UpdateOrderInput!) { updateOrder(input: $input) { id } }"


@asynccontextmanager
async def histories(stored: Stored) -> AsyncIterator[Histories]:
    """Return the histories of an account."""
    database = await Database.open(stored.account, limit=asyncio.Semaphore(2), statement_timeout_ms=20_000)
    try:
        yield Histories(ACCOUNT, database, resolve)
    finally:
        await database.close()


async def busy_day(shop: Stage) -> list[str]:
    """Play some dozens of orders: bought in turns, split, cancelled, expired, short, sent; return their refs."""
    await shop.fill(
        SYD_01={"TSHIRT": 14, "JEANS": 9}, SYD_02={"TSHIRT": 6, "CAP": 4}, MEL_01={"CAP": 3}, DC_01={"JEANS": 12}
    )
    refs = [f"D{n}" for n in range(1, 25)]
    lines = ((("TSHIRT", 1),), (("JEANS", 1),), (("TSHIRT", 1), ("CAP", 1)), (("CAP", 2),))
    for n, ref in enumerate(refs):
        await shop.place(ref, *lines[n % 4])
        if n % 5 == 0:
            await shop.penstock.settle()
    await shop.penstock.settle()
    await shop.cancel("D3")
    await shop.cancel("D4")
    await remark(shop, "D1", "gift")
    await wave_and_pick(shop, "SYD-01", TSHIRT=3, JEANS=2)
    await sent(shop, *refs[:10])
    await remark(shop, "D2", "late")
    await shop.penstock.advance(timedelta(hours=3))
    started = await wave(shop, "SYD-02")
    await pick(shop, started["id"], TSHIRT=1)
    await sent(shop, *refs)
    await shop.load("TSHIRT", "SYD-01", 5)
    await shop.penstock.advance(timedelta(hours=3))
    return refs


async def remark(shop: Stage, ref: str, text: str) -> None:
    """Let a client change an order between two of its events."""
    order = await shop.order(ref)
    attributes = [{"name": "remark", "type": "STRING", "value": text}]
    await shop.graphql(_UPDATE, id=order["id"], attributes=attributes)


async def sent(shop: Stage, *refs: str) -> None:
    """Let staff and carriers finish whatever is ready."""
    for ref in refs:
        for fulfilment in await shop.fulfilments(ref):
            place, status = fulfilment["fromAddress"]["ref"], fulfilment["status"]
            if place.startswith("DC") and status == "ASSIGNED":
                counts = [item["requestedQuantity"] for item in fulfilment["items"]]
                counts[0] -= int(ref[1:]) % 6 == 0
                await warehouse_pick(shop, fulfilment, *counts)
                await shop.penstock.send("WarehouseShipped", "FULFILMENT", fulfilment["id"])
            elif status in {"FULFILLED", "PARTIALLY_FULFILLED"}:
                await pack_all(shop, fulfilment)
        await collect_all(shop, ref)
