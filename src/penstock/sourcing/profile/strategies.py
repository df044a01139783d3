"""Reading the strategies of a profile, and choosing one (spec 22 §7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.sourcing.profile.conditions import CONDITIONS, Condition, SourcingContext
from penstock.sourcing.profile.criteria import CRITERIA, EXCLUSION
from penstock.sourcing.profile.failures import ProfileError
from penstock.sourcing.profile.params import Params
from penstock.sourcing.profile.planning import Plan, plan
from penstock.sourcing.profile.ranking import Use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from penstock.sourcing.profile.need import Candidate, Need


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a profile says for strategies that say nothing: refs of catalogue and network, and the split limit."""

    catalogue: str | None = None
    network: str | None = None
    max_split: int | None = None


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way to choose locations, with everything that it needs; ``max_split`` None is no limit."""

    ref: str
    catalogue: str
    network: str
    max_split: int | None
    conditions: tuple[tuple[Condition, Any], ...]
    criteria: tuple[Use, ...]

    def applies(self, context: SourcingContext) -> bool:
        """Return whether all conditions hold; the first that does not ends the search."""
        return all(condition.holds(context, given) for condition, given in self.conditions)

    @property
    def networks(self) -> set[str]:
        """Return the networks whose members have to be known."""
        return {self.network, *(n for use in self.criteria for n in use.criterion.networks(use.given))}

    @property
    def detailed(self) -> bool:
        """Return whether a criterion looks at attributes of locations, or at their fulfilments."""
        return self.attributes or self.daily or self.waiting

    @property
    def attributes(self) -> bool:
        """Return whether a criterion looks at attributes of locations."""
        return any(use.criterion.looks_at_attributes(use.given) for use in self.criteria)

    @property
    def daily(self) -> bool:
        """Return whether a criterion looks at today's fulfilments."""
        return any(use.criterion.daily for use in self.criteria)

    @property
    def waiting(self) -> bool:
        """Return whether a criterion looks at fulfilments that are not at their end."""
        return any(use.criterion.waiting for use in self.criteria)


def strategies(given: Iterable[Mapping[str, Any]] | None, defaults: Defaults) -> list[Strategy]:
    """Return the ACTIVE strategies of a list as profiles store it, first to be tried first.

    Raises:
        ProfileError: an unknown type, bad parameters, a limit below 0, or no network or catalogue; also of those
            never reached.
    """
    return [_strategy(s, defaults) for s in given or () if s.get("status") in {"ACTIVE", None}]


def _strategy(given: Mapping[str, Any], defaults: Defaults) -> Strategy:
    owner = f"strategy {given['ref']}"
    split = given.get("maxSplit")
    if split is not None and split < 0:
        raise ProfileError(f"{owner}: maxSplit must be 0 or more, not {split}")
    return Strategy(
        ref=given["ref"],
        catalogue=_named(given.get("virtualCatalogue"), defaults.catalogue, f"{owner}: virtualCatalogue"),
        network=_named(given.get("network"), defaults.network, f"{owner}: network"),
        max_split=defaults.max_split if split is None else split,
        conditions=tuple(_condition(owner, c) for c in given.get("sourcingConditions") or ()),
        criteria=_criteria(owner, given.get("sourcingCriteria") or ()),
    )


def _named(link: Mapping[str, Any] | None, default: str | None, what: str) -> str:
    ref = (link or {}).get("ref") or default
    if not ref:
        raise ProfileError(f"{what} is missing, and the profile has no default")
    return str(ref)


def _condition(owner: str, given: Mapping[str, Any]) -> tuple[Condition, Any]:
    owner = f"{owner}, condition {given['name']}"
    found = CONDITIONS.find(given["type"], owner)
    return found, found.read(Params.of(owner, given.get("params")))


def _criteria(owner: str, given: Iterable[Mapping[str, Any]]) -> tuple[Use, ...]:
    """Read the criteria; one of whole plans decides first, so it may not seem to decide only between equals."""
    uses = tuple(_criterion(owner, c) for c in given)
    last = max((n for n, use in enumerate(uses) if use.criterion.improve), default=0)
    before = next((use for use in uses[:last] if EXCLUSION not in use.criterion.tags), None)
    if before is not None:
        raise ProfileError(
            f"{owner}: criterion {uses[last].name} is about whole plans and decides before {before.name}: "
            "put it first, after criteria that only leave locations out"
        )
    return uses


def _criterion(owner: str, given: Mapping[str, Any]) -> Use:
    owner = f"{owner}, criterion {given['name']}"
    found = CRITERIA.find(given["type"], owner)
    return Use(given["name"], found, found.read(Params.of(owner, given.get("params"))))


@dataclass(frozen=True, slots=True)
class Tried:
    """A strategy whose conditions held, and its plan."""

    strategy: Strategy
    plan: Plan


def tried(
    applicable: Sequence[Strategy],
    supply: Callable[[Strategy], Sequence[Candidate]],
    need: Need,
    *,
    whole: bool,
) -> list[Tried]:
    """Return the strategies tried until one covers the need entirely, in order; the last one may be that.

    ``whole`` says that a plan is of no use that leaves anything.
    """
    found: list[Tried] = []
    for strategy in applicable:
        made = plan(supply(strategy), strategy.criteria, need, strategy.max_split, whole=whole)
        found.append(Tried(strategy, made))
        if made.whole:
            break
    return found
