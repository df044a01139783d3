"""Dry runs where rules make rows in other trees and change other roots: accounts, memos, revised orders, refunds."""

from __future__ import annotations

import copy
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import queries
from dry_runs import agreed, changes_nothing, dry_run, numbered, played, without, without_rule
from histories import histories
from scripts import between, said, text, told

from billingflow import ACCOUNT, ORDER, TAX
from penstock.model.registry import MODEL
from penstock.orchestration.trees import decode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from dry_runs import Played
    from scripts import Difference
    from stage import Stage

    from penstock.history.dryrun.report import DryRunReport
    from running import Node, Stored

    Change = Callable[[Node], Node]
    Script = Callable[[Stage], Awaitable[None]]

pytest_plugins = ["worlds"]

ORDERS = "ORDER::HD"
MINUTE = timedelta(minutes=1)
TABLES = ("orders", "billing_account", "credit_memo", "credit_memo_item", "financial_transaction", "payment")
ENTITY_TABLES = {e.name: e.table for e in MODEL.entities}
_MEMOS = "query { creditMemoes(first: 50) { edges { node { ref } } } }"


def order_flow(change: Change = lambda document: document) -> Node:
    return change(numbered(copy.deepcopy(ORDER), "1.9"))


def script(change: Change = lambda document: document) -> Script:
    """Return a day on which orders are credited, revised and cancelled, by a changed workflow of accounts."""

    async def play(shop: Stage) -> None:
        await shop.penstock.install(change(numbered(copy.deepcopy(ACCOUNT), "1.9")))
        await shop.set("DEFAULT_TAX_TYPE", TAX)
        await shop.set("GST", 10)
        for ref, price in (("W1", 50.0), ("W2", 60.0), ("W3", 70.0)):
            await sell(shop, ref, price)
        revised = {"revisedItems": [{"productRef": "CAP", "quantity": 1, "price": 25.0}]}
        for ref, name, attributes in (
            ("W1", "Appeasement", {"amount": 5.0}),
            ("W2", "OrderRevision", revised),
            ("W3", "OrderCancel", {}),
            ("W3", "RefundCancelledArticle", {}),
        ):
            await shop.penstock.elapse(MINUTE)
            await said(shop, name, "ORDER", ref, attributes)
        for name in ("ApproveCreditMemo", "RefundSuccess"):
            await shop.penstock.elapse(MINUTE)
            for edge in (await shop.penstock.client.graphql(_MEMOS))["creditMemoes"]["edges"]:
                await said(shop, name, "CREDIT_MEMO", edge["node"]["ref"])
        await said(shop, "Appeasement", "ORDER", "W3", {"amount": 1.0})

    return play


async def sell(shop: Stage, ref: str, price: float) -> None:
    """Sell a shirt, and capture its price."""
    given = await shop.order_input(ref, ("TSHIRT", 1))
    given["items"][0] |= {"price": price, "currency": "AUD", "taxType": "GST"}
    await shop.graphql(queries.CREATE_ORDER, **given, totalPrice=price)
    await shop.penstock.settle()
    paid = {"ref": f"{ref}-P", "type": "PAYMENT", "amount": price, "currency": "AUD"}
    await said(shop, "PAYMENT_TRANSACTION", "ORDER", ref, paid)


def appeased(document: Node) -> Node:
    ruleset = next(r for r in document["rulesets"] if r["name"] == "Appeasement")
    ruleset["rules"].insert(0, {"name": "PENSTOCK.core.SetState", "props": {"status": "APPEASED"}})
    return document


def of_goodwill(document: Node) -> Node:
    ruleset = next(r for r in document["rulesets"] if r["name"] == "ProcessCreditForAppeasement")
    ruleset["rules"][0]["props"]["creditMemoType"] = "GOODWILL"
    return document


@pytest.fixture(scope="module")
async def record(order_world: Stored) -> AsyncIterator[Played]:
    async with played(order_world, script(), ORDERS, lambda _: order_flow()) as world:
        yield world


async def test_the_same_workflows_change_nothing(record: Played) -> None:
    assert await changes_nothing(record, order_flow(), (0, 2), (2, 4), (3, 9)) == 4
    assert await changes_nothing(record, numbered(copy.deepcopy(ACCOUNT), "1.9"), (0, 2), (2, 4), (3, 9)) == 1


async def test_what_is_made_elsewhere_all_the_same_leaves_others_alone(order_world: Stored, record: Played) -> None:
    report = await agreed(order_world, record, script(), ORDERS, lambda _: order_flow(appeased))
    assert {tree.ref for tree in report.otherwise} == {"W1", "W3"}


async def test_an_account_that_goes_otherwise_leaves_orders_alone(order_world: Stored, record: Played) -> None:
    report, told_, really = await compared(order_world, record, ACCOUNT, of_goodwill)
    assert (report.unknown, told_) == ([], really)
    assert told_ == {("credit_memo", ref, "type", '"CREDIT"', '"GOODWILL"') for ref in ("CM-W1", "CM-W3")}


UNKNOWN: dict[str, tuple[Node, Change, set[str]]] = {
    "no memo for what was cancelled": (
        ORDER,
        without_rule("RefundCancelledArticle", "CreateCreditMemoForOrder"),
        {"BA", "W3"},
    ),
    "no account for appeasements": (ORDER, without("Appeasement"), {"BA", "W1"}),
    "no revision": (ORDER, without("OrderRevision"), {"BA", "W2", "W2-R1"}),
    "no memo for what is cheaper": (
        ACCOUNT,
        without_rule("ProcessCreditForRevisedOrder", "CreateCreditMemoForRevisedOrder"),
        {"BA", "W2"},
    ),
    "refunds are not noted": (ACCOUNT, without_rule("RefundSuccess", "RecordRefund"), {"BA", "W1", "W2", "W3"}),
}


@pytest.mark.parametrize(("flow", "change", "unknown"), [*UNKNOWN.values()], ids=[*UNKNOWN])
async def test_whose_tree_is_changed_otherwise_is_unknown(
    order_world: Stored, record: Played, flow: Node, change: Change, unknown: set[str]
) -> None:
    report, told_, really = await compared(order_world, record, flow, change)
    found = {(u.ref or "").removesuffix("-1-ana") for u in report.unknown}
    assert found >= unknown
    assert told_ == {d for d in really if owner(d) not in found}
    assert really - told_
    assert {u.why for u in report.unknown if u.why.endswith("would have changed it otherwise")}


async def compared(
    world: Stored, record: Played, flow: Node, change: Change
) -> tuple[DryRunReport, set[Difference], set[Difference]]:
    """Return what a dry run of a changed workflow tells, its differences, and the real ones."""
    accounts, orders = (change, lambda d: d) if flow is ACCOUNT else (lambda d: d, change)
    async with played(world, script(accounts), ORDERS, lambda _: order_flow(orders)) as real:
        after = await ended(real.stored)
    report = await dry_run(record, change(numbered(copy.deepcopy(flow), "1.9")))
    return report, found(report), between(await ended(record.stored), after)


async def ended(stored: Stored) -> dict[tuple[str, str], Any]:
    """Return the rows of orders and accounts, by table and ref."""
    rows = {}
    async with histories(stored) as house:
        for table in TABLES:
            for record in await house.database.fetch(f"SELECT row_to_json(t)::text AS body FROM {table} t"):
                row = decode(table, record["body"])
                row.ref = shared(row.ref)
                rows[table, row.ref] = row
    return rows


def found(report: DryRunReport) -> set[Difference]:
    """Return the differences that a dry run tells."""
    differences: set[Difference] = set()
    for c in (c for tree in report.otherwise for c in tree.differences):
        table = ENTITY_TABLES[c.entity]
        if table in TABLES and c.ref is not None and (c.column is None or told(c.column)):
            whole = c.column is None
            before, after = (("row" if v else "-") if whole else text(v) for v in (c.before, c.after))
            differences.add((table, shared(c.ref), c.column, before, after))
    return differences


def shared(ref: str) -> str:
    """Return a ref as two worlds can agree on it: refs of memos, refunds and payments end with an id."""
    return re.sub(r"-P?\d{4,}", "", ref)


def owner(difference: Difference) -> str:
    """Return the ref of the order that a row belongs to, ``BA`` for those of the only account."""
    table, ref, *_ = difference
    if table == "financial_transaction":
        return re.sub(r"^CM-|-R\d+$|-P$", "", ref)  # what was paid for an order is refunded there, revised or not
    return ref if table == "orders" else "BA"
