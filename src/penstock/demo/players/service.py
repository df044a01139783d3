"""Customer service: tries again, or gives up, what no location could fill (spec 31 §13, 32 §11)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from penstock.demo.plan.draw import fraction
from penstock.demo.players.player import Player

if TYPE_CHECKING:
    from collections.abc import Collection

    from penstock.demo.client import Api
    from penstock.demo.client.api import Node

_ESCALATED = """query ($after: String) {
  fulfilments(status: "ESCALATED", first: 50, after: $after) {
    edges { node { id order { id ref status
      fulfilments(first: 50) { edges { node { status } } } } } cursor }
    pageInfo { hasNextPage } } }"""
_ALIVE = frozenset(
    [
        *("CREATED", "PROCESSING", "AWAITING_WAVE", "ASSIGNED"),
        *("FULFILLED", "PARTIALLY_FULFILLED", "AWAITING_COURIER_COLLECTION"),
    ]
)
_SOURCING = frozenset({"BOOKED", "PICK_PACK"})  # of the order: more can still be found for it
_RETRIED, _CANCELLED = 0.4, 0.75  # up to these shares of orders; the rest keep what is missing on the books


class Stance(StrEnum):
    """How the agent who looks after an order deals with a part of it that nobody can fill."""

    RETRY = "look for stock once more, then cancel"
    CANCEL = "cancel the part"
    LEAVE = "leave the part escalated"


@dataclass(frozen=True)
class Action:
    """An event for the escalated fulfilment, or for its order."""

    event: str
    entity: str


_GIVE_UP = {
    "BOOKED": Action("OrderCancel", "ORDER"),
    "PICK_PACK": Action("CloseOrder", "ORDER"),
    "AWAITING_COURIER_COLLECTION": Action("CloseOrder", "ORDER"),
}


def stance(order: str) -> Stance:
    """Return the stance of the agent for this order, at every run the same."""
    lot = fraction("service", order)
    return Stance.RETRY if lot < _RETRIED else Stance.CANCEL if lot < _CANCELLED else Stance.LEAVE


def decide(order: str, parts: Collection[str], agent: Stance, *, retried: bool) -> Action | None:
    """Return what to do about an escalated part of an order, or None to wait or let it be.

    ``order`` is its status, ``parts`` are the statuses of all its fulfilments. An order of which something
    was delivered completes by itself (spec 34 §1, CheckIfOrderIsComplete); one of which nothing can be
    delivered is cancelled where picking has not begun and closed where it has.
    """
    if agent is Stance.RETRY and not retried and order in _SOURCING:
        return Action("RetrySourcing", "FULFILMENT")
    if not _ALIVE.isdisjoint(parts):
        return None
    if "COMPLETE" not in parts:
        return _GIVE_UP.get(order)
    if order not in _GIVE_UP and agent is not Stance.LEAVE:
        return Action("CancelFulfilment", "FULFILMENT")
    return None


class Service(Player):
    """The agents of customer service with their console."""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._retried: set[str] = set()

    async def work(self) -> None:
        """Look through the escalated parts of all orders; an order for which stock is sought has to wait."""
        escalated = await self.api.nodes(_ESCALATED, "fulfilments")
        seeking = {node["order"]["id"] for node in escalated if self.lately("RetrySourcing", node["id"])}
        one_each = {node["order"]["id"]: node for node in escalated if node["order"]["id"] not in seeking}
        await asyncio.gather(*(self._look_after(node) for node in one_each.values()))

    async def _look_after(self, fulfilment: Node) -> None:
        order = fulfilment["order"]
        parts = [edge["node"]["status"] for edge in order["fulfilments"]["edges"]]
        action = decide(order["status"], parts, stance(order["ref"]), retried=order["ref"] in self._retried)
        if action is None:
            return
        target = order["id"] if action.entity == "ORDER" else fulfilment["id"]
        if not self.first(action.event, target):
            return
        if action.event == "RetrySourcing":
            self._retried.add(order["ref"])
        await self.api.send(action.event, action.entity, entity_id=target)
