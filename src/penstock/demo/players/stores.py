"""The stores: each gathers its fulfilments into waves, picks a wave at once and packs order by order."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from penstock.demo.load.frame import frame_of
from penstock.demo.players.picking import found, items_of, parcels, unpacked, waiting
from penstock.demo.players.player import Player

if TYPE_CHECKING:
    from penstock.demo.client import Api
    from penstock.demo.client.api import Node

_KIND = "HD_PFS"
_TROUBLE = 0.04  # share of lines picked short: customers carry things about
_WAVE = 5  # fulfilments that one person picks at once
_WAVES = """query {
  waves(status: "PICK", first: 20) {
    edges { node { id fulfilments(first: 20) {
      edges { node { id status fromAddress { ref } } } } } } } }"""


_PATIENCE = 20  # looks at a queue before a wave is asked for once more
_STORES = """query ($refs: [String]) {
  locations(ref: $refs, first: 100) { edges { node { id ref } } } }"""


class Stores(Player):
    """The staff of all stores with their store application (spec 32 §4 to §6)."""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._stores: dict[str, str] = {}
        self._asked: dict[str, tuple[frozenset[str], int]] = {}  # queues that a wave was asked for

    async def work(self) -> None:
        """Start waves, pick those that are open, pack what was picked."""
        queues: dict[str, set[str]] = defaultdict(set)
        for node in await waiting(self.api, _KIND, "AWAITING_WAVE"):
            queues[node["fromAddress"]["ref"]].add(node["id"])
        await asyncio.gather(*(self._start_wave(store, queue) for store, queue in queues.items()))
        waves = (await self.api.graphql(_WAVES))["waves"]["edges"]
        await asyncio.gather(*(self._pick(edge["node"]) for edge in waves))
        picked = await unpacked(self.api, _KIND)
        await asyncio.gather(*(self._pack(node) for node in picked if self.first("pack", node["id"])))

    async def _start_wave(self, store: str, queue: set[str]) -> None:
        """Ask for a wave, unless one is on its way: until it comes, all that it was asked for still wait."""
        asked, patience = self._asked.get(store, (frozenset(), 0))
        if asked and asked <= queue and patience:
            self._asked[store] = asked, patience - 1
            return
        self._asked[store] = frozenset(queue), _PATIENCE
        if self.first("wave", store, frozenset(queue)):
            location = {"entity_id": await self._id(store), "entity_ref": store}
            attributes = {"maxCount": min(len(queue), _WAVE)}
            await self.api.send("CreateWaveByExpiry", "LOCATION", **location, attributes=attributes)

    async def _id(self, store: str) -> str:
        """Return the id of the store with this ref; locations are addressed by id (spec 30)."""
        if store not in self._stores:
            found = await self.api.graphql(_STORES, refs=[store])
            self._stores[store] = found["locations"]["edges"][0]["node"]["id"]
        return self._stores[store]

    async def _pick(self, wave: Node) -> None:
        """Pick a wave as soon as all its fulfilments know that they are in it."""
        members = [edge["node"] for edge in wave["fulfilments"]["edges"]]
        ready = all(member["status"] != "AWAITING_WAVE" for member in members)
        if not (ready and self.first("pick", wave["id"])):
            return
        picked: Counter[str] = Counter()
        for member in members:
            for item in await items_of(self.api, member["id"]):
                picked[item.product] += found(item, member["fromAddress"]["ref"], trouble=_TROUBLE)
        catalogue = frame_of(self.api.retailer).products
        lines = [{"productRef": p, "catalogueRef": catalogue, "availableQty": n} for p, n in picked.items()]
        attributes = {"pickedItems": lines}
        await self.api.send("PickConfirmAndWaveComplete", "WAVE", entity_id=wave["id"], attributes=attributes)

    async def _pack(self, fulfilment: Node) -> None:
        articles = parcels(await items_of(self.api, fulfilment["id"]))
        packed = {"packedItems": {"articles": articles, "rejections": []}}
        await self.api.send("ConfirmPack", "FULFILMENT", entity_id=fulfilment["id"], attributes=packed)
