"""Controls in scenarios: a control group over both virtual catalogues of a stage (spec 23 §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import queries

from penstock.bootstrap import RETAILER

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

GROUP = "CG_ONLINE"


@dataclass
class Controls:
    """The base catalogue of a stage, another of sums over the same network, and their controls."""

    stage: Stage

    @property
    def base(self) -> str:
        """Return the ref of the base catalogue."""
        return f"BASE:{self.stage.retailer}"

    async def build(self) -> Controls:
        """Create the group over both catalogues."""
        await self.group()
        await self.stage.sum_up()
        await self.over(self.stage.sums, controlGroupRef=GROUP)
        await self.stage.penstock.settle()
        return self

    async def group(self) -> Controls:
        """Create the group only, over the base catalogue."""
        await self.stage.graphql(
            queries.CREATE_GROUP, ref=GROUP, type="DEFAULT", name="Online", retailerRefs=[RETAILER]
        )
        await self.over(self.base, controlGroupRef=GROUP)
        await self.stage.penstock.settle()
        return self

    async def over(self, catalogue: str, **given: Any) -> None:
        """Change a virtual catalogue."""
        await self.stage.graphql(queries.UPDATE_VIRTUAL, ref=catalogue, **given)

    async def add(self, type_: str, scope: str, value: object = None, order: int | None = None, **more: Any) -> str:
        """Create a control and settle; return its id."""
        values = [] if value is None else [{"name": "CONTROL_VALUE", "type": "INTEGER", "value": value}]
        about = {"ref": f"{GROUP}:{type_}:{scope}", "type": type_, "name": scope, "controlGroup": {"ref": GROUP}}
        given = about | {"values": values, "executionOrder": order} | more
        made = await self.stage.graphql(queries.CREATE_CONTROL, **given)
        await self.stage.penstock.settle()
        return str(made["id"])

    async def change(self, type_: str, scope: str, **given: Any) -> None:
        """Change a control by a mutation, which tells nobody."""
        about = {"ref": f"{GROUP}:{type_}:{scope}", "controlGroup": {"ref": GROUP}}
        await self.stage.graphql(queries.UPDATE_CONTROL, **about, **given)

    async def shown(self, product: str, *places: str) -> list[int | None]:
        """Return what can be sold of a product at each place, and over all of them."""
        total = await self.stage.total(product)
        single = [await self.stage.sellable(product, place) for place in places]
        return [*single, None if total is None else int(total["quantity"])]

    async def position(self, ref: str, catalogue: str) -> Node | None:
        """Return a virtual position; None where there is none."""
        found = await self.stage.penstock.client.graphql(queries.VIRTUAL, **{"ref": ref, "in": {"ref": catalogue}})
        position: Node | None = found["virtualPosition"]
        return position

    async def threshold(self, catalogue: str, units: int, status: str, order: int) -> None:
        """Create a threshold control over a catalogue."""
        context = [{"type": "CATALOGUE", "property": "ref", "value": catalogue}]
        values = [
            {"name": "context", "type": "CONTEXT", "value": context},
            {"name": "threshold", "type": "NUMBER", "value": units},
            {"name": "status", "type": "STRING", "value": status},
        ]
        await self.add("BULK_THRESHOLD", f"{catalogue}:{status}", order=order, values=values)
