"""How the chain of rules came to a location, for the event log (spec 22 §17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.places import excluded
from penstock.sourcing.profile.lost import NAMED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock.sourcing.rating import Rated

Json = dict[str, Any]


def rated(found: Sequence[Rated], out: Mapping[str, str]) -> Json:
    """Return who is proposed, the candidates with their ratings and why they lost, and why others are none.

    ``found`` is best first. Fifty of each are named at most.
    """
    return {
        "proposed": found[0][0].ref if found else None,
        "candidates": [_candidate(one, found[0]) for one in found[:NAMED]],
        "candidateCount": len(found),
        **excluded(out),
    }


def _candidate(one: Rated, best: Rated) -> Json:
    candidate, rating = one
    told = {"locationRef": candidate.ref, "rating": round(rating, 4), "distance": round(candidate.distance)}
    return told if one is best else {**told, "lost": _lost(one, best)}


def _lost(one: Rated, best: Rated) -> str:
    """Return what puts the best before another: if it is neither rating, distance nor name, it has everything."""
    (winner, high), (loser, low) = best, one
    if round(high, 4) > round(low, 4):
        return f"{winner.ref} is rated higher"
    if round(high, 4) == round(low, 4) and (winner.distance, winner.ref) < (loser.distance, loser.ref):
        return f"{winner.ref} is rated as high, and nearer or first by name"
    return f"{winner.ref} has everything, and it has not"


def said(told: Json) -> str:
    """Return the same in a sentence: ``S1 of 3 candidates for A2,B1``."""
    wanted = ",".join(f"{product}{units}" for product, units in told["need"].items()) or "nothing"
    if "refused" in told:
        return f"no location for {wanted}: {told['refused']}"
    return f"{told['proposed'] or 'no location'} of {told['candidateCount']} candidates for {wanted}"
