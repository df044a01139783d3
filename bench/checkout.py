"""Checkout: fulfilment options for a basket of five over 20 locations, at rest and while all stock is loaded."""

from __future__ import annotations

import uuid
from random import Random
from typing import TYPE_CHECKING, Any

from bench.tools import cpu
from bench.tools.client import connect, post
from bench.tools.house import House
from bench.tools.network import PRODUCTS, Loads, open_network, product
from bench.tools.paced import paced, percentile, told
from bench.tools.table import Row, at_most
from penstock.demo.plan import read_cities

if TYPE_CHECKING:
    from pathlib import Path

    from bench.tools.house import Site
    from penstock.demo.plan.shapes import City

PLACES, LINES = 20, 5
RATE, P99_MS, SECONDS = 50, 80.0, 20
ASK = """mutation ($input: CreateFulfilmentOptionInput) {
  createFulfilmentOption(input: $input, executionMode: AWAIT_ORCHESTRATION) {
    status plans(first: 3) { edges { node { status eta splitCount
      fulfilments { fulfilmentType locationRef eta items { productRef availableQuantity requestedQuantity } }
      exceptions { code message } } } } } }"""


async def checkout(data: Path) -> list[Row]:
    """Return times."""
    async with House(data / f"network-{PLACES}") as house:
        await open_network(house, PLACES)
        async with house.serving(workers=1) as site:
            await _seen(site)
            used = _used(house, site)
            quiet = await paced(site.port, _requests(site, SECONDS * RATE), RATE)
            cost = [(after - before) / len(quiet) for after, before in zip(_used(house, site), used, strict=True)]
            loads = Loads(house, site, PLACES)
            async with loads.going_on():
                busy = await paced(site.port, _requests(site, SECONDS * RATE), RATE)
    what = f"options of a basket of {LINES} over {PLACES} locations, {RATE}/s"
    return [
        at_most(f"{what}: p99", percentile(quiet, 99) * 1000, P99_MS, "ms", told(quiet)),
        at_most(
            f"the same while all {loads.records:,} counts are loaded: p99",
            percentile(busy, 99) * 1000,
            P99_MS,
            "ms",
            told(busy),
        ),
        Row("CPU of one, at rest", "{:.1f} ms API + {:.1f} ms worker + {:.1f} ms PostgreSQL".format(*cost)),
    ]


def _used(house: House, site: Site) -> tuple[float, float, float]:
    """Return the milliseconds of CPU that API, worker and server have used."""
    seconds = cpu.of_process(site.api), cpu.of_process(site.workers[0]), cpu.of_server(house.server.pid)
    return seconds[0] * 1000, seconds[1] * 1000, seconds[2] * 1000


def _requests(site: Site, count: int) -> list[bytes]:
    random, cities = Random(uuid.uuid4().int), [c for c in read_cities() if c.code == "GB"]
    return [
        post(
            "/graphql", site.token, {"query": ASK, "variables": {"input": _basket(site, random, random.choice(cities))}}
        )
        for _ in range(count)
    ]


def _basket(site: Site, random: Random, city: City) -> dict[str, Any]:
    bought = random.sample(range(PRODUCTS), LINES)
    return {
        "ref": f"CART-{uuid.UUID(int=random.getrandbits(128))}",
        "type": "HD",
        "retailerId": int(site.connection.retailer_id),
        "address": {"city": city.name, "country": "GB", "latitude": city.latitude, "longitude": city.longitude},
        "products": [{"productRef": product(n), "requestedQuantity": random.randint(1, 3)} for n in bought],
    }


async def _seen(site: Site) -> None:
    """Ask once, to look whether there is a plan at all, and often enough to warm up."""
    caller = await connect(site.port)
    for request in _requests(site, 50):
        body = await caller.call(request)
        assert b'"FULFILLED"' in body, body
    caller.close()
