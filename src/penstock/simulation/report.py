"""The whole of a simulation: each variant with its figures, and what differs from the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from penstock.simulation.outcome.changed import Changed, Sight, changed
from penstock.simulation.outcome.figures import figures
from penstock.simulation.outcome.shapes import Figures, Placed
from penstock.simulation.scenario.reading import in_words
from penstock.simulation.scenario.shapes import Cost, Promise, Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.simulation.placing import Run

BASELINE, RECORDED = "baseline", "recorded"


class Place(msgspec.Struct, rename="camel", omit_defaults=True):
    """A location of the retailer, for the map."""

    ref: str
    type: str
    latitude: float | None = None
    longitude: float | None = None


class Variant(msgspec.Struct, rename="camel", omit_defaults=True):
    """One fork: what was changed, by what it is measured, and what came of it; ``changed`` is against the baseline."""

    name: str
    changes: list[str]
    cost: Cost
    promise: Promise
    figures: Figures
    placed: list[Placed]
    changed: list[Changed] = []


class Report(msgspec.Struct, rename="camel", omit_defaults=True):
    """A simulation: the baseline first. ``moment`` is that of the copied state, ``took`` in seconds.

    ``recorded`` is what recorded orders had got by then, and which of them the baseline serves otherwise.
    """

    account: str
    retailer: str
    moment: str
    orders: str
    rows: int
    took: float
    places: list[Place]
    variants: list[Variant]
    recorded: Variant | None = None


@dataclass(frozen=True)
class Terms:
    """By what the variants are measured: the same for all, but where a scenario says otherwise."""

    cost: Cost
    promise: Promise

    @classmethod
    def of(cls, scenarios: Sequence[Scenario]) -> Terms:
        """Return those of the first scenario that gives any: only then is the baseline measured alike."""
        costs = [s.cost for s in scenarios if s.cost is not None]
        promises = [s.promise for s in scenarios if s.promise is not None]
        return cls(costs[0] if costs else Cost(), promises[0] if promises else Promise())

    def own(self, scenario: Scenario | None) -> Terms:
        """Return those of a scenario, or of the baseline."""
        if scenario is None:
            return self
        return Terms(scenario.cost or self.cost, scenario.promise or self.promise)


def variant(scenario: Scenario | None, terms: Terms, run: Run, baseline: Run | None) -> Variant:
    """Return a variant; without a scenario and a baseline it is the baseline."""
    return Variant(
        name=BASELINE if scenario is None else scenario.name,
        changes=[] if scenario is None else in_words(scenario),
        cost=terms.cost,
        promise=terms.promise,
        figures=figures(run.placed, terms.cost),
        placed=run.placed,
        changed=[] if baseline is None else changed(baseline.placed, run.placed, baseline.sights, run.sights),
    )


def recorded(placed: list[Placed], terms: Terms, baseline: Run) -> Variant:
    """Return what orders had got, as a variant; it differs from the baseline by what happened to them since."""
    nothing = [Sight()] * len(placed)
    return Variant(
        name=RECORDED,
        changes=[],
        cost=terms.cost,
        promise=terms.promise,
        figures=figures(placed, terms.cost),
        placed=placed,
        changed=changed(placed, baseline.placed, nothing, nothing),
    )


def as_json(report: Report) -> str:
    """Return a report as JSON; members without a value are left out."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
