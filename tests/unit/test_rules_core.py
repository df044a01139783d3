"""Rules that any workflow uses: statuses, events, attributes and webhooks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from penstock.rules import REGISTRY, Log, RuleError, SendEvent, Update, Webhook
from penstock.rules.names import resolve
from penstock.rules.questions import Setting
from penstock.testing import NOW, run
from penstock.testing.orders import HomeDelivery


def test_set_state() -> None:
    context = HomeDelivery().context()
    told = Update(context.entity, {"status": "BOOKED"}, tells="STATE_CHANGE")
    assert run("core.SetState", context, status="BOOKED") == [told]


def test_send_event_now_and_later() -> None:
    context = HomeDelivery().context()
    assert run("core.SendEvent", context, eventName="X") == [SendEvent("X")]
    later = [SendEvent("X", at=NOW + timedelta(seconds=60))]
    assert run("core.SendEvent", context, eventName="X", delay="60") == later
    assert run("core.ScheduleEvent", context, eventName="X", delay=60) == later


@pytest.mark.parametrize(
    ("value", "wanted", "sent"),
    [
        ("HD_PFS", "HD_PFS", True),
        ("HD_PFDC", "HD_PFS", False),
        (True, "true", True),
        (None, "x", False),
        (5, "5", True),
    ],
)
def test_attribute_value(*, value: object, wanted: str, sent: bool) -> None:
    context = HomeDelivery().context()
    context.entity.attributes = [{"name": "FULFILMENTTYPE", "type": "STRING", "value": value}]
    props = {"attributeName": "FulfilmentType", "attributeValue": wanted, "eventName": "X"}
    name = "core.SendEventOnVerifyingAttributeValue"
    assert run(name, context, **props) == ([SendEvent("X")] if sent else [])


def test_attribute_exists() -> None:
    context = HomeDelivery().context()
    props = {"attributeName": "link", "eventName": "X"}
    assert run("core.SendEventOnVerifyingIfAttributeExists", context, **props) == []
    context.entity.attributes = [{"name": "Link", "type": "STRING", "value": "O0"}]
    assert run("core.SendEventOnVerifyingIfAttributeExists", context, **props) == [SendEvent("X")]


def test_webhook_by_setting() -> None:
    answers = {Setting("hook"): {"url": "https://x.example", "name": "changed"}}
    context = HomeDelivery().context(answers=answers)
    assert run("core.SendWebhook", context, setting="hook") == [Webhook("https://x.example", "changed")]


def test_webhook_without_its_setting_is_only_logged() -> None:
    [action] = run("core.SendWebhook", HomeDelivery().context(), setting="hook")
    assert isinstance(action, Log)
    assert "setting hook is missing" in action.message


def test_webhook_by_url_and_without_any() -> None:
    context = HomeDelivery().context()
    assert run("core.SendWebhook", context, url="https://x.example") == [Webhook("https://x.example", "Test")]
    with pytest.raises(RuleError, match="needs the property setting"):
        run("core.SendWebhook", context)


def test_cancel_fulfilment_rejects_all_items() -> None:
    order = HomeDelivery(("a", 3))
    fulfilment = order.fulfilment("AWAITING_WAVE", (10, 3, 0, 0))
    [cancelled, item] = run("core.CancelFulfilment", order.context(fulfilment, name="Fulfilment"))
    assert cancelled == Update(fulfilment, {"status": "CANCELLED"})
    assert isinstance(item, Update)
    assert item.values == {"filled_quantity": 0, "rejected_quantity": 3}


@pytest.mark.parametrize(
    ("full_name", "name"),
    [
        ("ACME.core.SetState", "core.SetState"),
        ("[[account.id]].core.SetState", "core.SetState"),
        ("FLUENTRETAIL.globalinventory.CalculateOnHand", "globalinventory.CalculateOnHand"),
        ("FLUENTRETAIL.base.SendWebhook", "core.SendWebhook"),
        ("ACME.commonv2.ChangeStateGQL", "core.SetState"),
        ("ACME.core.ChangeState", "core.SetState"),
        ("ACME.core.SendEventGQL", "core.SendEvent"),
        ("ACME.commongi.UpsertInventoryQuantity", "globalinventory.UpsertInventoryQuantity"),
        ("ACME.order.SendEventForArticlesV2", "order.SendEventForArticles"),
        ("ACME.order.SendEventOnVerifyingConsignmentV2", "order.SendEventOnVerifyingConsignment"),
        ("ACME.order.CancelFulfilment", "core.CancelFulfilment"),
        ("ACME.core.CancelFulfilment", "core.CancelFulfilment"),
        ("ACME.core.Nothing", None),
        ("ACME.order.SetState", None),
        ("core.SetState", None),
        ("SetState", None),
        ("", None),
    ],
)
def test_names_of_rules(full_name: str, name: str | None) -> None:
    found = resolve(full_name)
    assert (found.name if found else None) == name


def test_descriptions_name_declared_properties_only() -> None:
    for rule in REGISTRY.values():
        filled = rule.description.format_map({p.name: "" for p in rule.props})
        assert filled
        assert all(p.description for p in rule.props)


def test_the_status_of_the_order_is_set_from_its_parts() -> None:
    tree = HomeDelivery(("a", 1))
    fulfilment = tree.fulfilment("ASSIGNED")
    context = tree.context(fulfilment, name="Fulfilment")
    assert run("core.UpdateOrderStatus", context, status="HELD") == [Update(tree.order, {"status": "HELD"})]
