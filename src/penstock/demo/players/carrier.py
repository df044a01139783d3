"""The carrier: collects the parcels that stores have labelled."""

from __future__ import annotations

import asyncio

from penstock.demo.players.player import Player

_PARCELS = """query {
  articles(status: "AWAITING_COURIER_COLLECTION", first: 100) { edges { node { id } } } }"""


class Carrier(Player):
    """The driver with the hand scanner (spec 32 §8); the warehouse's parcels are collected as they ship."""

    async def work(self) -> None:
        """Collect every parcel that waits."""
        waiting = [edge["node"]["id"] for edge in (await self.api.graphql(_PARCELS))["articles"]["edges"]]
        collected = [
            self.api.send("ARTICLE_COLLECTED", "ARTICLE", entity_id=article)
            for article in waiting
            if self.first("collect", article)
        ]
        await asyncio.gather(*collected)
