"""What a fulfilment from a location costs, by what a profile says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.sourcing.profile.described import Param
from penstock.sourcing.profile.failures import ProfileError
from penstock.sourcing.profile.params import MOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock.sourcing.profile.need import Candidate
    from penstock.sourcing.profile.params import Params

PARAMS = tuple(
    Param(name, component, mandatory=False)
    for name, component in (
        ("fulfilmentCost", "number"),
        ("kilometreCost", "number"),
        ("typeCosts", "object"),
        ("costAttribute", "text"),
        ("maxNodes", "number"),
    )
)
_FULFILMENT, _KILOMETRE, _NODES = 5.0, 0.01, 500  # a split pays where it saves more than 500 km
_MOST_NODES = 100_000
_METRES = 1_000


@dataclass(frozen=True, slots=True)
class Costs:
    """What counts, in one currency, whichever it is: a fulfilment, a kilometre, a type, an attribute of the location.

    ``nodes`` is how far the search for the cheapest plan may go.
    """

    fulfilment: float
    kilometre: float
    types: Mapping[str, float]
    attribute: str | None
    nodes: int

    def of(self, candidates: Sequence[Candidate]) -> dict[str, float]:
        """Return the cost of a fulfilment from each candidate, by ref.

        Who has no coordinates is as far as the farthest, as it is for criteria of distance.

        Raises:
            ProfileError: a location's own cost is no amount, as those of the profile are: 0 to a million.
        """
        farthest = max((c.distance for c in candidates if c.distance is not None), default=0.0)
        return {c.ref: self._of(c, farthest if c.distance is None else c.distance) for c in candidates}

    def _of(self, candidate: Candidate, metres: float) -> float:
        own = None if self.attribute is None else candidate.number(self.attribute)
        if own is not None and not 0 <= own <= MOST:
            raise ProfileError(
                f"location {candidate.ref}: the attribute {self.attribute} must be from 0 to {MOST:,}, not {own:g}"
            )
        by_type = self.types.get(candidate.type or "", 0.0)
        return self.fulfilment + self.kilometre * metres / _METRES + by_type + (own or 0.0)


def read_costs(params: Params) -> Costs:
    """Read the parameters of a criterion; all of them have defaults, and others are refused."""
    params.only(*(param.name for param in PARAMS))
    attribute = params.get("costAttribute", None)
    if not isinstance(attribute, str | None):
        raise params.wrong("costAttribute", "the name of an attribute of locations")
    return Costs(
        fulfilment=params.amount("fulfilmentCost", _FULFILMENT),
        kilometre=params.amount("kilometreCost", _KILOMETRE),
        types=params.amounts("typeCosts"),
        attribute=attribute,
        nodes=params.count("maxNodes", _NODES, _MOST_NODES),
    )
