"""Rules of uploaded plugins, executed again: in the version that ran, in a process; or as the record has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from bundles import GREET, deploy, ready_to_pack, stores, wheel
from dry_runs import Played, dry_run
from histories import histories
from stage import Stage

from running import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from penstock.history.service import Histories, Replayed
    from running import Node, Running, Stored

pytest_plugins = ["worlds"]

_BREAK = "UPDATE plugin SET content = 'nothing that could be imported'"


async def replayed(house: Histories, ref: str, type_: str) -> tuple[Replayed, list[str]]:
    done = await house.replay(await house.subject(type_, ref))
    return done, [s.difference.sentence() for s in done.steps if s.difference]


async def greeted(shop: Stage, times: str) -> Node:
    """Let a store greet by two versions of a bundle; return the workflow."""
    penstock = shop.penstock
    await shop.set("greeting", "welcome")
    document = await stores(penstock, Greet=[("PENSTOCK.loyalty.Greet", {"times": times})])
    for number in (1, 2):
        await deploy(penstock, wheel("loyalty", f"VERSION = {number}\n{GREET}", f"{number}.0.0"))
        await penstock.send("Greet", "LOCATION", "SYD-01")
    return document


async def packed(shop: Stage) -> None:
    """Let a bundle add a parcel to an order."""
    await ready_to_pack(shop)
    assert await shop.penstock.send("Pack", "ORDER", "WEB-1") == "SUCCESS"


@pytest.fixture(scope="module")
async def record(order_world: Stored) -> AsyncIterator[Played]:
    """Return a world in which two bundles were at work, one of them in two versions."""
    stored = await order_world.copy()
    async with running(stored) as penstock:
        shop = Stage(penstock, (-33.868, 151.209))
        document = await greeted(shop, "2")
        await packed(shop)
        assert await penstock.send("Greet", "LOCATION", "SYD-02") == "SUCCESS"
        until = penstock.clock.now()
    yield Played(stored, document, until)
    await stored.drop()


async def test_uploaded_rules_replay_in_the_versions_that_ran(record: Played) -> None:
    async with histories(record.stored) as house:
        for ref, type_ in (("SYD-01", "LOCATION"), ("SYD-02", "LOCATION"), ("WEB-1", "ORDER")):
            done, differences = await replayed(house, ref, type_)
            assert differences == []
            assert [note for step in done.steps for note in step.notes] == []
            assert done.ending is not None
            assert done.ending.verdict == "EQUAL", done.ending
    assert [a.ref for a in done.rows["article"].values()] == ["EXTRA"]


async def test_where_a_bundle_cannot_be_imported_the_record_stands_in(record: Played) -> None:
    stored = await record.stored.copy()
    async with histories(stored) as house:
        await house.database.execute(_BREAK)
        for ref, type_, rule in (("SYD-01", "LOCATION", "loyalty.Greet"), ("WEB-1", "ORDER", "tree.Pack")):
            done, differences = await replayed(house, ref, type_)
            assert differences == []
            notes = {note for step in done.steps for note in step.notes}
            assert len(notes) == 1, notes
            assert notes.pop().startswith(f"PENSTOCK.{rule} was not executed again, but did as recorded: ")
            assert done.ending is not None
            assert done.ending.verdict == "EQUAL", done.ending
        report = await dry_run(Played(stored, record.document, record.until), _times(record.document, "3"))
    told = {u.ref: u.why for u in report.unknown if u.direct}
    assert told.keys() == {"SYD-01", "SYD-02"}
    assert all(why.startswith("not recorded: what PENSTOCK.loyalty.Greet does: The plugin ") for why in told.values())
    await stored.drop()


def _times(document: Node, times: str) -> Node:
    changed: Node = json.loads(json.dumps(document))
    greeting = next(r for r in changed["rulesets"] if r["name"] == "Greet")
    greeting["rules"][0]["props"]["times"] = times
    changed["version"] = "1.2"
    return changed


async def test_a_dry_run_calls_uploaded_rules_and_finds_what_really_happens(
    order_world: Stored, record: Played
) -> None:
    report = await dry_run(record, _times(record.document, "3"))
    assert report.unknown == []
    told = {t.ref: t.differences for t in report.otherwise}
    assert told.keys() == {"SYD-01", "SYD-02"}
    real = await order_world.copy()
    async with running(real) as penstock:
        await greeted(Stage(penstock, (-33.868, 151.209)), "3")
        await penstock.send("Greet", "LOCATION", "SYD-02")
        for ref, (change,) in told.items():
            assert change.column == "attributes"
            assert change.after == await _attributes(penstock, str(ref))
            assert change.before != change.after
    await real.drop()


async def _attributes(penstock: Running, ref: str) -> Any:
    query = "query ($ref: [String!]) { locations(ref: $ref) { edges { node { attributes { name type value } } } } }"
    found = await penstock.client.graphql(query, ref=[ref])
    return found["locations"]["edges"][0]["node"]["attributes"]


async def test_a_changed_workflow_calls_what_is_active_now(record: Played) -> None:
    """Where a rule had not been called, no version of then matters: the workflow would go live with those of today."""
    changed: Node = json.loads(json.dumps(record.document))
    created = next(r for r in changed["rulesets"] if (r["name"], r["type"]) == ("CREATE", "LOCATION"))
    created["rules"].append({"name": "PENSTOCK.loyalty.Greet", "props": {"times": "2"}})
    report = await dry_run(record, changed)
    assert [u for u in report.unknown if u.direct] == []
    greeted = {t.ref: d.after[0]["value"] for t in report.otherwise for d in t.differences}
    assert greeted == dict.fromkeys(("MEL-01", "RJT_1"), '{"said": "welcome welcome", "version": 2}')
