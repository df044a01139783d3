"""Sourcing by profiles whose strategies look for the cheapest plan, and what they leave in the log, in memory."""

from __future__ import annotations

from profileworld import World, logs, strategy

from penstock.rules.questions import Grant


def test_a_run_explains_the_cheapest_plan() -> None:
    own = [strategy("CHEAP", "lowestCost", params={"lowestCost": {"costAttribute": "handling"}})]
    world = World({"S1": {"A": 1, "B": 1}, "S2": {"A": 2}, "S3": {"B": 2}, "W1": {"B": 2}}, sourcing_strategies=own)
    world.simulation.one("Location", ref="S3").attributes = [{"name": "handling", "type": "INTEGER", "value": 1}]
    ((sentence, told),) = logs(world.source(world.order(A=2, B=2)))
    assert world.plan() == ["S2[A2] CREATED", "S3[B2] CREATED"]
    assert sentence == "HD version 3, strategy CHEAP: S2[A2], S3[B2]; left: nothing; cost 12.37, the least possible"
    searched = told["searched"]
    assert searched == told["tried"][0]["searched"]
    without = searched.pop("withoutSearch")
    assert searched == {"cost": 12.374413, "nodes": searched["nodes"], "proven": True}
    assert 0 < searched["nodes"] < 10
    assert without == {
        "plan": [{"locationRef": "S1", "items": {"A": 1, "B": 1}}, {"locationRef": "S2", "items": {"A": 1}}],
        "rest": {"B": 1},
        "cost": 10.23458,
    }
    lost = {c["locationRef"]: (round(c["cost"], 2), c.get("lost")) for c in told["rated"]["candidates"]}
    assert lost == {
        "S1": (5.03, "no plan with it sends everything"),
        "S2": (5.2, None),
        "S3": (7.17, None),
        "W1": (12.13, "S3 has all that it can send, and costs no more"),
    }


def test_what_the_cheapest_plan_cannot_cover_goes_to_the_fallback() -> None:
    """The primary strategy searches nothing; the fallback sends most units, and of those plans the cheapest."""
    world = World(
        {"S1": {"A": 1}, "S2": {"A": 2}, "W1": {"A": 2}},
        sourcing_strategies=[strategy("CHEAP", "lowestCost")],
        sourcing_fallback_strategies=[strategy("MOST", "lowestCost")],
        default_max_split=0,
    )
    (_, first), (sentence, second) = logs(world.source(world.order(A=2, B=2)))
    assert world.plan() == ["S2[A2] CREATED", "RJT_1[B2] ESCALATED"]
    (tried,) = first["tried"]
    assert first["strategy"] is None
    assert tried["searched"]["nodes"] == 0
    assert tried["searched"]["hopeless"] == "of B 2 are needed, and 1 fulfilment can send 0 at most"
    assert {c["lost"] for c in first["rated"]["candidates"]} == {tried["searched"]["hopeless"]}
    assert sentence.endswith("strategy MOST: S2[A2]; left: B2; cost 5.20, the least possible")
    assert second["rated"]["candidates"][0]["lost"] == "the best plan with it, S1, leaves 1 more units, and costs 5.03"


def test_a_search_that_was_ended_says_so() -> None:
    own = [strategy("CHEAP", "lowestCost", params={"lowestCost": {"maxNodes": 0}})]
    world = World(
        {"S1": {"A": 1, "B": 1}, "S2": {"A": 2}, "S3": {"B": 2}}, sourcing_strategies=own, default_max_split=2
    )
    ((sentence, told),) = logs(world.source(world.order(A=2, B=2)))
    assert sentence.endswith("S2[A2], S3[B2]; left: nothing; cost 11.37, the least found by 0 nodes")
    assert told["searched"]["proven"] is False


def test_a_criterion_of_whole_plans_that_comes_late_is_an_error() -> None:
    world = World({"S1": {"A": 1}}, sourcing_strategies=[strategy("CHEAP", "locationDistance", "lowestCost")])
    (failure,) = world.source(world.order(A=1)).failures
    assert "criterion lowestCost is about whole plans and decides before locationDistance: put it first" in failure
    assert world.plan() == []


def test_a_plan_that_was_refused_has_no_cost() -> None:
    own = [strategy("CHEAP", "lowestCost")]
    world = World({"S1": {"A": 2}}, answers={Grant: False}, sourcing_strategies=own, sourcing_fallback_strategies=[])
    (sentence, told), _ = logs(world.source(world.order(A=2)))
    assert sentence == "HD version 3, no strategy: no plan; left: A2"
    assert (told["strategy"], told["plan"], told["attempts"], "searched" in told) == (None, [], 3, False)
    assert told["rated"]["candidates"][0]["lost"] == "promised to others meanwhile"
    assert told["tried"][0]["plan"] == [{"locationRef": "S1", "items": {"A": 2}}]
