"""The locations of a network that may fulfil, or where somebody may collect (spec 22 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules import Prop, RuleError
from penstock.rules.questions import NetworkLocations
from penstock.sourcing.profile.lost import NAMED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from penstock.rules import Context

NETWORK = (
    Prop("networkRef", "ref of the network"),
    Prop("locationStatuses", "statuses of locations that come into question", multiple=True, status_of="LOCATION"),
)


async def network(context: Context) -> list[dict[str, Any]]:
    """Return all members of the network ``networkRef``, a property of the rule; ``RuleError`` 404 without it.

    Each is shaped as :class:`~penstock.rules.questions.NetworkLocations` says.
    """
    ref = context.prop("networkRef")
    found: list[dict[str, Any]] | None = await context.ask(NetworkLocations(ref))
    if found is None:
        raise RuleError(f"property networkRef: there is no network {ref}", 404)
    return found


async def members(context: Context) -> list[dict[str, Any]]:
    """Return those of :func:`network` that are in one of ``locationStatuses``, another property of the rule."""
    return accepted(context, await network(context))


def accepted(context: Context, places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those of a network's members that are in one of ``locationStatuses``."""
    statuses = context.prop("locationStatuses")
    return [place for place in places if place["status"] in statuses]


def measured(context: Context) -> list[dict[str, Any]]:
    """Return the ``locations`` of the event, each with its ``distance`` (m); ``RuleError`` 400 where one has none."""
    locations: list[dict[str, Any]] = context.attribute("locations")
    bare = next((place["ref"] for place in locations if place.get("distance") is None), None)
    if bare is not None:
        raise RuleError(
            f"locations: {bare} has no distance: let order.CalculateLocationsDistances run before this rule"
        )
    return locations


def usual_rejected(context: Context) -> str:
    """Return the ref of the retailer's location for what nobody can send, by convention (spec 22 §1)."""
    return f"RJT_{context.event.retailer_id}"


def excluded(reasons: Mapping[str, str]) -> dict[str, Any]:
    """Return, for the event log, why locations are no candidates: by ref, fifty at most, and how many there are."""
    return {"excluded": dict(sorted(reasons.items())[:NAMED]), "excludedCount": len(reasons)}


def left_out(context: Context, places: Iterable[dict[str, Any]], used: Collection[int]) -> dict[str, str]:
    """Return by ref why members of a network are no candidates, whatever they have (spec 22 §2.5).

    ``used`` are addresses of locations that this request has used before, which are not used again.
    """
    told, rejected = set(context.event.attributes.get("excludedLocations") or ()), usual_rejected(context)
    reasons: dict[str, str] = {}
    for place in places:
        ref = place["ref"]
        if ref == rejected:
            reasons[ref] = "system rejected location"
        elif int(place["addressId"]) in used:
            reasons[ref] = "used before"
        elif ref in told:
            reasons[ref] = "excluded by the event"
    return reasons
