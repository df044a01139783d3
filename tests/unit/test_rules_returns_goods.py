"""Rules of the goods that come back: how they travel, what is found, where they are kept (spec 33 §4, §5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from returncases import INVENTORY, Back, Sale

from penstock.model.rows import attribute
from penstock.rules import Action, Create, RuleError, SendEvent, Update
from penstock.rules.questions import ById, ByRef
from penstock.testing import NOW, FakeContext, row, run

X = [SendEvent("X")]
FULFILMENT, PATH = "order.CreateReturnFulfilment", "order.SendEventOnVerifyingReturnPath"
INSPECT, RESTOCK = "order.SetReturnItemDispositions", "order.RestockReturn"


def aud(value: float) -> dict[str, Any]:
    return {"amount": value, "scale": 2, "unscaledValue": round(value * 100)}


def created(actions: list[Action], entity: str) -> list[Any]:
    return [a.row for a in actions if isinstance(a, Create) and type(a.row).__name__ == f"{entity}Row"]


def applied(actions: list[Action]) -> None:
    for action in actions:
        assert isinstance(action, Update)
        for name, value in action.values.items():
            setattr(action.row, name, value)


# --- events ---


def test_events_to_the_return() -> None:
    back = Back(1)
    context = back.context(back.fulfilment("COMPLETE"), "ReturnFulfilment")
    name = "order.SendEventForReturnOrder"
    assert run(name, context, eventName="X") == [SendEvent("X", to=back.row, root=back.row)]
    memo = row("CreditMemo", id=5, return_order_id=200)
    context = FakeContext("CreditMemo", memo, answers={ById("ReturnOrder", 200): back.row})
    assert run(name, context, eventName="X") == [SendEvent("X", to=back.row, root=back.row)]
    context.answers = {ById("ReturnOrder", 200): None}
    assert run(name, context, eventName="X") == []
    assert run(name, FakeContext("CreditMemo", row("CreditMemo", id=6)), eventName="X") == []


def test_events_to_the_fulfilments_of_a_return() -> None:
    back = Back(1)
    name = "order.SendEventForReturnFulfilments"
    assert run(name, back.context(), eventName="X") == []
    both = [back.fulfilment("LODGED"), back.fulfilment("IN_TRANSIT")]
    assert run(name, back.context(), eventName="X") == [SendEvent("X", to=f) for f in both]


@pytest.mark.parametrize(
    ("name", "column"),
    [("order.SendEventForOrder", "order_link"), ("order.SendEventForExchangeOrder", "exchange_order_link")],
)
def test_events_to_orders_of_a_return(name: str, column: str) -> None:
    back, order = Back(1, order_link=None), row("Order", id=1, ref="WEB-51", retailer_id=1)
    assert run(name, back.context(), eventName="X") == []
    for link, within in (({"ref": "WEB-51"}, 1), ({"ref": "WEB-51", "retailer": {"id": "2"}}, 2)):
        setattr(back.row, column, link)
        context = back.context()
        context.answers = {ByRef("Order", "WEB-51", within=within): order}
        assert run(name, context, eventName="X") == [SendEvent("X", to=order, root=order)]
        context.answers = {ByRef("Order", "WEB-51", within=within): None}
        assert run(name, context, eventName="X") == []


@pytest.mark.parametrize(
    ("statuses", "sent"), [(["COMPLETE", "REJECTED"], True), (["COMPLETE", "CREATED"], False), ([], False)]
)
def test_all_returns_of_an_order(statuses: list[str], *, sent: bool) -> None:
    sale = Sale()
    for status in statuses:
        sale.returned(status, (0, 1, "CREATED"))
    name = "order.SendEventOnVerifyingAllReturnOrders"
    found = run(name, sale.context(), eventName="X", status=["COMPLETE", "REJECTED", "CANCELLED"])
    assert found == (X if sent else [])
    sale.order.customer_id = None
    assert run(name, sale.context(), eventName="X", status=["COMPLETE"]) == []


# --- how goods travel ---


def test_goods_get_a_fulfilment() -> None:
    address = {"city": "Sydney"}
    back = Back(2, pickup_address=address, destination_location_link={"ref": "DC-01"})
    actions = run(FULFILMENT, back.context(), type="DEFAULT")
    (found,), (item,) = created(actions, "ReturnFulfilment"), created(actions, "ReturnFulfilmentItem")
    assert (found.ref, found.type, found.status, found.return_order_id) == ("WEB-51-R1-F1", "DEFAULT", "CREATED", 200)
    assert (found.pickup_address, found.destination_location_link) == (address, {"ref": "DC-01"})
    assert (item.ref, item.return_order_fulfilment_id, item.return_order_item_id) == ("WEB-51-R1-F1-1", found.id, 2001)
    assert (item.product_id, item.unit_quantity, item.return_order_id) == (1000, {"quantity": 2}, 200)


@pytest.mark.parametrize(
    ("given", "setting", "lodged", "destination"),
    [
        ("DC-01", "SYD-01", "SYD-02", "DC-01"),
        (None, "SYD-01", "SYD-02", "SYD-01"),
        (None, None, "SYD-02", "SYD-02"),
    ],
)
def test_where_goods_go(given: str | None, setting: str | None, lodged: str, destination: str) -> None:
    back = Back(1, lodged_location_link={"ref": lodged}, destination_location_link=given and {"ref": given})
    back.settings["DEFAULT_RETURN_DESTINATION_LOCATION"] = setting
    actions = run(FULFILMENT, back.context(), type="DEFAULT")
    assert created(actions, "ReturnFulfilment")[0].destination_location_link == {"ref": destination}
    assert actions[-1] == Update(back.row, {"destination_location_link": {"ref": destination}})


@pytest.mark.parametrize(
    ("setting", "code", "message"),
    [
        (None, 422, "neither destinationLocation nor lodgedLocation"),
        ("X", 404, "there is no location X"),
        (7, 400, "7"),
    ],
)
def test_goods_that_go_nowhere(setting: Any, code: int, message: str) -> None:
    back = Back(1)
    back.settings["DEFAULT_RETURN_DESTINATION_LOCATION"] = setting
    with pytest.raises(RuleError, match=message) as failure:
        run(FULFILMENT, back.context(), type="DEFAULT")
    assert failure.value.code == code


def test_only_goods_that_no_fulfilment_carries_get_one() -> None:
    back = Back(1, 1, destination_location_link={"ref": "DC-01"})
    back.items[1].type = "SHIPPING"
    first = back.fulfilment("LODGED")
    assert run(FULFILMENT, back.context(), type="DEFAULT") == []
    first.status = "CANCELLED"
    actions = run(FULFILMENT, back.context(), type="DEFAULT")
    assert created(actions, "ReturnFulfilment")[0].ref == "WEB-51-R1-F2"
    assert len(created(actions, "ReturnFulfilmentItem")) == 1
    back.items[0].status = "REJECTED"
    assert run(FULFILMENT, back.context(), type="DEFAULT") == []


@pytest.mark.parametrize(
    ("lodged", "pickup", "destination", "path"),
    [
        ("SYD-02", None, "SYD-02", "HANDED_IN"),
        ("SYD-02", None, "DC-01", "SENT_ON"),
        (None, {"city": "Sydney"}, "DC-01", "PICKUP"),
        (None, None, "DC-01", "MAILED"),
    ],
)
def test_the_way_of_goods_is_a_gate(lodged: str | None, pickup: Any, destination: str, path: str) -> None:
    links = {"lodged_location_link": lodged and {"ref": lodged}, "pickup_address": pickup}
    back = Back(1, destination_location_link={"ref": destination}, **links)
    fulfilment = back.fulfilment("CREATED", destination, **links)
    for context in (back.context(), back.context(fulfilment, "ReturnFulfilment")):
        for gate in ("HANDED_IN", "SENT_ON", "PICKUP", "MAILED"):
            assert run(PATH, context, eventName="X", path=gate) == (X if gate == path else [])
        assert run(PATH, context, eventName="X", path=["HANDED_IN", "SENT_ON", "PICKUP", "MAILED"]) == X
    with pytest.raises(RuleError, match="property path must be one of HANDED_IN, SENT_ON, PICKUP, MAILED, not BY_AIR"):
        run(PATH, back.context(), eventName="X", path="BY_AIR")


# --- the key of a parcel ---


@pytest.mark.parametrize(
    ("key", "hours", "given", "lodged", "message"),
    [
        ("K1", 1, "K1", None, None),
        ("K1", None, "K1", None, None),
        ("K1", 1, "K2", None, "attribute returnAuthorisationKey 'K2' is not the key of return WEB-51-R1"),
        ("K1", 1, None, None, "attribute returnAuthorisationKey None is not the key"),
        ("K1", -1, "K1", None, "the key of return WEB-51-R1 was good until 2026-03-02 08:00"),
        ("K1", -1, None, {"ref": "SYD-02"}, None),
        (None, None, None, None, None),
    ],
)
def test_parcels_need_their_key(
    key: str | None, hours: int | None, given: str | None, lodged: Any, message: str | None
) -> None:
    expiry = None if hours is None else NOW + timedelta(hours=hours)
    back = Back(1, return_authorisation_key=key, return_authorisation_key_expiry=expiry, lodged_location_link=lodged)
    context = back.context(returnAuthorisationKey=given)
    if message is None:
        assert run("order.VerifyReturnAuthorisation", context) == []
        return
    with pytest.raises(RuleError, match=message) as failure:
        run("order.VerifyReturnAuthorisation", context)
    assert failure.value.code == 422


# --- inspection ---


def test_what_nobody_says_is_accepted_as_it_was_described() -> None:
    back = Back(2, 1, return_authorisation_disposition={"value": "RESELL"})
    actions = run(INSPECT, back.context())
    applied(actions)
    assert [a.row for a in actions if isinstance(a, Update)] == back.items
    assert {i.status for i in back.items} == {"ACCEPTED"}
    assert [i.return_condition for i in back.items] == [{"value": "GOOD"}] * 2
    assert [i.return_disposition_action for i in back.items] == [{"value": "RESELL"}] * 2
    assert [i.unit_quantity for i in back.items] == [{"quantity": 2}, {"quantity": 1}]


def test_what_the_inspection_finds() -> None:
    back = Back(2)
    said = {"returnCondition": {"value": "BROKEN"}, "returnDispositionAction": {"value": "DESTROY"}}
    entry = {"ref": "WEB-51-R1-1", "returnConditionComment": "torn", **said}
    applied(run(INSPECT, back.context(returnItems=[entry])))
    (item,) = back.items
    assert (item.status, item.return_condition, item.return_condition_comment) == (
        "ACCEPTED",
        {"value": "BROKEN"},
        "torn",
    )
    assert (item.return_disposition_action, item.item_amount) == ({"value": "DESTROY"}, aud(99.9))


def test_money_follows_what_is_accepted() -> None:
    back = Back(2, 1)
    back.tree.rows["ReturnOrderItem"].append(
        row("ReturnOrderItem", id=2009, type="SHIPPING", status="CREATED", return_order_id=200, item_amount=aud(11.0))
    )
    entries = [{"id": "2001", "acceptedQuantity": 1}, {"ref": "WEB-51-R1-2", "acceptedQuantity": {"quantity": 0}}]
    applied(run(INSPECT, back.context(returnItems=entries)))
    first, second, fee = back.items
    assert (first.status, first.unit_quantity, attribute(first, "submittedQuantity")) == (
        "ACCEPTED",
        {"quantity": 1},
        2,
    )
    assert (first.item_amount, first.item_tax_amount) == (aud(49.95), aud(4.54))
    assert (second.status, second.unit_quantity, fee.status) == ("REJECTED", {"quantity": 1}, "REJECTED")
    totals = back.row.sub_total_amount, back.row.total_tax, back.row.total_amount
    assert totals == (aud(45.41), aud(4.54), aud(49.95))


def test_the_fee_is_accepted_with_everything() -> None:
    back = Back(1, 1)
    back.items[1].type = "SHIPPING"
    before = back.row.total_amount
    applied(run(INSPECT, back.context()))
    assert [i.status for i in back.items] == ["ACCEPTED", "ACCEPTED"]
    assert back.row.total_amount == before


@pytest.mark.parametrize(
    ("entry", "code", "message"),
    [
        ({"ref": "9"}, 422, "the return has no item with ref 9"),
        ({"acceptedQuantity": 1}, 400, "returnItems must be an object with ref or id"),
        (
            {"ref": "WEB-51-R1-1", "acceptedQuantity": 3},
            422,
            "item WEB-51-R1-1 must be 0 to 2, not 3",
        ),
        ({"ref": "WEB-51-R1-1", "acceptedQuantity": -1}, 422, "must be 0 to 2, not -1"),
        ({"ref": "WEB-51-R1-1", "acceptedQuantity": "some"}, 400, "must be a whole number, not 'some'"),
        ({"ref": "WEB-51-R1-1", "returnCondition": "GOOD"}, 400, "returnCondition must be {value, label}"),
        ({"ref": "WEB-51-R1-1", "returnDispositionAction": 1}, 400, "returnDispositionAction must be {value, label}"),
    ],
)
def test_what_is_wrong_with_an_inspection(entry: dict[str, Any], code: int, message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        run(INSPECT, Back(2).context(returnItems=[entry]))
    assert failure.value.code == code


@pytest.mark.parametrize(
    ("statuses", "exchange", "outcome"),
    [
        (("ACCEPTED", "REJECTED"), None, "REFUND"),
        (("ACCEPTED", "ACCEPTED"), 99.9, "NOTHING"),
        (("ACCEPTED", "ACCEPTED"), 120.0, "OWED"),
        (("REJECTED", "REJECTED"), None, "REJECTED"),
    ],
)
def test_what_follows_is_a_gate(statuses: tuple[str, str], exchange: float | None, outcome: str) -> None:
    costs = {"name": "exchangeTotalAmount", "type": "JSON", "value": exchange and aud(exchange)}
    back = Back(1, 1, attributes=[costs] if exchange else None)
    for item, status in zip(back.items, statuses, strict=True):
        item.status = status
    for gate in ("REFUND", "NOTHING", "OWED", "REJECTED"):
        found = run("order.SendEventOnVerifyingReturnOutcome", back.context(), eventName="X", outcome=gate)
        assert found == (X if gate == outcome else [])


@pytest.mark.parametrize("rule", ["order.SendEventOnVerifyingReturnOutcome", INSPECT])
def test_amounts_of_other_systems_that_tell_nothing(rule: str) -> None:
    back = Back(2, total_amount={"scale": 2})
    back.items[0].item_amount = {"scale": 2}
    props = {} if rule == INSPECT else {"eventName": "X", "outcome": "REFUND"}
    with pytest.raises(
        RuleError, match=r"(itemAmount of item|totalAmount of return) WEB-51-R1.* must be an amount"
    ) as failure:
        run(rule, back.context(returnItems=[{"ref": "WEB-51-R1-1", "acceptedQuantity": 1}]), **props)
    assert failure.value.code == 400


# --- stock ---


def restocked(actions: list[Action]) -> list[tuple[str, str, str, int]]:
    if not actions:
        return []
    (event,) = actions
    assert isinstance(event, SendEvent)
    assert (event.name, event.to, event.root) == ("INVENTORY_DELTA", INVENTORY, INVENTORY)
    assert event.attributes is not None
    deltas = event.attributes["deltas"]
    return [(d["deltaId"], d["productRef"], d["locationRef"], d["qty"]) for d in deltas]


def test_good_goods_are_sold_again_where_they_arrived() -> None:
    back = Back(2, 1)
    for item in back.items:
        item.status = "ACCEPTED"
    back.items[1].return_condition = {"value": "BROKEN"}
    fulfilment = back.fulfilment("IN_TRANSIT", "DC-01")
    both = (back.context(), back.context(fulfilment, "ReturnFulfilment"))
    for context in both:
        assert run(RESTOCK, context) == []
    fulfilment.status = "COMPLETE"
    for context in both:
        assert restocked(run(RESTOCK, context)) == [("WEB-51-R1-1", "TSHIRT", "DC-01", 2)]
        found = restocked(run(RESTOCK, context, conditions=["GOOD", "BROKEN"]))
        assert found[1] == ("WEB-51-R1-2", "TSHIRT-L", "DC-01", 1)


@pytest.mark.parametrize(
    "column", [{"status": "CREATED"}, {"status": "REJECTED"}, {"product_id": None}, {"return_condition": None}]
)
def test_what_is_not_sold_again(column: dict[str, Any]) -> None:
    back = Back(1)
    back.fulfilment("COMPLETE")
    for name, value in ({"status": "ACCEPTED"} | column).items():
        setattr(back.items[0], name, value)
    assert run(RESTOCK, back.context()) == []


def test_refs_of_other_systems_are_made_unique() -> None:
    back = Back(1)
    back.fulfilment("COMPLETE")
    back.items[0].ref, back.items[0].status = "1", "ACCEPTED"
    assert restocked(run(RESTOCK, back.context())) == [("WEB-51-R1:1", "TSHIRT", "SYD-02", 1)]
    with pytest.raises(RuleError, match="there is no catalogue MAIN") as failure:
        run(RESTOCK, back.context(), inventoryCatalogueRef="MAIN")
    assert failure.value.code == 404
