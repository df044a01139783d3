"""Workflows of returns after spec 34 §13: what an order does, and the return; credit memos are left to the test."""

from __future__ import annotations

from typing import Any

OVER = ["COMPLETE", "REJECTED", "CANCELLED"]


def call(name: str, **props: Any) -> dict[str, Any]:
    """Return the call of a rule."""
    return {"name": f"PENSTOCK.{name}", "props": props}


def state(status: str) -> dict[str, Any]:
    """Return the call that sets a status."""
    return call("core.SetState", status=status)


def ruleset(type_: str, name: str, statuses: str, *rules: dict[str, Any]) -> dict[str, Any]:
    """Return a ruleset for these statuses, given as one text."""
    triggers = [{"status": status} for status in statuses.split()]
    return {"name": name, "type": type_, "eventType": "NORMAL", "triggers": triggers, "rules": list(rules)}


def document(type_: str, subtype: str, *rulesets: dict[str, Any]) -> dict[str, Any]:
    """Return a workflow with the statuses that its rulesets name."""
    named = {(r["type"], status) for r in rulesets for status in _statuses(r)}
    return {
        "name": f"{type_}::{subtype}",
        "entityType": type_,
        "entitySubtype": subtype,
        "version": "1.0",
        "statuses": [{"name": s, "entityType": t, "category": "DONE"} for t, s in sorted(named)],
        "rulesets": list(rulesets),
    }


def _statuses(given: dict[str, Any]) -> list[str]:
    triggers = [trigger["status"] for trigger in given["triggers"]]
    return triggers + [rule["props"]["status"] for rule in given["rules"] if rule["name"].endswith(".SetState")]


def path(event: str, *ways: str) -> dict[str, Any]:
    """Return the gate for ways of goods."""
    return call("order.SendEventOnVerifyingReturnPath", eventName=event, path=list(ways))


def outcome(event: str, *outcomes: str) -> dict[str, Any]:
    """Return the gate for what follows from an inspection."""
    return call("order.SendEventOnVerifyingReturnOutcome", eventName=event, outcome=list(outcomes))


ORDER = document(
    "ORDER",
    "HD",
    ruleset(
        "ORDER",
        "ReturnOrder",
        "COMPLETE RETURN_CREATED RETURN_COMPLETE",
        call("order.ValidateReturnQty"),
        call("order.CreateReturnOrderFromOrder"),
        call("order.UpdateOrderItemAttribute"),
        state("RETURN_CREATED"),
    ),
    ruleset(
        "ORDER",
        "ReturnCompleted",
        "RETURN_CREATED",
        call("order.UpdateOrderItemAttribute"),
        call("order.SendEventOnVerifyingAllReturnOrders", eventName="AllReturned", status=OVER),
    ),
    ruleset("ORDER", "AllReturned", "RETURN_CREATED", state("RETURN_COMPLETE")),
    ruleset("ORDER", "ReleaseHold", "ON_HOLD", state("RECEIVED")),
)
DONE = call("order.SendEventForOrder", eventName="ReturnCompleted")
RESTOCK = call("order.RestockReturn")
RETURN = document(
    "RETURN_ORDER",
    "DEFAULT",
    ruleset(
        "RETURN_ORDER",
        "CREATE",
        "CREATED",
        call("order.CreateReturnFulfilment", type="DEFAULT"),
        path("ReturnReceived", "HANDED_IN", "SENT_ON"),
        path("AwaitArrival", "PICKUP", "MAILED"),
    ),
    ruleset("RETURN_ORDER", "AwaitArrival", "CREATED", state("AWAITING_ARRIVAL")),
    ruleset(
        "RETURN_ORDER",
        "ReturnReceived",
        "CREATED AWAITING_ARRIVAL",
        call("order.VerifyReturnAuthorisation"),
        state("RECEIVED"),
        call("order.SendEventForExchangeOrder", eventName="ReleaseHold"),
        path("InspectReturn", "HANDED_IN", "SENT_ON"),
    ),
    ruleset(
        "RETURN_ORDER",
        "InspectReturn",
        "RECEIVED",
        call("order.SetReturnItemDispositions"),
        RESTOCK,
        outcome("ProcessRefund", "REFUND", "OWED"),
        outcome("CompleteReturn", "NOTHING"),
        outcome("RejectReturn", "REJECTED"),
    ),
    ruleset("RETURN_ORDER", "ProcessRefund", "RECEIVED", state("AWAITING_REFUND")),
    *(
        ruleset("RETURN_ORDER", name, "AWAITING_REFUND RECEIVED", state("COMPLETE"), DONE)
        for name in ("CreditMemoApproved", "CompleteReturn")
    ),
    *(
        ruleset("RETURN_ORDER", name, "AWAITING_REFUND RECEIVED", state("REJECTED"), DONE)
        for name in ("CreditMemoRejected", "RejectReturn")
    ),
    ruleset(
        "RETURN_ORDER",
        "CancelReturn",
        "CREATED AWAITING_ARRIVAL",
        state("CANCELLED"),
        DONE,
        call("order.SendEventForReturnFulfilments", eventName="CancelReturnFulfilment"),
    ),
    ruleset(
        "RETURN_FULFILMENT",
        "CREATE",
        "CREATED",
        path("Kept", "HANDED_IN"),
        path("Lodged", "SENT_ON"),
        path("AwaitPickup", "PICKUP"),
        path("OnItsWay", "MAILED"),
    ),
    ruleset("RETURN_FULFILMENT", "Kept", "CREATED", state("COMPLETE")),
    ruleset("RETURN_FULFILMENT", "Lodged", "CREATED", state("LODGED")),
    ruleset("RETURN_FULFILMENT", "AwaitPickup", "CREATED", state("AWAITING_PICKUP")),
    ruleset("RETURN_FULFILMENT", "OnItsWay", "CREATED", state("IN_TRANSIT")),
    ruleset("RETURN_FULFILMENT", "ReturnPickedUp", "AWAITING_PICKUP", state("IN_TRANSIT")),
    ruleset(
        "RETURN_FULFILMENT",
        "ReturnFulfilmentArrived",
        "LODGED IN_TRANSIT",
        state("COMPLETE"),
        call("order.SendEventForReturnOrder", eventName="ReturnReceived"),
        RESTOCK,
    ),
    ruleset(
        "RETURN_FULFILMENT", "CancelReturnFulfilment", "CREATED AWAITING_PICKUP IN_TRANSIT LODGED", state("CANCELLED")
    ),
)
