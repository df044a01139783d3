"""Dry runs where the record alone would mislead: batches, what came before the time, what was never stored."""

from __future__ import annotations

import copy
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
from dry_runs import CUSTOMER, Played, agreed, dry_run, numbered, played, without
from histories import histories
from scripts import said
from stage import Stage

from penstock.history.replay import REFUSED
from penstock.orchestration import queue
from running import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from penstock.orchestration.records import PendingEvent
    from running import Running, Stored

pytest_plugins = ["worlds"]

ORDERS = "ORDER::HD"
MINUTE = timedelta(minutes=1)
_REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE check_violation; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON fulfilment FOR EACH ROW EXECUTE FUNCTION refuse();"""


@asynccontextmanager
async def in_one_batch(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let what is posted in this block be claimed together at its end."""

    async def nothing(*_: object, **__: object) -> tuple[list[PendingEvent], int]:
        return [], 0

    with monkeypatch.context() as patched:
        patched.setattr(queue, "claim", nothing)
        yield


async def test_a_promise_that_the_batch_refused_stays_refused(
    order_world: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(shop: Stage) -> None:
        await shop.buy("NO", ("JEANS", 1))  # so the record knows what becomes of what nobody has
        await shop.fill(MEL_01={"TSHIRT": 1})
        await shop.buy("R0", ("TSHIRT", 1))
        await shop.penstock.elapse(MINUTE)
        await shop.fill(DC_01={"TSHIRT": 3, "JEANS": 5})
        await said(shop, "OrderCancel", "ORDER", "R0")
        await shop.penstock.elapse(MINUTE)
        async with in_one_batch(monkeypatch):
            for ref in ("R1", "R2"):
                await shop.place(ref, ("TSHIRT", 2), ("JEANS", 1))
        await shop.penstock.settle()
        await shop.penstock.elapse(MINUTE)

    async with played(order_world, script, ORDERS, numbered) as record:
        report = await agreed(order_world, record, script, ORDERS, without("OrderCancel"))
    assert {"R0", "R2"} <= {tree.ref for tree in report.otherwise}


async def _halfway(penstock: Running, shop: Stage, version: str, *gone: str) -> None:
    """Install the workflow in another version, some rulesets of it taken out, between two minutes."""
    document = numbered(copy.deepcopy(penstock.workflow(ORDERS)), version)
    for name in gone:
        document = without(name)(document)
    await penstock.elapse(MINUTE)
    await shop.penstock.install(document)
    await penstock.elapse(MINUTE)


async def test_what_was_in_stock_before_the_time_says_nothing(order_world: Stored) -> None:
    stored = await order_world.copy()
    async with running(stored) as penstock:
        good = numbered(copy.deepcopy(penstock.workflow(ORDERS)), "1.3")
        shop = Stage(penstock, CUSTOMER)
        await shop.fill(DC_01={"TSHIRT": 5})
        for ref, units in (("R1", 1), ("R2", 4)):
            await shop.buy(ref, ("TSHIRT", units))
        await _halfway(penstock, shop, "1.2", "SearchInventoryAtLocations")
        moment = penstock.clock.now()
        await said(shop, "Unheard", "ORDER", "R1")  # its history is read, that of R2 is not
        await shop.buy("R3", ("TSHIRT", 2))
        until = penstock.clock.now()
    report = await dry_run(Played(stored, good, until), good, since=moment)
    await stored.drop()
    assert report.otherwise == []
    assert [(u.ref, u.why.startswith("not recorded: StockAt(")) for u in report.unknown if u.direct] == [("R3", True)]


async def test_rows_that_were_never_stored_lend_nobody_their_ids(order_world: Stored) -> None:
    stored = await order_world.copy()
    async with running(stored) as penstock:
        good = numbered(copy.deepcopy(penstock.workflow(ORDERS)), "1.2")
        shop = Stage(penstock, CUSTOMER)
        await shop.fill(SYD_01={"TSHIRT": 5})
        connection = await asyncpg.connect(stored.account)
        await connection.execute(_REFUSE)
        await shop.buy("R1", ("TSHIRT", 1))
        await connection.execute("DROP FUNCTION refuse() CASCADE")
        await connection.close()
        assert await shop.fulfilments("R1") == []
        await _halfway(penstock, shop, "1.2")
        moment = penstock.clock.now()
        await said(shop, "CREATE", "ORDER", "R1")
        assert len(await shop.fulfilments("R1")) == 1
        await said(shop, "OrderCancel", "ORDER", "R1")
        until = penstock.clock.now()
    report = await dry_run(Played(stored, good, until), good, since=moment)
    async with histories(stored) as house:
        replayed = await house.replay(await house.subject("ORDER", "R1"))
    await stored.drop()
    assert (report.otherwise, report.unknown) == ([], [])
    assert report.same == 1
    assert [(s.difference, s.notes) for s in replayed.steps] == [(None, [REFUSED]), (None, []), (None, [])]
