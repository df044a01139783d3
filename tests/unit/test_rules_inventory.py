"""Rules of stock: counts, reservations, picks, corrections and deltas."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from penstock.inventory.ledger import COUNTING_STATUSES, COUNTING_TYPES
from penstock.rules import Action, Create, Log, RuleError, SendEvent, Update
from penstock.rules.questions import (
    ByRef,
    LedgerSum,
    LocationOfAddress,
    Matching,
)
from penstock.testing import FakeContext, row, run, run_all
from penstock.testing.orders import INVENTORY, POSITION, STORE_A, HomeDelivery

X = [SendEvent("X")]


def quantity(type_: str, units: int, ref: str, status: str = "ACTIVE", id_: int = 600) -> Any:
    return row("InventoryQuantity", id=id_, ref=ref, type=type_, quantity=units, status=status, position_id=500)


def at_position(event: dict[str, Any] | None = None, answers: dict[Any, Any] | None = None) -> FakeContext:
    return FakeContext("InventoryPosition", POSITION, attributes=event, answers=answers)


def at_catalogue(event: dict[str, Any], answers: dict[Any, Any] | None = None) -> FakeContext:
    return FakeContext("InventoryCatalogue", INVENTORY, attributes=event, answers=answers)


def rows(actions: list[Action]) -> list[tuple[str, str, int, str]]:
    made = [a.row for a in actions if isinstance(a, Create)]
    return [(r.ref, r.type, r.quantity, r.status) for r in made]


def updates(actions: list[Action]) -> dict[str, dict[str, Any]]:
    return {a.row.ref: a.values for a in actions if isinstance(a, Update)}


# --- loading ---


def record(qty: object = 40, **more: Any) -> dict[str, Any]:
    known = {"ref": "a:A:DEFAULT", "productRef": "a", "locationRef": "A", "qty": qty}
    return {"inventoryPosition": known | more}


def by_ref(ref: str = "a:A:DEFAULT") -> ByRef:
    return ByRef("InventoryPosition", ref, within=50)


def of_type(type_: str) -> Matching:
    return Matching("InventoryQuantity", (("position_id", (500,)), ("type", (type_,))))


@pytest.mark.parametrize("exists", [True, False])
def test_a_record_goes_to_its_position_or_creates_it(*, exists: bool) -> None:
    answers = {by_ref(): POSITION if exists else None}
    [event] = run("globalinventory.LoadInventoryPositionData", at_catalogue(record(), answers), eventName="X")
    assert isinstance(event, SendEvent)
    attributes = event.attributes or {}
    assert attributes["inventoryPositionExists"] is exists
    context = at_catalogue(attributes, answers)
    down = run("globalinventory.DownToInventoryPositionIfExists", context, eventName="X")
    create = run("globalinventory.ForwardIfInventoryPositionNotExists", context, eventName="X")
    assert down == ([SendEvent("X", to=POSITION, root=INVENTORY)] if exists else [])
    assert create == ([] if exists else X)


def test_a_record_needs_its_keys() -> None:
    context = at_catalogue({"inventoryPosition": {"ref": "a:A:DEFAULT", "productRef": "a"}})
    with pytest.raises(RuleError, match="inventoryPosition needs locationRef"):
        run("globalinventory.LoadInventoryPositionData", context, eventName="X")


def test_a_new_position() -> None:
    [action] = run("globalinventory.CreateInventoryPosition", at_catalogue(record()))
    assert isinstance(action, Create)
    made = action.row
    assert (made.ref, made.type, made.product_ref, made.location_ref) == ("a:A:DEFAULT", "DEFAULT", "a", "A")
    assert (made.catalogue_id, made.status) == (50, "CREATED")


def upserted(event: dict[str, Any], answers: dict[Any, Any]) -> list[Action]:
    return run("globalinventory.UpsertInventoryQuantity", at_position(event, answers))


def test_a_first_count_is_stored_by_the_catalogue() -> None:
    context = at_catalogue(record(), {by_ref(): POSITION, of_type("LAST_ON_HAND"): []})
    actions = run("globalinventory.UpsertInventoryQuantity", context)
    assert rows(actions) == [("a:A:DEFAULT:LAST_ON_HAND", "LAST_ON_HAND", 40, "ACTIVE")]


def test_a_further_count_updates_the_one_of_its_type() -> None:
    loaded_by_hand = quantity("LAST_ON_HAND", 9, "mine")
    actions = upserted(record("12"), {of_type("LAST_ON_HAND"): [loaded_by_hand]})
    assert updates(actions) == {"mine": {"quantity": 12}}


def test_a_quantity_with_a_ref_of_its_own_and_details() -> None:
    event = record(
        25,
        condition="NEW",
        inventoryQuantity={
            "ref": "PO-77",
            "type": "EXPECTED",
            "attributes": {"expectedOn": "2026-03-01T00:00:00.000Z", "supplier": "ACME", "boxes": 3},
        },
    )
    [action] = upserted(event, {ByRef("InventoryQuantity", "PO-77", within=50): None})
    assert isinstance(action, Create)
    made = action.row
    assert (made.ref, made.type, made.quantity, made.condition) == ("PO-77", "EXPECTED", 25, "NEW")
    assert made.expected_on == datetime(2026, 3, 1, tzinfo=UTC)
    assert made.attributes == [
        {"name": "supplier", "type": "STRING", "value": "ACME"},
        {"name": "boxes", "type": "INTEGER", "value": 3},
    ]


@pytest.mark.parametrize(
    ("qty", "message"), [(-1, "must not be negative"), (1.5, "whole number"), ("many", "whole number"), (True, "whole")]
)
def test_counts_are_checked(qty: object, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        upserted(record(qty), {of_type("LAST_ON_HAND"): []})


def test_a_ref_of_another_position_is_refused() -> None:
    other = quantity("EXPECTED", 1, "PO-1")
    other.position_id = 501
    event = record(inventoryQuantity={"ref": "PO-1", "type": "EXPECTED"})
    with pytest.raises(RuleError, match="PO-1 belongs to another position"):
        upserted(event, {ByRef("InventoryQuantity", "PO-1", within=50): other})


@pytest.mark.parametrize(
    ("event", "types"),
    [
        (record(), ("SALE", "DELTA", "CORRECTION")),
        (record(correctedQty="0"), ("SALE", "DELTA", "CORRECTION")),
        (record(correctedQty=2), ("SALE", "DELTA")),
        (record(inventoryQuantity={"type": "EXPECTED"}), None),
    ],
)
def test_what_a_count_switches_off(event: dict[str, Any], types: tuple[str, ...] | None) -> None:
    where = (("position_id", (500,)), ("type", types or ()), ("status", ("CREATED", "ACTIVE")))
    sale = quantity("SALE", -1, "s")
    context = at_position(event, {Matching("InventoryQuantity", where): [sale]} if types else {})
    actions = run("globalinventory.DeactivateRelatedInventoryQuantities", context)
    assert updates(actions) == ({"s": {"status": "INACTIVE"}} if types else {})


# --- on hand ---


def test_on_hand_is_summed_for_all_positions_at_once() -> None:
    def context(sum_: int) -> FakeContext:
        return at_position({"k": sum_}, {LedgerSum(500, COUNTING_TYPES, COUNTING_STATUSES): sum_})

    results = run_all("globalinventory.CalculateOnHand", [context(7), context(5)])
    wanted = [
        [SendEvent("CheckOnHandChanged", attributes={"k": n, "inventoryPositionOnHandCalculated": n})] for n in (7, 5)
    ]
    assert results == wanted


@pytest.mark.parametrize(("usual", "also"), [(9, {"inventoryPositionAlsoCounted": -2}), (7, {})])
def test_what_is_counted_otherwise_is_told_beside(usual: int, also: dict[str, int]) -> None:
    own = LedgerSum(500, ("LAST_ON_HAND", "SALE"), ("ACTIVE",))
    context = at_position({}, {own: 7, LedgerSum(500, COUNTING_TYPES, COUNTING_STATUSES): usual})
    props = {"filterTypes": ["LAST_ON_HAND", "SALE"], "filterStatuses": "ACTIVE"}
    ((sent,),) = run_all("globalinventory.CalculateOnHand", [context], **props)
    assert sent == SendEvent("CheckOnHandChanged", attributes={"inventoryPositionOnHandCalculated": 7, **also})
    context = at_position(sent.attributes or {})
    assert run("globalinventory.ForwardIfOnHandChanged", context) == ([SendEvent("UpdateOnHand")] if also else [])
    written = {"on_hand": 7} | ({"also_counted": -2} if also else {})
    assert run("globalinventory.UpdateOnHand", context) == [Update(POSITION, written)]


def test_on_hand_is_written_only_when_it_changed() -> None:
    same = at_position({"inventoryPositionOnHandCalculated": 7})
    changed = at_position({"inventoryPositionOnHandCalculated": -2})
    assert run("globalinventory.ForwardIfOnHandChanged", same) == []
    assert run("globalinventory.ForwardIfOnHandChanged", changed) == [SendEvent("UpdateOnHand")]
    assert run("globalinventory.UpdateOnHand", changed) == [Update(POSITION, {"on_hand": -2})]


# --- promises ---

REFS = {t: f"a:A:DEFAULT:{t}:9001" for t in ("RESERVED", "SALE", "CORRECTION")}


def applied(operation: str, known: list[Any], more: dict[Any, Any] | None = None, **amounts: int) -> list[Action]:
    where = (("catalogue_id", (50,)), ("ref", tuple(REFS.values())))
    event = {"operation": operation, "fulfilmentId": 9001, **amounts}
    answers = {Matching("InventoryQuantity", where): known, **(more or {})}
    return run("globalinventory.ApplyFulfilmentInventoryUpdate", at_position(event, answers))


def reserved(status: str = "ACTIVE") -> Any:
    return quantity("RESERVED", -5, REFS["RESERVED"], status)


def test_reserving_by_hand_and_again() -> None:
    made = applied("RESERVE", [], reservedQty=-5)
    assert rows(made) == [(REFS["RESERVED"], "RESERVED", -5, "ACTIVE")]
    assert applied("RESERVE", [reserved()], reservedQty=-5) == []
    assert applied("RESERVE", [reserved("INACTIVE")], reservedQty=-5) == []


@pytest.mark.parametrize(
    ("rest", "status", "changed"),
    [
        (-3, "ACTIVE", {"quantity": -3}),
        (-3, "CREATED", {"quantity": -3}),
        (0, "ACTIVE", {"quantity": 0}),
        (-5, "ACTIVE", None),
        (-6, "ACTIVE", None),  # of an earlier cancellation, whose event is late
        (1, "ACTIVE", None),
        (-3, "INACTIVE", None),
    ],
)
def test_a_reservation_is_only_ever_reduced(rest: int, status: str, changed: dict[str, int] | None) -> None:
    actions = applied("REDUCE_RESERVE", [reserved(status)], reservedQty=rest)
    assert updates(actions) == ({} if changed is None else {REFS["RESERVED"]: changed})
    assert rows(actions) == []


def test_a_reduction_that_overtakes_the_reservation_takes_its_place() -> None:
    assert rows(applied("REDUCE_RESERVE", [], reservedQty=-3)) == [(REFS["RESERVED"], "RESERVED", -3, "ACTIVE")]
    assert applied("REDUCE_RESERVE", [], reservedQty=0) == []


def test_releasing() -> None:
    released = {REFS["RESERVED"]: {"status": "INACTIVE"}}
    assert updates(applied("UNRESERVE", [reserved()])) == released
    assert applied("UNRESERVE", [reserved("INACTIVE")]) == []
    assert applied("UNRESERVE", []) == []


@pytest.mark.parametrize(("sale", "correction"), [(-5, 0), (-1, -4), (0, -5)])
def test_confirming_a_pick_leaves_the_sum_as_it_was(sale: int, correction: int) -> None:
    actions = applied("RESET_RESERVE", [reserved()], saleQty=sale, correctionQty=correction)
    assert updates(actions) == {REFS["RESERVED"]: {"status": "INACTIVE"}}
    booked = [(REFS["SALE"], "SALE", sale, "ACTIVE"), (REFS["CORRECTION"], "CORRECTION", correction, "ACTIVE")]
    assert rows(actions) == [b for b in booked if b[2]]


def test_confirming_without_a_reservation_and_twice() -> None:
    assert rows(applied("RESET_RESERVE", [], saleQty=-5)) == [(REFS["SALE"], "SALE", -5, "ACTIVE")]
    late = [reserved("INACTIVE"), quantity("SALE", -5, REFS["SALE"], "INACTIVE")]
    assert applied("RESET_RESERVE", late, saleQty=-5, correctionQty=-1) == []


def free(number: int, *, taken: bool = False) -> dict[Any, Any]:
    ref = f"{REFS['CORRECTION']}:{number}"
    found = [quantity("CORRECTION", -1, ref)] if taken else []
    return {Matching("InventoryQuantity", (("catalogue_id", (50,)), ("ref", (ref,)))): found}


@pytest.mark.parametrize("status", ["ACTIVE", "INACTIVE"])
def test_damage_found_at_packing_moves_units_from_sale_to_correction(status: str) -> None:
    sale = quantity("SALE", -5, REFS["SALE"], status)
    actions = applied("CORRECT", [sale], free(2), saleQty=-3, correctionQty=-2)
    assert updates(actions) == {REFS["SALE"]: {"quantity": -3}}
    assert rows(actions) == [(f"{REFS['CORRECTION']}:2", "CORRECTION", -2, status)]


def test_a_correction_repeated_changes_nothing_and_a_further_one_is_numbered() -> None:
    sale = quantity("SALE", -3, REFS["SALE"])
    assert applied("CORRECT", [sale], saleQty=-3, correctionQty=-2) == []
    actions = applied("CORRECT", [sale], free(2, taken=True) | free(3), saleQty=-1, correctionQty=-4)
    assert rows(actions) == [(f"{REFS['CORRECTION']}:3", "CORRECTION", -2, "ACTIVE")]


def test_a_correction_that_overtakes_the_confirmation_stands_for_both() -> None:
    actions = applied("CORRECT", [reserved()], saleQty=-3, correctionQty=-2)
    assert updates(actions) == {REFS["RESERVED"]: {"status": "INACTIVE"}}
    assert [r[2] for r in rows(actions)] == [-3, -2]


def test_an_unknown_operation_is_named() -> None:
    with pytest.raises(RuleError, match="not STEAL"):
        applied("STEAL", [])


FAN_OUT = {
    "inventoryReserveEvent": "Reserve",
    "inventoryCancelEvent": "Cancel",
    "inventoryConfirmationEvent": "Confirm",
}


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("RESERVE", "Reserve"),
        ("REDUCE_RESERVE", "Reserve"),
        ("UNRESERVE", "Cancel"),
        ("RESET_RESERVE", "Confirm"),
        ("CORRECT", "Confirm"),
    ],
)
def test_every_position_gets_its_own_event(operation: str, name: str) -> None:
    item = {"fulfilmentId": 9001, "ref": "a:A:DEFAULT", "reservedQty": -2, "saleQty": 0, "correctionQty": 0}
    where = (("catalogue_id", (50,)), ("ref", ("a:A:DEFAULT",)))
    answers = {Matching("InventoryPosition", where): [POSITION]}
    context = at_catalogue({"operation": operation, "items": [item]}, answers)
    actions = run("globalinventory.SendEventOnFulfilmentInventoryUpdate", context, **FAN_OUT)
    attributes = {
        "operation": operation,
        "fulfilmentId": "9001",
        "inventoryPositionOnHand": 7,
        "reservedQty": -2,
        "saleQty": 0,
        "correctionQty": 0,
    }
    assert actions == [SendEvent(name, to=POSITION, root=INVENTORY, attributes=attributes)]


def test_one_unknown_position_stops_all() -> None:
    where = (("catalogue_id", (50,)), ("ref", ("a:A:DEFAULT", "b:A:DEFAULT")))
    answers = {Matching("InventoryPosition", where): [POSITION]}
    items = [{"fulfilmentId": 1, "ref": "a:A:DEFAULT"}, {"fulfilmentId": 1, "ref": "b:A:DEFAULT"}]
    context = at_catalogue({"operation": "RESERVE", "items": items}, answers)
    with pytest.raises(RuleError, match="no position b:A:DEFAULT") as failure:
        run("globalinventory.SendEventOnFulfilmentInventoryUpdate", context, **FAN_OUT)
    assert failure.value.code == 404
    context = at_catalogue({"operation": "RESERVE", "items": []})
    with pytest.raises(RuleError, match="must not be empty"):
        run("globalinventory.SendEventOnFulfilmentInventoryUpdate", context, **FAN_OUT)


# --- deltas ---


def test_deltas_are_split_by_position_in_both_spellings() -> None:
    where = (("catalogue_id", (50,)), ("ref", ("a:A:DEFAULT",)))
    answers = {Matching("InventoryPosition", where): [POSITION]}
    deltas = [
        {"deltaId": "D1", "type": "DELTA", "productRef": "a", "locationRef": "A", "qty": -2},
        {"skuRef": "a", "locationRef": "A", "quantity": "5"},
    ]
    context = at_catalogue({"deltas": deltas}, answers)
    [event] = run("globalinventory.SplitDeltasAndDownToInventoryPosition", context, eventName="X")
    assert isinstance(event, SendEvent)
    assert event.to is POSITION
    split = (event.attributes or {})["deltas"]
    assert [(d["deltaId"], d["type"], d["qty"]) for d in split] == [("D1", "DELTA", -2), (None, "DELTA", 5)]


def test_a_delta_is_applied_once() -> None:
    refs = ("D1", "D2", "D2", "00000000-0000-0000-0000-000000000007:4")
    answers = {Matching("InventoryQuantity", (("catalogue_id", (50,)), ("ref", refs))): [quantity("DELTA", 1, "D1")]}
    deltas = [{"deltaId": "D1", "qty": 1}, {"deltaId": "D2", "qty": 2}, {"deltaId": "D2", "qty": 2}, {"qty": -4}]
    context = at_position({"deltas": deltas}, answers)
    actions = run("globalinventory.CreateDeltaInventoryQuantities", context)
    assert rows(actions) == [("D2", "DELTA", 2, "ACTIVE"), (refs[3], "DELTA", -4, "ACTIVE")]
    assert sum(isinstance(a, Log) for a in actions) == 2


def test_a_cancelled_parcel_goes_back_into_stock() -> None:
    order = HomeDelivery(("a", 2), ("a", 1), ("b", 4))
    article = order.article("CANCELLED", order.fulfilment("FULFILLED"), (10, 2), (11, 1), (12, 4))
    answers = {LocationOfAddress(101): STORE_A, ByRef("InventoryCatalogue", "DEFAULT:1"): INVENTORY}
    context = order.context(article, answers=answers, name="Article")
    [event] = run("order.SendInventoryDeltaForArticle", context)
    assert isinstance(event, SendEvent)
    assert (event.name, event.to) == ("INVENTORY_DELTA", INVENTORY)
    deltas = (event.attributes or {})["deltas"]
    assert [(d["deltaId"], d["qty"]) for d in deltas] == [("O1-1-1:a", 3), ("O1-1-1:b", 4)]
