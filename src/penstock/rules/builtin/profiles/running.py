"""One run of a sourcing profile: which strategies apply, their plans, and the promises (spec 22 §7, §12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.rules import Action, Log, RuleError
from penstock.rules.builtin.profiles.creating import created, sendings, whole_grant
from penstock.rules.builtin.profiles.explained import begun, decided, said
from penstock.rules.builtin.profiles.market import market
from penstock.rules.builtin.profiles.places import places
from penstock.rules.builtin.profiles.request import described, needed
from penstock.rules.builtin.profiles.stored import Profile, active_version
from penstock.rules.questions import MOST_REFUSALS
from penstock.sourcing.profile import ProfileError, SourcingContext
from penstock.sourcing.profile.strategies import tried

if TYPE_CHECKING:
    from penstock.rules.builtin.order.scope import Scope
    from penstock.rules.builtin.profiles.explained import Json
    from penstock.sourcing.profile import Need
    from penstock.sourcing.profile.strategies import Strategy, Tried


@dataclass(frozen=True, slots=True)
class Way:
    """Which strategies of a profile are used, by column, and whether a plan must leave nothing."""

    strategies: str
    whole: bool

    def of(self, applicable: list[Strategy]) -> list[Strategy]:
        """Return the strategies to try: all primary ones, or the first fallback strategy."""
        return applicable if self.whole else applicable[:1]

    def chosen(self, results: list[Tried]) -> Tried | None:
        """Return the result that becomes fulfilments, None where no plan is good enough."""
        last = results[-1].plan
        return results[-1] if (last.whole if self.whole else last.parts) else None


PRIMARY = Way("sourcing_strategies", whole=True)
FALLBACK = Way("sourcing_fallback_strategies", whole=False)


async def sourced(scope: Scope, way: Way) -> list[Action]:
    """Return the fulfilments that the profile ``sourcingProfileRef`` plans for what is unfulfilled, and a log entry.

    Nothing where nothing is unfulfilled. ``RuleError`` 400 for a profile that does not exist or makes no sense; see
    :func:`~penstock.rules.builtin.profiles.creating.sendings` for others.
    """
    try:
        profile, need = Profile.of(await active_version(scope.context), way.strategies), needed(scope)
        return await _run(scope, way, need, profile) if need.lines else []
    except ProfileError as error:
        raise RuleError(f"sourcing profile {scope.context.prop('sourcingProfileRef')}: {error.message}") from error


async def _run(scope: Scope, way: Way, need: Need, profile: Profile) -> list[Action]:
    """Find the strategies that apply and try them; what conditions look at is asked for only where there are any."""
    subject = await described(scope, need) if profile.conditional else SourcingContext({})
    applicable = way.of([strategy for strategy in profile.strategies if strategy.applies(subject)])
    told = {**begun(profile, applicable, subject.warnings), "plan": [], "rest": need.units}
    return await _tried(scope, way, need, applicable, told) if applicable else [_log(scope, told)]


async def _tried(scope: Scope, way: Way, need: Need, applicable: list[Strategy], told: Json) -> list[Action]:
    """Make a plan until it is granted as a whole; after some refusals leave everything to who comes next."""
    where = await places(scope, applicable)
    told["warnings"] += where.warnings
    for attempt in range(1, MOST_REFUSALS + 1):
        now = await market(scope.context, where, applicable, need)
        results = tried(applicable, now.candidates, need, whole=way.whole)
        chosen = way.chosen(results)
        if chosen is None:
            return [_log(scope, {**told, **decided(now, results, None, need), "attempts": attempt})]
        parts = sendings(scope, now, chosen)
        if await scope.context.ask(whole_grant(parts)):
            told |= {**decided(now, results, chosen, need), "attempts": attempt}
            return [*await created(scope, parts), _log(scope, told)]
    told |= {**decided(now, results, None, need, refused=True), "attempts": MOST_REFUSALS}
    return [_log(scope, {**told, "refused": "others were promised the stock of each plan meanwhile"})]


def _log(scope: Scope, told: Json) -> Log:
    return Log("SourcingProfile", said(told), {"request": str(scope), **told})
