"""Lanes over several workers: order within a lane, and an event that nothing survives (design §4.1)."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bench.proving.shop import Purchase
from standing import standing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.proving.house import House
    from bench.proving.shop import Shop

    from conftest import Stream

_FOLDERS = (str(Path(__file__).parent / "poison"), os.environ.get("PYTHONPATH", ""))
POISON = {"PYTHONPATH": os.pathsep.join(filter(None, _FOLDERS))}
RULES = ("Die", "Hang", "Sleep", "Mark", "Break", "Raise", "Nonsense", "Allocate", "Grow", "Flood")
FAILING = {  # in the worker itself, which goes on
    "Raise": "KeyError: 'colour'",
    "Nonsense": "a rule returns a list of actions, not 42",
    "Allocate": "MemoryError",
    "Grow": "MemoryError",
    "Flood": "a rule returns at most 10000 actions",
}
_MARKS = """
SELECT ref, (SELECT a->'value' FROM jsonb_array_elements(attributes) a WHERE a->>'name' = 'marks') AS marks
FROM orders WHERE ref LIKE $1"""
_NEWEST = "SELECT document FROM workflow WHERE name = 'ORDER::HD' ORDER BY major DESC, minor DESC LIMIT 1"
_ADD = """
INSERT INTO workflow (retailer_id, name, major, minor, document, created_on)
SELECT retailer_id, name, major, minor + 1, $1::text::jsonb, now() FROM workflow WHERE name = 'ORDER::HD'"""


@pytest.fixture(scope="module")
async def house_and_shop(
    postgres: str, templates: dict[Stream, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[House, Shop]]:
    async with standing(postgres, templates, tmp_path_factory.mktemp("lanes")) as (house, shop):
        document = json.loads(await house.value(_NEWEST))
        document["version"] = "1.1"
        document["rulesets"] += [_ruleset(name) for name in RULES]
        await house.database.execute(_ADD, json.dumps(document))
        house.worker()
        await shop.stock({"thing": 100})
        await house.quiet()
        await house.stop_workers()
        yield house, shop


def _ruleset(name: str) -> dict[str, Any]:
    rule = {"name": f"PENSTOCK.chaos.{name}", "props": {}}
    return {"name": name, "type": "ORDER", "eventType": "NORMAL", "triggers": [], "rules": [rule], "userActions": []}


async def _orders(house: House, shop: Shop, *refs: str) -> None:
    """Place orders, and wait until they are assigned."""
    await shop.sell([Purchase(ref, {"thing": 1}) for ref in refs])
    await house.quiet()


async def _marks(house: House, prefix: str) -> dict[str, list[int]]:
    rows = await house.database.fetch(_MARKS, f"{prefix}%")
    return {row["ref"]: json.loads(row["marks"]) for row in rows}


async def test_events_of_one_order_run_in_the_order_of_their_posting(house_and_shop: tuple[House, Shop]) -> None:
    house, shop = house_and_shop
    house.worker(**POISON)
    house.worker(**POISON)
    refs = [f"order-{n}" for n in range(6)]
    await _orders(house, shop, *refs)

    async def post_all(ref: str) -> None:
        for number in range(25):  # each over whatever connection is free
            await shop.send(ref, "Mark", mark=number)

    await asyncio.gather(*map(post_all, refs))
    await house.quiet()
    await house.stop_workers()
    assert await _marks(house, "order-") == {ref: list(range(25)) for ref in refs}


async def test_an_event_that_kills_its_worker_three_times_fails_and_its_lane_goes_on(
    house_and_shop: tuple[House, Shop],
) -> None:
    house, shop = house_and_shop
    house.worker(**POISON)
    others = [f"other-{n}" for n in range(20)]
    await _orders(house, shop, "bad-0", *others)
    for number in range(2):
        await asyncio.gather(*(shop.send(ref, "Mark", mark=number) for ref in ("bad-0", *others)))
        if not number:
            await shop.send("bad-0", "Die")
    deaths = await _respawning(house, -9, **POISON)
    await house.stop_workers()
    failed = await house.database.fetchrow("SELECT * FROM event WHERE name = 'Die'")
    assert failed is not None
    assert deaths == 3
    assert failed["status"] == "FAILED"
    assert "SIGKILL" in failed["failure"]
    assert await _marks(house, "bad-") == {"bad-0": [0, 1]}
    assert await _marks(house, "other-") == {ref: [0, 1] for ref in others}
    later = "SELECT done FROM event WHERE root_ref = 'bad-0' AND name = 'Mark' ORDER BY id DESC LIMIT 1"
    assert failed["done"] <= await house.value(later)


@pytest.mark.parametrize("rule", ["Hang", "Sleep"])
async def test_an_event_whose_rule_does_not_return_fails_and_its_lane_goes_on(
    house_and_shop: tuple[House, Shop], rule: str
) -> None:
    house, shop = house_and_shop
    ref, impatient = f"slow-{rule}", POISON | {"PENSTOCK_RULE_SECONDS": "2"}
    house.worker(**impatient)
    await _orders(house, shop, ref)
    await shop.send(ref, rule)
    await shop.send(ref, "Mark", mark=1)
    deaths = await _respawning(house, 1, **impatient)
    await house.stop_workers()
    failed = await house.database.fetchrow("SELECT * FROM event WHERE name = $1", rule)
    assert failed is not None
    assert deaths == 3
    assert failed["status"] == "FAILED"
    assert "it was not done after 2 s" in failed["failure"]
    assert await _marks(house, ref) == {ref: [1]}
    (entry,) = await _exceptions(house, rule)
    assert f"in rule PENSTOCK.chaos.{rule}" in entry["message"]


async def test_rules_that_do_what_none_should_fail_alone_in_a_worker_that_goes_on(
    house_and_shop: tuple[House, Shop],
) -> None:
    house, shop = house_and_shop
    worker = house.worker(**POISON, PENSTOCK_WORKER_MEMORY_MB="1024")
    others = [f"beside-{n}" for n in range(10)]
    await _orders(house, shop, "worst-0", *others)
    for name in FAILING:
        await shop.send("worst-0", name)
    await asyncio.gather(*(shop.send(ref, "Mark", mark=1) for ref in ("worst-0", *others)))
    await house.quiet()
    assert worker.code is None
    await house.stop_workers()
    assert await _marks(house, "beside-") == {ref: [1] for ref in others}
    assert await _marks(house, "worst-") == {"worst-0": [1]}
    for name, said in FAILING.items():
        (entry,) = await _exceptions(house, name)
        assert entry["rule"] == f"PENSTOCK.chaos.{name}"
        assert said in f"{entry['cause']}: {entry['message']}"


async def _exceptions(house: House, name: str) -> list[dict[str, Any]]:
    """Return what the audit says of failures of an event, by GET /event."""
    id_ = await house.value("SELECT id::text FROM event WHERE name = $1", name)
    found = await house.api.events({"context.sourceEvents": id_, "category": "exception"})
    return [{"rule": e["name"], **{a["name"]: a["value"] for a in e["attributes"]}} for e in found]


async def test_changes_that_the_database_refuses_fail_one_event_only(house_and_shop: tuple[House, Shop]) -> None:
    house, shop = house_and_shop
    worker = house.worker(**POISON)
    refs = [f"data-{n}" for n in range(8)]
    await _orders(house, shop, *refs)
    await worker.stop()
    house.workers.clear()
    await asyncio.gather(*(shop.send(ref, "Mark", mark=1) for ref in refs))
    await shop.send("data-3", "Break")
    await asyncio.gather(*(shop.send(ref, "Mark", mark=2) for ref in refs))
    worker = house.worker(**POISON)
    await house.quiet()
    assert worker.code is None
    await house.stop_workers()
    failed = await house.database.fetchrow("SELECT * FROM event WHERE name = 'Break'")
    assert failed is not None
    assert (failed["status"], failed["code"]) == ("FAILED", 422)
    assert await _marks(house, "data-") == {ref: [1, 2] for ref in refs}


# A write of this order's third mark takes as long as the server lets it.
_STALL = """
CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.ref = 'stuck-3' AND NEW.attributes @> '[{"name": "marks", "value": [1, 2]}]'
     AND NOT NEW.attributes @> '[{"name": "marks", "value": [3]}]' THEN PERFORM pg_sleep(60); END IF;
  RETURN NEW; END $$;
CREATE TRIGGER stall BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stall();"""


async def test_an_event_whose_statement_takes_too_long_fails_and_its_worker_goes_on(
    house_and_shop: tuple[House, Shop],
) -> None:
    house, shop = house_and_shop
    impatient = POISON | {"PENSTOCK_STATEMENT_TIMEOUT_MS": "1500"}
    worker = house.worker(**impatient)
    refs = [f"stuck-{n}" for n in range(8)]
    await _orders(house, shop, *refs)
    for number in range(1, 4):
        await asyncio.gather(*(shop.send(ref, "Mark", mark=number) for ref in refs))
        await house.quiet()
        if number == 1:
            await house.database.execute(_STALL)
    await house.database.execute("DROP FUNCTION stall CASCADE")
    assert worker.code is None
    await house.stop_workers()
    failed = await house.database.fetch("SELECT root_ref, failure FROM event WHERE name = 'Mark' AND status = 'FAILED'")
    assert [r["root_ref"] for r in failed if "statement timeout" in r["failure"]] == ["stuck-3"], failed
    assert await _marks(house, "stuck-") == {ref: [1, 3] if ref == "stuck-3" else [1, 2, 3] for ref in refs}


async def _respawning(house: House, code: int, **environment: str) -> int:
    """Start a new worker whenever one has ended with this code, until all is quiet; return how many did."""
    deaths = 0
    async with asyncio.timeout(150):
        while await house.pending():
            for worker in [w for w in house.workers if w.code is not None]:
                assert worker.code == code
                house.workers.remove(worker)
                house.worker(**environment)
                deaths += 1
            await asyncio.sleep(0.05)
    return deaths
