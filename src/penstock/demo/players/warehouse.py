"""The distribution centre: picks what it is assigned and sends it off with its own carrier contract."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from penstock.demo.players.picking import found, items_of, parcels, unpacked, waiting
from penstock.demo.players.player import Player

if TYPE_CHECKING:
    from penstock.demo.client.api import Node

_KIND = "HD_PFDC"
_TROUBLE = 0.004  # share of lines picked short


class Warehouse(Player):
    """A warehouse management system as Penstock sees it (spec 32 §9)."""

    async def work(self) -> None:
        """Pick what is assigned, ship what is picked."""
        assigned = await waiting(self.api, _KIND, "ASSIGNED")
        await asyncio.gather(*(self._pick(node) for node in assigned if self.first("pick", node["id"])))
        picked = await unpacked(self.api, _KIND)
        await asyncio.gather(*(self._ship(node) for node in picked if self.first("ship", node["id"])))

    async def _pick(self, fulfilment: Node) -> None:
        location = fulfilment["fromAddress"]["ref"]
        lines = []
        for item in await items_of(self.api, fulfilment["id"]):
            filled = found(item, location, trouble=_TROUBLE)
            line = {"id": item.id, "requestedQuantity": item.requested, "filledQuantity": filled}
            lines.append({**line, "rejectedQuantity": item.requested - filled})
        await self._tell("FulfilmentPack", fulfilment, {"fulfilmentItems": lines})

    async def _ship(self, fulfilment: Node) -> None:
        carrier = f"DEFAULT_CARRIER:{self.api.retailer}"
        articles = parcels(await items_of(self.api, fulfilment["id"]))
        for n, article in enumerate(articles, 1):
            tracking = f"DC{fulfilment['id']}-{n}"
            article |= {"trackingNumber": tracking, "carrierRef": carrier}
            article["labelUrl"] = f"https://labels.example.com/{tracking}.pdf"
        await self._tell("WarehouseShipped", fulfilment, {"articles": articles})

    async def _tell(self, event: str, fulfilment: Node, attributes: Node) -> None:
        await self.api.send(event, "FULFILMENT", entity_id=fulfilment["id"], attributes=attributes)
