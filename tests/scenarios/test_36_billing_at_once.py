"""Billing of many orders of one customer at once: lanes that change the same account, and orders that others change."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import queries
from histories import histories
from stage import Stage

from billingflow import ACCOUNT, ORDER, TAX
from running import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from running import Stored

pytest_plugins = ["worlds"]

REFS = [f"W{n}" for n in range(8)]
PRICE = 50.0
_MEMOS = """
SELECT order_link->>'ref' AS order_ref, ref, status, (total_amount->>'amount')::float AS total,
  (total_balance->>'amount')::float AS balance FROM credit_memo ORDER BY id"""
_MOVED = "SELECT o.ref, t.type, t.total FROM financial_transaction t JOIN orders o ON o.id = t.order_id ORDER BY t.id"


@pytest.fixture
async def shop(order_world: Stored) -> AsyncIterator[Stage]:
    """Return a stage with the workflows of billing, where one customer has bought eight shirts and paid for them."""
    stored = await order_world.copy()
    async with running(stored) as penstock:
        made = Stage(penstock, (-33.868, 151.209))
        for document in (ORDER, ACCOUNT):
            await penstock.install({**document, "version": "1.9"})
        await made.set("DEFAULT_TAX_TYPE", TAX)
        await made.set("GST", 10)
        for ref in REFS:
            given = await made.order_input(ref, ("TSHIRT", 1))
            given["items"][0] |= {"price": PRICE, "currency": "AUD", "taxType": "GST"}
            await made.graphql(queries.CREATE_ORDER, **given, totalPrice=PRICE)
        await penstock.settle()
        paid = {"ref": "P1", "type": "PAYMENT", "amount": PRICE}
        await at_once(made, *(("PAYMENT_TRANSACTION", "ORDER", ref, paid) for ref in REFS))
        yield made
    await stored.drop()


async def at_once(shop: Stage, *events: tuple[str, str, str, dict[str, Any]]) -> None:
    """Post events over parallel connections, and settle."""
    await asyncio.gather(*(shop.penstock.post(*event) for event in events))
    await shop.penstock.settle()


async def in_turn(shop: Stage, *events: tuple[str, str, str, dict[str, Any]]) -> None:
    """Post events one after the other, as who waits for each answer does."""
    for event in events:
        await shop.penstock.post(*event)


async def rows(shop: Stage, sql: str) -> list[dict[str, Any]]:
    """Return what a query finds."""
    async with histories(shop.penstock.stored) as house:
        return [dict(record) for record in await house.database.fetch(sql)]


async def unchanged(shop: Stage, *orders: str) -> None:
    """Check that a replay of the orders and of the only account finds what was."""
    (account,) = await rows(shop, "SELECT ref FROM billing_account")
    async with histories(shop.penstock.stored) as house:
        for type_, ref in (("BILLING_ACCOUNT", account["ref"]), *(("ORDER", order) for order in orders)):
            done = await house.replay(await house.subject(type_, ref))
            assert done.ending is not None
            assert ([s.difference for s in done.steps if s.difference], done.ending.verdict) == ([], "EQUAL")


async def test_one_account_for_all_orders_that_ask_for_it_at_once(shop: Stage) -> None:
    for amount in (1.0, 2.0):
        await at_once(shop, *(("Appeasement", "ORDER", ref, {"amount": amount}) for ref in REFS))
    memos = await rows(shop, _MEMOS)
    assert sorted((m["order_ref"], m["total"]) for m in memos) == sorted((r, a) for r in REFS for a in (1.0, 2.0))
    assert {m["status"] for m in memos} == {"PENDING_APPROVAL"}
    await unchanged(shop, *REFS)


async def test_memos_and_refunds_while_account_and_orders_go_on(shop: Stage) -> None:
    names = ("OrderCancel", "RefundCancelledArticle", "Appeasement", "RefundCancelledArticle")
    given = {"amount": 3.0}
    await asyncio.gather(*(in_turn(shop, *((name, "ORDER", ref, given) for name in names)) for ref in REFS))
    await shop.penstock.settle()
    memos = await rows(shop, _MEMOS)
    assert sorted((m["order_ref"], m["total"]) for m in memos) == sorted((r, a) for r in REFS for a in (3.0, PRICE))
    cancelled = [m["ref"] for m in memos if m["total"] == PRICE]
    for name in ("ApproveCreditMemo", "RefundSuccess"):
        told = {"ref": name, "type": "AUTHORISATION", "amount": 1}
        others = (("PAYMENT_TRANSACTION", "ORDER", ref, told) for ref in REFS)
        await at_once(shop, *((name, "CREDIT_MEMO", ref, {}) for ref in cancelled), *others)
    ends = {(m["total"], m["status"], m["balance"]) for m in await rows(shop, _MEMOS)}
    assert ends == {(PRICE, "REFUNDED", 0.0), (3.0, "PENDING_APPROVAL", 3.0)}
    moved = await rows(shop, _MOVED)
    assert sorted(m["ref"] for m in moved if (m["type"], m["total"]) == ("REFUND", PRICE)) == REFS
    assert len(moved) == len(REFS) * 4
    await unchanged(shop, *REFS)


async def test_orders_are_revised_while_their_own_events_go_on(shop: Stage) -> None:
    wanted = {"revisedItems": [{"productRef": "CAP", "quantity": 1, "price": 25.0}]}
    told = [{"ref": f"A{n}", "type": "AUTHORISATION", "amount": 1} for n in range(3)]
    others = (("PAYMENT_TRANSACTION", "ORDER", ref, each) for each in told for ref in REFS)
    await at_once(shop, *(("OrderRevision", "ORDER", ref, wanted) for ref in REFS), *others)
    memos = await rows(shop, _MEMOS)
    assert sorted((m["order_ref"], m["total"]) for m in memos) == [(f"{ref}-R1", 25.0) for ref in REFS]
    assert len(await rows(shop, _MOVED)) == len(REFS) * 4
    await unchanged(shop, *REFS, *(f"{ref}-R1" for ref in REFS))
