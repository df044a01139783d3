"""Whole workflows in memory: given a small retailer, when events come, then what the engine would do is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from penstock.rules import REGISTRY, RuleExecutionError, names
from penstock.rules.declaration import Rule
from penstock.rules.questions import Geocode, Setting, StockAt
from penstock.testing import NOW, UndeclaredError
from penstock.testing.simulation import Simulation
from penstock.testing.simulation.shop import YORK, Shop
from penstock.workflows.documents import reference

DOCUMENTS = reference("ACME", 1)
LEEDS, LONDON = (53.7965, -1.5478), (51.5072, -0.1276)


def shop(**given: Any) -> Shop:
    """Return a retailer with a warehouse in Leeds and a store in London, two units of each."""
    made = Shop(Simulation(DOCUMENTS, **given))
    made.place("DC", "WAREHOUSE", LEEDS, {"CAP": 2})
    made.place("SOHO", "STORE", LONDON, {"CAP": 2, "SCARF": 2})
    return made


def statuses(simulation: Simulation) -> list[tuple[str, str]]:
    return [(f.ref, f.status) for f in simulation.rows("Fulfilment")]


def test_an_order_is_sourced_packed_and_collected() -> None:
    made = shop()
    simulation = made.simulation
    order = made.order("O1", {"CAP": 2})
    played = simulation.send("CREATE", order)
    assert played.failures == []
    assert [e.name for e in played.happened if e.result == "NO_MATCH"] == []
    assert statuses(simulation) == [("O1-1", "ASSIGNED")]
    (fulfilment,) = simulation.rows("Fulfilment")
    packed = {"fulfilmentItems": [{"id": str(i.id), "filledQuantity": 2} for i in simulation.rows("FulfilmentItem")]}
    assert simulation.send("FulfilmentPack", fulfilment, packed).failures == []
    shipped = {"articles": [{"items": [], "trackingNumber": "T1", "weight": 1}]}
    assert simulation.send("WarehouseShipped", fulfilment, shipped).failures == []
    (article,) = simulation.rows("Article")
    assert simulation.send("ARTICLE_COLLECTED", article).failures == []
    assert statuses(simulation) == [("O1-1", "COMPLETE")]
    assert simulation.one("Order").status == "COMPLETE"
    position = simulation.one("InventoryPosition", ref="CAP:DC:DEFAULT")
    assert (position.on_hand, position.reserved) == (0, 0)


def test_stock_is_promised_once_and_the_rest_is_escalated() -> None:
    made = shop()
    simulation = made.simulation
    for ref in ("O1", "O2", "O3"):
        simulation.send("CREATE", made.order(ref, {"CAP": 2}))
    assert statuses(simulation) == [("O1-1", "ASSIGNED"), ("O2-1", "AWAITING_WAVE"), ("O3-1", "ESCALATED")]
    assert [p.on_hand for p in simulation.rows("InventoryPosition", product_ref="CAP")] == [0, 0]
    assert [v.quantity for v in simulation.rows("VirtualPosition", product_ref="CAP")] == [0, 0]


def test_what_is_scheduled_happens_when_its_time_has_come() -> None:
    made = shop(settings={"PICK_N_PACK_TIME_LIMIT": 2})
    simulation = made.simulation
    played = simulation.send("CREATE", made.order("O1", {"SCARF": 1}))
    assert [(s.name, s.entity_type, s.at) for s in played.scheduled] == [
        ("FulfilmentExpiry", "FULFILMENT", NOW + timedelta(hours=2))
    ]
    assert simulation.advance(timedelta(hours=1, minutes=59)).happened == []
    assert simulation.advance(timedelta(minutes=1)).names[0] == "FulfilmentExpiry"
    assert simulation.now == NOW + timedelta(hours=2)
    assert statuses(simulation)[0] == ("O1-1", "EXPIRED")


def test_a_wave_collects_what_waits() -> None:
    made = shop()
    simulation = made.simulation
    simulation.send("CREATE", made.order("O1", {"SCARF": 1}))
    played = simulation.send("WaveCreate", simulation.one("Location", ref="SOHO"), {"maxCount": 5})
    assert played.failures == []
    assert simulation.one("Wave").status == "PICK"
    assert statuses(simulation) == [("O1-1", "ASSIGNED")]


def test_the_test_answers_first() -> None:
    where = Geocode("GB", None, "York")
    asked: list[StockAt] = []

    def nothing(question: StockAt) -> list[Any]:
        asked.append(question)
        return []

    made = shop(answers={where: YORK, StockAt: nothing})
    made.simulation.send("CREATE", made.order("O1", {"CAP": 1}, to=None))
    address = made.simulation.one("CustomerAddress")
    assert (address.latitude, address.longitude) == YORK
    assert [q.product_refs for q in asked] == [("CAP",)]
    assert statuses(made.simulation) == [("O1-1", "ESCALATED")]


def _document(*rules: dict[str, Any], exception: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    def ruleset(type_: str, own: tuple[dict[str, Any], ...]) -> dict[str, Any]:
        return {"name": "Go", "type": "ORDER", "eventType": type_, "triggers": [], "rules": list(own)}

    rulesets = [ruleset("NORMAL", rules), ruleset("EXCEPTION", exception)]
    return {"entityType": "ORDER", "entitySubtype": "HD", "version": "1.0", "statuses": [], "rulesets": rulesets}


def call(name: str, **props: Any) -> dict[str, Any]:
    return {"name": f"ACME.{name}", "props": props}


def test_webhooks_settings_and_traces_can_be_looked_at() -> None:
    setting = {"name": "hook", "url": "https://hooks.example/orders"}
    simulation = Simulation([_document(call("core.SendWebhook", setting="HOOK"))], settings={"HOOK": setting})
    played = simulation.send("Go", simulation.add("Order", ref="O1", type="HD"), {"why": "so"})
    (webhook,) = played.webhooks
    assert (webhook["url"], webhook["name"], webhook["attributes"]) == (setting["url"], "hook", {"why": "so"})
    (trace,) = played.traces
    (asked,) = trace.events[0].rulesets[0].rules[0].asks
    assert asked.kind == Setting.__name__
    assert played.happened[0].rules == ("core.SendWebhook",)
    assert [action[0] for action in played.happened[0].actions] == ["Webhook"]


def test_failures_are_told_and_exceptions_go_to_the_workflow() -> None:
    simulation = Simulation([_document(call("order.CreateFulfilment"))])
    order = simulation.add("Order", ref="O1", type="HD")
    played = simulation.send("Go", order)
    assert [e.result for e in played.happened] == ["FAILED"]
    assert "proposedFulfilment" in played.failures[0]

    def risky(name: str) -> Rule | None:
        def act(_: Any) -> None:
            raise RuleExecutionError("closed")

        return (
            Rule("core.Risky", "Risky", (), raises="it is closed", function=act)
            if "Risky" in name
            else names.resolve(name)
        )

    document = _document(call("core.Risky"), exception=(call("core.SetState", status="HELD"),))
    simulation = Simulation([document], resolve=risky)
    order = simulation.add("Order", ref="O1", type="HD")
    assert [(e.name, e.type) for e in simulation.send("Go", order).happened] == [("Go", "NORMAL"), ("Go", "EXCEPTION")]
    assert simulation.one("Order").status == "HELD"


def test_an_undeclared_act_is_no_quiet_failure() -> None:
    def silent(name: str) -> Rule | None:
        found = names.resolve(name)
        return None if found is None else replace(found, sets=())

    simulation = Simulation([_document(call("core.SetState", status="HELD"))], resolve=silent)
    with pytest.raises(UndeclaredError, match=r"rule core.SetState sets status HELD of ORDER"):
        simulation.send("Go", simulation.add("Order", ref="O1", type="HD"))


def test_a_loop_between_lanes_is_found() -> None:
    document = _document(call("core.ScheduleEvent", eventName="Go", delay=0))
    simulation = Simulation([document])
    with pytest.raises(AssertionError, match="more than 1000 contexts"):
        simulation.send("Go", simulation.add("Order", ref="O1", type="HD"))


def test_the_library_is_not_changed_by_simulations() -> None:
    before = dict(REGISTRY)
    made = shop()
    made.simulation.send("CREATE", made.order("O1", {"CAP": 1}))
    assert before == REGISTRY
