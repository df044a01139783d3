"""Events to a fulfilment option, for the tests of its rules."""

from __future__ import annotations

from typing import Any

from penstock.rules import SendEvent
from penstock.testing import FakeContext, Tree, row, run
from penstock.testing.orders import positions


def _place(id_: str, ref: str, type_: str, status: str, *at: float) -> dict[str, Any]:
    return {"id": id_, "ref": ref, "type": type_, "status": status, "latitude": at[0], "longitude": at[1]}


SYDNEY = {"latitude": -33.8688, "longitude": 151.2093}
STREET = {"city": "Sydney", "postcode": "2000", "country": "AU"}
WANTED = [
    {"productRef": "A", "catalogueRef": "PC", "requestedQuantity": 2},
    {"productRef": "B", "requestedQuantity": 1},
]
S1 = _place("11", "S1", "STORE", "ACTIVE", -33.8390, 151.2070)
S2 = _place("12", "S2", "STORE", "INACTIVE", -33.8150, 151.0011)
W1 = _place("13", "W1", "WAREHOUSE", "ACTIVE", -37.8136, 144.9631)
FAR = [{**S1, "distance": 3_320.0}, {**S2, "distance": 20_138.0}, {**W1, "distance": 713_427.0}]
STOCK = positions(("S1", "A", 1), ("S2", "A", 5), ("S2", "B", 1), ("W1", "A", 50), ("W1", "B", 50))
FORWARDED = [SendEvent("Next")]


def asked(
    attributes: dict[str, Any] | None = None, answers: dict[Any, Any] | None = None, **values: Any
) -> FakeContext:
    """Return the context of an event to an option for two A and one B to Sydney; ``plans`` are those it has."""
    about = {"ref": "CART", "type": "HD", "retailer_id": 1, "address": SYDNEY, "products": WANTED, "status": "CREATED"}
    plans = values.pop("plans", [])
    option = row("FulfilmentOption", id=5, **about | values)
    tree = Tree(FulfilmentOption=[option], FulfilmentPlan=plans)
    return FakeContext("FulfilmentOption", option, root=option, tree=tree, attributes=attributes, answers=answers)


def play(name: str, context: FakeContext, **props: Any) -> Any:
    """Run a rule that sends Next."""
    return run(f"globalinventory.{name}", context, eventName="Next", **props)


def added(name: str, context: FakeContext, **props: Any) -> dict[str, Any]:
    """Return the attributes of the event that the rule sends."""
    (sent,) = play(name, context, **props)
    assert isinstance(sent, SendEvent)
    assert sent.name == "Next"
    assert sent.attributes is not None
    assert (
        sent.attributes.items() >= {k: v for k, v in context.event.attributes.items() if k != "fulfilmentPlans"}.items()
    )
    return sent.attributes
