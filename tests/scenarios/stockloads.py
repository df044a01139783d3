"""Stock that comes by job and batch, as spec 23 §0 has it: sent over HTTP, awaited, and settled."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import queries
from stage import Stage

if TYPE_CHECKING:
    from running import Client, Node

JOB = "/api/v4.1/job"
PATIENCE = 60.0  # seconds for a batch
NETWORKS = {"NET_METRO": ("S1", "S2"), "NET_REGIONAL": ("S3",), "NET_DC": ("W1", "W2")}  # beside NET_AU


async def job(client: Client, retailer: str, **meta: Any) -> str:
    """Open a job; return its id."""
    return await open_job(client, retailer, meta)


async def open_job(client: Client, retailer: str, meta: object) -> str:
    """Open a job with whatever is given as ``meta``; return its id."""
    status, body = await client.call("POST", JOB, {"name": "stock", "retailerId": retailer, "meta": meta})
    assert status == 200, body
    return str(body["id"])


async def post(
    client: Client, job_id: str, records: list[Node], kind: str = "INVENTORY", **given: Any
) -> tuple[int, Node]:
    """Send a batch of a job; return status and answer."""
    action = "CREATE" if kind == "RETAILER" else "UPSERT"
    batch = {"action": action, "entityType": kind, "entities": records, **given}
    return await client.call("POST", f"{JOB}/{job_id}/batch", batch)


async def send(client: Client, job_id: str, records: list[Node], kind: str = "INVENTORY", **given: Any) -> str:
    """Send a batch that has to be accepted; return its id."""
    status, body = await post(client, job_id, records, kind, **given)
    assert status == 200, body
    return str(body["id"])


async def completed(client: Client, job_id: str, batch: str) -> Node:
    """Wait until a batch is complete; return it with all its results."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        status, body = await client.call("GET", f"{JOB}/{job_id}/batch/{batch}", count="0")
        assert status == 200, body
        if body["status"] == "COMPLETE":
            return dict((await client.call("GET", f"{JOB}/{job_id}/batch/{batch}", count="5000"))[1])
        await asyncio.sleep(0.01)
    raise AssertionError(f"batch {batch} is {body}")


async def loaded(stage: Stage, *records: Node, kind: str = "INVENTORY", meta: Node | None = None, **more: Any) -> Node:
    """Send one batch in a job of its own; return it when it is complete and its events are done."""
    client = stage.penstock.client
    job_id = await job(client, stage.retailer, **meta or {})
    batch = await completed(client, job_id, await send(client, job_id, list(records), kind, **more))
    await stage.penstock.settle()
    return batch


def count(sku: str, location: str, quantity: Any, **more: Any) -> Node:
    """Return a record of a batch."""
    return {"skuRef": sku, "locationRef": location, "qty": quantity, **more}


def counters(batch: Node) -> tuple[int, int, int, int]:
    """Return how many records a batch has, and how many of them are processed, skipped and failed."""
    return batch["total"], batch["processed"], batch["skipped"], batch["failed"]


def codes(batch: Node) -> list[str]:
    """Return the response codes of the records, in their order."""
    return [result["responseCode"] for result in batch["results"]]


async def changes_of(stage: Stage) -> int:
    """Return how many counts came to the workflow."""
    return len(await stage.penstock.events(name="InventoryChanged", eventType="ORCHESTRATION"))


async def settings_known(stage: Stage) -> None:
    """Let the worker read the settings anew, as it does with the next event; else it may take a second (ADR 19)."""
    status = await stage.penstock.send("Nothing", "INVENTORY_CATALOGUE", stage.stock_catalogue)
    assert status == "NO_MATCH"


class StockStage(Stage):
    """The stage of spec 23 §0, where stock is loaded by job and batch. Its NET_AU is ``HD_1``."""

    async def furnish(self) -> None:
        """Create what spec 23 has beside products and places: the catalogue of sums, more networks, a category."""
        catalogue = {"ref": f"PC:MASTER:{self.retailer}"}
        await self.sum_up()
        for ref, members in NETWORKS.items():
            ids = [{"id": await self.location_id(place)} for place in members]
            given = {"name": ref, "type": "HD", "retailers": [{"id": self.retailer}], "locations": ids}
            await self.graphql(queries.CREATE_NETWORK, **given)
        await self.graphql(queries.CREATE_CATEGORY, ref="CAT1", type="DEFAULT", name="Shirts", catalogue=catalogue)
        for product in ("A", "B"):
            category = [{"ref": "CAT1", "catalogue": catalogue}]
            await self.graphql(queries.UPDATE_PRODUCT, ref=product, catalogue=catalogue, categories=category)

    async def load(self, product: str, place: str, quantity: int, *, corrected: int = 0) -> str:
        """Load a count and settle; return the response code of its record."""
        (code,) = codes(await loaded(self, count(product, place, quantity, correctedQty=corrected)))
        return code

    async def fill(self, **stock: dict[str, int]) -> None:
        """Load counts by product and place in one batch, and settle; each has to be accepted."""
        records = [
            count(product, place, quantity) for place, counts in stock.items() for product, quantity in counts.items()
        ]
        assert set(codes(await loaded(self, *records))) <= {"200"}
