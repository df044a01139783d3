"""Which units a hold takes: pure functions over what locations show (docs/adr/0025).

One location for all, where one has it all, so that the order can come from there in one parcel; else each item from
where most of it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Item:
    """Units of a product that are wanted, at one location or wherever they are."""

    product_ref: str
    quantity: int
    location_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A hold as it is asked for."""

    retailer_id: int
    ref: str
    catalogue: str  # ref of a BASE virtual catalogue
    items: tuple[Item, ...]
    seconds: int
    attributes: list[dict[str, Any]]
    user: str
    now: datetime

    @property
    def products(self) -> set[str]:
        """Return what is wanted."""
        return {item.product_ref for item in self.items}


@dataclass(frozen=True, slots=True)
class Short:
    """An item that cannot be held, and how much of it could be."""

    item: Item
    available: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A hold that cannot be granted: what is short of it."""

    short: list[Short]


@dataclass(slots=True)
class Place:
    """What a position shows in a catalogue and is not taken yet."""

    position_id: int
    location_ref: str | None
    left: int


Taken = tuple[int, int]  # position, units
Plan = list[list[Taken]]  # by item


@dataclass(slots=True)
class Shelves:
    """What some catalogues show of some products; who plans later sees what is left."""

    places: dict[tuple[str, str], list[Place]] = field(default_factory=dict)  # by catalogue and product
    _by_position: dict[int, list[Place]] = field(default_factory=dict)

    def show(self, catalogue: str, product: str, place: Place) -> None:
        """Add a position; the same one may be shown by several catalogues."""
        self.places.setdefault((catalogue, product), []).append(place)
        self._by_position.setdefault(place.position_id, []).append(place)

    def take(self, made: Plan) -> None:
        """Take the units of a plan, in all catalogues."""
        for position, units in units_of(made).items():
            for place in self._by_position[position]:
                place.left -= units

    def location(self, position: int) -> str | None:
        """Return where a position is."""
        return self._by_position[position][0].location_ref


def units_of(made: Plan) -> dict[int, int]:
    """Return what a plan takes of each position."""
    units: dict[int, int] = defaultdict(int)
    for part in made:
        for position, n in part:
            units[position] += n
    return units


def plan(wanted: Wanted, shelves: Shelves) -> Plan | Refused:
    """Return for each item what is taken of which position; what is short where not all can be had.

    Nothing is taken from the shelves yet.
    """
    whole = _from_one(wanted, shelves)
    return _allocated(wanted, shelves, {}) if whole is None else whole


def _from_one(wanted: Wanted, shelves: Shelves) -> Plan | None:
    """Return a plan in which all items of no particular location come from the same one; None without one."""
    free = [item.product_ref for item in wanted.items if item.location_ref is None]
    if len(free) <= 1:  # one alone needs no company
        return None
    having: dict[str | None, int] = {}
    for product in dict.fromkeys(free):
        for place in shelves.places.get((wanted.catalogue, product), ()):
            having[place.location_ref] = having.get(place.location_ref, 0) + (place.left > 0)
    everything = len(set(free))
    for location in sorted(ref for ref, products in having.items() if ref is not None and products == everything):
        found = _allocated(wanted, shelves, dict.fromkeys(free, location))
        if not isinstance(found, Refused):
            return found
    return None


def _allocated(wanted: Wanted, shelves: Shelves, at: dict[str, str]) -> Plan | Refused:
    """Allocate item by item; ``at`` names the locations of products that are not bound to one by their item."""
    used: dict[int, int] = defaultdict(int)
    taken: Plan = []
    short: list[Short] = []
    for item in wanted.items:
        location = item.location_ref or at.get(item.product_ref)
        places = shelves.places.get((wanted.catalogue, item.product_ref), ())
        lefts = [(p.left - used[p.position_id], p) for p in places if location in {None, p.location_ref}]
        own, missing = _greedy(lefts, item.quantity)
        if missing:
            short.append(Short(item, item.quantity - missing))
        for position, units in own:
            used[position] += units
        taken.append(own)
    return Refused(short) if short else taken


def _greedy(lefts: list[tuple[int, Place]], units: int) -> tuple[list[Taken], int]:
    """Take units from where most of them are; return what was taken, and how many are missing."""
    taken: list[Taken] = []
    for left, place in sorted(lefts, key=lambda each: (-each[0], each[1].location_ref or "", each[1].position_id)):
        if units and left > 0:
            taken.append((place.position_id, min(left, units)))
            units -= taken[-1][1]
    return taken, units
