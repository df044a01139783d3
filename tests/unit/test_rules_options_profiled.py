"""Fulfilment options that a sourcing profile plans, in memory (spec 22 §7 to §9, 21 §9)."""

from __future__ import annotations

from typing import Any

import pytest
from profileworld import World, logs, strategy

from penstock.rules.questions import Matching, Products
from penstock.testing import row

Json = dict[str, Any]


def when(path: str, value: Any) -> list[Json]:
    params = {"path": path, "operator": "equals", "value": value}
    return [{"name": "test", "type": "fc.sourcing.condition.path", "params": params}]


def sent(world: World) -> list[list[str]]:
    """Return the places of all plans."""
    return [[f["locationRef"] for f in plan.fulfilments] for plan in world.simulation.rows("FulfilmentPlan")]


@pytest.mark.parametrize(("currency", "plans"), [("AUD", [["S1"]]), ("NZD", []), (None, [])])
def test_conditions_look_at_the_currency_of_an_option(currency: str | None, plans: list[list[str]]) -> None:
    only = strategy("AUD", sourcingConditions=when("fulfilmentChoice.currency", "AUD"))
    world = World({"S1": {"A": 1}}, sourcing_strategies=[only], sourcing_fallback_strategies=[])
    played = world.quote({"A": 1}, **{} if currency is None else {"currency": currency})
    assert (played.failures, sent(world)) == ([], plans)


def test_a_warning_is_told_by_the_way_that_it_is_about() -> None:
    never = strategy("NEVER", sourcingConditions=when("customer.attributes.byName.tier", "GOLD"))
    world = World({"S1": {"A": 1}}, sourcing_strategies=[never])
    (_, primary), (_, fallback) = logs(world.quote({"A": 2}))
    path = "there is nothing at the path customer.attributes.byName.tier"
    assert primary["warnings"] == [f"strategy NEVER, condition test: {path}"]
    assert (fallback["strategy"], fallback["warnings"]) == ("VALUE", [])


def test_a_version_that_is_put_to_use_meanwhile_is_for_the_next_option() -> None:
    """It plans by the version that was active when it began, primary and fallback alike."""
    version = iter((1, 2))

    def active(_: Matching) -> list[Any]:
        links = {"default_virtual_catalogue_link": {"ref": "BASE:1"}, "default_network_link": {"ref": "HD_1"}}
        ways = {"sourcing_strategies": [], "sourcing_fallback_strategies": [strategy("ANY")]}
        return [row("SourcingProfile", id=1, ref="HD", version=next(version), retailer_id=1, **links, **ways)]

    profile = Matching("SourcingProfile", (("ref", ("HD",)), ("status", ("ACTIVE",))))
    world = World({"S1": {"A": 1}}, answers={profile: active})
    played = world.quote({"A": 1})
    assert played.failures == []
    assert [told["sourcingProfileVersion"] for _, told in logs(played)] == [1, 1]


@pytest.mark.parametrize(("conditions", "asked"), [([], 0), (when("ref", "CART"), 1)])
def test_products_are_only_looked_at_for_conditions(conditions: list[Json], asked: int) -> None:
    seen: list[Products] = []

    def known(question: Products) -> list[Json]:
        seen.append(question)
        return []

    world = World({"S1": {"A": 1}}, answers={Products: known}, sourcing_strategies=[strategy("ANY")])
    world.profile.sourcing_strategies[0]["sourcingConditions"] = conditions
    assert world.quote({"A": 1}).failures == []
    assert (sent(world), len(seen)) == ([["S1"]], asked)
