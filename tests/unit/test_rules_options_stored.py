"""Fulfilment options: hours, and plans that are stored (spec 21 §9.2, steps 9 and 10, §9.4)."""

from __future__ import annotations

from typing import Any

import pytest
from optioncases import FAR, FORWARDED, added, asked, play

from penstock.rules import Create, RuleError, SendEvent, Update
from penstock.rules.questions import Setting
from penstock.testing import row, run

# --- hours ---

LIMIT = "PICK_N_PACK_TIME_LIMIT"


def plan(*refs: str) -> dict[str, Any]:
    items = [{"productRef": "A", "availableQuantity": 1, "requestedQuantity": 2}]
    return {"fulfilments": [{"locationRef": ref, "items": items} for ref in refs]}


def etas(more: dict[str, Any], *refs: str, default: object = "24", **hours: Any) -> tuple[list[str], str]:
    ids = {place["ref"]: int(place["id"]) for place in FAR}
    settings = {Setting(LIMIT, location_id=ids[ref]): value for ref, value in hours.items()}
    context = asked({"fulfilmentPlans": [plan(*refs)], **more}, settings)
    props = {"pickNPackTimeLimitSetting": LIMIT, "defaultEta": default}
    (found,) = added("CalculateEtaFO", context, **props)["fulfilmentPlans"]
    return [f["eta"] for f in found["fulfilments"]], found["eta"]


def test_hours_come_from_the_locations() -> None:
    known = {"locations": FAR}
    assert etas(known, "S1", "S2", S1=4) == (["4", "24"], "24")
    assert etas(known, "S1", "S2", S1="4", S2=30.5) == (["4", "30.5"], "30.5")
    assert etas(known, "S1", S1="9", default=8) == (["9"], "9")
    assert etas(known, default=8) == ([], "8")
    assert etas({}, "ATS") == (["24"], "24")


def test_what_has_to_be_transferred_takes_the_default() -> None:
    known = {"locations": FAR, "pickupLocationRef": "S1"}
    assert etas(known, "S1", "S2", S1=4, S2=5) == (["4", "24"], "24")


def test_hours_are_numbers() -> None:
    with pytest.raises(RuleError, match=f"setting {LIMIT} must be a number of hours, not 'soon'") as failure:
        etas({"locations": FAR}, "S1", S1="soon")
    assert failure.value.code == 422
    with pytest.raises(RuleError, match="defaultEta must be a whole number, not 'soon'"):
        etas({"locations": FAR}, "S1", default="soon")


@pytest.mark.parametrize(
    ("plans", "what"),
    [
        ("none", "attribute fulfilmentPlans: Expected `array`, got `str`"),
        ([{"fulfilments": [{"items": []}]}], "attribute fulfilmentPlans: .* missing required field `locationRef`"),
        ([{"fulfilments": [{"locationRef": 5, "items": []}]}], r"Expected `str`, got `int` - at `\$\[0\].fulfilments"),
    ],
)
def test_malformed_plans_are_refused(plans: object, what: str) -> None:
    with pytest.raises(RuleError, match=what) as failure:
        play("CalculateEtaFO", asked({"fulfilmentPlans": plans}), pickNPackTimeLimitSetting=LIMIT, defaultEta=24)
    assert failure.value.code == 400
    with pytest.raises(RuleError, match=what):
        play("CreateFulfilmentPlansFO", asked({"fulfilmentPlans": plans}))


# --- storing ---


def test_plans_with_fulfilments_are_stored() -> None:
    short = {"code": "OUT_OF_STOCK", "message": "SKU B: 1 of 1 not available"}
    attributes = [{"name": "distance", "type": "DOUBLE", "value": 3.32}]
    first = {**plan("S1", "S2"), "eta": "24", "exceptions": [short], "attributes": attributes}
    context = asked({"fulfilmentPlans": [first, plan(), plan("W1")]})
    one, two, sent = play("CreateFulfilmentPlansFO", context)
    assert isinstance(one, Create)
    assert isinstance(two, Create)
    assert sent == SendEvent("Next")
    made = one.row
    assert (made.type, made.status, made.fulfilment_option_id, made.split_count, made.eta) == (
        "HD",
        "CREATED",
        5,
        1,
        "24",
    )
    assert [f["locationRef"] for f in made.fulfilments] == ["S1", "S2"]
    assert made.exceptions == [{**short, "attributes": None}]
    assert made.attributes == attributes
    assert (two.row.split_count, two.row.exceptions) == (0, [])
    assert len({made.ref, two.row.ref}) == 2
    again, *_ = play("CreateFulfilmentPlansFO", context)
    assert again.row.ref == made.ref  # a replay makes the same


def test_plans_of_another_run_get_other_refs() -> None:
    known = row("FulfilmentPlan", id=7, fulfilment_option_id=5, status="FULFILLED")
    attributes = {"fulfilmentPlans": [plan("S1")]}
    one, *_ = play("CreateFulfilmentPlansFO", asked(attributes))
    two, *_ = play("CreateFulfilmentPlansFO", asked(attributes, plans=[known]))
    assert one.row.ref != two.row.ref


def stored(status: str, *offers: tuple[str, int]) -> Any:
    items = [{"productRef": ref, "availableQuantity": units, "requestedQuantity": 1} for ref, units in offers]
    about = {"fulfilment_option_id": 5, "status": status}
    return row("FulfilmentPlan", id=7, fulfilments=[{"locationRef": "S1", "items": items}], **about)


@pytest.mark.parametrize(
    ("offers", "status"),
    [
        ([("A", 1), ("A", 1), ("B", 1)], "FULFILLED"),
        ([("A", 1)], "PARTIALLY_FULFILLED"),
        ([], "REJECTED"),
    ],
)
def test_a_plans_status_is_what_it_covers(offers: list[tuple[str, int]], status: str) -> None:
    new, old = stored("CREATED", *offers), stored("FULFILLED")
    name = "globalinventory.UpdateFulfilmentPlansStatusFO"
    assert run(name, asked(plans=[new, old])) == [Update(new, {"status": status})]
    assert run(name, asked(plans=[old])) == []
    assert run(name, asked(plans=[new]), eventName="Next")[1:] == FORWARDED
    bare = row("FulfilmentPlan", id=8, fulfilment_option_id=5, status="CREATED")
    assert run(name, asked(plans=[bare])) == [Update(bare, {"status": "REJECTED"})]


@pytest.mark.parametrize(
    ("name", "attributes", "props"),
    [
        ("SearchInventoryAtLocationsFO", {}, {"virtualCatalogueRef": "BASE:1"}),
        ("FindProposedFulfilmentsFO", {"locations": FAR}, {}),
        ("SelectRatedFulfilmentPlanFO", {"locations": FAR}, {}),
        ("SelectProductAvailabilityFulfilmentPlanFO", {}, {}),
        ("CalculateEtaFO", {}, {"pickNPackTimeLimitSetting": LIMIT, "defaultEta": 24}),
        ("CreateFulfilmentPlansFO", {}, {}),
    ],
)
def test_attributes_that_are_needed_are_named(name: str, attributes: dict[str, Any], props: dict[str, Any]) -> None:
    with pytest.raises(RuleError, match=r"attribute .* is missing") as failure:
        play(name, asked(attributes), **props)
    assert failure.value.code == 400
