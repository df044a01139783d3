"""Spec 23 §11: what profiles plan, stock and need on the left, fulfilments on the right (spec 22 §13)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from test_23_profiles import Json, buy, install, profile, strategy, when

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

Stock = dict[str, dict[str, int]]
CAPACITY = {"S1": (20, 18), "S2": (10, 2), "S3": (10, 10), "W1": (500, 100), "W2": (500, 450)}  # a day's, and used

KILOMETRES = {"valueUnit": "kilometres"}
BANDS = {"locationDistanceBanded": {"value": [50, 200], **KILOMETRES}}
PRIORITY = {"networkPriority": {"value": ["NET_DC", "NET_METRO"]}}
EXCLUSIONS = {
    "locationTypeExclusion": {"value": ["WAREHOUSE"]},
    "locationDistanceExclusion": {"value": 50, **KILOMETRES},
}


def nearest(ref: str = "NEAREST", **more: Any) -> Json:
    return strategy(ref, "locationDistance", **more)


def valuable(max_split: int) -> Json:
    return strategy("VALUE", "orderValue", "locationDistance", maxSplit=max_split)


NEVER = [when("ref", "equals", "no order has this ref")]
METRO = nearest("METRO", network={"ref": "NET_METRO"}, maxSplit=0)
BY_NETWORK = strategy("S", "networkPriority", "locationDistance", maxSplit=0, params=PRIORITY)
GREEDY: Stock = {"S1": {"A": 1, "B": 1}, "S2": {"A": 2}, "S3": {"B": 2}}
TWO: Stock = {"S1": {"A": 2}, "S2": {"B": 1}}
EITHER: Stock = {**TWO, "W1": {"A": 2, "B": 1}}
DC_FIRST = (strategy("DC", network={"ref": "NET_DC"}), strategy("AU"))


@dataclass(frozen=True)
class Case:
    """A profile, the stock, a need, and the plan that has to come out."""

    number: str
    strategies: tuple[Json, ...]
    stock: Stock
    need: dict[str, int]
    plan: list[str]
    fallback: tuple[Json, ...] = ()
    more: Json = field(default_factory=dict)


CASES = [
    Case("PRO-01", (nearest(maxSplit=0),), {"S1": {"A": 1}, "S2": {"A": 5}, "W1": {"A": 100}}, {"A": 2}, ["S2[A2]"]),
    Case("PRO-02", (nearest(maxSplit=1),), TWO, {"A": 2, "B": 1}, ["S1[A2]", "S2[B1]"]),
    Case(
        "PRO-02 complete",
        (nearest(maxSplit=1),),
        {**TWO, "W1": {"A": 10, "B": 10}},
        {"A": 2, "B": 1},
        ["W1[A2,B1]"],
    ),
    Case(
        "PRO-03",
        (strategy("S", "inventoryAvailability", "locationDistance", maxSplit=2),),
        {"S1": {"A": 1}, "S2": {"A": 3}, "S3": {"A": 3}, "W1": {"A": 2}},
        {"A": 4},
        ["S2[A3]", "S1[A1]"],
    ),
    Case(
        "PRO-04",
        (strategy("S", "locationDistanceBanded", "inventoryAvailability", maxSplit=2, params=BANDS),),
        {"S1": {"A": 1}, "S2": {"A": 3}, "S3": {"A": 2, "B": 1}, "W2": {"B": 5}},
        {"A": 3, "B": 1},
        ["S2[A3]", "S3[B1]"],
    ),
    Case("PRO-05", (BY_NETWORK,), {"S1": {"A": 9}, "W1": {"A": 9}, "W2": {"A": 9}}, {"A": 1}, ["W1[A1]"]),
    Case("PRO-05 stores", (BY_NETWORK,), {"S1": {"A": 9}, "S3": {"A": 9}}, {"A": 1}, ["S1[A1]"]),
    Case(
        "PRO-06",
        (strategy("S", *EXCLUSIONS, "locationDistance", maxSplit=1, params=EXCLUSIONS),),
        {"S1": {"A": 1}, "S2": {"A": 1}, "S3": {"A": 2}, "W1": {"A": 50}},
        {"A": 2},
        ["S1[A1]", "S2[A1]"],
    ),
    Case(
        "PRO-07",
        (nearest(maxSplit=1),),
        {"S1": {"A": 1}, "S2": {"B": 1}, "W1": {"C": 1}},
        {"A": 1, "B": 1, "C": 1},
        ["W1[C1]", "S2[B1]", "RJT_1[A1]"],
        fallback=(valuable(1),),
    ),
    Case("PRO-09", (nearest(maxSplit=1),), GREEDY, {"A": 2, "B": 2}, ["RJT_1[A2,B2]"]),
    Case(
        "PRO-09 fallback",
        (nearest(maxSplit=1),),
        GREEDY,
        {"A": 2, "B": 2},
        ["S3[B2]", "S2[A2]"],
        fallback=(valuable(1),),
    ),
    Case("PRO-09 split", (nearest(maxSplit=2),), GREEDY, {"A": 2, "B": 2}, ["S1[A1,B1]", "S2[A1]", "S3[B1]"]),
    Case("PRO-10", (METRO, nearest("AU", maxSplit=1)), EITHER, {"A": 2, "B": 1}, ["W1[A2,B1]"]),
    Case(
        "PRO-10 inactive",
        (METRO, nearest("AU", maxSplit=1, status="INACTIVE")),
        EITHER,
        {"A": 2, "B": 1},
        ["RJT_1[A2,B1]"],
    ),
    Case(
        "PRO-11",
        (nearest(sourcingConditions=NEVER),),
        {"S1": {"A": 1}},
        {"A": 1},
        ["RJT_1[A1]"],
        fallback=DC_FIRST,
    ),
    Case(
        "PRO-11 condition",
        (nearest(sourcingConditions=NEVER),),
        {"S1": {"A": 1}},
        {"A": 1},
        ["S1[A1]"],
        fallback=({**DC_FIRST[0], "sourcingConditions": NEVER}, DC_FIRST[1]),
    ),
    Case("PRO-17", (nearest(),), TWO, {"A": 2, "B": 1}, ["RJT_1[A2,B1]"], more={"defaultMaxSplit": 0}),
    Case(
        "PRO-17 override",
        (nearest(maxSplit=1),),
        TWO,
        {"A": 2, "B": 1},
        ["S1[A2]", "S2[B1]"],
        more={"defaultMaxSplit": 0},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.number for case in CASES])
async def test_plan(stock: Stage, case: Case) -> None:
    await install(stock)
    await profile(stock, *case.strategies, fallback=case.fallback, **case.more)
    await stock.fill(**case.stock)
    assert await buy(stock, "O1", *case.need.items()) == case.plan
    for place, counts in case.stock.items():  # what is planned is promised, and nothing else
        for product, units in counts.items():
            taken = sum(int(n) for part in case.plan for n in re.findall(rf"^{place}\[.*{product}(\d)", part))
            assert await stock.on_hand(product, place) == units - taken


PAST: Json = {
    "name": "ORDER::PAST",
    "entityType": "ORDER",
    "entitySubtype": "PAST",
    "version": "1.0",
    "statuses": [{"name": "CREATED", "entityType": "ORDER", "category": "BOOKING"}],
    "rulesets": [],
}
AT_ONCE = 50  # mutations of one name that an operation may have


async def use(stage: Stage, place: str, capacity: int, used: int) -> None:
    """Give a location its daily capacity, and so many fulfilments of today."""
    id_ = await stage.location_id(place)
    await stage.update_location(id=id_, attributes=[{"name": "dailyCapacity", "type": "INTEGER", "value": capacity}])
    address = await _address(stage, place)
    given = {**await stage.order_input(f"PAST-{place}", ("C", 1)), "type": "PAST"}
    made = await stage.graphql("mutation ($input: CreateOrderInput) { createOrder(input: $input) { id } }", **given)
    about = f'type: "PAST", order: {{id: "{made["id"]}"}}, fromAddress: {{id: "{address}"}}'
    for first in range(0, used, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, used))
        parts = [f'f{n}: createFulfilment(input: {{ref: "{place}-{n}", {about}}}) {{ id }}' for n in numbers]
        await stage.penstock.client.graphql(f"mutation {{ {' '.join(parts)} }}")


async def _address(stage: Stage, place: str) -> str:
    found = await stage.penstock.client.graphql(
        "query ($ref: [String]) { locations(ref: $ref) { edges { node { primaryAddress { id } } } } }", ref=[place]
    )
    return str(found["locations"]["edges"][0]["node"]["primaryAddress"]["id"])


async def test_pro_08_daily_capacity(stock: Stage) -> None:
    await install(stock)
    await stock.penstock.install({**PAST, "retailerId": stock.retailer})
    criteria = ("locationDailyCapacity", "locationDistance")
    params = {"locationDailyCapacity": {"value": 1_000}}  # of locations that say nothing
    await profile(stock, strategy("S", *criteria, maxSplit=0, params=params))
    for place, (capacity, used) in CAPACITY.items():
        await use(stock, place, capacity, used)
    await stock.fill(**{place: {"A": 1} for place in CAPACITY})
    assert await buy(stock, "O1", ("A", 1)) == ["S2[A1]"]
    (entry,) = await stock.penstock.events(name="SourcingProfile", context__rootEntityRef="O1")
    rated = stock.values(entry)["rated"]
    ratings = {c["locationRef"]: c["ratings"][0] for c in rated["candidates"]}
    assert ratings == {"S1": 0.1, "S2": 0.8, "W1": 0.8, "W2": 0.1}
    assert rated["excluded"]["S3"] == "criterion locationDailyCapacity"
