"""What some criteria ask about locations: their attributes, and how many fulfilments they have (spec 22 §10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.common import ask_all
from penstock.rules.questions import FulfilmentsOpen, FulfilmentsSince, Matching
from penstock.sourcing.opening_hours import time_zone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.rules import Context
    from penstock.rules.builtin.profiles.places import Member


@dataclass(frozen=True, slots=True)
class Details:
    """Attributes by name, and counts, of locations by ref."""

    attributes: dict[str, dict[str, Any]]
    used: dict[str, int]
    waiting: dict[str, int]


NOTHING = Details({}, {}, {})


async def details(context: Context, members: Iterable[Member], *, daily: bool, waiting: bool) -> Details:
    """Return what is known of locations.

    With ``daily`` the fulfilments since midnight in their own time as well, with ``waiting`` those not at their end.
    """
    by_id = {int(member["id"]): member["ref"] for member in members}
    addresses = {member["ref"]: int(member["addressId"]) for member in members}
    (rows,) = await ask_all(context, Matching("Location", (("id", tuple(sorted(by_id))),)))
    attributes = {by_id[row.id]: {a["name"]: a.get("value") for a in row.attributes or ()} for row in rows}
    return Details(
        attributes,
        await _used(context, addresses) if daily else {},
        await _waiting(context, addresses) if waiting else {},
    )


async def _used(context: Context, addresses: dict[str, int]) -> dict[str, int]:
    ids = tuple(sorted(addresses.values()))
    zones = {row.id: row.time_zone for row in await context.ask(Matching("StoreAddress", (("id", ids),)))}
    since = tuple((id_, _midnight(context.now, zones.get(id_))) for id_ in ids)
    counts = dict(zip(ids, await context.ask(FulfilmentsSince(since)), strict=True))
    return {ref: counts[id_] for ref, id_ in addresses.items()}


async def _waiting(context: Context, addresses: dict[str, int]) -> dict[str, int]:
    ids = tuple(sorted(addresses.values()))
    counts = dict(zip(ids, await context.ask(FulfilmentsOpen(ids)), strict=True))
    return {ref: counts[id_] for ref, id_ in addresses.items()}


def _midnight(now: datetime, zone: str | None) -> int:
    """Return when the day began, in seconds since 1970; in UTC where the time zone is unknown."""
    local = time_zone(zone) or UTC
    return int(datetime.combine(now.astimezone(local).date(), time(), local).timestamp())
