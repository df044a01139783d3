"""Dry runs of workflows of catalogues: stock ends as it does where the change was really deployed."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
from dry_runs import (
    agreed,
    changes_nothing,
    compared,
    deployed_halfway,
    numbered,
    played,
    without,
    without_rule,
    without_unknown,
)
from scripts import play_stock

from running import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from dry_runs import Played

    from running import Node, Stored

    Change = Callable[[Node], Node]

pytest_plugins = ["worlds"]

INVENTORY, PRODUCTS, VIRTUAL = "INVENTORY_CATALOGUE::DEFAULT", "PRODUCT_CATALOGUE::MASTER", "VIRTUAL_CATALOGUE::BASE"

POSITION = "INVENTORY_POSITION"


@pytest.fixture(scope="module")
async def record(order_world: Stored) -> AsyncIterator[Played]:
    """Return the world that was recorded."""
    async with played(order_world, play_stock, INVENTORY, numbered) as world:
        yield world


def ruleset(document: Node, name: str, type_: str) -> Node:
    return next(r for r in document["rulesets"] if (r["name"], r["type"]) == (name, type_))


def prop(name: str, type_: str, prop: str, value: object) -> Change:
    """Give the first rule of such a ruleset that has a property, else the first one, another value of it."""

    def change(document: Node) -> Node:
        rules = [r for s in document["rulesets"] if (s["name"], s["type"]) == (name, type_) for r in s["rules"]]
        next((r for r in rules if prop in r["props"]), rules[0])["props"][prop] = value
        return document

    return change


def stale(document: Node) -> Node:
    """Let a position be closed when nobody has counted it for some time."""
    counted = ruleset(document, "BatchInventoryPositionUpdate", POSITION)
    rule = counted["rules"][0]["name"].partition(".")[0]
    counted["rules"].append({"name": f"{rule}.core.ScheduleEvent", "props": {"eventName": "Stale", "delay": 5_000}})
    closed = copy.deepcopy(ruleset(document, "DeactivateInventoryPosition", POSITION))
    closed |= {"name": "Stale", "triggers": []}
    closed["rules"] = [
        {"name": f"{rule}.core.SetState", "props": {"status": "STALE"}},
        {"name": f"{rule}.core.SendEvent", "props": {"eventName": "NotifyVirtualCatalogues"}},
    ]
    document["rulesets"].append(closed)
    return document


def checked(document: Node) -> Node:
    """Mark virtual positions that were computed anew."""
    updated = ruleset(document, "UpdateVirtualPosition", "VIRTUAL_POSITION")
    rule = updated["rules"][0]["name"].partition(".")[0]
    updated["rules"].append({"name": f"{rule}.core.SetState", "props": {"status": "CHECKED"}})
    return document


CHANGES: list[tuple[str, str, Change]] = [
    ("what a count includes goes on counting", INVENTORY, without("DeactivateRelatedInventoryQuantities")),
    ("promises are not given back", INVENTORY, without("CancelInventory")),
    ("a pick is not booked", INVENTORY, without_rule("ConfirmInventory", "ApplyFulfilmentInventoryUpdate")),
    ("deltas are not stored", INVENTORY, without("CreateInventoryDelta")),
    ("deltas are not looked at", INVENTORY, without("INVENTORY_DELTA")),
    ("what clients store does not count", INVENTORY, prop("CREATE", "INVENTORY_QUANTITY", "status", "INACTIVE")),
    ("a new timer closes positions", INVENTORY, stale),
    (
        "closed positions are named otherwise",
        INVENTORY,
        prop("DeactivateInventoryPosition", POSITION, "status", "SHUT"),
    ),
    ("another status of products", PRODUCTS, prop("DeactivateProduct", "PRODUCT", "status", "ARCHIVED")),
    ("products stay in sale", PRODUCTS, without("DeactivateProduct")),
    ("virtual positions are marked", VIRTUAL, checked),
]


@pytest.mark.parametrize(("name", "change"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
async def test_a_dry_run_finds_what_really_becomes_of_stock(
    order_world: Stored, record: Played, name: str, change: Change
) -> None:
    report = await agreed(order_world, record, play_stock, name, change)
    assert all(tree.why and tree.at for tree in report.otherwise)


ASKED: list[tuple[str, Change, str]] = [
    (
        "another sum",
        prop("CalculateOnHand", POSITION, "filterTypes", ["LAST_ON_HAND", "RESERVED", "SALE", "CORRECTION"]),
        "not recorded: LedgerSum(position_id=",
    ),
    (
        "a count includes promises",
        prop("DeactivateRelatedInventoryQuantities", POSITION, "types", ["SALE", "DELTA", "CORRECTION", "RESERVED"]),
        'not recorded: Matching(entity="InventoryQuantity", where=[["position_id",',
    ),
]


@pytest.mark.parametrize(("change", "asked"), [c[1:] for c in ASKED], ids=[c[0] for c in ASKED])
async def test_what_nobody_recorded_about_stock_is_said(
    order_world: Stored, record: Played, change: Change, asked: str
) -> None:
    async with played(order_world, play_stock, INVENTORY, lambda d: change(numbered(d, "1.2"))) as real:
        report, told, really = await compared(record, real)
    direct = [u for u in report.unknown if u.direct]
    assert {u.entity_type for u in direct} == {POSITION}
    assert all(u.why.startswith(asked) for u in direct), direct
    assert told == without_unknown(report, really)


async def test_the_same_workflows_would_change_nothing_in_stock(record: Played) -> None:
    async with running(record.stored) as penstock:
        documents = [record.document, penstock.workflow(PRODUCTS), penstock.workflow(VIRTUAL)]
    trees = [await changes_nothing(record, document, (10, 45), (20, 70), (62, 240)) for document in documents]
    assert trees == [4, 3, 4]


@pytest.mark.parametrize(("name", "change"), [c[1:] for c in CHANGES[::3]], ids=[c[0] for c in CHANGES[::3]])
async def test_what_is_deployed_in_the_middle_of_a_day_is_found_from_there_on(
    order_world: Stored, record: Played, name: str, change: Change
) -> None:
    async with running(record.stored) as penstock:
        first, then = (numbered(penstock.workflow(name), version) for version in ("1.1", "1.2"))
    async with deployed_halfway(order_world, play_stock, first, change(then)) as (real, moment):
        report, told, really = await compared(record, real, since=moment)
    assert told == without_unknown(report, really)
    assert report.unknown == []
