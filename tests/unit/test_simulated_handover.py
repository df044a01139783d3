"""Parcels handed over in small workflows: to customers with a PIN, to carriers of choice, and by manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.testing.simulation import Simulation
from penstock.testing.simulation.shop import YORK, Shop
from penstock.workflows.documents import reference

if TYPE_CHECKING:
    from collections.abc import Sequence


def call(name: str, **props: Any) -> dict[str, Any]:
    return {"name": f"ACME.{name}", "props": props}


def ruleset(name: str, type_: str, triggers: Sequence[str], *rules: dict[str, Any]) -> dict[str, Any]:
    statuses = [{"status": status} for status in triggers]
    return {"name": name, "type": type_, "eventType": "NORMAL", "triggers": statuses, "rules": list(rules)}


def document(name: str, *rulesets: dict[str, Any]) -> dict[str, Any]:
    type_, _, subtype = name.partition("::")
    about = {"name": name, "entityType": type_, "entitySubtype": subtype, "version": "1.0", "statuses": []}
    return {**about, "rulesets": list(rulesets)}


# Spec 36, scenario 36.
def test_only_the_pin_of_the_order_opens() -> None:
    collected = ruleset(
        "ARTICLE_COLLECTED",
        "ARTICLE",
        ["AWAITING_CUSTOMER_COLLECTION"],
        call("order.VerifyCollection"),
        call("core.SetState", status="COLLECTED"),
    )
    late = ruleset("CollectionExpiry", "ARTICLE", [], call("order.UpdateArticleAttribute", uncollected="true"))
    simulation = Simulation([document("ORDER::CC", collected, late)])
    pin = [{"name": "collectionPin", "type": "STRING", "value": "4711"}]
    order = simulation.add("Order", ref="O1", type="CC", attributes=pin)
    article = simulation.add("Article", ref="P1", type="DEFAULT", order_id=order.id)
    article.status = "AWAITING_CUSTOMER_COLLECTION"
    assert simulation.send("CollectionExpiry", article).failures == []
    before = simulation.one("Article").attributes
    assert before == [{"name": "uncollected", "type": "BOOLEAN", "value": True}]
    wrong = simulation.send("ARTICLE_COLLECTED", article, {"verificationValue": "0000", "collectedBy": "Eve"})
    assert [e.result for e in wrong.happened] == ["FAILED"]
    found = simulation.one("Article")
    assert (found.status, found.attributes) == ("AWAITING_CUSTOMER_COLLECTION", before)
    right = {"verificationType": "PIN", "verificationValue": "4711", "collectedBy": "Ana"}
    assert simulation.send("ARTICLE_COLLECTED", article, right).failures == []
    found = simulation.one("Article")
    assert found.status == "COLLECTED"
    assert {a["name"]: a["value"] for a in found.attributes} == {"uncollected": True, **right}


def test_the_shipped_workflow_books_the_carrier_that_was_chosen() -> None:
    documents = reference("ACME", 1)
    (orders,) = (d for d in documents if d["name"] == "ORDER::HD")
    (booking,) = (r for r in orders["rulesets"] if r["name"] == "CreateConsignment")
    booking["rules"].insert(0, call("order.SelectCarrier", default="LAST"))
    made = Shop(Simulation(documents))
    simulation = made.simulation
    made.place("SOHO", "STORE", YORK, {"CAP": 1}).default_carrier = "VAN"
    van = simulation.add("Carrier", ref="VAN", name="Our van", type="DEFAULT", status="ACTIVE")
    simulation.send("CREATE", made.order("O1", {"CAP": 1}))
    simulation.send("WaveCreate", simulation.one("Location", ref="SOHO"), {"maxCount": 1})
    (fulfilment,), (item,) = simulation.rows("Fulfilment"), simulation.rows("FulfilmentItem")
    simulation.send("FulfilmentPack", fulfilment, {"fulfilmentItems": [{"id": str(item.id), "filledQuantity": 1}]})
    parcel = {"items": [{"fulfilmentItemId": item.id, "quantity": 1}]}
    assert simulation.send("ConfirmPack", fulfilment, {"packedItems": {"articles": [parcel]}}).failures == []
    assert simulation.one("Consignment").carrier_id == van.id
    assert {"name": "carrierRef", "type": "STRING", "value": "VAN"} in simulation.one("Fulfilment").attributes


HOOK = {"name": "manifest", "url": "https://carrier.example/manifests"}


def test_what_waits_at_a_store_is_listed_once() -> None:
    place = document("LOCATION::STORE", ruleset("CreateManifest", "LOCATION", ["ACTIVE"], call("order.CreateManifest")))
    create = ruleset("CREATE", "MANIFEST", ["CREATED"], call("core.SendWebhook", setting="HOOK"))
    lodged = ruleset("ManifestLodged", "MANIFEST", ["CREATED"], call("core.SetState", status="LODGED"))
    simulation = Simulation([place, document("CARRIER::DEFAULT", create, lodged)], settings={"HOOK": HOOK})
    made = Shop(simulation)
    soho, leeds = (made.place(ref, "STORE", YORK) for ref in ("SOHO", "LEEDS"))
    carrier = simulation.one("Carrier", ref="DEFAULT_CARRIER:1")
    carrier.workflow_ref, carrier.workflow_version = "CARRIER::DEFAULT", 1

    def book(ref: str, at: Any, status: str = "LODGED") -> int:
        order = simulation.add("Order", ref=ref, type="HD")
        planned = simulation.add("Fulfilment", order_id=order.id, from_address_id=at.primary_address_id)
        article = simulation.add("Article", order_id=order.id)
        simulation.join("article_fulfilment", article_id=article.id, fulfilment_id=planned.id)
        booked = simulation.add("CarrierConsignment", ref=f"B-{ref}", carrier_id=carrier.id, status=status)
        simulation.add("CarrierConsignmentArticle", article_id=article.id, carrier_consignment_id=booked.id)
        return int(booked.id)

    first, _, _ = book("O1", soho), book("O2", leeds), book("O3", soho, "BOOKING_FAILED")
    played = simulation.send("CreateManifest", soho)
    assert played.failures == []
    manifest = simulation.one("Manifest")
    assert (manifest.carrier_id, manifest.location_id) == (carrier.id, soho.id)
    assert simulation.memory.joins["manifest_carrier_consignment"] == {(first, manifest.id)}
    (webhook,) = played.webhooks
    assert (webhook["entityType"], webhook["entityRef"]) == ("MANIFEST", manifest.ref)
    simulation.send("ManifestLodged", manifest)
    assert simulation.one("Manifest").status == "LODGED"
    again = simulation.send("CreateManifest", soho)
    assert "no booking with carrier DEFAULT_CARRIER:1 waits" in again.failures[0]
    second = book("O4", soho)
    simulation.one("Manifest").status = "CANCELLED"
    assert simulation.send("CreateManifest", soho, {"carrierRef": "DEFAULT_CARRIER:1"}).failures == []
    latest = simulation.rows("Manifest")[-1].id
    listed = {c for c, m in simulation.memory.joins["manifest_carrier_consignment"] if m == latest}
    assert listed == {first, second}
