"""Profiles that ask for the cheapest plan, or for whoever has least to do, on a server (spec 22 §10, §13, §17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from test_23_profiles import VALUE, buy, check_replay, install, place, profile, strategy, told

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

ACTIVATE = """mutation ($input: ActivateSourcingProfileInput) { activateSourcingProfile(input: $input) { version } }"""


async def test_pro_09_with_the_cheapest_plan_nothing_is_left(stock: Stage) -> None:
    """The criteria's plan leaves one B, so F12's primary strategy fails; the cheapest plan sends everything."""
    await install(stock)
    await profile(stock, strategy("NEAREST", "locationDistance"), fallback=(VALUE,), defaultMaxSplit=1)
    await stock.fill(S1={"A": 1, "B": 1}, S2={"A": 4}, S3={"B": 4})
    assert await buy(stock, "O1", ("A", 2), ("B", 2)) == ["S3[B2]", "S2[A2]"]
    assert [entry["strategy"] for entry in await told(stock, "O1")] == [None, "VALUE"]
    own = strategy("CHEAPEST", "lowestCost", params={"lowestCost": {"fulfilmentCost": 4, "kilometreCost": 0.02}})
    await profile(stock, own, fallback=(VALUE,), defaultMaxSplit=1)
    await stock.graphql(ACTIVATE, ref="HD_STANDARD", version=2)
    assert await buy(stock, "O2", ("A", 2), ("B", 2)) == ["S2[A2]", "S3[B2]"]
    (entry,) = await told(stock, "O2")
    sentence = "HD_STANDARD version 2, strategy CHEAPEST: S2[A2], S3[B2]; left: nothing; cost 10.75, the least possible"
    assert entry["message"] == sentence
    searched = entry["searched"]
    assert (searched["proven"], 0 < searched["nodes"] < 10) == (True, True)
    assert [part["locationRef"] for part in searched["withoutSearch"]["plan"]] == ["S1", "S2"]
    assert searched["withoutSearch"]["rest"] == {"B": 1}
    lost = {c["locationRef"]: c.get("lost") for c in entry["rated"]["candidates"]}
    assert lost == {"S1": "no plan with it sends everything", "S2": None, "S3": None}
    assert entry["rated"]["excluded"] == {"W1": "nothing in stock", "W2": "nothing in stock"}
    await check_replay(stock, "O1", "O2")


async def test_the_cost_of_a_location_is_an_attribute_of_it(stock: Stage) -> None:
    await install(stock)
    own = {"lowestCost": {"costAttribute": "handling", "typeCosts": {"WAREHOUSE": 1}}}
    await profile(
        stock,
        strategy(
            "CHEAPEST",
            "locationTypeExclusion",
            "lowestCost",
            params=own | {"locationTypeExclusion": {"value": ["KIOSK"]}},
        ),
    )
    await stock.fill(S1={"A": 9}, S2={"A": 9}, W1={"A": 9})
    assert await buy(stock, "O1", ("A", 1)) == ["S1[A1]"]
    dear = [{"name": "handling", "type": "FLOAT", "value": 2.5}]
    await stock.update_location(id=await stock.location_id("S1"), attributes=dear)
    assert await buy(stock, "O2", ("A", 1)) == ["S2[A1]"]
    (entry,) = await told(stock, "O2")
    assert [(c["locationRef"], round(c["cost"], 2)) for c in entry["rated"]["candidates"]] == [
        ("S2", 5.2),
        ("S1", 7.53),
        ("W1", 13.13),
    ]
    wrong = [{"name": "handling", "type": "STRING", "value": "dear"}]
    await stock.update_location(id=await stock.location_id("S1"), attributes=wrong)
    await place(stock, "O3", ("A", 1))
    await stock.penstock.settle()
    assert (await stock.plan("O3"), await stock.statuses("O3")) == ([], ["BOOKED"])


async def test_whoever_has_the_fewest_open_fulfilments_is_first(stock: Stage) -> None:
    await install(stock)
    await profile(stock, strategy("LEAST", "locationOpenFulfilments", "locationDistance"))
    await stock.fill(S1={"A": 9}, S2={"A": 9})
    assert await buy(stock, "O1", ("A", 1)) == ["S1[A1]"]
    assert await buy(stock, "O2", ("A", 1)) == ["S2[A1]"]
    assert await buy(stock, "O3", ("A", 1)) == ["S1[A1]"]
    rated = {c["locationRef"]: c["ratings"][0] for c in (await told(stock, "O3"))[0]["rated"]["candidates"]}
    assert rated == {"S1": 1.0, "S2": 1.0}
    assert await buy(stock, "O4", ("A", 1)) == ["S2[A1]"]
    for order in ("O2", "O4"):
        await stock.cancel(order)
    assert await buy(stock, "O5", ("A", 1)) == ["S2[A1]"]
    rated = {c["locationRef"]: c["ratings"][0] for c in (await told(stock, "O5"))[0]["rated"]["candidates"]}
    assert rated == {"S1": 0.0, "S2": 1.0}
    await check_replay(stock, "O1", "O2", "O3", "O4", "O5")
