"""Dry runs against what is real: the differences found are those of a world where the change was deployed."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from dry_runs import agreed, dry_run, found, played, without, without_rule
from scripts import play

from penstock.bootstrap import ACCOUNT
from penstock.workflows.documents import reference
from running import START

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from dry_runs import Played

    from running import Node, Stored

pytest_plugins = ["worlds"]


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
    async with played(order_world, play, "ORDER::HD", timed) as world:
        yield world


def renamed(document: Node, before: str, after: str) -> Node:
    """Rename a status."""
    return dict(json.loads(json.dumps(document).replace(f'"{before}"', f'"{after}"')))


def done_is_finished(document: Node) -> Node:
    complete = next(r for r in document["rulesets"] if r["name"] == "OrderComplete")
    complete["rules"][0]["props"]["status"] = "FINISHED"
    return document


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


CHANGES: list[tuple[str, Callable[[Node], Node]]] = [
    ("a status renamed", done_is_finished),
    ("a ruleset removed", without("FulfilmentExpiry")),
    ("a timer sooner", delayed(1_000)),
    # Not late when it expires, it would look for stock again.
    ("a timer later", delayed(500_000)),
    # The store brings one too few, and the order looks for stock.
    ("cancelling removed", without("OrderCancel")),
    ("what was promised is not given back", without_rule("CancelFulfilment", "SendEventToUpdateInventoryQuantity")),
    ("a status that others look for renamed", lambda d: renamed(d, "AWAITING_WAVE", "QUEUED")),
]


@pytest.mark.parametrize("change", [c[1] for c in CHANGES], ids=[c[0] for c in CHANGES])
async def test_a_dry_run_finds_what_really_happens(
    order_world: Stored, record: Played, change: Callable[[Node], Node]
) -> None:
    report = await agreed(order_world, record, play, "ORDER::HD", lambda d: change(timed(d, version="1.2")))
    assert all(tree.why and tree.at for tree in report.otherwise)


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


async def test_virtual_positions_show_what_was_promised_last(record: Played) -> None:
    """The database lets them follow a promise behind their last event, whatever their own workflow does."""
    document = next(d for d in reference(ACCOUNT, 1, {}) if d["name"] == "VIRTUAL_CATALOGUE::BASE")
    document["version"] = "1.1"
    report = await dry_run(record, without("UpdateVirtualPosition")(document))
    assert (report.otherwise, report.unknown, report.affected) == ([], [], [])
    assert report.trees == report.same == 3
