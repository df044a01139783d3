"""Dry runs against what is real: the differences found are those of a world where the change was deployed."""

from __future__ import annotations

import copy
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from histories import histories
from scripts import STOCK, TABLES, Difference, between, ended, fulfilments, play, shared, text, told
from stage import Stage

from penstock.history.dryrun.loading import Wanted
from penstock.model.registry import MODEL
from running import START, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from penstock.history.dryrun.report import DryRunReport
    from running import Node, Stored

pytest_plugins = ["worlds"]

CUSTOMER = (-33.868, 151.209)
_TABLE = {e.name: e.table for e in MODEL.entities}


@dataclass
class Played:
    """A world in which the script was played, and its workflow of orders."""

    stored: Stored
    document: Node


@asynccontextmanager
async def played(world: Stored, change: Callable[[Node], Node]) -> AsyncIterator[Played]:
    """Deploy a change of the reference workflow in a fresh world, and play the script there."""
    stored = await world.copy()
    async with running(stored) as penstock:
        document = change(copy.deepcopy(penstock.workflow("ORDER::HD")))
        await penstock.install(document)
        await play(Stage(penstock, CUSTOMER))
    yield Played(stored, document)
    await stored.drop()


def timed(document: Node, seconds: int = 5_000, version: str = "1.1") -> Node:
    """Let orders be marked when they are not done after some time."""
    booked = next(r for r in document["rulesets"] if r["name"] == "ProcessOrder")
    rule = booked["rules"][0]["name"].rpartition(".")[0]
    booked["rules"].append({"name": f"{rule}.ScheduleEvent", "props": {"eventName": "Late", "delay": seconds}})
    marked = copy.deepcopy(next(r for r in document["rulesets"] if r["name"] == "FulfilmentAssigned"))
    marked |= {"name": "Late", "triggers": [{"status": "BOOKED"}, {"status": "PICK_PACK"}]}
    marked["rules"] = [{"name": f"{rule}.SetState", "props": {"status": "LATE"}}]
    document["rulesets"].append(marked)
    document["version"] = version
    return document


@pytest.fixture(scope="session")
async def record(order_world: Stored) -> AsyncIterator[Played]:
    """Return the world that was recorded: orders are marked late after 5,000 seconds."""
    async with played(order_world, timed) as world:
        yield world


def renamed(document: Node, before: str, after: str) -> Node:
    """Rename a status."""
    return dict(json.loads(json.dumps(document).replace(f'"{before}"', f'"{after}"')))


def done_is_finished(document: Node) -> Node:
    complete = next(r for r in document["rulesets"] if r["name"] == "OrderComplete")
    complete["rules"][0]["props"]["status"] = "FINISHED"
    return document


def without(name: str) -> Callable[[Node], Node]:
    def change(document: Node) -> Node:
        document["rulesets"] = [r for r in document["rulesets"] if r["name"] != name]
        return document

    return change


def positions(*named: str) -> set[str]:
    """Return the refs of positions of stock, and of what shows them, as in ``TSHIRT:SYD-01``."""
    return {*named, *(f"{ref}:DEFAULT" for ref in named)}


def without_rule(ruleset: str, rule: str) -> Callable[[Node], Node]:
    def change(document: Node) -> Node:
        for each in (r for r in document["rulesets"] if r["name"] == ruleset):
            each["rules"] = [r for r in each["rules"] if not r["name"].endswith(f".{rule}")]
        return document

    return change


def delayed(seconds: int) -> Callable[[Node], Node]:
    def change(document: Node) -> Node:
        rules = [rule for ruleset in document["rulesets"] for rule in ruleset["rules"]]
        next(r for r in rules if r["name"].endswith(".ScheduleEvent"))["props"]["delay"] = seconds
        return document

    return change


def another_network(document: Node) -> Node:
    search = next(r for r in document["rulesets"] if r["name"] == "GetLocationsForNetwork")
    search["rules"][0]["props"]["networkRef"] = "EXPRESS"
    return document


async def dry_run(record: Played, document: Node, **more: Any) -> DryRunReport:
    async with histories(record.stored) as house:
        wanted = Wanted(document, 1, START, START + timedelta(days=2), 20_000)
        return await house.dry_run(Wanted(**{**vars(wanted), **more}))


def found(report: DryRunReport, names: dict[str, str]) -> set[Difference]:
    """Return the differences that a dry run tells, in the form of those between two worlds.

    ``names`` are the refs of recorded fulfilments by id.
    """
    differences: set[Difference] = set()
    told_changes = [c for tree in report.otherwise for c in tree.differences]
    names = names | {c.id: str(c.ref) for c in told_changes if c.entity == "Fulfilment"}
    for c in told_changes:
        table = _TABLE[c.entity]
        if table in TABLES and c.ref is not None and (c.column is None or told(c.column)):
            whole = c.column is None
            before, after = (("row" if v else "-") if whole else text(v) for v in (c.before, c.after))
            differences.add((table, shared(c.ref, names), c.column, before, after))
    return differences


def without_unknown(report: DryRunReport, differences: set[Difference]) -> set[Difference]:
    """Return the differences of those of which a dry run says how they would end."""
    unknown = {u.ref for u in report.unknown}
    return {d for d in differences if owner(d) not in unknown}


def owner(difference: Difference) -> str:
    """Return the ref of the order, position or product that a row belongs to; refs begin with it."""
    table, ref, *_ = difference
    if table == "inventory_quantity":
        return ":".join(ref.split(":")[:3])
    return ref if table in STOCK else ref.split("-")[0]


CHANGES: list[tuple[str, Callable[[Node], Node], set[str]]] = [
    ("a status renamed", done_is_finished, set()),
    ("a ruleset removed", without("FulfilmentExpiry"), set()),
    ("a timer sooner", delayed(1_000), set()),
    # Not late when it expires, it would look for stock again.
    ("a timer later", delayed(500_000), {"P3", "P8", *positions("CAP:MEL-01", "JEANS:DC-01")}),
    # The store brings one too few, and the order looks for stock.
    ("cancelling removed", without("OrderCancel"), {"P5", *positions("TSHIRT:SYD-01")}),
    (
        "what was promised is not given back",
        without_rule("CancelFulfilment", "SendEventToUpdateInventoryQuantity"),
        set(),
    ),
    ("a status that others look for renamed", lambda d: renamed(d, "AWAITING_WAVE", "QUEUED"), set()),
]


@pytest.mark.parametrize(("change", "unknown"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
async def test_a_dry_run_finds_what_really_happens(
    order_world: Stored, record: Played, change: Callable[[Node], Node], unknown: set[str]
) -> None:
    async with played(order_world, lambda d: change(timed(d, version="1.2"))) as real:
        report, told_differences, really = await compared(record, real)
    assert {u.ref for u in report.unknown if u.entity_type != "LOCATION"} == unknown, report.unknown
    assert told_differences == without_unknown(report, really)
    assert told_differences
    assert all(tree.why and tree.at for tree in report.otherwise)


async def compared(record: Played, real: Played) -> tuple[DryRunReport, set[Difference], set[Difference]]:
    """Return what a dry run of the workflow of another world tells, its differences, and the real ones."""
    async with histories(record.stored) as house:
        before, names = await ended(house.database), await fulfilments(house.database)
    async with histories(real.stored) as house:
        after = await ended(house.database)
    report = await dry_run(record, real.document)
    return report, found(report, names), between(before, after)


async def test_what_nobody_recorded_is_said(record: Played) -> None:
    report = await dry_run(record, another_network(copy.deepcopy(record.document)))
    asked = {u.why for u in report.unknown if u.entity_type == "ORDER"}
    assert asked == {'not recorded: NetworkLocations(network_ref="EXPRESS")'}
    assert len(report.unknown) >= 7
    assert found(report, {}) == set()


async def test_the_same_workflow_would_change_nothing(record: Played) -> None:
    report = await dry_run(record, record.document)
    assert (report.otherwise, report.unknown, report.affected) == ([], [], [])
    assert report.trees == report.same == 8
    for begin, end in ((10, 45), (50, 240)):  # minutes; orders are in the middle of their lives then
        times = {"since": START + timedelta(minutes=begin), "until": START + timedelta(minutes=end)}
        part = await dry_run(record, record.document, **times)
        assert (part.otherwise, part.unknown, part.affected) == ([], [], [])
        assert 1 <= part.trees < 8
