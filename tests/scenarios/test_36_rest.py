"""Spec 36 E and H: cancellation, and what belongs to no single step."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from floor import pack, parcel, wave, wave_and_pick

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]


def ruleset(document: Node, name: str, entity: str = "ORDER") -> Node:
    """Return a ruleset of a workflow."""
    found: Node = next(r for r in document["rulesets"] if (r["name"], r["type"]) == (name, entity))
    return found


async def test_36_40_cancel_while_booked(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-2", ("TSHIRT", 2))
    assert await shop.on_hand("TSHIRT", "SYD-01") == 3
    assert await shop.cancel("WEB-2") == "SUCCESS"
    order = await shop.order("WEB-2")
    (fulfilment,) = order["fulfilments"]
    assert (order["status"], fulfilment["status"]) == ("CANCELLED", "CANCELLED")
    assert [(i["filledQuantity"], i["rejectedQuantity"]) for i in fulfilment["items"]] == [(0, 2)]
    assert await shop.on_hand("TSHIRT", "SYD-01") == 5


async def test_36_41_cancel_before_sourcing(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    document = shop.penstock.workflow("ORDER::HD")
    ruleset(document, "CREATE")["rules"].pop()  # holds the order in RECEIVED
    await shop.penstock.install({**document, "version": "1.1"})
    await shop.buy("WEB-41", ("TSHIRT", 1))
    assert await shop.statuses("WEB-41") == ["RECEIVED"]
    assert await shop.cancel("WEB-41") == "SUCCESS"
    assert await shop.statuses("WEB-41") == ["CANCELLED"]
    assert await shop.ledger("TSHIRT", "SYD-01") == ["LAST_ON_HAND 5"]


async def test_36_42_cancel_in_pick_pack(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-42", ("TSHIRT", 2))
    await wave(shop, "SYD-01")
    before = await shop.order("WEB-42")
    assert before["status"] == "PICK_PACK"
    assert await shop.cancel("WEB-42") == "NO_MATCH"
    assert await shop.order("WEB-42") == before
    assert await shop.ledger("TSHIRT", "SYD-01") == ["LAST_ON_HAND 5", "RESERVED -2"]


async def test_36_43_cancel_with_two_fulfilments(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 1}, SYD_02={"JEANS": 1})
    await shop.buy("WEB-43", ("TSHIRT", 1), ("JEANS", 1))
    await wave(shop, "SYD-01")
    waiting = ["PICK_PACK", "SYD-01 ASSIGNED", "SYD-02 AWAITING_WAVE"]
    assert await shop.statuses("WEB-43") == waiting
    assert await shop.cancel("WEB-43") == "NO_MATCH"
    assert await shop.statuses("WEB-43") == waiting


async def test_36_65_missing_webhook_setting(shop: Stage) -> None:
    await shop.fill(DC_01={"TSHIRT": 10})
    await shop.buy("WEB-65", ("TSHIRT", 1))
    assert await shop.statuses("WEB-65") == ["PICK_PACK", "DC-01 ASSIGNED"]
    assert await shop.penstock.outbox() == []
    (entry,) = await shop.penstock.events(name="SendWebhook", eventType="ORCHESTRATION_AUDIT")
    assert "webhook.fulfilment.dispatch" in shop.values(entry)["message"]


async def test_36_66_unknown_event(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-2", ("TSHIRT", 2))
    id_ = await shop.penstock.post("Foo", "ORDER", "WEB-2")
    assert id_
    await shop.penstock.settle()
    assert (await shop.penstock.event_by_id(id_))["eventStatus"] == "NO_MATCH"


async def test_36_67_concurrent_events(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-67", ("TSHIRT", 2))
    await wave_and_pick(shop, "SYD-01", TSHIRT=2)
    (fulfilment,) = await shop.fulfilments("WEB-67")
    one_each = parcel(**{f"i{fulfilment['items'][0]['id']}": 1})
    assert await pack(shop, fulfilment, one_each, one_each) == "SUCCESS"
    (fulfilment,) = await shop.fulfilments("WEB-67")
    collected = (shop.penstock.post("ARTICLE_COLLECTED", "ARTICLE", a["id"]) for a in fulfilment["articles"])
    await asyncio.gather(*collected)
    await shop.penstock.settle()
    assert await shop.statuses("WEB-67") == ["COMPLETE", "SYD-01 COMPLETE"]
    names = await shop.names("WEB-67")
    assert [names.count(name) for name in ("AllArticlesCollected", "CheckIfOrderIsComplete", "OrderComplete")] == [
        1,
        1,
        1,
    ]


async def test_36_68_workflow_upgrade_in_flight(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-2", ("TSHIRT", 2))
    document = shop.penstock.workflow("ORDER::HD")
    document["statuses"].append({"name": "STOPPED", "entityType": "ORDER", "category": "DONE"})
    ruleset(document, "OrderCancel")["rules"][0]["props"]["status"] = "STOPPED"
    await shop.penstock.install({**document, "version": "2.0"})
    await asyncio.sleep(1.1)  # the API looks for new versions once a second
    await shop.buy("NEW", ("TSHIRT", 1))
    versions = [(await shop.order(ref))["workflowVersion"] for ref in ("WEB-2", "NEW")]
    assert versions == [1, 2]
    assert [await shop.cancel(ref) for ref in ("WEB-2", "NEW")] == ["SUCCESS", "SUCCESS"]
    assert [(await shop.order(ref))["status"] for ref in ("WEB-2", "NEW")] == ["CANCELLED", "STOPPED"]


async def test_36_71_rules_before_a_failing_one_stay(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-71", ("TSHIRT", 1))
    document = shop.penstock.workflow("ORDER::HD")
    rules: list[Any] = [
        {"name": "PENSTOCK.core.SetState", "props": {"status": "ESCALATED"}},
        {"name": "PENSTOCK.core.SendWebhook", "props": {}},
    ]
    document["rulesets"].append(
        {"name": "Stumble", "type": "ORDER", "triggers": [{"status": "BOOKED"}], "rules": rules, "userActions": []}
    )
    await shop.penstock.install({**document, "version": "1.1"})
    assert await shop.penstock.send("Stumble", "ORDER", "WEB-71") == "FAILED"
    assert (await shop.order("WEB-71"))["status"] == "ESCALATED"


async def test_36_72_financial_transaction_naming(shop: Stage) -> None:
    await shop.buy("WEB-72", ("TSHIRT", 1))
    order = await shop.order("WEB-72")
    made = await shop.graphql(
        """mutation ($input: CreateFinancialTransactionInput) {
          createFinancialTransaction(input: $input) { total paymentProviderName } }""",
        ref="T-72",
        type="PAYMENT",
        amount=50,
        currency="AUD",
        paymentMethod="PAYPAL",
        paymentProvider="PAYPAL",
        order={"id": order["id"]},
    )
    assert made == {"total": 50, "paymentProviderName": "PAYPAL"}
