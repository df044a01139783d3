"""What some criteria ask about locations: their attributes, and how many fulfilments they have (spec 22 §10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.common import ask_all
from penstock.rules.questions import FulfilmentsOpen, FulfilmentsSince, Matching
from penstock.sourcing.opening_hours import time_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.rules import Context
    from penstock.rules.builtin.profiles.places import Member

Row = Any


@dataclass(frozen=True, slots=True)
class Details:
    """Attributes by name, and counts, of locations by ref."""

    attributes: dict[str, dict[str, Any]]
    used: dict[str, int]
    waiting: dict[str, int]


NOTHING = Details({}, {}, {})


async def details(
    context: Context, members: Sequence[Member], *, attributes: bool, daily: bool, waiting: bool
) -> Details:
    """Return what is known of locations, and no more than is looked at.

    ``daily`` are their fulfilments since midnight in their own time, ``waiting`` those that are not at their end.
    """
    by_id = {int(member["id"]): member["ref"] for member in members}
    addresses = {member["ref"]: int(member["addressId"]) for member in members}
    places = tuple(sorted(addresses.values()))
    rows, zoned, unfinished = await ask_all(
        context,
        Matching("Location", (("id", tuple(sorted(by_id))),)) if attributes else None,
        Matching("StoreAddress", (("id", places),)) if daily else None,
        FulfilmentsOpen(places) if waiting else None,
    )
    since = await context.ask(FulfilmentsSince(_midnights(context.now, places, zoned))) if daily else None
    return Details(
        {by_id[row.id]: {a["name"]: a.get("value") for a in row.attributes or ()} for row in rows or ()},
        _by_ref(addresses, places, since),
        _by_ref(addresses, places, unfinished),
    )


def _by_ref(addresses: dict[str, int], places: tuple[int, ...], counts: list[int] | None) -> dict[str, int]:
    """Return the counts of places by the refs of the locations there; none where nobody asked."""
    if counts is None:
        return {}
    by_place = dict(zip(places, counts, strict=True))
    return {ref: by_place[place] for ref, place in addresses.items()}


def _midnights(now: datetime, places: tuple[int, ...], zoned: Iterable[Row]) -> tuple[tuple[int, int], ...]:
    """Return with each place when the day began there."""
    zones = {row.id: row.time_zone for row in zoned}
    return tuple((place, _midnight(now, zones.get(place))) for place in places)


def _midnight(now: datetime, zone: str | None) -> int:
    """Return when the day began, in seconds since 1970; in UTC where the time zone is unknown."""
    local = time_zone(zone) or UTC
    return int(datetime.combine(now.astimezone(local).date(), time(), local).timestamp())
