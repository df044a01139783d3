"""Giving a fulfilment to another location by hand."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules import Action, Create, Promise, RuleError, SendEvent, Update
from penstock.rules.questions import ByRef, Grant, LocationOfAddress, StockAt
from penstock.testing import row, run
from penstock.testing.orders import INVENTORY, REJECTED, STORE_A, HomeDelivery, positions

STORE_B = row("Location", id=12, ref="B", type="STORE", status="ACTIVE", primary_address_id=102, retailer_id=1)
HUB = row("Location", id=14, ref="HUB", type="HUB", status="ACTIVE", primary_address_id=104, retailer_id=1)
STOCK = positions(("A", "a", 9), ("B", "a", 5), ("B", "b", 1))


def assign(
    status: str = "AWAITING_WAVE",
    to: str | None = "B",
    stock: list[dict[str, Any]] | None = STOCK,
    *,
    granted: bool = True,
    items: tuple[tuple[int, int, int, int], ...] = ((10, 2, 0, 0), (11, 1, 0, 0), (12, 2, 0, 0)),
    address: int = 101,
    **props: Any,
) -> tuple[HomeDelivery, list[Action]]:
    order = HomeDelivery(("a", 2), ("b", 1), ("a", 3))
    old = order.fulfilment(status, *items, address=address)
    answers: dict[Any, Any] = {
        **{ByRef("Location", place.ref, within=1): place for place in (STORE_A, STORE_B, HUB)},
        ByRef("Location", "NOWHERE", within=1): None,
        LocationOfAddress(101): STORE_A,
        LocationOfAddress(109): REJECTED,
        ByRef("InventoryCatalogue", "DEFAULT:1"): INVENTORY,
        ByRef("InventoryCatalogue", "OTHER"): None,
        StockAt("BASE:1", ("a", "b")): stock,
        StockAt("SHOP", ("a", "b")): None,
        Grant(((501, 4), (502, 1))): granted,
    }
    attributes = {} if to is None else {"locationRef": to}
    context = order.context(old, attributes, answers, name="Fulfilment")
    return order, run("order.AssignFulfilment", context, **props)


def test_it_is_cancelled_here_and_promised_there() -> None:
    order, actions = assign()
    (old,) = order.tree.rows["Fulfilment"]
    assert actions[0] == Update(old, {"status": "CANCELLED"})
    rejected = {a.row.id: a.values for a in actions[1:] if isinstance(a, Update)}
    assert rejected == {id_: {"filled_quantity": 0, "rejected_quantity": n} for id_, n in ((30, 2), (31, 1), (32, 2))}
    new, *items = [a.row for a in actions if isinstance(a, Create)]
    assert (new.ref, new.type, new.from_address_id, new.fulfilment_choice_ref) == ("O1-2", "HD_PFS", 102, "FC")
    assert [(i.order_item_id, i.requested_quantity) for i in items] == [(10, 2), (11, 1), (12, 2)]
    assert Promise(new.id, {501: 4, 502: 1}) in actions
    told = actions[-1]
    assert isinstance(told, SendEvent)
    assert (told.name, told.to, told.root) == ("UpdateInventoryQty", INVENTORY, INVENTORY)
    assert told.attributes is not None
    assert told.attributes["operation"] == "UNRESERVE"
    assert [i["ref"] for i in told.attributes["items"]] == ["a:A:DEFAULT", "b:A:DEFAULT"]


def test_an_escalated_one_has_nothing_to_release() -> None:
    _, actions = assign("ESCALATED", address=109)
    assert [type(a) for a in actions if isinstance(a, Promise | SendEvent)] == [Promise]


def test_the_workflow_may_name_the_location() -> None:
    _, actions = assign(to=None, locationRef="B", fulfilmentType="HD_SPECIAL", eventName="Stock")
    new = next(a.row for a in actions if isinstance(a, Create))
    assert (new.from_address_id, new.type) == (102, "HD_SPECIAL")
    assert isinstance(actions[-1], SendEvent)
    assert actions[-1].name == "Stock"


def test_only_what_is_still_asked_for_moves() -> None:
    items = ((10, 2, 0, 0), (11, 1, 0, 0), (12, 3, 0, 1), (12, 0, 0, 0))
    _, actions = assign(items=items)
    moved = [a.row for a in actions if isinstance(a, Create)][1:]
    assert [(i.order_item_id, i.requested_quantity) for i in moved] == [(10, 2), (11, 1), (12, 2)]


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"to": None}, 400, "attribute locationRef is missing"),
        ({"to": "NOWHERE"}, 404, "there is no location NOWHERE"),
        ({"to": "A"}, 422, "fulfilment 20 is at location A already"),
        ({"to": "HUB"}, 400, "location HUB has type HUB"),
        ({"status": "ASSIGNED"}, 422, "fulfilment 20 is in status ASSIGNED"),
        ({"items": ((10, 0, 0, 0),)}, 422, "asks for nothing any more"),
        ({"stock": STOCK[:2]}, 422, "location B can promise 0 of b, but 1 are needed"),
        (
            {"stock": positions(("A", "a", 9), ("B", "a", 3), ("B", "b", 1))},
            422,
            "can promise 3 of a, but 4 are needed",
        ),
        ({"granted": False}, 422, "promised to another order meanwhile"),
        ({"virtualCatalogueRef": "SHOP"}, 404, "there is no virtual catalogue SHOP"),
        ({"inventoryCatalogueRef": "OTHER"}, 404, "there is no catalogue OTHER"),
        ({"items": ((10, 2, 0, 0), (99, 1, 0, 0)), "status": "ESCALATED"}, 500, "the order has no item 99"),
    ],
)
def test_why_it_stays_where_it_is(given: dict[str, Any], code: int, message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        assign(**given)
    assert failure.value.code == code
