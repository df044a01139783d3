"""A plan by a sourcing profile: the strategies that apply to the option, in their order (spec 22 §7, §11, §17)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from penstock.rules import EVENT_NAME, Action, Attribute, AttributeType, Context, Log, Prop, RuleError, Sends, rule
from penstock.rules.builtin.common import forward
from penstock.rules.builtin.options.asked import ACCEPTS, ASKED_WRONG, PICKUP, products
from penstock.rules.builtin.options.drafts import PLANS, Draft, Fulfilment, carried, item, shortcomings
from penstock.rules.builtin.options.pickup import PICKUP_DISTANCE
from penstock.rules.builtin.options.profiled.request import described, most_splits, needed
from penstock.rules.builtin.options.ways import distances, type_at
from penstock.rules.builtin.order.attributes import COORDINATES, LOCATIONS
from penstock.rules.builtin.profiles.explained import begun, decided, said
from penstock.rules.builtin.profiles.market import POSITION_STATUSES, Market, market
from penstock.rules.builtin.profiles.places import placed
from penstock.rules.builtin.profiles.running import FALLBACK, PRIMARY
from penstock.rules.builtin.profiles.stored import Profile, active_version
from penstock.rules.questions import (
    ById,
    ByRef,
    FulfilmentsOpen,
    FulfilmentsSince,
    Matching,
    NetworkLocations,
    Products,
    StockAt,
)
from penstock.sourcing.profile import ProfileError, SourcingContext
from penstock.sourcing.profile.strategies import tried

if TYPE_CHECKING:
    from penstock.rules.builtin.profiles.explained import Json
    from penstock.rules.builtin.profiles.running import Way
    from penstock.sourcing.profile import Need
    from penstock.sourcing.profile.strategies import Strategy, Tried

_NOWHERE: list[dict[str, Any]] = []  # the locations of no plan
_NOBODY = "no location that may send has everything"
_LEFT_OUT = Attribute("excludedLocations", AttributeType.ARRAY, "refs of locations that are left out", required=False)


@rule(
    "globalinventory.FindFulfilmentPlansWithSourcingProfile",
    "Send {eventName} with the plan of the first strategy of profile {sourcingProfileRef} that can send everything, "
    "else with what its first fallback strategy can send",
    EVENT_NAME,
    Prop("sourcingProfileRef", "ref of the profile, whose ACTIVE version is used"),
    POSITION_STATUSES,
    accepts=ACCEPTS,
    attributes=[*(a.optional() for a in COORDINATES), PICKUP.optional(), PICKUP_DISTANCE, _LEFT_OUT],
    sends=Sends("{eventName}", adds=(PLANS, LOCATIONS)),
    asks=[ById, ByRef, Matching, Products, NetworkLocations, StockAt, FulfilmentsSince, FulfilmentsOpen],
    fails={400: f"{ASKED_WRONG}, there is no such profile, it makes no sense, or a location can fulfil nothing"},
)
async def find_fulfilment_plans_with_sourcing_profile(context: Context) -> list[Action]:
    """Add ``fulfilmentPlans`` with one plan, and its ``locations``; nothing is promised, and a log entry says why so.

    The option's attribute ``maxSplit`` limits the splits of every strategy, ``customerRef`` names the customer that
    conditions look at, ``totalPrice`` the value of the basket, which is that of list prices without it.
    """
    try:
        return await _planned(context)
    except ProfileError as error:
        raise RuleError(f"sourcing profile {context.prop('sourcingProfileRef')}: {error.message}") from error


async def _planned(context: Context) -> list[Action]:
    need, known = await needed(context)
    version = await active_version(context)
    logs: list[Action] = []
    passed: list[str] = []  # what plans that were not good enough leave
    draft, places = Draft([], shortcomings(products(context), ())), _NOWHERE
    for way in (PRIMARY, FALLBACK):
        profile = Profile.of(version, way.strategies)
        subject = await described(context, need, known) if profile.conditional else SourcingContext({})
        chosen, now, told = await _run(context, way, profile, need, subject)
        logs.append(Log("SourcingProfile", said(told), {"request": f"fulfilment option {context.entity.ref}", **told}))
        if chosen is not None and now is not None:
            reasons = [*passed, *_passed(told)[:-1], *_said(chosen, need)]
            draft, places = _draft(context, profile, now, chosen, reasons), _places(now, chosen)
            break
        passed += _passed(told)
    return [forward(context, locations=places, **carried([draft])), *logs]


async def _run(
    context: Context, way: Way, profile: Profile, need: Need, subject: SourcingContext
) -> tuple[Tried | None, Market | None, Json]:
    """Try the strategies of a way that apply; return the one whose plan is good enough, and what is told of it."""
    applicable = way.of([_limited(s, most_splits(context)) for s in profile.strategies if s.applies(subject)])
    told = {**begun(profile, applicable, subject.warnings), "plan": [], "rest": need.units}
    if not applicable:
        return None, None, told
    where = await placed(context, applicable, set(), _origin(context))
    told["warnings"] += where.warnings
    now = await market(context, where, applicable, need)
    results = tried(applicable, now.candidates, need, whole=way.whole)
    chosen = way.chosen(results)
    return chosen, now, told | decided(now, results, chosen, need)


def _limited(strategy: Strategy, most: int | None) -> Strategy:
    """Return a strategy that splits no more than the customer wants."""
    if most is None or (strategy.max_split is not None and strategy.max_split <= most):
        return strategy
    return replace(strategy, max_split=most)


def _origin(context: Context) -> dict[str, float] | None:
    given = {a.name: context.event.attributes.get(a.name) for a in COORDINATES}
    known = {name: float(value) for name, value in given.items() if value is not None}
    return known if len(known) == len(given) else None


def _draft(context: Context, profile: Profile, now: Market, chosen: Tried, reasons: list[str]) -> Draft:
    wanted, members = products(context), now.places.networks[chosen.strategy.network]
    stock = now.stock[chosen.strategy.catalogue]
    fulfilments = [
        Fulfilment(
            part.location,
            [item(ref, stock[part.location][ref]["quantity"], wanted) for ref in part.taken],
            type_at(context, members[part.location]),
        )
        for part in chosen.plan.parts
    ]
    short = shortcomings(wanted, [i for f in fulfilments for i in f.items])
    first = now.places.distance(members[chosen.plan.parts[0].location])
    return Draft(fulfilments, short, [*distances(context, first), *_about(profile, chosen, reasons)])


def _about(profile: Profile, chosen: Tried, reasons: list[str]) -> list[Json]:
    """Return what a plan tells of how it came about: its profile, its strategy, and why it is not another plan."""
    about: list[Json] = [
        {"name": "sourcingProfileRef", "type": "STRING", "value": profile.ref},
        {"name": "sourcingProfileVersion", "type": "INTEGER", "value": profile.version},
        {"name": "sourcingStrategyRef", "type": "STRING", "value": chosen.strategy.ref},
    ]
    return [*about, {"name": "reasons", "type": "JSON", "value": reasons}] if reasons else about


def _passed(told: Json) -> list[str]:
    """Return what the plans of a way leave, in the order in which they were tried."""
    return [f"strategy {t['strategy']} leaves {_units(t['rest'])}" for t in told.get("tried", ())]


def _said(chosen: Tried, need: Need) -> list[str]:
    """Return why a plan is split, and what it leaves."""
    able = any(need.covered_by(candidate.available) for candidate in chosen.plan.ranking.candidates)
    why = "several locations cost less than one that has everything" if able else _NOBODY
    split = [why] if len(chosen.plan.parts) > 1 else []
    rest = chosen.plan.rest.units
    return [*split, f"strategy {chosen.strategy.ref} leaves {_units(rest)}"] if rest else split


def _units(units: dict[str, int]) -> str:
    return ", ".join(f"{count} of {product}" for product, count in units.items())


def _places(now: Market, chosen: Tried) -> list[Json]:
    """Return the locations of a plan as the other rules of options know them."""
    members = now.places.networks[chosen.strategy.network]
    used = [members[part.location] for part in chosen.plan.parts]
    return [{**member, "distance": now.places.distance(member)} for member in used]
