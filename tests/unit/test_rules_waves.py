"""Rules of waves: what they take, and who gets the picked units."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from penstock.rules import Action, Create, Join, RuleError, SendEvent
from penstock.rules.questions import Matching, WaveFulfilments, WavesOpen
from penstock.testing import NOW, FakeContext, row, run
from penstock.testing.orders import STORE_A


def created(actions: list[Action], entity: str) -> list[Any]:
    name = f"{entity}Row"
    return [a.row for a in actions if isinstance(a, Create) and type(a.row).__name__ == name]


def waiting(id_: int, expires: int | None, **values: Any) -> Any:
    time = None if expires is None else NOW + timedelta(hours=expires)
    return row("Fulfilment", id=id_, from_address_id=101, expiry_time=time, status="AWAITING_WAVE", **values)


QUEUE = [waiting(20, None), waiting(21, 5), waiting(22, 2), waiting(23, 2), waiting(24, 1)]


def wave(rule: str, event: dict[str, Any], first: Matching) -> list[Action]:
    answers = {
        first: QUEUE,
        WavesOpen(11, ("COMPLETE", "CANCELLED")): frozenset({24}),
        Matching("User", (("username", ("mira",)),)): [row("User", id=6)],
    }
    context = FakeContext("Location", STORE_A, root=STORE_A, attributes=event, answers=answers)
    return run(f"fulfilment.{rule}", context, **({"statuses": "AWAITING_WAVE"} if "Expiry" in rule else {}))


BY_STATUS = Matching("Fulfilment", (("from_address_id", (101,)), ("status", ("AWAITING_WAVE",))))


def test_a_wave_takes_what_expires_first() -> None:
    actions = wave("CreateWaveByExpiry", {"maxCount": "3", "userName": "mira"}, BY_STATUS)
    [made] = created(actions, "Wave")
    assert (made.ref, made.type, made.location_id, made.allocated_to_id) == (f"A-W{made.id}", "STORE", 11, 6)
    assert [a.columns["fulfilment_id"] for a in actions if isinstance(a, Join)] == [22, 23, 21]


def test_a_wave_of_chosen_fulfilments() -> None:
    first = Matching("Fulfilment", (("id", (24, 21)),))
    event = {"fulfilmentIds": ["24", 21], "waveName": "Express"}
    actions = wave("CreateWaveByFulfilmentIds", event, first)
    assert created(actions, "Wave")[0].name == "Express"


def test_no_wave_without_fulfilments() -> None:
    with pytest.raises(RuleError, match="maxCount must be greater than 0"):
        wave("CreateWaveByExpiry", {"maxCount": 0}, BY_STATUS)
    answers: dict[Any, Any] = {BY_STATUS: [QUEUE[4]], WavesOpen(11, ("COMPLETE", "CANCELLED")): frozenset({24})}
    context = FakeContext("Location", STORE_A, attributes={"maxCount": 1}, answers=answers)
    with pytest.raises(RuleError, match="no fulfilments available") as failure:
        run("fulfilment.CreateWaveByExpiry", context, statuses=["AWAITING_WAVE"])
    assert failure.value.code == 422


def in_wave(event: dict[str, Any]) -> FakeContext:
    def part(fulfilment: Any, *units: int) -> tuple[Any, ...]:
        lines = [
            row("FulfilmentItem", id=fulfilment.id * 10 + n, ref=f"i{n}", order_item_id=n, requested_quantity=u)
            for n, u in enumerate(units)
        ]
        return fulfilment, lines, {0: "a", 1: "b"}, row("Order", id=fulfilment.id * 100)

    late, early, expired = waiting(21, 5), waiting(22, 2), waiting(23, 1)
    expired.status = "EXPIRED"
    answers: dict[Any, Any] = {WaveFulfilments(90): [part(late, 2, 1), part(early, 2), part(expired, 9)]}
    return FakeContext("Wave", row("Wave", id=90), root=STORE_A, attributes=event, answers=answers)


def sent(actions: list[Action]) -> dict[int, tuple[int, dict[str, Any]]]:
    """Return root and attributes of each event by the id of its target."""
    events = [a for a in actions if isinstance(a, SendEvent) and a.to is not None and a.root is not None]
    assert len(events) == len(actions)
    return {e.to.id: (e.root.id, e.attributes or {}) for e in events if e.to and e.root}


def test_fulfilments_are_told_of_their_wave() -> None:
    context = in_wave({"allFulfilmentArticles": {"22": [{"weight": 1}]}})
    assert sent(run("fulfilment.NotifyFulfilmentsInWave", context, eventName="X")) == {
        21: (2100, {}),
        22: (2200, {"fulfilmentArticles": [{"weight": 1}]}),
        23: (2300, {}),
    }


def test_picked_units_go_to_what_expires_first() -> None:
    context = in_wave({"pickedItems": [{"productRef": "a", "availableQty": 3}]})
    events = sent(run("fulfilment.AllocateConfirmedItemsByFulfilmentExpiry", context, eventName="X"))
    shares = {
        id_: [(i["id"], i["filledQuantity"], i["rejectedQuantity"]) for i in attributes["fulfilmentItems"]]
        for id_, (_, attributes) in events.items()
    }
    assert shares == {22: [("220", 2, 0)], 21: [("210", 1, 1), ("211", 0, 1)]}


@pytest.mark.parametrize(
    ("picked", "message"),
    [
        ([], "Event does not have pickedItems attributes"),
        ([{"productRef": " ", "availableQty": 1}], "every item needs a productRef"),
        (
            [{"productRef": "a", "availableQty": -1}, {"productRef": "b", "availableQty": 1}],
            "of a must not be negative",
        ),
        ([{"productRef": "a"}], "availableQty of a must be a whole number"),
    ],
)
def test_picked_items_are_checked(picked: list[Any], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        run("fulfilment.AllocateConfirmedItemsByFulfilmentExpiry", in_wave({"pickedItems": picked}), eventName="X")
