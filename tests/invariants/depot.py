"""A running Penstock whose stock is loaded, moved and held back, and looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.proving.shop import Shop, position_ref
from bench.tools.waiting import until
from stockmodel import ALONE, Step, event

from penstock.bootstrap import RETAILER

if TYPE_CHECKING:
    import asyncpg

    from penstock.demo.client import Api, Connection
    from running import Running

JOB = "/api/v4.1/job"
GROUP = "CG"
START = 5  # units in each place
_IN_GROUP = "mutation ($input: UpdateVirtualCatalogueInput) { updateVirtualCatalogue(input: $input) { id } }"
_CONTROL = "mutation ($input: CreateControlInput) { createControl(input: $input) { id } }"


class Depot:
    """A running Penstock in this process, as a shop and as what the tests look at."""

    def __init__(self, penstock: Running, api: Api, connection: Connection, watch: asyncpg.Connection) -> None:
        self.penstock = penstock
        self.api = api
        self.connection = connection
        self.shop = Shop(self)
        self._job = ""
        self._controls: dict[str, str] = {}
        self._watch = watch

    async def value(self, query: str, *arguments: Any) -> Any:
        """Return one value from the account's database."""
        return await self._watch.fetchval(query, *arguments)

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Return rows from the account's database."""
        return list(await self._watch.fetch(query, *arguments))

    async def send(self, product: str, place: str, step: Step) -> None:
        """Post the event, the batch or the mutation that makes a step happen."""
        if step.kind in ALONE:
            await (self._batch if step.kind == "batch" else self._buffer)(product, place, step)
            return
        ref = position_ref(product, place)
        name, entity, attributes = event(step, ref, product, place)
        target = ref if entity == "INVENTORY_POSITION" else f"DEFAULT:{self.penstock.retailer}"
        await self.penstock.post(name, entity, target, attributes)

    async def _batch(self, product: str, place: str, step: Step) -> None:
        """Load a count by batch, and wait until it is in."""
        if not self._job:
            opened = await self._call("POST", JOB, {"name": "stock", "retailerId": self.penstock.retailer})
            self._job = f"{JOB}/{opened['id']}/batch"
        record = {"skuRef": product, "locationRef": place, "qty": step.first, "correctedQty": step.second}
        given = {"action": "UPSERT", "entityType": "INVENTORY", "entities": [record]}
        batch = await self._call("POST", self._job, given)
        path = f"{self._job}/{batch['id']}"
        await until(lambda: self._call("GET", path), lambda seen: seen["status"] == "COMPLETE", every=0.01)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        status, answer = await self.penstock.client.call(method, path, body)
        assert status == 200, answer
        return dict(answer)

    async def _buffer(self, product: str, place: str, step: Step) -> None:
        """Give the buffer of a product at a place its value."""
        ref = f"{GROUP}:QUANTITY_BUFFER:{product}:{place}"
        if ref in self._controls:
            await self.penstock.post("UpdateControl", "CONTROL", self._controls[ref], {"controlValue": step.first})
            return
        values = [{"name": "CONTROL_VALUE", "type": "INTEGER", "value": step.first}]
        about = {"type": "QUANTITY_BUFFER", "name": ref, "controlGroup": {"ref": GROUP}, "values": values}
        made = await self.api.graphql(_CONTROL, input={"ref": ref, "executionOrder": 3, **about})
        self._controls[ref] = str(made["createControl"]["id"])


async def controlled(depot: Depot) -> None:
    """Create a group of controls over the base catalogue, and a catalogue of sums."""
    retailer = depot.connection.retailer_id
    about = {"type": "DEFAULT", "name": GROUP, "retailerRefs": [RETAILER]}
    await depot.api.create("createControlGroup", [{"ref": GROUP, **about}])
    base = {"ref": f"BASE:{retailer}"}
    await depot.api.graphql(_IN_GROUP, input={**base, "controlGroupRef": GROUP})
    networks = await depot.fetch("SELECT network_ids FROM virtual_catalogue WHERE ref = $1", base["ref"])
    sums = {
        "ref": "SUMS",
        "type": "AGGREGATE",
        "name": "Sums",
        "networkIds": networks[0][0],
        "retailerRefs": [RETAILER],
    }
    refs = {"inventoryCatalogueRef": f"DEFAULT:{retailer}", "productCatalogueRef": f"PC:MASTER:{retailer}"}
    await depot.api.create("createVirtualCatalogue", [{**sums, **refs, "controlGroupRef": GROUP}])
    await depot.penstock.settle()
