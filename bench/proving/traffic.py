"""What goes on in stock while a crowd buys: counts by batch, deltas, moves between places, controls, carts.

All of it keeps what a proof can hold against the promises: counts only rise; a unit that moves is held first where it
is, so that nobody is promised it; and in the end no control is in effect. Who changes what: counts come for the first
half of the products, deltas for the second, since a count ends the deltas before it; and of the last one units move.
Between the moments in which such a unit is taken out and its hold ends, one less is there than is promised, and who
takes a hold over just then is given less: so of the last product, no buyer holds anything.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bench.proving.shop import WAREHOUSES
from bench.tools.waiting import until
from penstock.bootstrap import RETAILER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from bench.proving.carts import Carts
    from bench.proving.house import House

GROUP = "CG_PROOF"
ROUNDS = 4  # of each kind of traffic, while a door is open
PATIENCE = 120.0  # seconds
_JOB = "/api/v4.1/job"
_CREATE_GROUP = "mutation ($input: CreateControlGroupInput) { createControlGroup(input: $input) { id } }"
_FOLLOW = "mutation ($input: UpdateVirtualCatalogueInput) { updateVirtualCatalogue(input: $input) { id } }"
_KNOWN = "SELECT count(*) = 1 FROM inventory_quantity WHERE ref = $1"
_BROUGHT_IN = "SELECT count(*) = 0 FROM batch WHERE status <> 'COMPLETE'"
_CONTROLLED = "SELECT count(*) = $2 FROM control WHERE ref LIKE $1 || '%' AND status = $3"
_GROUPED = "SELECT count(*) = 1 FROM control_group WHERE ref = $1 AND status = 'ACTIVE'"


def moving(products: Sequence[str]) -> str:
    """Return the product of which units move."""
    return products[-1]


class Traffic:
    """The traffic of one house; ``open`` it once."""

    def __init__(self, house: House, carts: Carts) -> None:
        self._house, self._carts = house, carts
        self._catalogue = f"DEFAULT:{house.connection.retailer_id}"
        self._job = ""

    async def open(self) -> None:
        """Let the virtual catalogue follow a group of controls, and open a job for batches; with a worker running."""
        base = f"BASE:{self._house.connection.retailer_id}"
        about = {"ref": GROUP, "type": "DEFAULT", "name": "Proof", "retailerRefs": [RETAILER]}
        await self._house.api.graphql(_CREATE_GROUP, input=about)
        await self._house.api.graphql(_FOLLOW, input={"ref": base, "controlGroupRef": GROUP})
        await self._until(_GROUPED, GROUP)
        job = {"name": "proof", "retailerId": self._house.connection.retailer_id}
        self._job = (await self._carts.api.post(_JOB, job))["id"]

    async def flow(self, prefix: str, products: Sequence[str], units: int, draw: Random) -> None:
        """Let everything happen at once to products of which each place has so many units; wait until it is applied."""
        half = len(products) // 2
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._count(products[:half], units))
            for product in products[half:]:
                tasks.create_task(self._add(product, draw))
            tasks.create_task(self._move(prefix, moving(products), draw))
            for product in products:
                tasks.create_task(self._control(product, draw))
            tasks.create_task(self._abandon(prefix, products, draw))
        await self._until(_BROUGHT_IN)

    async def _count(self, products: Sequence[str], units: int) -> None:
        """Bring counts in by batches, each higher than the one before."""
        for more in range(1, ROUNDS + 1):
            counted = [(product, place) for product in products for place in WAREHOUSES]
            entities = [{"skuRef": p, "locationRef": place, "qty": units + more} for p, place in counted]
            batch = {"action": "UPSERT", "entityType": "INVENTORY", "entities": entities}
            await self._carts.api.post(f"{_JOB}/{self._job}/batch", batch)
            await asyncio.sleep(0.2)

    async def _add(self, product: str, draw: Random) -> None:
        """Report units that have come in."""
        for number in range(ROUNDS):
            await self._delta(f"{product}:in:{number}", product, draw.choice(list(WAREHOUSES)), 1)
            await asyncio.sleep(draw.uniform(0, 0.3))

    async def _move(self, prefix: str, product: str, draw: Random) -> None:
        """Move units from place to place: held where they are, taken out, brought in elsewhere."""
        for number in range(2 * ROUNDS):
            here, there = draw.sample(list(WAREHOUSES), 2)
            ref = f"{prefix}MOVE-{product}-{number}"
            if await self._carts.hold(ref, {product: 1}, place=here):
                out = f"{product}:out:{number}"
                await self._delta(out, product, here, -1)
                await self._until(_KNOWN, out)
                await self._carts.release(ref)
                await self._delta(f"{product}:to:{number}", product, there, 1)

    async def _delta(self, id_: str, product: str, place: str, units: int) -> None:
        deltas = [{"deltaId": id_, "type": "DELTA", "productRef": product, "locationRef": place, "qty": units}]
        await self._house.api.send(
            "INVENTORY_DELTA", "INVENTORY_CATALOGUE", entity_ref=self._catalogue, attributes={"deltas": deltas}
        )

    async def _control(self, product: str, draw: Random) -> None:
        """Hold stock back, show more than there is, show nothing; in the end all as it is."""
        prefix = f"{GROUP}:{draw.choice(['QUANTITY_BUFFER', 'EXCLUSION'])}:"
        value = {"name": "CONTROL_VALUE", "type": "INTEGER", "value": draw.choice([-1, 3])}
        about = {"ref": f"{prefix}{product}", "type": prefix.split(":")[1], "name": product, "values": [value]}
        given = {**about, "controlGroup": {"ref": GROUP}, "executionOrder": 1}
        await self._house.api.create("createControl", [given], "C0123E")
        await self._until(_CONTROLLED, about["ref"], 1, "ACTIVE")
        id_ = str(await self._house.told("SELECT id FROM control WHERE ref = $1", about["ref"]))
        if "BUFFER" in prefix:
            await self._tell(id_, "UpdateControl", controlValue=draw.choice([-2, 2]))
        await asyncio.sleep(draw.uniform(0, 0.5))
        await self._tell(id_, "DeactivateControl")
        await self._until(_CONTROLLED, about["ref"], 1, "INACTIVE")

    async def _tell(self, control: str, name: str, **attributes: Any) -> None:
        await self._house.api.send(name, "CONTROL", entity_id=control, attributes=attributes)

    async def _abandon(self, prefix: str, products: Sequence[str], draw: Random) -> None:
        """Fill carts that are never bought: some are emptied, the others time out."""
        for number in range(3 * ROUNDS):
            ref = f"{prefix}LEFT-{number}"
            units = dict.fromkeys(draw.sample(list(products), 2), 1)
            if await self._carts.hold(ref, units, seconds=draw.randint(1, 3)) and draw.choice((True, False)):
                await self._carts.release(ref)

    async def _until(self, query: str, *arguments: Any) -> None:
        await until(lambda: self._house.told(query, *arguments), seconds=PATIENCE, every=0.05)
