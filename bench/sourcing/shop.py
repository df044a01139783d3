"""A chain of two hundred places that each have some of the products, profiles to source by, and orders to source."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from bench.tools.client import hammer, post
from bench.tools.shop import CREATE, ORDERED_AT
from penstock.bootstrap import ACCOUNT
from penstock.demo.client.transport import Transport
from penstock.demo.load import Shelf, load
from penstock.demo.load.frame import build_frame
from penstock.demo.plan import Plan, read_cities
from penstock.demo.plan.people import customer
from penstock.demo.plan.places import HOME
from penstock.demo.plan.shapes import Address, Line, Location, Order, Product, Stock
from penstock.demo.players.shop import customer_input, order_input
from penstock.workflows.documents import reference

if TYPE_CHECKING:
    from bench.tools.house import House, Site

PLACES, PRODUCTS, LINES, SPLITS = 200, 40, 10, 5
SHARE = 0.4  # of the products that a place has any of
_WAREHOUSES = 10
_AT_ONCE = 50  # places in a request
_SEED = 20_264
_PROFILE = "BENCH"
_BUYER = "buyer"
_CRITERION = "fc.sourcing.criterion."

BY_CRITERIA = ("inventoryAvailability", "locationDistance")
CHEAPEST = ("lowestCost",)


def _plan() -> Plan:
    """Draw places all over Great Britain, and what they have in stock."""
    random = Random(_SEED)
    city = next(city for city in read_cities() if city.country == HOME)
    places = []
    for n in range(PLACES):
        address = Address(f"Place {n}", "1 High Street", city, random.uniform(50.5, 55.5), random.uniform(-4, 1))
        type_ = "WAREHOUSE" if n < _WAREHOUSES else "STORE"
        places.append(Location(f"PLACE-{n:03}", type_, f"Place {n}", address, ((0, 2359),) * 7))
    products = tuple(Product(f"P-{n:02}", f"Gift number {n}", Decimal(n + 1)) for n in range(PRODUCTS))
    stock = [
        Stock(product.ref, place.ref, random.randint(1, 4))
        for place in places
        for product in products
        if random.random() < SHARE
    ]
    return Plan(tuple(places), products, (), tuple(stock))


async def open_chain(house: House) -> None:
    """Load the chain over the API, with orders that are sourced by a profile."""
    plan = _plan()
    async with house.serving(workers=1) as site:
        async with house.api(site) as api:
            for start in range(0, PLACES, _AT_ONCE):
                some = Plan(plan.locations[start : start + _AT_ONCE], (), (), ())
                await build_frame(api, some)
            await load(api, plan, Shelf(), lambda _done, _all: None)
            buyer = customer(_BUYER, HOME, read_cities())
            await api.create("createCustomer", [customer_input(buyer, api.retailer)], "C0123E")
        await _teach(site)
        await use(house, site, BY_CRITERIA)


async def _teach(site: Site) -> None:
    """Let the workflow of orders source by the profile, and put what that leaves at the rejected location."""
    retailer = int(site.connection.retailer_id)
    document = next(d for d in reference(ACCOUNT, retailer) if d["name"] == "ORDER::HD")
    rules = {
        "FindAndCreateOrderFulfilment": [
            ("order.CreateFulfilmentWithSourcingProfile", {"sourcingProfileRef": _PROFILE}),
            ("core.SendEvent", {"eventName": "RejectRemaining"}),
        ],
        "RejectRemaining": [("order.CreateRejectedFulfilment", {"systemRejectedLocationRef": f"RJT_{retailer}"})],
    }
    like = next(r for r in document["rulesets"] if r["name"] == "FindAndCreateOrderFulfilment")
    account = like["rules"][0]["name"].partition(".")[0]
    own = [
        {**like, "name": name, "rules": [{"name": f"{account}.{rule}", "props": props} for rule, props in called]}
        for name, called in rules.items()
    ]
    kept = [ruleset for ruleset in document["rulesets"] if ruleset is not like]
    async with Transport(site.connection, patience=10) as transport:
        await transport.put("/api/v4.1/workflow", {**document, "rulesets": [*kept, *own]})


async def use(house: House, site: Site, criteria: tuple[str, ...]) -> None:
    """Make a version of the profile with these criteria and put it to use."""
    retailer = site.connection.retailer_id
    listed = [{"name": name, "type": f"{_CRITERION}{name}", "params": {}} for name in criteria]
    given = {
        "ref": _PROFILE,
        "name": _PROFILE,
        "retailer": {"id": retailer},
        "defaultVirtualCatalogue": {"ref": f"BASE:{retailer}"},
        "defaultNetwork": {"ref": f"HD_{retailer}"},
        "defaultMaxSplit": SPLITS,
        "sourcingStrategies": [{"ref": "ONLY", "name": "ONLY", "sourcingCriteria": listed}],
    }
    async with house.api(site) as api:
        made = await api.graphql(
            "mutation ($i: CreateSourcingProfileInput) { createSourcingProfile(input: $i) { version } }", i=given
        )
        await api.graphql(
            "mutation ($i: ActivateSourcingProfileInput) { activateSourcingProfile(input: $i) { version } }",
            i={"ref": _PROFILE, "version": made["createSourcingProfile"]["version"]},
        )


async def place_orders(house: House, site: Site, count: int) -> None:
    """Place orders of ten lines of one to three units; nobody works on them."""
    async with house.sql() as sql:
        buyer_id = str(await sql.fetchval("SELECT id FROM customer WHERE username = $1", _BUYER))
        first = await sql.fetchval("SELECT count(*) FROM orders")
    random, products = Random(_SEED + first), _plan().products
    buyer = customer(_BUYER, HOME, read_cities())

    def order(number: int) -> dict[str, Any]:
        bought = random.sample(products, LINES)
        lines = tuple(Line(f"{n}", p.ref, random.randint(1, 3), p.price) for n, p in enumerate(bought))
        wanted = Order(f"S{number}", buyer, ORDERED_AT, lines)
        return order_input(wanted, buyer_id, site.connection.retailer_id)

    requests = [
        post("/graphql", site.token, {"query": CREATE, "variables": {"input": order(first + n)}}) for n in range(count)
    ]
    await hammer(site.port, requests, 2)
