"""Spec 23 §2: batch pre-processing, which leaves out what would change nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
from floor import wave_and_pick
from stockloads import changes_of, completed, count, counters, loaded, open_job, send, settings_known
from test_23_loads import count_types

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

SKIP = {"preprocessing": "skip"}
ABSENT = object()
# Setting of the account, setting of the retailer, meta of the job -> whether an identical record becomes an event.
SWITCH: list[tuple[str | None, str | None, object, bool]] = [
    (None, None, ABSENT, False),
    ("true", None, ABSENT, False),
    ("true", None, {}, False),
    ("true", None, None, False),
    ("true", None, {"preprocessing": "other"}, False),
    ("true", None, SKIP, True),
    ("false", None, ABSENT, True),
    ("false", None, SKIP, True),
    ("true", "false", ABSENT, True),
]


async def events_by(stock: Stage, *records: Node, **more: Any) -> int:
    """Send a batch, settle, and return how many of its records became events."""
    before = await changes_of(stock)
    await loaded(stock, *records, **more)
    return await changes_of(stock) - before


async def test_bpp_01_unchanged_is_skipped(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    before = await stock.position("A", "S1")
    await stock.penstock.advance(timedelta(minutes=1))
    known = await changes_of(stock)
    batch = await loaded(stock, count("A", "S1", 10))
    assert (batch["status"], counters(batch)) == ("COMPLETE", (1, 1, 1, 0))
    assert await changes_of(stock) == known
    assert await stock.position("A", "S1") == before  # and so its quantity's updatedOn


async def test_bpp_02_unchanged_but_a_sale_is_open(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    await stock.buy("O1", ("A", 2))
    await wave_and_pick(stock, "S1", A=2)
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 10", "SALE -2"]
    assert await stock.on_hand("A", "S1") == 8
    assert await events_by(stock, count("A", "S1", 10)) == 1
    assert "SALE -2" in await stock.ledger("A", "S1", "INACTIVE")
    assert await stock.on_hand("A", "S1") == 10


async def test_bpp_03_unchanged_with_only_a_reservation(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    await stock.buy("O1", ("A", 2))
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 10", "RESERVED -2"]
    assert await events_by(stock, count("A", "S1", 10)) == 0
    assert await stock.on_hand("A", "S1") == 8


async def test_bpp_04_duplicates_in_one_batch(stock: Stage) -> None:
    await stock.load("A", "S1", 30)
    assert await events_by(stock, *(count("A", "S1", n) for n in (40, 35, 38))) == 1
    assert await stock.on_hand("A", "S1") == 38


async def test_bpp_05_duplicates_with_skip(stock: Stage) -> None:
    await stock.load("A", "S1", 30)
    assert await events_by(stock, *(count("A", "S1", n) for n in (40, 35, 38)), meta=SKIP) == 3
    assert await stock.on_hand("A", "S1") == 38
    position = await stock.position("A", "S1")
    assert position is not None
    assert [(q["type"], q["quantity"]) for q in position["quantities"]] == [("LAST_ON_HAND", 38)]


async def test_bpp_06_duplicate_over_two_queued_batches(stock: Stage) -> None:
    await stock.load("A", "S1", 30)
    client = stock.penstock.client
    job = await open_job(client, stock.retailer, {})
    # Batches of a retailer are processed in their order: behind the first one, which cannot end, two wait.
    connection = await asyncpg.connect(stock.penstock.stored.account)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE batch_result IN SHARE MODE")
            waiting = [
                await send(client, job, [count("A", place, n)]) for place, n in (("S2", 5), ("S1", 40), ("S1", 30))
            ]
            seen = [(await client.call("GET", f"/api/v4.1/job/{job}/batch/{id_}"))[1]["status"] for id_ in waiting[1:]]
            assert seen == ["PENDING", "PENDING"]
    finally:
        await connection.close()
    assert [(await completed(client, job, batch))["status"] for batch in waiting] == ["COMPLETE"] * 3
    await stock.penstock.settle()
    assert await stock.on_hand("A", "S1") == 30


async def test_bpp_07_switch_table(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    for account, retailer, meta, becomes_event in SWITCH:
        await _switch(stock, "ACCOUNT", 0, account)
        await _switch(stock, "RETAILER", int(stock.retailer), retailer)
        await settings_known(stock)
        before = await changes_of(stock)
        job = await _job(stock, meta)
        await completed(stock.penstock.client, job, await send(stock.penstock.client, job, [count("A", "S1", 10)]))
        await stock.penstock.settle()
        assert (await changes_of(stock) - before == 1) is becomes_event, (account, retailer, meta)
        assert await stock.on_hand("A", "S1") == 10


_NAME = "fc.enable.batch.preprocessing"
_KNOWN = """query ($name: [String], $context: [String!]) {
  settings(name: $name, context: $context) { edges { node { id value } } } }"""


async def _switch(stock: Stage, context: str, id_: int, value: str | None) -> None:
    """Set the setting in a context, or change it."""
    if value is None:
        return
    found = (await stock.penstock.client.graphql(_KNOWN, name=[_NAME], context=[context]))["settings"]["edges"]
    if not found:
        await stock.set(_NAME, value, context=context, context_id=id_)
    else:
        update = "mutation ($input: UpdateSettingInput) { updateSetting(input: $input) { id } }"
        about = {"context": context, "contextId": id_, "valueType": "STRING", "value": value}
        await stock.graphql(update, id=found[0]["node"]["id"], **about)


async def _job(stock: Stage, meta: object) -> str:
    """Open a job with or without ``meta``."""
    given = {"name": "stock", "retailerId": stock.retailer} | ({} if meta is ABSENT else {"meta": meta})
    status, body = await stock.penstock.client.call("POST", "/api/v4.1/job", given)
    assert status == 200, body
    return str(body["id"])


async def test_bpp_08_transient_list_override(stock: Stage) -> None:
    await count_types(stock, "LOAN")
    await stock.load("A", "S1", 10)
    await loaded(stock, count("A", "S1", -1, type="LOAN"))
    assert await stock.on_hand("A", "S1") == 9
    assert await events_by(stock, count("A", "S1", 10)) == 0
    transient = [{"type": type_, "status": "ACTIVE"} for type_ in ("SALE", "CORRECTION", "DELTA", "LOAN")]
    conditions = {"hasRelatedInventoryQuantities": transient}
    assert await events_by(stock, count("A", "S1", 10), conditions=conditions) == 1
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 10", "LOAN -1"]
    assert await stock.on_hand("A", "S1") == 9
