"""Where a scenario is applied: one retailer of a fork, and what its parts look up there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError
from penstock.model.serving import serving

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from penstock.simulation.house import House, Node

_LOCATION = "SELECT id FROM location WHERE ref = $1 AND (retailer_id = $2 OR retailer_id IS NULL)"
_CATALOGUES = f"SELECT ref FROM inventory_catalogue WHERE {serving('retailer_refs', '$1')} ORDER BY id"
_AT_ONCE = 200
# Of the reference workflow: the position looks at its product and location again, and tells its virtual catalogues.
LOOK_AGAIN = "LocationStatusChanged"


@dataclass(frozen=True)
class Site:
    """A retailer of the account in a fork."""

    house: House
    retailer: int
    ref: str

    async def location(self, ref: str, named: str = "location") -> int:
        """Return the id of a location; ``InvalidValueError`` where there is none."""
        id_: int | None = await self.house.database.fetchval(_LOCATION, ref, self.retailer)
        if id_ is None:
            raise InvalidValueError(f"{named} is {ref!r}, and retailer {self.retailer} has no such location")
        return id_

    async def stock_catalogue(self, named: str | None) -> str:
        """Return the ref of the inventory catalogue of this name, or of the only one.

        Raises:
            InvalidValueError: the retailer has no such catalogue, or not one.
        """
        found = [str(r["ref"]) for r in await self.house.database.fetch(_CATALOGUES, self.ref)]
        fitting = [ref for ref in found if named in {None, ref}]
        if len(fitting) == 1:
            return fitting[0]
        told = "is missing" if named is None else f"is {named!r}"
        raise InvalidValueError(f"catalogue {told}; retailer {self.retailer} has {', '.join(found) or 'none'}")

    async def send(self, events: Sequence[Node]) -> list[uuid.UUID]:
        """Post events of the retailer, and settle; return their ids."""
        ids: list[uuid.UUID] = []
        for begin in range(0, len(events), _AT_ONCE):
            some = events[begin : begin + _AT_ONCE]
            ids += await asyncio.gather(*(self.house.post({"retailerId": self.retailer, **e}) for e in some))
            await self.house.settle()
        return ids

    async def done(self, events: Sequence[Node]) -> None:
        """Do the same; ``InvalidValueError`` where one of the events does not succeed."""
        if wrong := await self.house.undone(await self.send(events)):
            raise InvalidValueError(wrong)

    async def look_again(self, positions: Sequence[int]) -> None:
        """Let positions of stock, by id, be looked at again, so that what can be sold of them is right.

        Workflows that know no such event do as they do when others change something.
        """
        await self.send([_event(id_) for id_ in positions])


def _event(position: int) -> dict[str, Any]:
    return {"name": LOOK_AGAIN, "entityType": "INVENTORY_POSITION", "entityId": position}
