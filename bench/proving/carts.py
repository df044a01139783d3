"""Carts that hold what they are to buy: by the public API, and asked again when that was killed."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from bench.tools.waiting import until
from penstock.demo.client.failures import RefusedError
from penstock.demo.client.transport import Transport

if TYPE_CHECKING:
    from bench.proving.house import House

SECONDS = 3_600
PATIENCE = 120.0  # seconds
_HOLD = "/api/v4.1/hold"
# Those that go on for a few seconds would end between two looks at the facts.
_OVER = """
SELECT count(*) = 0 FROM hold
WHERE ref LIKE $1 || '%' AND status = 'ACTIVE' AND expires_on < now() + interval '1 minute'"""
_STATUSES = "SELECT status, count(*) FROM hold WHERE ref LIKE $1 || '%' GROUP BY status"


class Carts:
    """The holds of a house; ``async with Carts(house)``."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.api = Transport(house.connection, patience=PATIENCE)
        self.ids: dict[str, str] = {}  # of what was granted, by ref

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self.api.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.api.__aexit__()

    async def hold(self, ref: str, units: dict[str, int], place: str | None = None, seconds: int = SECONDS) -> bool:
        """Hold units by product, at one place or wherever they are; return whether that was granted."""
        at = {} if place is None else {"locationRef": place}
        items = [{"productRef": product, "quantity": n, **at} for product, n in units.items()]
        about = {"retailerId": self._house.connection.retailer_id, "ref": ref, "expiresInSeconds": seconds}
        try:
            self.ids[ref] = (await self.api.post(_HOLD, {**about, "items": items}))["id"]
        except RefusedError as refused:
            if refused.status != HTTPStatus.CONFLICT:
                raise
            return False
        return True

    async def release(self, ref: str) -> None:
        """Give back what a cart holds."""
        await self.api.delete(f"{_HOLD}/{self.ids[ref]}")

    async def over(self, prefix: str) -> None:
        """Wait until no hold goes on whose time is over, or soon will be."""
        await until(lambda: self._house.told(_OVER, prefix), seconds=PATIENCE, every=0.1)

    async def statuses(self, prefix: str) -> Counter[str]:
        """Return how many holds there are, by status."""
        return Counter(dict(await self._house.database.fetch(_STATUSES, prefix)))
