"""Dry runs of days on which stock runs out: what one order would have got decides what others are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from dry_runs import agreed, changes_nothing, compared, deployed_halfway, numbered, played, without, without_rule
from scripts import play_scarce

from running import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from dry_runs import Played

    from running import Node, Stored

    Change = Callable[[Node], Node]

pytest_plugins = ["worlds"]

ORDERS, INVENTORY = "ORDER::HD", "INVENTORY_CATALOGUE::DEFAULT"


@pytest.fixture(scope="module")
async def record(order_world: Stored) -> AsyncIterator[Played]:
    """Return the world that was recorded."""
    async with played(order_world, play_scarce, ORDERS, numbered) as world:
        yield world


def one_parcel(document: Node) -> Node:
    """Let orders be split no more."""
    for rule in (r for s in document["rulesets"] for r in s["rules"]):
        if "maxSplitLimit" in rule["props"]:
            rule["props"]["maxSplitLimit"] = "0"
    return document


def only(*types: str) -> Change:
    """Let some types of locations send, and no others."""

    def change(document: Node) -> Node:
        far = next(r for r in document["rulesets"] if r["name"] == "CalculateLocationsDistances")
        own = far["rules"][0]
        account = own["name"].partition(".")[0]
        narrowed = {**far, "name": "OnlyTypes"}
        props = {"eventName": own["props"]["eventName"], "type": list(types)}
        narrowed["rules"] = [{"name": f"{account}.order.FilterLocationsByType", "props": props}]
        own["props"]["eventName"] = "OnlyTypes"
        document["rulesets"].append(narrowed)
        return document

    return change


CHANGES: list[tuple[str, str, Change]] = [
    ("no splits", ORDERS, one_parcel),
    ("only warehouses", ORDERS, only("WAREHOUSE")),
    ("only stores", ORDERS, only("STORE")),
    ("cancelling removed", ORDERS, without("OrderCancel")),
    ("nothing is given back", ORDERS, without_rule("CancelFulfilment", "SendEventToUpdateInventoryQuantity")),
    ("nothing expires", ORDERS, without("FulfilmentExpiry")),
    ("deltas are not stored", INVENTORY, without("CreateInventoryDelta")),
    ("promises are not given back", INVENTORY, without("CancelInventory")),
    ("a count includes nothing", INVENTORY, without("BatchInventoryPositionUpdate")),
]


@pytest.mark.parametrize(("name", "change"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
async def test_a_dry_run_finds_who_would_have_got_what(
    order_world: Stored, record: Played, name: str, change: Change
) -> None:
    await agreed(order_world, record, play_scarce, name, change)


async def test_the_same_workflows_would_change_nothing(record: Played) -> None:
    async with running(record.stored) as penstock:
        documents = [record.document, penstock.workflow(INVENTORY)]
    for document in documents:
        await changes_nothing(record, document, (2, 34), (33, 70))


@pytest.mark.parametrize(("name", "change"), [c[1:] for c in CHANGES[2::2]], ids=[c[0] for c in CHANGES[2::2]])
async def test_what_is_deployed_in_the_middle_of_a_day_is_found_from_there_on(
    order_world: Stored, record: Played, name: str, change: Change
) -> None:
    async with running(record.stored) as penstock:
        first, then = (numbered(penstock.workflow(name), version) for version in ("1.1", "1.2"))
    async with deployed_halfway(order_world, play_scarce, first, change(then)) as (real, moment):
        report, told, really = await compared(record, real, since=moment)
    assert report.unknown == []
    # Virtual positions to which nothing happened since then are not told: they show what their positions have.
    assert told == {d for d in really if d[0] != "virtual_position" or d in told}
    assert told
