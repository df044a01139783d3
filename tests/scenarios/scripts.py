"""A script of players that do the same at the same moments, whatever they meet: for dry runs and for what is real."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from floor import parcel, waves

from penstock.model.rows import ROWS
from penstock.orchestration.trees import decode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stage import Stage

    from penstock.database.pools import Database
    from running import Node

Difference = tuple[str, str, str | None, str, str]  # table, ref, column, before, after
STOCK = ("inventory_position", "inventory_quantity", "virtual_position", "product")
TABLES = ("orders", "order_item", "fulfilment", "fulfilment_item", "article", *STOCK)
TICK = timedelta(minutes=30)
_TREE = "SELECT row_to_json(t)::text AS body FROM {} t"


async def nothing() -> None:
    """Do nothing."""


async def play(shop: Stage, halfway: Callable[[], Awaitable[None]] = nothing) -> None:
    """Play a day: store, warehouse and carrier do what they always do, each step at its moment."""
    await shop.fill(SYD_01={"TSHIRT": 50}, DC_01={"JEANS": 50}, MEL_01={"CAP": 50})
    for ref, product, units in (
        ("P1", "TSHIRT", 1),
        ("P2", "JEANS", 1),
        ("P3", "CAP", 1),
        ("P4", "TSHIRT", 1),
        ("P5", "TSHIRT", 2),
        ("P6", "JEANS", 900),
        ("P7", "JEANS", 2),
    ):
        await shop.buy(ref, (product, units))
    await shop.buy("P8", ("JEANS", 1), ("CAP", 1))  # from two places: it sends two events of a kind to the stock
    await said(shop, "OrderCancel", "ORDER", "P4")
    await ticks(shop, 1)
    await halfway()
    await said(shop, "CreateWaveByExpiry", "LOCATION", await shop.location_id("SYD-01"), {"maxCount": 10})
    catalogue = f"PC:MASTER:{shop.retailer}"
    brought = {"pickedItems": [{"productRef": "TSHIRT", "catalogueRef": catalogue, "availableQty": 3}]}
    started = [w["id"] for w in await waves(shop)]
    await said(shop, "PickConfirmAndWaveComplete", "WAVE", started[0] if started else None, brought)
    for ref in ("P2", "P7"):
        await said(shop, "FulfilmentPack", "FULFILMENT", *await counted(shop, ref))
        await said(shop, "WarehouseShipped", "FULFILMENT", await first(shop, ref))
    for ref in ("P1", "P5"):
        await said(shop, "ConfirmPack", "FULFILMENT", *await packed(shop, ref))
    await ticks(shop, 1)
    for ref in ("P1", "P2", "P5"):
        await said(shop, "ARTICLE_COLLECTED", "ARTICLE", await article(shop, ref))
    await ticks(shop, 6)


async def play_stock(shop: Stage, halfway: Callable[[], Awaitable[None]] = nothing) -> None:
    """Play a day of stock: first what is sold, then what becomes of it; nobody looks for stock afterwards."""
    await shop.fill(SYD_01={"TSHIRT": 10, "CAP": 5}, DC_01={"JEANS": 10})
    for ref, product, units in (("S1", "TSHIRT", 2), ("S2", "JEANS", 1), ("S3", "TSHIRT", 1), ("S4", "JEANS", 3)):
        await shop.buy(ref, (product, units))
    await ticks(shop, 1)
    await halfway()
    await said(shop, "OrderCancel", "ORDER", "S3")
    await shop.delta(("D1", "JEANS", "DC-01", -2), ("D2", "CAP", "SYD-01", 4))
    for ref in ("S2", "S4"):
        await said(shop, "FulfilmentPack", "FULFILMENT", *await counted(shop, ref))
    await said(shop, "CreateWaveByExpiry", "LOCATION", await shop.location_id("SYD-01"), {"maxCount": 10})
    await ticks(shop, 1)
    await shop.load("JEANS", "DC-01", 7)
    await shop.load("TSHIRT", "MEL-01", 3)
    await shop.graphql(
        "mutation ($input: CreateInventoryQuantityInput) { createInventoryQuantity(input: $input) { id } }",
        ref="BROKEN",
        catalogue={"ref": shop.stock_catalogue},
        position={"ref": "CAP:SYD-01:DEFAULT", "catalogue": {"ref": shop.stock_catalogue}},
        type="CORRECTION",
        quantity=-1,
    )
    await shop.penstock.settle()
    await said(shop, "DeactivateProduct", "PRODUCT", await shop.product_id("CAP"))
    await shop.delta(("D1", "JEANS", "DC-01", -2), ("D3", "TSHIRT", "SYD-01", -1))
    await shop.load("CAP", "SYD-01", 6, corrected=1)
    await ticks(shop, 4)


async def play_scarce(shop: Stage, halfway: Callable[[], Awaitable[None]] = nothing) -> None:
    """Play a day on which stock runs out: what one order gets decides what the next ones are told."""
    await shop.fill(SYD_01={"TSHIRT": 3, "CAP": 1}, SYD_02={"TSHIRT": 2}, MEL_01={"CAP": 3}, DC_01={"JEANS": 4})
    await bought(shop, ("R1", "TSHIRT", 1, "CAP", 1), ("R2", "TSHIRT", 2, "CAP", 1), ("R3", "TSHIRT", 1, "JEANS", 1))
    await halfway()
    await said(shop, "OrderCancel", "ORDER", "R1")
    await shop.penstock.elapse(TICK)
    await bought(shop, ("R4", "CAP", 1, "TSHIRT", 1), ("R5", "TSHIRT", 2, "JEANS", 2), ("R6", "JEANS", 1, "CAP", 1))
    await shop.delta(("D1", "TSHIRT", "SYD-02", 2), ("D2", "CAP", "MEL-01", -1))
    await shop.penstock.elapse(TICK)
    await said(shop, "OrderCancel", "ORDER", "R2")
    await bought(shop, ("R7", "TSHIRT", 2, "CAP", 2), ("R8", "JEANS", 1, "TSHIRT", 1))
    for ref in ("R3", "R5", "R6", "R8"):
        for target, lines in await everything(shop, ref):
            await said(shop, "FulfilmentPack", "FULFILMENT", target, lines)
    await shop.load("TSHIRT", "SYD-01", 1)
    await bought(shop, ("R9", "TSHIRT", 2, "CAP", 1))
    await shop.penstock.elapse(8 * TICK)
    await bought(shop, ("R10", "CAP", 1, "TSHIRT", 1))


async def bought(shop: Stage, *orders: tuple[str, str, int, str, int]) -> None:
    """Place orders of two lines, one a minute."""
    for ref, first_product, units, second_product, more in orders:
        await shop.buy(ref, (first_product, units), (second_product, more))
        await shop.penstock.elapse(timedelta(minutes=1))


async def ticks(shop: Stage, count: int) -> None:
    """Let half hours pass."""
    for _ in range(count):
        await shop.penstock.advance(TICK)
        await shop.penstock.settle()


async def said(shop: Stage, name: str, type_: str, target: str | None, attributes: Node | None = None) -> None:
    """Post an event, if there is what it is about, and settle either way."""
    if target is not None:
        await shop.penstock.post(name, type_, target, attributes)
    await shop.penstock.settle()


async def fulfilment(shop: Stage, ref: str) -> Node | None:
    """Return the first fulfilment of an order, if there is one."""
    return next(iter(await shop.fulfilments(ref)), None)


async def first(shop: Stage, ref: str) -> str | None:
    """Return its id."""
    found = await fulfilment(shop, ref)
    return None if found is None else str(found["id"])


async def counted(shop: Stage, ref: str) -> tuple[str | None, Node]:
    """Return the first fulfilment, and that a warehouse has found everything."""
    return next(iter(await everything(shop, ref)), (None, {"fulfilmentItems": []}))


async def everything(shop: Stage, ref: str) -> list[tuple[str | None, Node]]:
    """Return the fulfilments of an order, each with the report that everything of it was found."""
    return [
        (
            str(found["id"]),
            {
                "fulfilmentItems": [
                    {
                        "id": item["id"],
                        "requestedQuantity": item["requestedQuantity"],
                        "filledQuantity": item["requestedQuantity"],
                        "rejectedQuantity": 0,
                    }
                    for item in found["items"]
                ]
            },
        )
        for found in await shop.fulfilments(ref)
    ]


async def packed(shop: Stage, ref: str) -> tuple[str | None, Node]:
    """Return the first fulfilment, and one parcel with all that was asked for."""
    found = await fulfilment(shop, ref)
    units = {f"i{item['id']}": item["requestedQuantity"] for item in (found["items"] if found else ())}
    return (None if found is None else str(found["id"])), {
        "packedItems": {"articles": [parcel(**units)], "rejections": []}
    }


async def article(shop: Stage, ref: str) -> str | None:
    """Return the id of the first parcel of an order's first fulfilment."""
    found = await fulfilment(shop, ref)
    return next((str(a["id"]) for a in (found["articles"] if found else ())), None)


async def ended(database: Database) -> dict[tuple[str, str], Any]:
    """Return all rows of orders and stock that have a ref, by table and ref."""
    found: dict[tuple[str, str], Any] = {}
    names = await fulfilments(database)
    for table in TABLES:
        for record in await database.fetch(_TREE.format(table)):
            row = decode(table, record["body"])
            row.ref = shared(row.ref, names)
            found[table, row.ref] = row
    return found


async def fulfilments(database: Database) -> dict[str, str]:
    """Return the refs of fulfilments by id."""
    return {str(r["id"]): r["ref"] for r in await database.fetch("SELECT id, ref FROM fulfilment")}


def shared(ref: str, names: dict[str, str]) -> str:
    """Return a ref as two worlds can agree on it: refs of stock name fulfilments by their ids."""
    return ":".join(names.get(part, part) for part in ref.split(":"))


def told(column: str) -> bool:
    """Return whether two worlds can agree on a column: they cannot on ids, and need not on bookkeeping."""
    return not column.endswith(("_id", "_on")) and column not in {"id", "revision"}


def between(before: dict[tuple[str, str], Any], after: dict[tuple[str, str], Any]) -> set[Difference]:
    """Return how two worlds ended differently."""
    found: set[Difference] = set()
    for table, ref in before.keys() | after.keys():
        old, new = before.get((table, ref)), after.get((table, ref))
        if old is None or new is None:
            found.add((table, ref, None, "-" if old is None else "row", "-" if new is None else "row"))
            continue
        for column in filter(told, ROWS[table].__struct_fields__):
            was, is_ = text(getattr(old, column)), text(getattr(new, column))
            if was != is_:
                found.add((table, ref, column, was, is_))
    return found


def text(value: Any) -> str:
    """Return a value in one spelling; of moments, which depend on how many steps a world takes, the second."""
    return re.sub(r"(:\d\d)\.\d+Z", r"\1Z", msgspec.json.encode(value, order="sorted").decode())
