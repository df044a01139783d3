"""A workflow about which the linter has nothing to say, its parts, and changes of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Change = Callable[[Document], Any]

BOOKED = ("BOOKED",)


def call(name: str, **props: Any) -> dict[str, Any]:
    return {"name": f"ACME.{name}", "props": props}


def ruleset(name: str, *rules: dict[str, Any], when: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    triggers = [{"status": status} for status in when]
    return {"name": name, "type": "ORDER", "rules": list(rules), "triggers": triggers, "userActions": [], **more}


def state(status: object) -> dict[str, Any]:
    return call("core.SetState", status=status)


def send(event: str, **more: Any) -> dict[str, Any]:
    return call("core.SendEvent", eventName=event, **more)


def gate(event: str) -> dict[str, Any]:
    return call("order.ForwardIfUnfulfilledItemsExist", eventName=event)


def button(event: str, **more: Any) -> dict[str, Any]:
    context = [{"label": event or "Press", "type": "PRIMARY", "modules": ["oms"], "confirm": False}]
    return {"eventName": event, "context": context, "attributes": [], **more}


def clean() -> Document:
    """Return a workflow about which there is nothing to say."""
    statuses = [("CREATED", "BOOKING"), ("BOOKED", "BOOKING"), ("OVER", "DONE")]
    return {
        "retailerId": "1",
        "version": "1.0",
        "entityType": "ORDER",
        "entitySubtype": "HD",
        "statuses": [{"name": n, "entityType": "ORDER", "category": c} for n, c in statuses],
        "rulesets": [
            ruleset("CREATE", state("BOOKED"), send("Check"), when=("CREATED",)),
            ruleset("Check", gate("Close"), when=BOOKED, userActions=[button("Close")]),
            ruleset("Close", state("OVER"), when=BOOKED),
        ],
    }


def add(*rulesets: dict[str, Any], statuses: tuple[str, ...] = (), category: str = "DONE") -> Change:
    """Return a change that adds rulesets and statuses to a document."""

    def change(document: Document) -> None:
        document["rulesets"] += copy.deepcopy(list(rulesets))
        document["statuses"] += [{"name": s, "entityType": "ORDER", "category": category} for s in statuses]

    return change


def put(index: int, **values: Any) -> Change:
    """Return a change that replaces parts of a ruleset."""
    return lambda document: document["rulesets"][index].update(copy.deepcopy(values))


def said(index: int, **values: Any) -> Change:
    """Return a change that says more about a status."""
    return lambda document: document["statuses"][index].update(copy.deepcopy(values))


def shown(*events: str) -> dict[str, Any]:
    """Return a ruleset that a button starts, so that it is no finding itself, and that sends events."""
    return ruleset("Shown", *map(send, events), when=BOOKED, userActions=[button("Shown")])


def also(*changes: Change) -> Change:
    def change(document: Document) -> None:
        for single in changes:
            single(document)

    return change


def remove(index: int) -> Change:
    return lambda document: document["rulesets"].pop(index)


def nothing(_: Document) -> None:
    pass


def parts(quantity: str) -> dict[str, Any]:
    verify = call("order.VerifyingFulfilmentItems", quantity=quantity, eventName="Check")
    return ruleset("V", verify, type="FULFILMENT")


def changed(change: Change) -> Document:
    document = clean()
    change(document)
    return document
