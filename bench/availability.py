"""Availability: what can be sold of 20 SKUs over 50 locations, over HTTP, at rest and while all stock is loaded."""

from __future__ import annotations

from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from bench.tools.client import connect, post
from bench.tools.house import House
from bench.tools.network import PRODUCTS, Loads, open_network, product
from bench.tools.paced import paced, percentile, told
from bench.tools.rounds import Figures, figures
from bench.tools.statements import statements_of
from bench.tools.table import Row, at_least, at_most

if TYPE_CHECKING:
    from pathlib import Path

    from bench.tools.house import Site

PLACES, SKUS = 50, 20
ROUNDS, REQUESTS = 5, 2_000
RATE, P99_MS, SECONDS = 1_000, 30.0, 20
TIMES = 2.0  # by which the p99 may grow while all stock is loaded
_SEED = 20_265

# The question of lists and carts: one number a product, over all locations.
IN_ALL = """query ($catalogue: VirtualCatalogueKey!, $products: [String!]) {
  virtualPositions(catalogue: $catalogue, productRef: $products, first: 20) {
    edges { node { productRef quantity status } } } }"""
# The question of a product's page, for 20 at once: who has it.
WHERE = """query ($catalogue: VirtualCatalogueKey!, $wanted: [ProductQuantityInput!]!) {
  searchVirtualInventory(virtualCatalogue: $catalogue, productQuantities: $wanted, first: 50) {
    edges { node { location { ref } virtualPositions { productRef quantity } } } } }"""


async def availability(data: Path) -> list[Row]:
    """Return rates and times."""
    async with House(data / f"network-{PLACES}") as house:
        await open_network(house, PLACES)
        async with house.serving(workers=1) as site:
            return await _measured(house, site)


async def _measured(house: House, site: Site) -> list[Row]:
    in_all, where = _requests(site, aggregate=True), _requests(site, aggregate=False)
    statements = [await _statements(house, site, some[0]) for some in (in_all, where)]
    shown = await _shown(site, in_all[0], where[0])
    rounds: list[list[Figures]] = [[], []]
    await figures(house, site.port, site.api, in_all)
    for _ in range(ROUNDS):
        for found, some in zip(rounds, (in_all, where[:200]), strict=True):
            found.append(await figures(house, site.port, site.api, some))
    fastest = median(f.rate for f in rounds[0])
    pace = RATE / 2
    quiet = await paced(site.port, _many(in_all, pace), pace)
    loads = Loads(house, site, PLACES)
    async with loads.going_on():
        busy = await paced(site.port, _many(in_all, pace), pace)
    slow_pace = median(f.rate for f in rounds[1]) / 2
    slow = await paced(site.port, _many(where, slow_pace), slow_pace)
    what = f"{SKUS} SKUs over {PLACES} locations"
    return [
        at_least(f"{what}, one number each: requests at once", fastest, RATE, "/s", _cpu(rounds[0])),
        at_most(f"the same at {pace:.0f}/s: p99", percentile(quiet, 99) * 1000, P99_MS, "ms", told(quiet)),
        at_most(
            f"the same at {pace:.0f}/s while all {loads.records:,} counts are loaded: p99, in those at rest",
            percentile(busy, 99) / percentile(quiet, 99),
            TIMES,
            "",
            told(busy),
        ),
        Row(
            f"{what}, each location's own: requests at once",
            f"{median(f.rate for f in rounds[1]):.0f}/s",
            _cpu(rounds[1]),
        ),
        Row(f"the same at {slow_pace:.0f}/s", told(slow)),
        Row("statements a request", f"{statements[0]}, {statements[1]}", "", "one", statements == [1, 1]),
        Row("what the answers hold", shown),
    ]


async def _statements(house: House, site: Site, request: bytes) -> int:
    """Return how many statements a request sends; that it may look up who asks, every two seconds, is not counted."""
    return sum("virtual_" in statement for statement in await statements_of(house, site.port, request))


def _cpu(rounds: list[Figures]) -> str:
    app, server = (median(getattr(f, n) for f in rounds) * 1000 for n in ("app", "server"))
    return f"CPU of one: {app:.2f} ms API + {server:.2f} ms PostgreSQL"


def _requests(site: Site, *, aggregate: bool) -> list[bytes]:
    random, retailer = Random(_SEED), site.connection.retailer_id
    asked = []
    for _ in range(REQUESTS):
        refs = [product(n) for n in random.sample(range(PRODUCTS), SKUS)]
        wanted = {"wanted": [{"productRef": ref, "quantity": 1} for ref in refs]}
        variables: dict[str, Any] = {"products": refs} if aggregate else wanted
        variables["catalogue"] = {"ref": f"{'ATS_ALL' if aggregate else 'BASE'}:{retailer}"}
        asked.append(post("/graphql", site.token, {"query": IN_ALL if aggregate else WHERE, "variables": variables}))
    return asked


def _many(requests: list[bytes], rate: float) -> list[bytes]:
    return [requests[n % len(requests)] for n in range(int(rate * SECONDS))]


async def _shown(site: Site, in_all: bytes, where: bytes) -> str:
    """Return how much the two answers say, having looked that nothing is missing."""
    caller = await connect(site.port)
    both = [await caller.call(request) for request in (in_all, where)]
    caller.close()
    sums, places = (next(iter(msgspec.json.decode(body)["data"].values()))["edges"] for body in both)
    assert len(sums) == SKUS, sums
    assert len(places) == PLACES, len(places)
    assert all(len(e["node"]["virtualPositions"]) == SKUS for e in places)
    return f"{len(sums)} sums in {len(both[0]):,} bytes; {len(places) * SKUS:,} quantities in {len(both[1]):,} bytes"
