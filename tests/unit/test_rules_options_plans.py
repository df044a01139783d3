"""Fulfilment options: what there is, and the plan made of it (spec 21 §9.2, steps 6 to 8, §9.3)."""

from __future__ import annotations

from typing import Any

import pytest
from optioncases import FAR, STOCK, added, asked, play

from penstock.rules import RuleError
from penstock.rules.questions import ByRef, Matching, Setting, StockAt
from penstock.testing import row
from penstock.testing.orders import positions

# --- what there is ---


def test_stock_is_searched_at_the_locations() -> None:
    answers = {StockAt("BASE:1", ("A", "B")): STOCK}
    context = asked({"locations": FAR[:1]}, answers)
    found = added("SearchInventoryAtLocationsFO", context, virtualCatalogueRef="BASE:1")
    assert found["virtualPositions"] == STOCK[:1]
    context = asked({"locations": FAR}, {StockAt("BASE:1", ("A", "B")): None})
    with pytest.raises(RuleError, match="virtualCatalogueRef: there is no virtual catalogue BASE:1") as failure:
        play("SearchInventoryAtLocationsFO", context, virtualCatalogueRef="BASE:1")
    assert failure.value.code == 404


TOTAL = row("VirtualCatalogue", id=60, ref="ATS", type="AGGREGATE")
TOTALS = Matching("VirtualPosition", (("catalogue_id", (60,)), ("product_ref", ("A", "B"))))


def total(product: str, units: int | None, group: str = "ATS", status: str = "ACTIVE") -> Any:
    about = {"product_ref": product, "group_ref": group, "quantity": units, "status": status}
    return row("VirtualPosition", id=1, ref=f"{product}:ATS", catalogue_id=60, **about)


def test_availability_is_that_of_the_catalogue_as_a_whole() -> None:
    others = [total("B", 3, group="S1"), total("B", 0), total("B", None), total("B", 3, status="INACTIVE")]
    answers = {ByRef("VirtualCatalogue", "ATS"): TOTAL, TOTALS: [total("A", 7), *others]}
    found = added("SearchInventoryForProductAvailabilityFO", asked(answers=answers), virtualCatalogueRef="ATS")
    assert found["virtualPositions"] == [
        {"ref": "A:ATS", "productRef": "A", "groupRef": "ATS", "quantity": 7, "status": "ACTIVE"}
    ]
    context = asked(answers={ByRef("VirtualCatalogue", "ATS"): None})
    with pytest.raises(RuleError, match="virtualCatalogueRef: there is no virtual catalogue ATS") as failure:
        play("SearchInventoryForProductAvailabilityFO", context, virtualCatalogueRef="ATS")
    assert failure.value.code == 404


# --- plans ---


def proposals(stock: Any = STOCK, settings: dict[Any, Any] | None = None, locations: Any = FAR) -> Any:
    context = asked({"locations": locations, "virtualPositions": stock}, settings)
    return added("FindProposedFulfilmentsFO", context)["proposedFulfilments"]


def test_locations_are_rated() -> None:
    found = proposals()
    assert [(p["locationRef"], p["rating"]) for p in found] == [("S1", 66.6667), ("S2", 58.2431), ("W1", 50.2327)]
    assert found[1]["items"] == [
        {"productRef": "A", "availableQuantity": 5, "requestedQuantity": 2},
        {"productRef": "B", "availableQuantity": 1, "requestedQuantity": 1},
    ]
    assert proposals([]) == []
    nearness = {Setting("PROXIMITY.WEIGHTING.FACTOR"): 0, Setting("QUANTITY.WEIGHTING.FACTOR"): "100"}
    assert [(p["locationRef"], p["rating"]) for p in proposals(settings=nearness)] == [
        ("S2", 100.0),
        ("W1", 100.0),
        ("S1", 33.3333),
    ]


@pytest.mark.parametrize("given", ["much", True, "inf", "nan"])
def test_a_weight_is_a_number(given: Any) -> None:
    with pytest.raises(RuleError) as failure:
        proposals(settings={Setting("QUANTITY.WEIGHTING.FACTOR"): given})
    assert failure.value.code == 422
    assert str(failure.value) == f"setting QUANTITY.WEIGHTING.FACTOR must be a number, not {given!r}"


@pytest.mark.parametrize("name", ["FindProposedFulfilmentsFO", "SelectRatedFulfilmentPlanFO"])
def test_ratings_and_their_plans_take_distances(name: str) -> None:
    unmeasured = {k: v for k, v in FAR[1].items() if k != "distance"}
    event = {"locations": [FAR[0], unmeasured], "virtualPositions": STOCK, "proposedFulfilments": proposals()}
    with pytest.raises(RuleError) as failure:
        play(name, asked(event))
    message = "locations: S2 has no distance: let order.CalculateLocationsDistances run before this rule"
    assert (failure.value.message, failure.value.code) == (message, 400)


def chosen(stock: Any = STOCK, more: dict[str, Any] | None = None, locations: Any = FAR, **values: Any) -> Any:
    near = {"locations": locations, "proposedFulfilments": proposals(stock, locations=locations)}
    (plan,) = added("SelectRatedFulfilmentPlanFO", asked({**near, **(more or {})}, **values))["fulfilmentPlans"]
    return plan


def test_the_best_rated_locations_make_the_plan() -> None:
    a = {"productRef": "A", "requestedQuantity": 2, "catalogueRef": "PC"}
    b = {"productRef": "B", "requestedQuantity": 1, "catalogueRef": None}
    assert chosen() == {
        "fulfilments": [
            {
                "locationRef": "S1",
                "fulfilmentType": "HD_PFS",
                "eta": None,
                "items": [{**a, "availableQuantity": 1}],
            },
            {
                "locationRef": "S2",
                "fulfilmentType": "HD_PFS",
                "eta": None,
                "items": [{**a, "availableQuantity": 5}, {**b, "availableQuantity": 1}],
            },
        ],
        "exceptions": [],
        "attributes": [{"name": "distance", "type": "DOUBLE", "value": 3.32}],
        "eta": None,
    }


def test_what_is_missing_is_told() -> None:
    plan = chosen(STOCK[:1])
    assert [f["locationRef"] for f in plan["fulfilments"]] == ["S1"]
    assert [(e["code"], e["message"]) for e in plan["exceptions"]] == [
        ("OUT_OF_STOCK", "SKU A: 1 of 2 not available"),
        ("OUT_OF_STOCK", "SKU B: 1 of 1 not available"),
    ]
    assert chosen([])["fulfilments"] == []
    assert chosen([])["attributes"] == []


def test_lines_of_a_product_are_added_up() -> None:
    lines = [{"productRef": "B", "requestedQuantity": n, "catalogueRef": f"PC{n}"} for n in (1, 2)]
    (fulfilment,) = chosen(products=lines)["fulfilments"][1:]
    assert fulfilment["items"] == [
        {"productRef": "B", "availableQuantity": 50, "requestedQuantity": 3, "catalogueRef": "PC1"}
    ]


@pytest.mark.parametrize(
    ("order_type", "place", "type_"), [(None, 1, "HD_PFS"), ("CC", 1, "CC_PFS"), ("CC", 4, "CC_PFDC")]
)
def test_the_type_of_fulfilment_is_that_of_orders(order_type: str | None, place: int, type_: str) -> None:
    stock = [STOCK[place]]
    assert chosen(stock, order_type=order_type)["fulfilments"][0]["fulfilmentType"] == type_


def test_a_plan_tells_where_one_collects() -> None:
    ref = {"name": "pickupLocationRef", "type": "STRING", "value": "S2"}
    assert chosen(more={"pickupLocationRef": "S2"})["attributes"] == [ref]
    far = {"name": "distance", "type": "DOUBLE", "value": 20.138}
    more = {"pickupLocationRef": "S2", "pickupDistance": 20_138.0}
    assert chosen(more=more)["attributes"] == [far, ref]


def test_only_stores_and_warehouses_send() -> None:
    with pytest.raises(RuleError, match="location S1 has type KIOSK: only STORE and WAREHOUSE fulfil") as failure:
        chosen(locations=[{**FAR[0], "type": "KIOSK"}])
    assert failure.value.code == 400


def test_proposals_are_of_the_events_locations() -> None:
    context = asked({"locations": FAR[:1], "proposedFulfilments": proposals()})
    with pytest.raises(RuleError, match="proposedFulfilments: S2 is none of the event's locations") as failure:
        play("SelectRatedFulfilmentPlanFO", context)
    assert failure.value.code == 422


def available(*stock: tuple[str, str, int]) -> Any:
    context = asked({"virtualPositions": positions(*stock)}, type="PA")
    (plan,) = added("SelectProductAvailabilityFulfilmentPlanFO", context)["fulfilmentPlans"]
    return plan


def test_a_plan_over_what_there_is_in_all() -> None:
    plan = available(("ATS", "B", 9), ("ATS", "A", 1))
    (fulfilment,) = plan["fulfilments"]
    assert (fulfilment["locationRef"], fulfilment["fulfilmentType"]) == ("ATS", None)
    assert [(i["productRef"], i["availableQuantity"], i["requestedQuantity"]) for i in fulfilment["items"]] == [
        ("A", 1, 2),
        ("B", 9, 1),
    ]
    assert [e["message"] for e in plan["exceptions"]] == ["SKU A: 1 of 2 not available"]
    assert plan["attributes"] == []
    assert available()["fulfilments"] == []
