"""What rating locations takes, for orders and fulfilment options: weights, stock, the shape of a proposal (spec 22).

The arithmetic stands in :mod:`penstock.sourcing.rating`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.numbers import finite
from penstock.rules import RuleError
from penstock.rules.builtin.common import ask_all
from penstock.rules.questions import Setting, StockAt
from penstock.sourcing.rating import Candidate, Weights, proposal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from penstock.rules import Context

_WEIGHTS = ("PROXIMITY.WEIGHTING.FACTOR", "QUANTITY.WEIGHTING.FACTOR")


async def weights(context: Context) -> Weights:
    """Return how much nearness and coverage count, by the settings; ``RuleError`` 422 where one is no number."""
    answers = await ask_all(context, *(Setting(name) for name in _WEIGHTS))
    given = [_number(name, answer) for name, answer in zip(_WEIGHTS, answers, strict=True)]
    default = Weights()
    return Weights(
        default.proximity if given[0] is None else given[0],
        default.quantity if given[1] is None else given[1],
    )


def _number(setting: str, value: Any) -> float | None:
    number = finite(value)
    if value is not None and number is None:
        raise RuleError(f"setting {setting} must be a number, not {value!r}", 422)
    return number


async def positions_at(
    context: Context, products: Iterable[str], locations: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what the catalogue of the property ``virtualCatalogueRef`` can sell of some products at some locations.

    Each is shaped as :class:`~penstock.rules.questions.StockAt` says; what nobody can sell is left out.
    ``RuleError`` 404 where there is no such catalogue.
    """
    catalogue, wanted = context.prop("virtualCatalogueRef"), tuple(sorted(products))
    found = await context.ask(StockAt(catalogue, wanted)) if wanted else []
    if found is None:
        raise RuleError(f"property virtualCatalogueRef: there is no virtual catalogue {catalogue}", 404)
    places = {location["ref"] for location in locations}
    return [position for position in found if position["groupRef"] in places]


def candidates(locations: list[dict[str, Any]], positions: Iterable[dict[str, Any]]) -> list[Candidate]:
    """Return those of the ``locations`` of an event at which one of its ``virtualPositions`` is."""
    available: dict[str, dict[str, int]] = {}
    for position in positions:
        available.setdefault(position["groupRef"], {})[position["productRef"]] = position["quantity"]
    return [
        Candidate(location["ref"], location["distance"], available[location["ref"]])
        for location in locations
        if location["ref"] in available
    ]


def proposed(candidate: Candidate, rating: float, need: Mapping[str, int]) -> dict[str, Any]:
    """Return what a location would send of a need, as events carry it (spec 22 §6)."""
    items = [
        {"productRef": t.product_ref, "availableQuantity": t.available, "requestedQuantity": t.requested}
        for t in proposal(candidate, need)
    ]
    return {"locationRef": candidate.ref, "rating": round(rating, 4), "items": items}
