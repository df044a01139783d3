"""Dry runs against what is real: a changed workflow deployed in a world of its own, where the same script is played."""

from __future__ import annotations

import copy
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from histories import histories
from scripts import STOCK, TABLES, Difference, between, ended, fulfilments, shared, text, told
from stage import Stage

from penstock.history.dryrun.loading import Wanted
from penstock.model.registry import MODEL
from running import START, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from penstock.history.dryrun.report import DryRunReport
    from running import Node, Stored

CUSTOMER = (-33.868, 151.209)
_TABLE = {e.name: e.table for e in MODEL.entities}


@dataclass
class Played:
    """A world in which the script was played, and the workflow that was deployed there."""

    stored: Stored
    document: Node
    until: datetime


@asynccontextmanager
async def played(
    world: Stored, script: Callable[[Stage], Awaitable[None]], name: str, change: Callable[[Node], Node]
) -> AsyncIterator[Played]:
    """Deploy a change of a reference workflow in a fresh world, and play a script there."""
    stored = await world.copy()
    async with running(stored) as penstock:
        document = change(copy.deepcopy(penstock.workflow(name)))
        await penstock.install(document)
        await script(Stage(penstock, CUSTOMER))
        until = penstock.clock.now()
    yield Played(stored, document, until)
    await stored.drop()


def numbered(document: Node, version: str = "1.1") -> Node:
    """Give a workflow a version."""
    document["version"] = version
    return document


async def changes_nothing(record: Played, document: Node, *minutes: tuple[int, int]) -> int:
    """Check that the recorded workflow itself would change nothing in these parts of a day; return the trees of all."""
    for begin, end in ((0, 2_880), *minutes):
        times = {"since": START + timedelta(minutes=begin), "until": START + timedelta(minutes=end)}
        report = await dry_run(record, document, **times)
        assert (report.otherwise, report.unknown, report.affected) == ([], [], [])
        assert report.same == report.trees
    return (await dry_run(record, document)).trees


def without(name: str) -> Callable[[Node], Node]:
    def change(document: Node) -> Node:
        document["rulesets"] = [r for r in document["rulesets"] if r["name"] != name]
        return document

    return change


def without_rule(ruleset: str, rule: str) -> Callable[[Node], Node]:
    def change(document: Node) -> Node:
        for each in (r for r in document["rulesets"] if r["name"] == ruleset):
            each["rules"] = [r for r in each["rules"] if not r["name"].endswith(f".{rule}")]
        return document

    return change


async def dry_run(record: Played, document: Node, **more: Any) -> DryRunReport:
    async with histories(record.stored) as house:
        wanted = Wanted(document, 1, START, record.until, 20_000)
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


@asynccontextmanager
async def deployed_halfway(
    world: Stored, script: Callable[..., Awaitable[None]], first: Node, then: Node
) -> AsyncIterator[tuple[Played, datetime]]:
    """Play a script in a fresh world and deploy a changed workflow in the middle of it; yield when that was."""
    stored = await world.copy()
    moments: list[datetime] = []
    async with running(stored) as penstock:

        async def deploy() -> None:
            moments.append(penstock.clock.now())
            await penstock.install(then)

        await penstock.install(first)
        await script(Stage(penstock, CUSTOMER), deploy)
        until = penstock.clock.now()
    yield Played(stored, then, until), moments[0]
    await stored.drop()


async def agreed(
    world: Stored, record: Played, script: Callable[[Stage], Awaitable[None]], name: str, change: Callable[[Node], Node]
) -> DryRunReport:
    """Check that a dry run of a changed workflow tells what happens to a day that is played with it, and all of it."""
    async with played(world, script, name, lambda document: change(numbered(document, "1.2"))) as real:
        report, told, really = await compared(record, real)
    assert report.unknown == []
    assert told == really
    assert told
    return report


async def compared(record: Played, real: Played, **more: Any) -> tuple[DryRunReport, set[Difference], set[Difference]]:
    """Return what a dry run of the workflow of another world tells, its differences, and the real ones."""
    async with histories(record.stored) as house:
        before, names = await ended(house.database), await fulfilments(house.database)
    async with histories(real.stored) as house:
        after = await ended(house.database)
    report = await dry_run(record, real.document, **more)
    return report, found(report, names), between(before, after)
