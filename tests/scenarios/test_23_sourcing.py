"""Spec 23 §10: the rule chain. ``LA``, ``LB`` and ``LC`` of spec 22 §4.1 are 5, 10 and 50 km away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collection import collect_at, install_collection
from floor import warehouse_pick, wave_and_pick
from stage import Place, bracketed

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

_DEGREE = 111.19492664455873  # km of one degree of latitude on a globe of 6371 km


async def build_examples(stock: Stage, *, single_location_first: bool = False, **variables: str) -> None:
    """Leave LA, LB and LC as the only locations that orders are sourced from; change properties of ORDER::HD."""
    networks = [await stock.network(ref) for ref in ("HD_1", "EXAMPLES")]
    latitude, longitude = stock.customer
    for ref, distance in {"LA": 5, "LB": 10, "LC": 50}.items():
        await stock.open(Place(ref, "STORE", latitude + distance / _DEGREE, longitude), *networks)
    document = stock.penstock.workflow("ORDER::HD", network_hd_ref="EXAMPLES", **variables)
    for ruleset in document["rulesets"]:
        if ruleset["name"] == "SelectProposedFulfilment":
            ruleset["rules"][0]["props"]["singleLocationFirst"] = single_location_first
    await stock.penstock.install({**document, "version": "1.1"})
    await stock.penstock.settle()


async def rounded(stock: Stage, order: str) -> list[tuple[str, float]]:
    """Return ratings rounded to a thousandth: the earth of the examples is round."""
    return [(place, round(rating, 3)) for place, rating in await stock.ratings(order)]


async def told(stock: Stage, order: str) -> list[dict[str, Any]]:
    """Return what each round of the chain left in the audit of an order, in order of time."""
    events = await stock.penstock.events(name="SourcingChain", context__rootEntityRef=order)
    return [stock.values(event) for event in reversed(events)]


async def rounds(stock: Stage, order: str) -> list[dict[str, float]]:
    """Return all ratings of each round, rounded alike; the best comes first."""
    return [{c["locationRef"]: round(c["rating"], 3) for c in r["candidates"]} for r in await told(stock, order)]


async def test_src_01_one_place_has_everything(stock: Stage) -> None:
    await build_examples(stock)
    await stock.fill(LA={"A": 1}, LB={"A": 2, "B": 1}, LC={"A": 10, "B": 10})
    assert await stock.buy("O1", ("A", 2), ("B", 1)) == ["LB[A2,B1]"]
    assert await rounds(stock, "O1") == [{"LB": 75, "LA": 66.667, "LC": 55}]
    (entry,) = await told(stock, "O1")
    lost = {c["locationRef"]: c.get("lost") for c in entry["candidates"]}
    assert lost == {"LB": None, "LA": "LB is rated higher", "LC": "LB is rated higher"}


async def test_src_02_split(stock: Stage) -> None:
    await build_examples(stock)
    await stock.fill(LA={"A": 1}, LB={"A": 2}, LC={"A": 10, "B": 10})
    assert await stock.buy("O1", ("A", 2), ("B", 1)) == ["LA[A1]", "LC[A1,B1]"]
    assert await rounds(stock, "O1") == [{"LA": 66.667, "LB": 58.333, "LC": 55}, {"LC": 55, "LB": 50}]
    assert [entry["excluded"] for entry in await told(stock, "O1")] == [{}, {"LA": "used before"}]


async def test_src_03_split_limit(stock: Stage) -> None:
    await build_examples(stock, max_split="0")
    await stock.fill(LA={"A": 1}, LB={"A": 2}, LC={"A": 10, "B": 10})
    assert await stock.buy("O1", ("A", 2), ("B", 1)) == ["LA[A1]", "RJT_1[A1,B1]"]
    assert await stock.statuses("O1") == ["BOOKED", "LA AWAITING_WAVE", "RJT_1 ESCALATED"]


async def test_src_03_split_limit_of_one(stock: Stage) -> None:
    await build_examples(stock, max_split="1")
    await stock.fill(LA={"A": 1}, LB={"A": 2}, LC={"A": 10, "B": 10})
    assert await stock.buy("O1", ("A", 2), ("B", 1)) == ["LA[A1]", "LC[A1,B1]"]


async def test_src_04_tie_goes_to_the_nearer(stock: Stage) -> None:
    await build_examples(stock)
    await stock.fill(LA={"A": 1}, LB={"A": 1, "B": 1})
    assert await stock.buy("O1", ("A", 1), ("B", 1)) == ["LA[A1]", "LB[B1]"]
    assert await rounded(stock, "O1") == [("LA", 75), ("LB", 75)]


async def test_src_04_single_location_first(stock: Stage) -> None:
    await build_examples(stock, single_location_first=True)
    await stock.fill(LA={"A": 1}, LB={"A": 1, "B": 1})
    assert await stock.buy("O1", ("A", 1), ("B", 1)) == ["LB[A1,B1]"]


async def test_src_05_weights(stock: Stage) -> None:
    await build_examples(stock)
    await stock.set("PROXIMITY.WEIGHTING.FACTOR", 10)
    await stock.set("QUANTITY.WEIGHTING.FACTOR", 90)
    await stock.fill(LA={"A": 1}, LB={"A": 2}, LC={"A": 10, "B": 10})
    assert await stock.buy("O1", ("A", 2), ("B", 1)) == ["LC[A2,B1]"]
    assert await rounds(stock, "O1") == [{"LC": 91, "LB": 65, "LA": 40}]


async def test_src_06_excluded_location(stock: Stage) -> None:
    assert await stock.buy("O1", ("A", 1)) == ["RJT_1[A1]"]
    await stock.fill(S1={"A": 5}, S2={"A": 5})
    assert await stock.cancel_fulfilment("O1", 0) == "SUCCESS"
    excluded: dict[str, Any] = {"excludedLocations": ["S1"]}
    assert await stock.penstock.send("FindAndCreateOrderFulfilment", "ORDER", "O1", excluded) == "SUCCESS"
    assert await stock.plan("O1") == ["RJT_1[A1]", "S2[A1]"]
    ((place, rating),) = await stock.ratings("O1")
    assert place == "S2"
    assert abs(rating - 58.2443) <= 0.0001


async def test_src_07_all_refuse(stock: Stage) -> None:
    await stock.fill(S1={"A": 1}, S2={"A": 1}, W1={"A": 1})
    assert await stock.buy("O1", ("A", 1)) == ["S1[A1]"]
    await wave_and_pick(stock, "S1", A=0)
    await wave_and_pick(stock, "S2", A=0)
    assert await warehouse_pick(stock, (await stock.fulfilments("O1"))[2], 0) == "SUCCESS"
    assert await stock.plan("O1") == ["S1[A1]", "S2[A1]", "W1[A1]", "RJT_1[A1]"]
    assert await stock.statuses("O1") == ["PICK_PACK", "S1 REJECTED", "S2 REJECTED", "W1 REJECTED", "RJT_1 ESCALATED"]
    for place in ("S1", "S2", "W1"):
        assert await stock.ledger("A", place) == ["CORRECTION -1", "LAST_ON_HAND 1"]
        assert await stock.sellable("A", place) == 0


async def test_src_08_invalid_pickup_location(stock: Stage) -> None:
    await install_collection(stock, "S1", "S2")
    await stock.open(Place("X1", "STORE", -33.87, 151.2), await stock.network("HD_1"))
    await stock.penstock.settle()
    await stock.fill(S1={"A": 5}, X1={"A": 5})
    for ref, place in (("O1", "X1"), ("O2", "NOWHERE")):
        order = await collect_at(stock, ref, place, ("A", 1))
        assert (order["status"], order["fulfilments"]) == ("ESCALATED", [])
    for place in ("S1", "X1"):
        assert await stock.ledger("A", place) == ["LAST_ON_HAND 5"]


async def test_src_09_nothing_to_do(stock: Stage) -> None:
    await stock.fill(S1={"A": 5})
    assert await stock.buy("O1", ("A", 1)) == ["S1[A1]"]
    assert await stock.penstock.send("FindAndCreateOrderFulfilment", "ORDER", "O1") == "SUCCESS"
    assert await stock.plan("O1") == ["S1[A1]"]
    await stock.cancel("O1")
    assert await stock.penstock.send("FindAndCreateOrderFulfilment", "ORDER", "O1") == "NO_MATCH"
    assert await stock.plan("O1") == ["S1[A1]"]


async def test_src_10_escalation_counts_once(stock: Stage) -> None:
    await stock.fill(S1={"A": 1})
    assert await stock.buy("O1", ("A", 2)) == ["S1[A1]", "RJT_1[A1]"]
    await wave_and_pick(stock, "S1", A=0)
    assert await stock.plan("O1") == ["S1[A1]", "RJT_1[A1]", "RJT_1[A1]"]


async def test_src_11_collection_from_pickup_store_and_transfer(stock: Stage) -> None:
    await install_collection(stock, "S1", "S2")
    await stock.fill(S1={"A": 2}, S2={"A": 2, "B": 1})
    order = await collect_at(stock, "O1", "S1", ("A", 2), ("B", 1))
    assert [bracketed(f) for f in order["fulfilments"]] == ["S1[A2]", "S2[B1]"]
    own, transfer = order["fulfilments"]
    types = [{a["name"]: a["value"] for a in f["attributes"]}["FulfilmentType"] for f in (own, transfer)]
    assert types == ["CC_PFCP", "CC_PFS"]
    assert [f["type"] for f in (own, transfer)] == ["CC_PFS", "CC_PFS"]
    assert await rounded(stock, "O1") == [("S1", 83.333), ("S2", 50)]


async def test_src_12_location_type(stock: Stage) -> None:
    kiosk = await stock.open(Place("K1", "KIOSK", -33.86, 151.2), await stock.network("HD_1"))
    await stock.update_location(id=kiosk, status="ACTIVE")
    await stock.fill(K1={"A": 5})
    assert await stock.buy("O1", ("A", 1)) == []
    assert await stock.ledger("A", "K1") == ["LAST_ON_HAND 5"]
    audit = await stock.penstock.events(eventStatus="FAILED", context__rootEntityRef="O1")
    failed = [event for event in audit if event["type"] == "ORCHESTRATION"]
    assert "CREATE" in {event["name"] for event in failed}
    (exception,) = (event for event in audit if event["category"] == "exception")
    assert exception["name"].endswith("order.CreateFulfilment")
    assert "K1 has type KIOSK" in stock.values(exception)["message"]
