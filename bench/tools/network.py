"""The retailer of the availability measurements: every product at every place, and loads of all its stock."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from bench.tools.loading import BATCH, load
from penstock.demo.load.frame import frame_of
from penstock.demo.load.places import bring_locations
from penstock.demo.load.until import until
from penstock.demo.plan import Plan, read_cities
from penstock.demo.plan.shapes import Address, Location

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.tools.house import House, Site
    from penstock.demo.client import Api

PRODUCTS = 500
_SEED = 20_264
_OPEN = ((900, 1800),) * 7
_NETWORK = "query ($ref: [String]) { networks(ref: $ref) { edges { node { id } } } }"
_OWNER = "query ($id: ID!) { retailerById(id: $id) { ref } }"


def product(number: int) -> str:
    """Return the ref of a product."""
    return f"P-{number:04}"


def place(number: int) -> str:
    """Return the ref of a place."""
    return f"PLACE-{number:03}"


def _places(count: int) -> tuple[Location, ...]:
    """Return one warehouse and stores around British cities."""
    cities, random = [c for c in read_cities() if c.code == "GB"], Random(_SEED)
    found = []
    for number, city in zip(range(count), itertools.cycle(cities), strict=False):
        north, east = (random.uniform(-0.1, 0.1) for _ in range(2))
        address = Address(place(number), "1 High Street", city, city.latitude + north, city.longitude + east)
        found.append(Location(place(number), "STORE" if number else "WAREHOUSE", place(number), address, _OPEN))
    return tuple(found)


async def open_network(house: House, places: int) -> None:
    """Make places, products and catalogues over the API, and load their stock, unless that was done before."""
    async with house.sql() as sql:
        if await sql.fetchval("SELECT count(*) = $1 FROM virtual_position WHERE type = 'BASE'", places * PRODUCTS):
            return
    async with house.serving(workers=1) as site, house.api(site) as api:
        network = (await api.graphql(_NETWORK, ref=[f"HD_{api.retailer}"]))["networks"]["edges"][0]["node"]["id"]
        await _aggregate(api, network)
        await bring_locations(api, Plan(_places(places), (), (), ()), network)
        catalogue = {"ref": frame_of(api.retailer).products}
        made = [_product(number, catalogue) for number in range(PRODUCTS)]
        for start in range(0, PRODUCTS, 50):
            await api.create("createStandardProduct", made[start : start + 50], "C0128E")
        await Loads(house, site, places).load()
    async with house.sql() as sql:
        await sql.execute("VACUUM ANALYZE")


async def _aggregate(api: Api, network: str) -> None:
    frame = frame_of(api.retailer)
    about = {"inventoryCatalogueRef": frame.inventory, "productCatalogueRef": frame.products, "networkIds": [network]}
    owner = (await api.graphql(_OWNER, id=api.retailer))["retailerById"]["ref"]
    made = {"ref": f"ATS_ALL:{api.retailer}", "type": "AGGREGATE", "name": "All", "retailerRefs": [owner], **about}
    await api.create("createVirtualCatalogue", [made], "C0123E")

    async def active() -> bool:
        found = await api.graphql("query ($ref: String!) { virtualCatalogue(ref: $ref) { status } }", ref=made["ref"])
        return bool(found["virtualCatalogue"]["status"] == "ACTIVE")

    await until(active, f"{made['ref']} is not ACTIVE")


def _product(number: int, catalogue: dict[str, str]) -> dict[str, Any]:
    prices = [{"type": "DEFAULT", "currency": "GBP", "value": float(number % 40 + 1)}]
    ref = product(number)
    return {"ref": ref, "catalogue": catalogue, "type": "STANDARD", "gtin": ref, "name": ref, "prices": prices}


@dataclass
class Loads:
    """Full loads of all stock, each with other counts than the one before."""

    house: House
    site: Site
    places: int

    @property
    def records(self) -> int:
        """Records of one load."""
        return self.places * PRODUCTS

    async def load(self) -> None:
        """Load everything once; returns when nothing is left to do."""
        async with self.house.sql() as sql:
            await load(self.site, sql, self._bodies(1_000))

    def _bodies(self, units: int) -> list[bytes]:
        pairs = itertools.product(range(PRODUCTS), range(self.places))
        counts = [{"skuRef": product(p), "locationRef": place(n), "qty": units + (p + n) % 5} for p, n in pairs]
        about = {"action": "UPSERT", "entityType": "INVENTORY", "source": "BENCH"}
        parts = (counts[start : start + BATCH] for start in range(0, len(counts), BATCH))
        return [msgspec.json.encode({**about, "entities": part}) for part in parts]

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Load again and again while something else is done."""

        async def work() -> None:
            both = [self._bodies(units) for units in (1_007, 1_014)]
            async with self.house.sql() as sql:
                for bodies in itertools.cycle(both):
                    await load(self.site, sql, bodies)

        task = asyncio.create_task(work())
        try:
            await asyncio.sleep(2)  # until the first batch is at work
            yield
            if task.done():
                task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
