"""Single items cancelled, and fulfilments given to others, in whole workflows: stock comes free, others get it."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.testing.simulation import Played, Simulation
from penstock.testing.simulation.shop import YORK, Shop
from penstock.workflows.documents import reference

LONDON, LEEDS = (51.5072, -0.1276), (53.7965, -1.5478)


def shop(*extra: dict[str, Any]) -> Shop:
    """Return a retailer with 3 caps in London; ``extra`` are rulesets for its orders."""
    documents = reference("ACME", 1)
    (orders,) = (d for d in documents if d["name"] == "ORDER::HD")
    orders["rulesets"] += extra
    made = Shop(Simulation(documents))
    made.place("SOHO", "STORE", LONDON, {"CAP": 3})
    return made


def statuses(simulation: Simulation) -> list[tuple[str, str]]:
    return [(f.ref, f.status) for f in simulation.rows("Fulfilment")]


def stock(simulation: Simulation, ref: str = "CAP:SOHO:DEFAULT") -> tuple[int, int]:
    """Return what is on hand and what is reserved."""
    position = simulation.one("InventoryPosition", ref=ref)
    return position.on_hand, position.reserved


def cancel(simulation: Simulation, order: Any, units: int, product: str = "CAP", **reason: Any) -> Played:
    item = simulation.one("OrderItem", order_id=order.id, product_ref=product)
    given = {"orderItemId": str(item.id), "quantity": units, "reason": {"value": "CHANGE_MIND"}} | reason
    return simulation.send("CancelOrderItems", order, {"items": [given]})


def test_cancelled_units_are_promised_to_others() -> None:
    made = shop()
    simulation = made.simulation
    first = made.order("O1", {"CAP": 3})
    simulation.send("CREATE", first)
    assert stock(simulation) == (0, 3)
    played = cancel(simulation, first, 2)
    assert played.failures == []
    assert stock(simulation) == (2, 1)
    assert simulation.one("VirtualPosition", ref="CAP:SOHO").quantity == 2
    assert [i.requested_quantity for i in simulation.rows("FulfilmentItem")] == [1]
    simulation.send("CREATE", made.order("O2", {"CAP": 2}))
    assert statuses(simulation) == [("O1-1", "AWAITING_WAVE"), ("O2-1", "AWAITING_WAVE")]
    assert stock(simulation) == (0, 3)
    played = cancel(simulation, first, 1)
    assert "OrderCancel" in played.names
    assert simulation.one("Order", ref="O1").status == "CANCELLED"
    assert statuses(simulation) == [("O1-1", "CANCELLED"), ("O2-1", "AWAITING_WAVE")]
    assert stock(simulation) == (1, 2)


# Spec 36, scenario 44.
def test_more_than_is_left_and_without_a_reason_is_refused() -> None:
    made = shop()
    simulation = made.simulation
    order = made.order("O1", {"CAP": 3})
    simulation.send("CREATE", order)
    assert cancel(simulation, order, 1).failures == []
    for refused in (cancel(simulation, order, 3), cancel(simulation, order, 1, reason=None)):
        assert [e.result for e in refused.happened] == ["FAILED"]
    assert stock(simulation) == (1, 2)
    assert cancel(simulation, order, 2).failures == []
    assert simulation.one("Order").status == "CANCELLED"
    assert stock(simulation) == (3, 0)


def test_what_nobody_could_send_is_cancelled_first() -> None:
    made = shop()
    simulation = made.simulation
    order = made.order("O1", {"CAP": 4})
    simulation.send("CREATE", order)
    assert statuses(simulation) == [("O1-1", "AWAITING_WAVE"), ("O1-2", "ESCALATED")]
    assert cancel(simulation, order, 1).failures == []
    assert statuses(simulation) == [("O1-1", "AWAITING_WAVE"), ("O1-2", "CANCELLED")]
    assert stock(simulation) == (0, 3)
    assert simulation.one("Order").status == "BOOKED"


def test_cancelled_units_are_not_sourced_again() -> None:
    made = shop()
    simulation = made.simulation
    order = made.order("O1", {"CAP": 3})
    simulation.send("CREATE", order)
    cancel(simulation, order, 2)
    made.place("MILLS", "STORE", YORK, {"CAP": 9})
    simulation.send("RejectByStore", simulation.one("Fulfilment"))
    assert statuses(simulation) == [("O1-1", "REJECTED"), ("O1-2", "AWAITING_WAVE")]
    assert stock(simulation, "CAP:MILLS:DEFAULT") == (8, 1)


def test_nothing_is_cancelled_once_the_store_has_started() -> None:
    made = shop()
    simulation = made.simulation
    order = made.order("O1", {"CAP": 3})
    simulation.send("CREATE", order)
    simulation.send("WaveCreate", simulation.one("Location", ref="SOHO"), {"maxCount": 1})
    assert [e.result for e in cancel(simulation, order, 1).happened] == ["NO_MATCH"]
    assert stock(simulation) == (0, 3)


# --- assigning ---

ASSIGN = {
    "name": "AssignFulfilment",
    "type": "FULFILMENT",
    "eventType": "NORMAL",
    "triggers": [{"status": "AWAITING_WAVE"}, {"status": "ESCALATED"}],
    "rules": [{"name": "ACME.order.AssignFulfilment", "props": {}}],
    "userActions": [],
}


def assign(simulation: Simulation, ref: str, to: str) -> Played:
    return simulation.send("AssignFulfilment", simulation.one("Fulfilment", ref=ref), {"locationRef": to})


@pytest.mark.parametrize(("type_", "status"), [("STORE", "AWAITING_WAVE"), ("WAREHOUSE", "ASSIGNED")])
def test_a_fulfilment_moves_with_its_reservation(type_: str, status: str) -> None:
    made = shop(ASSIGN)
    simulation = made.simulation
    made.place("OTHER", type_, LEEDS, {"CAP": 2})
    simulation.send("CREATE", made.order("O1", {"CAP": 3}, to=LONDON))
    assert statuses(simulation) == [("O1-1", "AWAITING_WAVE")]
    (told,) = assign(simulation, "O1-1", "OTHER").failures
    assert "location OTHER can promise 2 of CAP, but 3 are needed" in told
    assert statuses(simulation) == [("O1-1", "AWAITING_WAVE")]
    assert (stock(simulation), stock(simulation, "CAP:OTHER:DEFAULT")) == ((0, 3), (2, 0))
    made.place("THIRD", type_, LEEDS, {"CAP": 5})
    assert assign(simulation, "O1-1", "THIRD").failures == []
    assert statuses(simulation) == [("O1-1", "CANCELLED"), ("O1-2", status)]
    assert (stock(simulation), stock(simulation, "CAP:THIRD:DEFAULT")) == ((3, 0), (2, 3))
    refused = assign(simulation, "O1-1", "SOHO")
    assert [e.result for e in refused.happened] == ["NO_MATCH"]


def test_an_escalated_fulfilment_gets_a_location() -> None:
    made = shop(ASSIGN)
    simulation = made.simulation
    simulation.send("CREATE", made.order("O1", {"CAP": 4}))
    made.place("MILLS", "STORE", YORK, {"CAP": 1})
    assert assign(simulation, "O1-2", "MILLS").failures == []
    assert statuses(simulation) == [("O1-1", "AWAITING_WAVE"), ("O1-2", "CANCELLED"), ("O1-3", "AWAITING_WAVE")]
    assert (stock(simulation), stock(simulation, "CAP:MILLS:DEFAULT")) == ((0, 3), (0, 1))
