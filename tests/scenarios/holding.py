"""Holds in scenarios, through the public API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import queries
from bench.tools.waiting import until

from penstock.bootstrap import RETAILER

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

PATH = "/api/v4.1/hold"
SECONDS = 900


@dataclass
class HoldDesk:
    """The desk for holds of a stage."""

    stage: Stage

    async def ask(self, ref: str, *items: tuple[str, int] | tuple[str, int, str], **more: Any) -> tuple[int, Node]:
        """Ask for a hold of ``(product, quantity)`` or ``(product, quantity, place)``; return status and answer."""
        given = [
            {"productRef": item[0], "quantity": item[1], **({"locationRef": item[2]} if len(item) > 2 else {})}
            for item in items
        ]
        body = {"retailerId": self.stage.retailer, "ref": ref, "items": given, "expiresInSeconds": SECONDS, **more}
        return await self.stage.penstock.client.call("POST", PATH, body)

    async def hold(self, ref: str, *items: tuple[str, int] | tuple[str, int, str], **more: Any) -> Node:
        """Hold; return what was made."""
        status, made = await self.ask(ref, *items, **more)
        assert status == 200, made
        return made

    async def get(self, id_: str) -> Node:
        """Return a hold."""
        status, found = await self.stage.penstock.client.call("GET", f"{PATH}/{id_}")
        assert status == 200, found
        return dict(found)

    async def release(self, id_: str) -> Node:
        """Release a hold and settle; return it."""
        status, found = await self.stage.penstock.client.call("DELETE", f"{PATH}/{id_}")
        assert status == 200, found
        await self.stage.penstock.settle()
        return dict(found)

    async def ended(self, id_: str) -> str:
        """Wait until a hold has ended, and settle; return its status."""
        found = await until(lambda: self.get(id_), lambda hold: hold["status"] != "ACTIVE", seconds=60, every=0.05)
        await self.stage.penstock.settle()
        return str(found["status"])

    async def buy(self, order: str, holds: Any, *lines: tuple[str, int]) -> list[str]:
        """Place an order that names holds, and settle; return the plan made for it."""
        await self.place(order, holds, *lines)
        await self.stage.penstock.settle()
        return await self.stage.plan(order)

    async def place(self, order: str, holds: Any, *lines: tuple[str, int]) -> None:
        """Place an order that names holds."""
        given = await self.stage.order_input(order, *lines)
        kind = "STRING" if isinstance(holds, str) else "JSON"
        await self.stage.graphql(
            queries.CREATE_ORDER, **given, attributes=[{"name": "holdRef", "type": kind, "value": holds}]
        )


def held(hold: Node) -> list[str]:
    """Return where the units of a hold are, item by item: ``["A S1:2 S2:1"]``."""
    return [
        " ".join([i["productRef"], *(f"{part['locationRef']}:{part['quantity']}" for part in i["held"])])
        for i in hold["items"]
    ]


async def sums(stage: Stage) -> str:
    """Create a catalogue that adds up over all places; return its ref."""
    ref = f"ATS:{stage.retailer}"
    await stage.graphql(
        queries.CREATE_VIRTUAL,
        ref=ref,
        type="AGGREGATE",
        name="All places",
        inventoryCatalogueRef=stage.stock_catalogue,
        productCatalogueRef=f"PC:MASTER:{stage.retailer}",
        networkIds=[await stage.network(f"HD_{stage.retailer}")],
        retailerRefs=[RETAILER],
    )
    await stage.penstock.settle()
    return ref


async def total(stage: Stage, catalogue: str, product: str) -> int:
    """Return what a catalogue of sums shows of a product."""
    found = await stage.penstock.client.graphql(
        queries.VIRTUAL, **{"ref": f"{product}:{catalogue}", "in": {"ref": catalogue}}
    )
    return int(found["virtualPosition"]["quantity"])
