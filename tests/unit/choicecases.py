"""A mixed basket and its choices, for tests of rules (spec 22 §14)."""

from __future__ import annotations

from typing import Any

from penstock.rules import Action, Create, Log, SendEvent
from penstock.rules.questions import ById, ByRef
from penstock.testing import FakeContext, row
from penstock.testing.orders import STORE_A, MixedBasket

X = [SendEvent("X")]
EX = ["CANCELLED", "EXPIRED", "ESCALATED"]
HOME, CHOICE = {"fulfilmentChoiceRef": "FC"}, {"fulfilmentChoiceRef": "CC"}
AT_A = row("StoreAddress", id=101, latitude=53.8, longitude=-1.5)
PICKUP = {ByRef("Location", "A", within=1): STORE_A, ById("StoreAddress", 101): AT_A}


def basket() -> MixedBasket:
    return MixedBasket([("a", 2)], [("a", 1), ("b", 1)])


def attributes(actions: list[Action]) -> dict[str, Any]:
    [action] = [action for action in actions if not isinstance(action, Log)]
    assert isinstance(action, SendEvent)
    return action.attributes or {}


def created(actions: list[Action]) -> list[Any]:
    return [a.row for a in actions if isinstance(a, Create)]


def at(tree: MixedBasket, choice: Any, event: dict[str, Any] | None = None) -> FakeContext:
    """Return the context of an event that does not name its choice."""
    return tree.context(choice, event, name="FulfilmentChoice")
