"""Rules that do one thing each, and run-once workflows of them, for the tests of events (spec 11)."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from penstock.rules.actions import Action, Log, SendEvent, Update, Webhook
from penstock.rules.declaration import REGISTRY, Prop, Rule
from penstock.rules.declaration.attributes import Attribute, AttributeType, declared
from penstock.rules.failures import RuleError, RuleExecutionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.rules.context import Context
    from running import Node

HOOK = "https://shop.example/hook"


def change(context: Context) -> list[Action]:
    """Set an attribute of the event's entity."""
    return [Update(context.entity, {"attributes": [{"name": "seen", "type": "STRING", "value": context.prop("note")}]})]


def tell(context: Context) -> list[Action]:
    """Leave a note in the log."""
    return [Log("Told", "all is well", {"mood": "good", "entity": context.entity.ref})]


def send(context: Context) -> list[Action]:
    """Send an event inline, and one an hour later."""
    return [
        SendEvent("Child", attributes={"list": [1, 2]}),
        SendEvent("Later", at=context.now + timedelta(hours=1)),
    ]


def hook(_: Context) -> list[Action]:
    """Send a webhook."""
    return [Webhook(HOOK, "Hooked")]


def need(context: Context) -> list[Action]:
    """Need an attribute."""
    return [Log("Given", str(context.attribute("colour")))]


def refuse(_: Context) -> list[Action]:
    """Raise what a workflow may handle."""
    raise RuleExecutionError("not today", "it is Sunday")


def fail(context: Context) -> list[Action]:
    """Raise an error with the code that the event gives."""
    raise RuleError("it cannot be", code=int(context.event.attributes["code"]))


def break_(_: Context) -> list[Action]:
    """Raise what no rule should."""
    raise KeyError("lost")


def _rule(name: str, function: Any, *props: Prop, attributes: tuple[str | Attribute, ...] = ()) -> Rule:
    return Rule(f"test.{name}", name, (), props, declared(attributes), function=function)


RULES = (
    _rule("Change", change, Prop("note", "what to note")),
    _rule("Tell", tell),
    _rule("Send", send),
    _rule("Hook", hook),
    _rule("Need", need, attributes=("colour",)),
    _rule("Refuse", refuse),
    _rule("Fail", fail, attributes=(Attribute("code", AttributeType.INTEGER),)),
    _rule("Break", break_),
)


@contextmanager
def installed() -> Iterator[None]:
    """Install the rules for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for rule in RULES:
            patch.setitem(REGISTRY, rule.name, rule)
        yield


def ruleset(name: str, *rules: str, kind: str = "ORDER", event_type: str = "NORMAL", **props: Any) -> Node:
    """Return a ruleset of these rules, all with the same properties."""
    return {
        "name": name,
        "type": kind,
        "eventType": event_type,
        "rules": [{"name": f"PENSTOCK.test.{r}", "props": props} for r in rules],
        "triggers": [],
        "userActions": [],
    }


def once(*rulesets: Node) -> Node:
    """Return ``meta`` with a run-once workflow."""
    return {"workflow": {"retailerId": "1", "version": "1.0", "entityType": "ORDER", "rulesets": list(rulesets)}}
