"""Rules of fulfilments: gates, what was picked, and what of it is rejected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from penstock.rules import Action, Create, Join, Log, RuleError, SendEvent, Update
from penstock.rules.questions import (
    ById,
    ByRef,
    LocationOfAddress,
    Setting,
)
from penstock.testing import NOW, FakeContext, row, run
from penstock.testing.orders import STORE_A, HomeDelivery

X = [SendEvent("X")]


def created(actions: list[Action], entity: str) -> list[Any]:
    name = f"{entity}Row"
    return [a.row for a in actions if isinstance(a, Create) and type(a.row).__name__ == name]


def changes(actions: list[Action]) -> dict[int, dict[str, Any]]:
    return {a.row.id: a.values for a in actions if isinstance(a, Update)}


# --- events between entities ---


def test_events_go_to_order_fulfilments_and_articles() -> None:
    order = HomeDelivery(("a", 2))
    first, second = order.fulfilment("ASSIGNED"), order.fulfilment("ASSIGNED")
    article = order.article("CREATED", second)
    context = order.context(first, name="Fulfilment")
    assert run("order.SendEventForOrder", context, eventName="X") == [SendEvent("X", to=order.order)]
    both = [SendEvent("X", to=first), SendEvent("X", to=second)]
    assert run("order.SendEventForAllFulfilments", order.context(), eventName="X") == both
    context = order.context(article, name="Article")
    assert run("order.SendEventForFulfilment", context, eventName="X") == [SendEvent("X", to=second)]


def test_without_an_order_the_failure_says_so() -> None:
    context = FakeContext("Fulfilment", row("Fulfilment", id=20))
    with pytest.raises(RuleError, match="FULFILMENT 20 is not part of an order"):
        run("order.SendEventForOrder", context, eventName="X")


def test_order_status_gate() -> None:
    order = HomeDelivery()
    context = order.context(order.fulfilment("CREATED"), name="Fulfilment")
    name = "order.SendEventToFulfilmentOnVerifyingOrderStatus"
    assert run(name, context, eventName="X", orderStatus=["BOOKED"]) == X
    assert run(name, context, eventName="X", orderStatus=["PICK_PACK"]) == []


@pytest.mark.parametrize(
    ("statuses", "at_least_one", "sent"),
    [
        ([], [], False),
        (["COMPLETE", "EXPIRED"], [], True),
        (["COMPLETE", "ASSIGNED"], [], False),
        (["EXPIRED"], ["COMPLETE"], False),
        (["EXPIRED", "COMPLETE"], ["COMPLETE"], True),
    ],
)
def test_all_fulfilments(*, statuses: list[str], at_least_one: list[str], sent: bool) -> None:
    order = HomeDelivery()
    for status in statuses:
        order.fulfilment(status)
    actions = run(
        "order.SendEventOnVerifyingAllFulfilmentStates",
        order.context(),
        eventName="X",
        status=["COMPLETE", "EXPIRED"],
        atLeastOne=at_least_one,
    )
    assert actions == ([SendEvent("X", to=order.order)] if sent else [])


def test_all_articles_of_the_fulfilment() -> None:
    order = HomeDelivery()
    fulfilment, other = order.fulfilment("FULFILLED"), order.fulfilment("FULFILLED")
    context = order.context(fulfilment, name="Fulfilment")
    name, props = "order.SendEventOnVerifyingAllArticleStates", {"eventName": "X", "status": ["COLLECTED"]}
    assert run(name, context, **props) == []
    article = order.article("COLLECTED", fulfilment)
    order.article("CREATED", other)
    assert run(name, context, **props) == X
    assert run(name, order.context(), **props) == []
    article.status = "CREATED"
    assert run(name, context, **props) == []


# --- picking ---


def test_picked_quantities_are_stored_and_the_rest_rejected() -> None:
    order = HomeDelivery(("a", 5), ("b", 2), ("c", 1))
    fulfilment = order.fulfilment("ASSIGNED", (10, 5, 0, 0), (11, 2, 0, 0), (12, 1, 0, 0))
    order.tree.rows["FulfilmentItem"][1].ref = "line-b"
    picked = [{"id": "30", "filledQuantity": 4}, {"ref": "line-b", "filledQuantity": "3"}]
    context = order.context(fulfilment, {"fulfilmentItems": picked}, name="Fulfilment")
    assert changes(run("order.ConfirmFulfilmentItems", context)) == {
        30: {"filled_quantity": 4, "rejected_quantity": 1},
        31: {"filled_quantity": 2, "rejected_quantity": 0},
        32: {"filled_quantity": 0, "rejected_quantity": 1},
    }
    context.event.attributes = {"fulfilmentItems": [{"id": "99", "filledQuantity": 1}]}
    with pytest.raises(RuleError, match="has no item 99"):
        run("order.ConfirmFulfilmentItems", context)


@pytest.mark.parametrize(("filled", "quantity"), [((2, 1), "ALL"), ((2, 0), "PARTIAL"), ((0, 0), "NONE")])
def test_how_far_items_are_filled(filled: tuple[int, int], quantity: str) -> None:
    order = HomeDelivery(("a", 2), ("b", 1))
    fulfilment = order.fulfilment("ASSIGNED", (10, 2, filled[0], 0), (11, 1, filled[1], 0))
    context = order.context(fulfilment, name="Fulfilment")
    for wanted in ("ALL", "PARTIAL", "NONE"):
        actions = run("order.VerifyingFulfilmentItems", context, eventName="X", quantity=wanted)
        assert actions == (X if wanted == quantity else [])
    with pytest.raises(RuleError, match="not SOME"):
        run("order.VerifyingFulfilmentItems", context, eventName="X", quantity="SOME")


def test_the_type_is_noted_and_copied_to_articles() -> None:
    order = HomeDelivery(("a", 2))
    fulfilment = order.fulfilment("PROCESSING")
    noted = {"name": "FulfilmentType", "type": "STRING", "value": "HD_PFS"}
    context = order.context(fulfilment, name="Fulfilment")
    added = run("order.AddFulfilmentTypeAttributeToFulfilment", context)
    assert added == [Update(fulfilment, {"attributes": [noted]})]
    fulfilment.attributes = [noted]
    article = order.article("CREATED", fulfilment)
    context = order.context(article, name="Article")
    copied = run("order.CopyAttributesFromFulfilmentToArticle", context)
    assert copied == [Update(article, {"attributes": [noted]})]
    article.attributes = [noted]
    assert run("order.CopyAttributesFromFulfilmentToArticle", context) == []


def test_the_pickup_location_itself_picks() -> None:
    order = HomeDelivery(("a", 2))
    fulfilment, order.choice.pickup_location_ref = order.fulfilment("PROCESSING"), "A"
    fulfilment.type = "CC_PFS"
    context = order.context(fulfilment, answers={LocationOfAddress(101): STORE_A}, name="Fulfilment")
    [update] = changes(run("order.AddFulfilmentTypeAttributeToFulfilment", context)).values()
    assert update["attributes"][0]["value"] == "CC_PFCP"


# --- packing ---

DAMAGED = {"label": "damaged", "value": "damagedItem"}
PICKED = {"value": "rejectedOutsideOfPacking", "label": "Rejected outside of packing"}


def packing(articles: list[Any], rejections: list[Any]) -> tuple[HomeDelivery, FakeContext]:
    order = HomeDelivery(("a", 3), ("b", 2))
    fulfilment = order.fulfilment("PARTIALLY_FULFILLED", (10, 3, 2, 1), (11, 2, 2, 0))
    packed = {"articles": articles, "rejections": rejections}
    return order, order.context(fulfilment, {"packedItems": packed}, name="Fulfilment")


PARCEL = {
    "packaging_name": "small",
    "length": "18",
    "width": "17",
    "height": "16",
    "weight": "3.5",
    "items": [{"fulfilmentItemId": 30, "quantity": 2}, {"fulfilmentItemId": "31", "quantity": 1}],
}
BROKEN = {"fulfilmentItemId": "31", "rejectedQty": 1, "rejectReason": DAMAGED}


def test_rejections_at_packing_get_their_reasons() -> None:
    _, context = packing([PARCEL], [BROKEN])
    assert changes(run("order.SetFulfilmentItemRejections", context)) == {
        30: {
            "filled_quantity": 2,
            "rejected_quantity": 1,
            "rejections": [{"quantity": 1, "reason": PICKED}],
        },
        31: {
            "filled_quantity": 1,
            "rejected_quantity": 1,
            "rejections": [{"quantity": 1, "reason": DAMAGED}],
        },
    }


def test_without_a_parcel_everything_is_rejected() -> None:
    _, context = packing([], [BROKEN])
    stored = changes(run("order.SetFulfilmentItemRejections", context))
    assert [(v["filled_quantity"], v["rejected_quantity"]) for v in stored.values()] == [(0, 3), (0, 2)]
    assert [r["quantity"] for r in stored[31]["rejections"]] == [1, 1]


@pytest.mark.parametrize(
    ("units", "message"), [(3, "but 2 are filled"), (0, "rejectedQty of item 31 is 0"), ("x", "whole number")]
)
def test_rejected_quantities_are_checked(units: object, message: str) -> None:
    _, context = packing([PARCEL], [{"fulfilmentItemId": "31", "rejectedQty": units}])
    with pytest.raises(RuleError, match=message):
        run("order.SetFulfilmentItemRejections", context)


@pytest.mark.parametrize(
    ("articles", "rejections", "which"),
    [([], [BROKEN], "NoParcels"), ([PARCEL], [BROKEN], "ParcelsPartiallyComplete"), ([PARCEL], [], "ParcelsComplete")],
)
def test_exactly_one_gate_opens(articles: list[Any], rejections: list[Any], which: str) -> None:
    _, context = packing(articles, rejections)
    for gate in ("NoParcels", "ParcelsPartiallyComplete", "ParcelsComplete"):
        actions = run(f"order.SendEventOnVerifying{gate}", context, eventName="X")
        assert actions == (X if gate == which else [])


def test_parcels_become_articles() -> None:
    _, context = packing([PARCEL], [])
    actions = run("order.CreateParcelsForFulfilment", context)
    [article] = created(actions, "Article")
    assert (article.ref, article.type, article.name) == ("O1-1-1", "DEFAULT", "small")
    assert (article.length, article.width, article.height, article.weight) == (18.0, 17.0, 16.0, 3.5)
    assert Join("article_fulfilment", {"article_id": article.id, "fulfilment_id": 20}) in actions
    items = created(actions, "ArticleItem")
    assert [(i.order_item_id, i.quantity, i.article_id) for i in items] == [(10, 2, article.id), (11, 1, article.id)]


def test_parcels_are_made_once_and_hold_what_was_filled() -> None:
    order, context = packing([PARCEL, PARCEL], [])
    with pytest.raises(RuleError, match="item 30: 4 units are packed, but 2 are filled"):
        run("order.CreateParcelsForFulfilment", context)
    order.article("CREATED", order.tree.rows["Fulfilment"][0])
    context.event.attributes = {"packedItems": {"articles": [PARCEL]}}
    with pytest.raises(RuleError, match="has articles already") as failure:
        run("order.CreateParcelsForFulfilment", context)
    assert failure.value.code == 422


@pytest.mark.parametrize(
    ("rule", "attributes", "message"),
    [
        ("SetFulfilmentItemRejections", {"packedItems": []}, "packedItems must be an object"),
        (
            "SetFulfilmentItemRejections",
            {"packedItems": {"rejections": ["x"]}},
            "packedItems.rejections must be a list",
        ),
        ("CreateParcelsForFulfilment", {"packedItems": {"articles": [None]}}, "packedItems.articles must be a list"),
        ("CreateParcelsForFulfilment", {"packedItems": {"articles": [{"items": 5}]}}, "items of an article must be"),
        (
            "CreateParcelsForFulfilment",
            {"packedItems": {"articles": [{"items": ["x"]}]}},
            "items of an article must be",
        ),
        ("CreateArticlesForFulfilment", {"fulfilmentArticles": {"a": 1}}, "fulfilmentArticles must be a list"),
        ("CreateArticlesForFulfilment", {"articles": [5]}, "articles must be a list"),
        ("CreateArticlesForFulfilment", {"articles": [{"weight": "inf"}]}, "weight of an article must be a number"),
        ("ConfirmFulfilmentItems", {"fulfilmentItems": [None]}, "fulfilmentItems must be a list"),
    ],
)
def test_what_is_malformed_is_named(rule: str, attributes: dict[str, Any], message: str) -> None:
    _, context = packing([], [])
    context.event.attributes = attributes
    with pytest.raises(RuleError, match=message) as failure:
        run(f"order.{rule}", context)
    assert failure.value.code == 400


def test_what_a_warehouse_shipped() -> None:
    _, context = packing([], [])
    context.event.attributes = {"articles": [{"weight": 2, "trackingNumber": "T1", "carrierRef": "DHL"}]}
    actions = run("order.CreateArticlesForFulfilment", context)
    [article] = created(actions, "Article")
    assert {a["name"]: a["value"] for a in article.attributes} == {
        "shipped": True,
        "trackingNumber": "T1",
        "carrierRef": "DHL",
    }
    assert [(i.order_item_id, i.quantity) for i in created(actions, "ArticleItem")] == [(10, 2), (11, 2)]


# --- consignments ---


def booking(order: HomeDelivery, fulfilment: Any) -> list[Action]:
    carriers = {ByRef("Carrier", ref): row("Carrier", id=n, ref=ref) for n, ref in enumerate(("DEF", "DHL"), 70)}
    context = order.context(fulfilment, answers=dict(carriers), name="Fulfilment")
    return run("order.CreateDemoConsignment", context, labelUrl="https://l.example", carrierRef="DEF")


def test_articles_are_booked_once_and_again_after_a_failure() -> None:
    order = HomeDelivery(("a", 2))
    fulfilment = order.fulfilment("FULFILLED", (10, 2, 2, 0))
    with pytest.raises(RuleError, match="FULFILMENT 20 has no articles"):
        booking(order, fulfilment)
    first, second = order.article("PENDING", fulfilment), order.article("PENDING", fulfilment)
    actions = booking(order, fulfilment)
    [consignment] = created(actions, "Consignment")
    assert (consignment.carrier_id, consignment.label_url) == (70, "https://l.example")
    assert [c.article_id for c in created(actions, "ConsignmentArticle")] == [first.id, second.id]
    order.tree.rows["Consignment"].append(consignment)
    order.tree.rows["ConsignmentArticle"] += created(actions, "ConsignmentArticle")
    assert booking(order, fulfilment) == []
    consignment.status = "BOOKING_FAILED"
    [again] = created(booking(order, fulfilment), "Consignment")
    assert again.ref != consignment.ref


def test_shipped_articles_keep_their_tracking_number() -> None:
    order = HomeDelivery(("a", 2))
    fulfilment = order.fulfilment("FULFILLED", (10, 2, 2, 0))
    told = [{"name": n, "type": "STRING", "value": v} for n, v in (("trackingNumber", "T1"), ("carrierRef", "DHL"))]
    order.article("PENDING", fulfilment, attributes=told)
    order.article("PENDING", fulfilment)
    shipped, booked = created(booking(order, fulfilment), "Consignment")
    assert (shipped.consignment_reference, shipped.carrier_id, shipped.label_url) == ("T1", 71, None)
    assert booked.carrier_id == 70


@pytest.mark.parametrize(
    ("label", "tracking", "state"), [("l", None, "LODGED"), (None, "T", "LODGED"), (None, None, "FAILED")]
)
def test_how_a_booking_came_out(label: str | None, tracking: str | None, state: str) -> None:
    order = HomeDelivery()
    told = [{"name": "trackingNumber", "type": "STRING", "value": tracking}]
    article = order.article("PENDING", order.fulfilment("FULFILLED"), attributes=told)
    consignment = row("Consignment", id=80, order_id=1, label_url=label)
    carried = row("ConsignmentArticle", id=81, consignment_id=80, article_id=article.id)
    order.tree.rows["ConsignmentArticle"].append(carried)
    context = order.context(consignment, name="Consignment")
    for wanted in ("LODGED", "FAILED"):
        actions = run("order.SendEventOnVerifyingConsignment", context, eventName="X", BookingStatus=wanted)
        assert actions == (X if wanted == state else [])
    assert run("order.SendEventForArticles", context, eventName="X") == [SendEvent("X", to=article)]


# --- expiry ---

SCHEDULE = row(
    "OpeningSchedule", id=5, all_hours=False, **{f"{d}_{e}": 0 for d in ("sat", "sun") for e in ("start", "end")}
)
for _day in ("mon", "tue", "wed", "thu", "fri"):
    setattr(SCHEDULE, f"{_day}_start", 900)
    setattr(SCHEDULE, f"{_day}_end", 1700)


def expiry(zone: str | None, limit: object, rule: str = "ScheduleFulfilmentExpiry") -> list[Action]:
    location = row("Location", id=11, ref="A", primary_address_id=101, opening_schedule_id=5)
    order = HomeDelivery(("a", 1))
    fulfilment = order.fulfilment("AWAITING_WAVE")
    fulfilment.created_on = datetime(2026, 2, 27, 15, 30, tzinfo=UTC)  # a Friday
    answers = {
        LocationOfAddress(101): location,
        Setting("PICK_N_PACK_TIME_LIMIT", location_id=11): limit,
        ById("OpeningSchedule", 5): SCHEDULE,
        ById("StoreAddress", 101): row("StoreAddress", id=101, time_zone=zone),
    }
    return run(f"order.{rule}", order.context(fulfilment, answers=answers, name="Fulfilment"))


def test_expiry_counts_opening_hours_since_creation() -> None:
    update, event = expiry("Europe/London", "4")
    monday = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
    assert isinstance(update, Update)
    assert update.values == {"expiry_time": monday}
    assert event == SendEvent("FulfilmentExpiry", attributes={}, at=monday)


def test_expiry_from_now() -> None:
    _, event = expiry(None, 4, "ScheduleFulfilmentExpiryNow")
    assert event == SendEvent("FulfilmentExpiry", attributes={}, at=NOW + timedelta(hours=4))


def test_no_limit_no_expiry() -> None:
    assert expiry("Europe/London", None) == []
    assert expiry("Europe/London", None, "ScheduleFulfilmentExpiryNow") == []
    with pytest.raises(RuleError, match="must be a number of hours, not 'soon'"):
        expiry(None, "soon")


def test_an_unknown_time_zone_is_logged() -> None:
    log, *rest = expiry("Mars/Olympus", 4)
    assert isinstance(log, Log)
    assert len(rest) == 2


@pytest.mark.parametrize(("requested", "sent"), [((0, 0), True), ((0, 1), False)])
def test_nothing_requested(*, requested: tuple[int, int], sent: bool) -> None:
    tree = HomeDelivery(("a", 1), ("b", 1))
    fulfilment = tree.fulfilment("ASSIGNED", *((10 + n, units, 0, 0) for n, units in enumerate(requested)))
    context = tree.context(fulfilment, name="Fulfilment")
    actions = run("order.SendEventOnVerifyingNothingRequested", context, eventName="Cancel")
    assert actions == ([SendEvent("Cancel")] if sent else [])
