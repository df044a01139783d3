"""The variants of a simulation: what they begin with, their branches, and the orders in each."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from penstock.errors import InvalidValueError
from penstock.simulation.asked import Generated
from penstock.simulation.house import opened
from penstock.simulation.orders.generated import drawn
from penstock.simulation.orders.recorded import chosen, taken_back
from penstock.simulation.outcome.reading import measures, outcome
from penstock.simulation.placing import place
from penstock.simulation.report import BASELINE, Place, Terms, recorded, variant
from penstock.simulation.scenario.applying import apply
from penstock.simulation.scenario.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from penstock.settings import Settings
    from penstock.simulation.asked import Question, Teller
    from penstock.simulation.fork.branching import Fork
    from penstock.simulation.orders.draft import Draft
    from penstock.simulation.outcome.shapes import Placed
    from penstock.simulation.placing import Run
    from penstock.simulation.report import Variant
    from penstock.simulation.scenario.shapes import Scenario

_RETAILERS = "SELECT id, ref FROM retailer ORDER BY id"
_PLACES = """
SELECT l.ref, l.type, a.latitude, a.longitude FROM location l LEFT JOIN address a ON a.id = l.primary_address_id
WHERE l.retailer_id = $1 ORDER BY l.ref"""
# Steps begin so long after each other, as the forks' clocks have it: far longer than one of them takes there.
_STEP = timedelta(minutes=1)


@dataclass(frozen=True)
class Beginning:
    """What all variants begin with: the retailer, its places, and the orders that are to be placed.

    ``recorded`` is what had come of these orders, where they are recorded ones.
    """

    retailer: int
    ref: str
    places: list[Place]
    drafts: list[Draft]
    recorded: list[Placed]


@dataclass(frozen=True)
class Variants:
    """The variants of one fork."""

    account: str
    fork: Fork
    settings: Settings
    question: Question
    tell: Teller

    async def begin(self) -> Beginning:
        """Look up what is asked for, and take recorded orders back, in the fork that branches are made of.

        Raises:
            InvalidValueError: there is no such retailer, or there are no such orders.
        """
        self.tell("taking the orders ...")
        async with opened(self.account, self.fork.url, self.fork.moment, self.settings) as house:
            rows = await house.database.fetch(_RETAILERS)
            retailer = self._retailer({r["id"]: r["ref"] for r in rows})
            site = Site(house, *retailer)
            found = await house.database.fetch(_PLACES, site.retailer)
            places = [Place(**{k: v for k, v in r.items() if v is not None}) for r in found]
            return Beginning(*retailer, places, *await self._orders(site))

    def _retailer(self, refs: dict[int, str]) -> tuple[int, str]:
        wanted = self.question.retailer
        if wanted is None and len(refs) == 1:
            return next(iter(refs.items()))
        if wanted is None or wanted not in refs:
            told = "is missing" if wanted is None else f"is {wanted}"
            known = ", ".join(f"{id_} ({ref})" for id_, ref in refs.items())
            raise InvalidValueError(f"--retailer {told}; the account {self.account} has {known}.")
        return wanted, refs[wanted]

    async def _orders(self, site: Site) -> tuple[list[Draft], list[Placed]]:
        asked = self.question.orders
        if isinstance(asked, Generated):
            return await drawn(site, asked.count, asked.seed), []
        ids = await chosen(site, asked)
        found = await outcome(site, ids, await measures(site, self.terms.promise))
        return await taken_back(site, ids), [found[id_] for id_ in ids]

    @property
    def terms(self) -> Terms:
        """Return by what the variants are measured."""
        return Terms.of(self.question.scenarios)

    async def all(self, beginning: Beginning) -> tuple[list[Variant], Variant | None]:
        """Return the baseline and a variant for each scenario, and what had come of recorded orders.

        What scenarios change is checked before any order is placed.

        Raises:
            InvalidValueError: a scenario is refused.
        """
        scenarios: Sequence[Scenario | None] = (None, *self.question.scenarios)
        branches = [await self._branch(beginning, n, s) for n, s in enumerate(scenarios)]
        baseline: Run | None = None
        variants: list[Variant] = []
        for branch, scenario in zip(branches, scenarios, strict=True):
            terms = self.terms.own(scenario)
            run = await self._run(beginning, branch, scenario, terms)
            await self.fork.drop(branch)
            variants.append(variant(scenario, terms, run, baseline))
            baseline = baseline or run
        known = recorded(beginning.recorded, self.terms, baseline) if baseline and beginning.recorded else None
        return variants, known

    async def _branch(self, beginning: Beginning, number: int, scenario: Scenario | None) -> str:
        """Make the branch of a variant, and change it; return its URL."""
        branch = await self.fork.branch(f"variant_{number}")
        if scenario is not None:
            self.tell(f"changing {scenario.name} ...")
            async with self._site(beginning, branch, _STEP) as site:
                await apply(site, scenario)
        return branch

    async def _run(self, beginning: Beginning, branch: str, scenario: Scenario | None, terms: Terms) -> Run:
        name, total = BASELINE if scenario is None else scenario.name, len(beginning.drafts)
        async with self._site(beginning, branch, 2 * _STEP) as site:
            return await place(
                site, beginning.drafts, terms.promise, lambda done: self.tell(f"{name}: {done} of {total} orders")
            )

    @asynccontextmanager
    async def _site(self, beginning: Beginning, branch: str, later: timedelta) -> AsyncIterator[Site]:
        async with opened(self.account, branch, self.fork.moment + later, self.settings) as house:
            yield Site(house, beginning.retailer, beginning.ref)
