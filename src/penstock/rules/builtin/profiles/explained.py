"""How a run of a profile came to its plan, for the event log (spec 22 §17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.places import excluded
from penstock.sourcing.profile.lost import NAMED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock.rules.builtin.profiles.market import Market
    from penstock.rules.builtin.profiles.stored import Profile
    from penstock.sourcing.profile import Need
    from penstock.sourcing.profile.planning import Plan
    from penstock.sourcing.profile.ranking import Rated
    from penstock.sourcing.profile.searched import Searched
    from penstock.sourcing.profile.strategies import Strategy, Tried

_DECIMALS = 6  # of costs

Json = dict[str, Any]


def begun(profile: Profile, applicable: Sequence[Strategy], warnings: Sequence[str]) -> Json:
    """Return what is known before anything is tried: the profile, and the strategies whose conditions hold."""
    return {
        "generation": "profile",
        "sourcingProfileRef": profile.ref,
        "sourcingProfileVersion": profile.version,
        "applicable": [strategy.ref for strategy in applicable],
        "warnings": list(warnings),
    }


def decided(market: Market, tried: Sequence[Tried], chosen: Tried | None, need: Need, *, refused: bool = False) -> Json:
    """Return the strategy chosen, its plan and what it leaves; all plans tried; and who was rated how.

    Ratings, ``rated``, are those of the strategy chosen, or of the last one tried, criterion by criterion; those of
    the strategies before it stand with their plans. Whoever sends nothing has the reason there: ``lost`` or in
    ``excluded``. Where a criterion of whole plans searched, what a fulfilment costs stands beside it.
    ``refused`` says that the last plan is not used because its promise was.
    """
    *before, last = tried
    unused = "promised to others meanwhile" if refused else _leaves(last.plan)
    return {
        "strategy": chosen and chosen.strategy.ref,
        **(_planned(chosen.plan) if chosen else {"plan": [], "rest": need.units}),
        "tried": [
            *(
                {"strategy": t.strategy.ref, **_planned(t.plan), "rated": _rated(market, t, _leaves(t.plan))}
                for t in before
            ),
            {"strategy": last.strategy.ref, **_planned(last.plan)},
        ],
        "rated": _rated(market, last, None if chosen else unused),
    }


def _rated(market: Market, tried: Tried, unused: str | None) -> Json:
    """Return who was rated how by a strategy, and why they lost; ``unused`` is the reason of those in its plan."""
    strategy, plan = tried.strategy, tried.plan
    out = market.excluded(strategy) | {ref: f"criterion {name}" for ref, name in plan.ranking.excluded.items()}
    senders = [part.location for part in plan.parts]
    lost = {c.ref: "not in the plan" for c in plan.ranking.candidates if c.ref not in senders}
    lost |= {} if unused is None else dict.fromkeys(senders, unused)
    lost |= plan.lost
    return {
        "strategy": strategy.ref,
        "criteria": [use.name for use in strategy.criteria],
        "candidates": [_candidate(rated, plan.searched, lost) for rated in plan.ranking.rated[:NAMED]],
        "candidateCount": len(plan.ranking.rated),
        **excluded(out),
    }


def _leaves(plan: Plan) -> str:
    return f"the plan leaves {_spoken(plan.rest.units)}"


def said(told: Json) -> str:
    """Return the same in a sentence: ``HD version 1, strategy ANY: S1[A2], S2[B1]; left: nothing``."""
    parts = [f"{part['locationRef']}[{_spoken(part['items'])}]" for part in told.get("plan", ())]
    which = f"{told['sourcingProfileRef']} version {told['sourcingProfileVersion']}"
    by = f"strategy {told['strategy']}" if told.get("strategy") else "no strategy"
    cost = _cost(told["searched"]) if told.get("strategy") and "searched" in told else ""
    return f"{which}, {by}: {', '.join(parts) or 'no plan'}; left: {_spoken(told['rest']) or 'nothing'}{cost}"


def _cost(searched: Json) -> str:
    least = "the least possible" if searched["proven"] else f"the least found by {searched['nodes']} nodes"
    return f"; cost {searched['cost']:.2f}, {least}"


def _spoken(units: Mapping[str, int]) -> str:
    return ",".join(f"{product}{count}" for product, count in units.items())


def _planned(plan: Plan) -> Json:
    parts = [{"locationRef": part.location, "items": dict(part.taken)} for part in plan.parts]
    planned = {"plan": parts, "rest": plan.rest.units}
    return planned if plan.searched is None else {**planned, "searched": _searched(plan.searched)}


def _searched(searched: Searched) -> Json:
    """Return how good a plan is, and the plan that the criteria alone would have made."""
    begun = {**_planned(searched.begun), "cost": round(searched.begun_cost, _DECIMALS)}
    told = {
        "cost": round(searched.cost, _DECIMALS),
        "nodes": searched.nodes,
        "proven": searched.proven,
        "withoutSearch": begun,
    }
    return told if searched.hopeless is None else {**told, "hopeless": searched.hopeless}


def _candidate(rated: Rated, searched: Searched | None, lost: Mapping[str, str]) -> Json:
    distance, ref = rated.candidate.distance, rated.candidate.ref
    metres = None if distance is None else round(distance)
    told: Json = {"locationRef": ref, "ratings": list(rated.ratings), "distance": metres}
    if searched is not None:
        told["cost"] = round(searched.costs[ref], _DECIMALS)
    return told | ({"lost": lost[ref]} if ref in lost else {})
