"""The board on the wall: how many orders are placed, routed, shipped and done."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from penstock.demo.plan.orders import PREFIX
from penstock.errors import PenstockError

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.demo.client import Api

FINAL = frozenset({"COMPLETE", "CANCELLED", "ESCALATED"})
_BEFORE_ROUTING = frozenset({"CREATED", "RECEIVED", "BOOKED"})
_SHIPPED = frozenset({"COMPLETE", "AWAITING_COURIER_COLLECTION"})
_PAUSE = 1.0
_SAMPLE = 200  # events from whose age the rate is told
_ORDERS = """query ($refs: [String], $after: String) {
  orders(ref: $refs, first: 5000, after: $after) {
    edges { node { status } cursor } pageInfo { hasNextPage } } }"""


@dataclass
class Score:
    """What the board shows; ``rate`` is events a second, ``routed_after`` seconds from the start."""

    expected: int
    stock: int = 0
    stock_expected: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    rate: float = 0.0
    routed_after: float | None = None

    @property
    def placed(self) -> int:
        """Return how many orders Penstock has."""
        return self._count(lambda _: True)

    @property
    def routed(self) -> int:
        """Return for how many orders it is decided what comes from where, or that nothing comes."""
        return self._count(lambda status: status not in _BEFORE_ROUTING)

    @property
    def shipped(self) -> int:
        """Return how many orders are packed, to the last parcel."""
        return self._count(lambda status: status in _SHIPPED)

    @property
    def done(self) -> int:
        """Return how many orders are at their end."""
        return self._count(lambda status: status in FINAL)

    @property
    def finished(self) -> bool:
        """Return whether all expected orders are at their end."""
        return self.done >= self.expected

    def _count(self, wanted: Callable[[str], bool]) -> int:
        return sum(n for status, n in self.statuses.items() if wanted(status))


class Board:
    """Keeps the score up to date and hands it to ``show`` after every look."""

    def __init__(self, api: Api, expected: int, show: Callable[[Score], None]) -> None:
        self.score = Score(expected)
        self._api = api
        self._show = show
        self._began = time.monotonic()
        self._unrouted = False  # at an earlier look: not when an earlier play is continued

    @property
    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._began

    def loaded(self, arrived: int, expected: int) -> None:
        """Take note of stock that has arrived."""
        self.score.stock, self.score.stock_expected = arrived, expected

    async def watch(self) -> None:
        """Look every second until all orders are done."""
        while not self.score.finished:
            try:
                await self._look()
            except PenstockError:  # the players say what is wrong; the board only waits
                await asyncio.sleep(_PAUSE)
            self._show(self.score)
            await asyncio.sleep(_PAUSE)

    async def _look(self) -> None:
        nodes = await self._api.nodes(_ORDERS, "orders", refs=[f"{PREFIX}%"])
        self.score.statuses = Counter(node["status"] for node in nodes)
        if not self.score.routed:
            self._unrouted = True
        elif self._unrouted and self.score.routed_after is None:
            self.score.routed_after = self.elapsed
        latest = await self._api.events({"eventType": "ORCHESTRATION", "count": str(_SAMPLE)})
        if latest:
            oldest = datetime.fromisoformat(latest[-1]["generatedOn"])
            self.score.rate = len(latest) / max(0.001, (datetime.now(UTC) - oldest).total_seconds())
