"""Handing over to customers: what is noted on the parcel, and when it stays where it is."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules import RuleError, Update
from penstock.testing import FakeContext, row, run
from penstock.testing.orders import HomeDelivery


def collect(pin: object = None, **attributes: object) -> dict[str, Any]:
    """Return the attributes that are written."""
    order = HomeDelivery(("a", 1))
    order.order.attributes = [{"name": "collectionPin", "type": "STRING", "value": pin}] if pin is not None else None
    article = order.article("AWAITING_CUSTOMER_COLLECTION", order.fulfilment("AWAITING_CUSTOMER_COLLECTION"))
    actions = run("order.VerifyCollection", order.context(article, attributes, name="Article"))
    updates = [action for action in actions if isinstance(action, Update) and action.row is article]
    assert updates == actions
    return {a["name"]: a["value"] for update in updates for a in update.values["attributes"]}


@pytest.mark.parametrize("type_", ["ID", "ORDER_REF", "QR", "PIN"])
def test_what_was_shown_is_kept(type_: str) -> None:
    told = {"verificationType": type_, "verificationValue": "X1", "collectedBy": "Ana Lee", "signature": "data:,x"}
    assert collect(**told) == told


def test_nothing_needs_to_be_shown() -> None:
    assert collect() == collect("") == {}
    assert collect(verificationType=None, collectedBy="", other="kept out") == {}


@pytest.mark.parametrize(("pin", "given"), [("4711", "4711"), (4711, "4711"), ("4711", 4711), ("päß", "päß")])
def test_the_right_pin_opens(pin: object, given: object) -> None:
    assert collect(pin, verificationValue=given, collectedBy="Ana") == {
        "verificationValue": str(given),
        "collectedBy": "Ana",
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"verificationValue": "0000"}, "verificationValue is not it: order O1"),
        ({"verificationType": "ID", "verificationValue": "P123"}, "verificationValue is not it"),
        ({"collectedBy": "Ana"}, "verificationValue is missing: order O1"),
        ({"verificationValue": ""}, "verificationValue is missing"),
    ],
)
def test_without_the_pin_of_the_order_it_stays(given: dict[str, object], message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        collect("4711", **given)
    assert failure.value.code == 422
    assert "4711" not in str(failure.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"verificationType": "FACE"}, "verificationType must be one of ID, ORDER_REF, QR, PIN, not FACE"),
        ({"collectedBy": ["Ana"]}, "collectedBy must be a text"),
        ({"signature": True}, "signature must be a text"),
    ],
)
def test_malformed_verifications_are_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        collect(**given)
    assert failure.value.code == 400


def test_an_article_belongs_to_an_order() -> None:
    with pytest.raises(RuleError, match="not part of an order"):
        run("order.VerifyCollection", FakeContext("Article", row("Article", id=40)))


def noted(**props: object) -> list[dict[str, Any]]:
    order = HomeDelivery(("a", 1))
    article = order.article("AWAITING_CUSTOMER_COLLECTION", order.fulfilment("AWAITING_CUSTOMER_COLLECTION"))
    [update] = run("order.UpdateArticleAttribute", order.context(article, name="Article"), **props)
    assert isinstance(update, Update)
    assert update.row is article
    return list(update.values["attributes"])


@pytest.mark.parametrize(
    ("props", "written"),
    [
        ({"uncollected": "true"}, [("uncollected", "BOOLEAN", True)]),
        ({"uncollected": False}, [("uncollected", "BOOLEAN", False)]),
        ({"attributeName": "shelf", "attributeValue": "A7"}, [("shelf", "STRING", "A7")]),
        ({"attributeName": "tries", "attributeValue": 2}, [("tries", "INTEGER", 2)]),
        ({"attributeName": "kept", "attributeValue": {"for": 7}}, [("kept", "JSON", {"for": 7})]),
        (
            {"uncollected": True, "attributeName": "shelf", "attributeValue": "A7"},
            [("uncollected", "BOOLEAN", True), ("shelf", "STRING", "A7")],
        ),
    ],
)
def test_attributes_are_written(props: dict[str, object], written: list[tuple[str, str, object]]) -> None:
    assert [(a["name"], a["type"], a["value"]) for a in noted(**props)] == written


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({}, "property uncollected is missing"),
        ({"attributeName": "shelf"}, "property attributeValue is missing"),
        ({"attributeValue": "A7"}, "property attributeName is missing"),
        ({"uncollected": True, "attributeName": "shelf"}, "property attributeValue is missing"),
    ],
)
def test_an_attribute_must_be_given(props: dict[str, object], message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        noted(**props)
    assert failure.value.code == 400
