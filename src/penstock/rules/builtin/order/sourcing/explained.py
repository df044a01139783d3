"""How the chain of rules came to a location, for the event log (spec 22 §17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.sourcing.profile.lost import NAMED
from penstock.sourcing.rating import covers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock.sourcing.rating import Rated

Json = dict[str, Any]


def rated(found: Sequence[Rated], need: Mapping[str, int], out: Mapping[str, str]) -> Json:
    """Return who is proposed, the candidates with their ratings and why they lost, and why others are none.

    ``found`` is best first. Fifty of each are named at most.
    """
    return {
        "proposed": found[0][0].ref if found else None,
        "candidates": [_candidate(one, found[0], need) for one in found[:NAMED]],
        "candidateCount": len(found),
        "excluded": dict(list(out.items())[:NAMED]),
        "excludedCount": len(out),
    }


def _candidate(one: Rated, best: Rated, need: Mapping[str, int]) -> Json:
    candidate, rating = one
    told = {"locationRef": candidate.ref, "rating": round(rating, 4), "distance": round(candidate.distance)}
    return told if one is best else {**told, "lost": _lost(one, best, need)}


def _lost(one: Rated, best: Rated, need: Mapping[str, int]) -> str:
    winner = best[0].ref
    if round(best[1], 4) > round(one[1], 4):
        return f"{winner} is rated higher"
    if covers(best[0], need) and not covers(one[0], need):
        return f"{winner} has everything, and it has not"
    return f"{winner} is rated as high, and nearer or first by name"


def said(told: Json) -> str:
    """Return the same in a sentence: ``S1 of 3 candidates for A2,B1``."""
    wanted = ",".join(f"{product}{units}" for product, units in told["need"].items()) or "nothing"
    if "refused" in told:
        return f"no location for {wanted}: {told['refused']}"
    return f"{told['proposed'] or 'no location'} of {told['candidateCount']} candidates for {wanted}"
