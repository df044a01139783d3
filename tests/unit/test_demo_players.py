"""The players' decisions: what customer service does, what pickers find, how parcels are packed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from penstock.demo.client import Api, Connection
from penstock.demo.players import Service, Stores
from penstock.demo.players.picking import Item, found, parcels
from penstock.demo.players.service import Stance, decide, stance


@pytest.mark.parametrize(
    ("order", "parts", "agent", "retried", "event"),
    [
        ("BOOKED", ["ESCALATED"], Stance.RETRY, False, "RetrySourcing"),
        ("BOOKED", ["ESCALATED", "CANCELLED"], Stance.RETRY, True, "OrderCancel"),
        ("BOOKED", ["ESCALATED"], Stance.LEAVE, False, "OrderCancel"),
        ("PICK_PACK", ["ESCALATED", "ASSIGNED"], Stance.CANCEL, False, None),
        ("PICK_PACK", ["ESCALATED", "REJECTED"], Stance.CANCEL, False, "CloseOrder"),
        ("PICK_PACK", ["ESCALATED", "COMPLETE"], Stance.CANCEL, False, None),
        ("AWAITING_COURIER_COLLECTION", ["ESCALATED", "CANCELLED"], Stance.LEAVE, False, "CloseOrder"),
        ("COMPLETE", ["ESCALATED", "COMPLETE"], Stance.CANCEL, False, "CancelFulfilment"),
        ("COMPLETE", ["ESCALATED", "COMPLETE"], Stance.RETRY, False, "CancelFulfilment"),
        ("COMPLETE", ["ESCALATED", "COMPLETE"], Stance.LEAVE, False, None),
        ("CANCELLED", ["ESCALATED"], Stance.CANCEL, False, None),
    ],
)
def test_customer_service_brings_every_order_to_an_end(
    order: str, parts: list[str], agent: Stance, *, retried: bool, event: str | None
) -> None:
    action = decide(order, parts, agent, retried=retried)
    assert (action.event if action else None) == event


def test_agents_differ_and_stay_the_same() -> None:
    stances = Counter(stance(f"UK-{n}") for n in range(300))
    assert set(stances) == set(Stance)
    assert stance("UK-1") == stance("UK-1")


def item(n: int, units: int = 10, filled: int = 10) -> Item:
    return Item(id=str(n), order_item=f"UK-1-{n}", product=f"P{n}", requested=units, filled=filled)


def test_pickers_find_nearly_everything_and_the_same_at_every_run() -> None:
    picked = [found(item(n), "STORE-YORK", trouble=0.1) for n in range(1000)]
    short = [n for n in picked if n < 10]
    assert 60 < len(short) < 140
    assert 0 in short
    assert any(short)
    assert picked == [found(item(n), "STORE-YORK", trouble=0.1) for n in range(1000)]


def test_parcels_hold_what_was_picked_and_nothing_else() -> None:
    packed = parcels([item(n, filled=n % 3) for n in range(100)])
    contents = Counter[str]()
    for parcel in packed:
        assert len(parcel["items"]) <= 40
        for line in parcel["items"]:
            contents[line["fulfilmentItemId"]] += line["quantity"]
    assert contents == Counter({str(n): n % 3 for n in range(100) if n % 3})


class Recorder(Api):
    """An API that answers from a list and keeps what was sent."""

    def __init__(self, **answers: list[dict[str, Any]]) -> None:
        super().__init__(Connection("http://nowhere", "ACME", "1", "ada", "secret", "ACME", "hidden"))
        self.answers = answers
        self.sent: list[tuple[str, str, str | None, dict[str, Any]]] = []

    async def graphql(self, document: str, **variables: Any) -> dict[str, Any]:
        """Answer every connection that the document asks for, with all its nodes."""
        if variables.get("status") not in (None, ["AWAITING_WAVE"]):
            return {"fulfilments": {"edges": []}}
        page = {"hasNextPage": False}
        return {
            name: {"edges": [{"node": node} for node in nodes], "pageInfo": page}
            for name, nodes in self.answers.items()
            if name in document
        }

    async def send(
        self,
        name: str,
        entity_type: str,
        *,
        entity_id: str | None = None,
        entity_ref: str | None = None,
        attributes: Any = None,
    ) -> str:
        """Keep the event."""
        self.sent.append((name, entity_type, entity_ref or entity_id, attributes or {}))
        return str(len(self.sent))


async def test_stores_start_one_wave_each_and_wait_for_it() -> None:
    nodes = [{"id": str(n), "fromAddress": {"ref": f"STORE-{n % 2}"}} for n in range(12)]
    api = Recorder(fulfilments=nodes, waves=[], locations=[{"id": "8"}])
    stores = Stores(api)
    await stores.work()
    await stores.work()
    assert sorted(api.sent) == [
        ("CreateWaveByExpiry", "LOCATION", "STORE-0", {"maxCount": 5}),
        ("CreateWaveByExpiry", "LOCATION", "STORE-1", {"maxCount": 5}),
    ]
    later = {"id": "12", "fromAddress": {"ref": "STORE-0"}}
    api.answers["fulfilments"] = [*nodes, later]
    await stores.work()
    assert len(api.sent) == 2, "the wave that was asked for will take it along"
    api.answers["fulfilments"] = [nodes[10], later]
    await stores.work()
    assert api.sent[2:] == [("CreateWaveByExpiry", "LOCATION", "STORE-0", {"maxCount": 2})]


async def test_service_does_nothing_more_while_stock_is_sought() -> None:
    ref = next(f"UK-{n}" for n in range(100) if stance(f"UK-{n}") is Stance.RETRY)
    parts = {"edges": [{"node": {"status": "ESCALATED"}}] * 2}
    order = {"id": "9", "ref": ref, "status": "BOOKED", "fulfilments": parts}
    api = Recorder(fulfilments=[{"id": "1", "order": order}, {"id": "2", "order": order}])
    service = Service(api)
    for _ in range(3):
        await service.work()
    assert [event for event, *_ in api.sent] == ["RetrySourcing"]
    api.answers["fulfilments"] = [{"id": "3", "order": order}]
    await service.work()
    assert [event for event, *_ in api.sent] == ["RetrySourcing", "OrderCancel"]
