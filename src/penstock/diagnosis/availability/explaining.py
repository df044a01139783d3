"""From rows to an explanation, by the functions that made the stored figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.diagnosis.availability.shapes import (
    AtLocation,
    Explanation,
    Stored,
    ToldControl,
    ToldPosition,
    ToldStatus,
)
from penstock.inventory import controls as domain
from penstock.inventory import explaining
from penstock.inventory.control_values import CONTROL_VALUE, named
from penstock.inventory.expected import with_expected
from penstock.inventory.selling import ALL, NOTHING, SELLING_STATUSES, selling_statuses, sold, total
from penstock.inventory.thresholds import deciding, status_at
from penstock.orchestration.configuration import OFFLINE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.diagnosis.availability.reading import Found
    from penstock.inventory.selling import Terms
    from penstock.model.rows import Row

MOST_LOCATIONS = 100  # of a sum that are listed


class Explaining:
    """Explains what is shown of products in one catalogue.

    ``mode`` is that of quantity buffers; without ``promises``, the catalogue's networks are all offline.
    """

    def __init__(self, found: Found, mode: str, *, promises: bool) -> None:
        self._found, self._mode, self._promises = found, mode, promises
        self._group = found.catalogue.control_group_ref or ""

    def at_locations(self, product: str, asked: Iterable[str] | None) -> list[Explanation]:
        """Return an explanation for each location that has or shows the product, or is asked about, by ref."""
        shown = {v.group_ref: v for v in self._found.virtual if v.product_ref == product}
        behind: dict[str, list[Row]] = {}
        for position in self._found.positions:
            if position.product_ref == product:
                behind.setdefault(position.location_ref, []).append(position)
        places = sorted({*shown, *behind, *(asked or ())})
        return [self._at(product, place, shown.get(place), behind.get(place, [])) for place in places]

    def _at(self, product: str, place: str, shown: Row | None, positions: list[Row]) -> Explanation:
        position = _behind(product, place, shown, positions)
        statuses = SELLING_STATUSES if shown is None else selling_statuses(shown)
        told = self._place(product, place, position, statuses)
        return self._explanation(
            product, place, shown, told.quantity, told.steps, told.controls, [told], 1, told.available_then
        )

    def over_all(
        self, product: str, asked: Iterable[str] | None, statuses: Iterable[str] = SELLING_STATUSES
    ) -> Explanation:
        """Return the explanation of a sum over the locations of the catalogue's first network.

        Of the locations, those are told that are asked about, else those that show the most.
        """
        inside = {ref for ref, (_, is_inside) in self._found.locations.items() if is_inside}
        own = [p for p in self._found.positions if p.product_ref == product]
        among = tuple(statuses)
        places = [self._place(product, p.location_ref, p, among) for p in own if p.location_ref in inside]
        controls = self._found.controls[product]
        active, subject = domain.by_ref(controls), self._found.subjects[product]
        excluded = domain.excluded(self._group, active, subject)
        master = domain.master_buffer(self._group, active, product)
        amounts = [p.quantity for p in places]
        quantity = 0 if excluded else total(amounts, master)
        shown = next((v for v in self._found.virtual if v.product_ref == product), None)
        steps = explaining.summed(amounts, master, excluded=excluded)
        then = 0 if excluded else total([p.available_then for p in places], master)
        most = sorted(places, key=lambda p: (-p.quantity, p.location_ref))[:MOST_LOCATIONS]
        if asked is not None:
            most = [place for ref in sorted(set(asked)) for place in self._asked(product, ref, own, among)]
        told = [_told(w) for w in domain.weighed(self._group, controls, subject)]
        told += [_master(c) for c in controls if c.ref == domain.master_ref(self._group, product)]
        return self._explanation(
            product, self._found.catalogue.ref, shown, quantity, steps, told, most, len(places), then
        )

    def _asked(self, product: str, place: str, own: list[Row], among: tuple[str, ...]) -> list[AtLocation]:
        """Return what a location adds to a sum, or why it adds nothing; each position of the product there."""
        here = [p for p in own if p.location_ref == place] or [None]
        return [self._place(product, place, position, among) for position in here]

    def _explanation(
        self,
        product: str,
        group: str,
        shown: Row | None,
        quantity: int,
        steps: list[explaining.Step],
        controls: list[ToldControl],
        locations: list[AtLocation],
        count: int,
        then: int,
    ) -> Explanation:
        stored = None if shown is None else Stored(shown.ref, shown.quantity or 0, shown.status, shown.updated_on)
        kept = 0 if stored is None else stored.quantity  # what has no virtual position cannot be sold
        status = self._status(quantity)
        return Explanation(
            product, group, quantity, stored, kept == quantity, status, steps, controls, locations, count, then
        )

    def _place(self, product: str, place: str, position: Row | None, statuses: Iterable[str]) -> AtLocation:
        status, inside = self._found.locations.get(place, (None, False))
        apart = self._apart(inside=inside)
        controls, subject = self._found.controls[product], self._found.subjects[product].at(place)
        told = [_told(w, apart) for w in domain.weighed(self._group, controls, subject)]
        if position is None:
            return AtLocation(place, status, inside, None, told, [], 0, 0)
        terms = self._terms(product, place) if apart is None else NOTHING
        among, on_hand = tuple(statuses), position.on_hand or 0
        coming = self._found.expected.get(position.id, (0, 0))
        then = sold(position, with_expected(terms, coming[0]), among)
        early = None if self._found.shown_early is None else self._found.shown_early.get(position.id, (0, 0))
        quantity = sold(position, terms if early is None else with_expected(terms, early[0]), among)
        return AtLocation(
            place,
            status,
            inside,
            self._position(position),
            told,
            explaining.shown(on_hand, position.status, terms, among, early, apart),
            quantity,
            max(0, min(quantity, on_hand)) if self._promises and status != OFFLINE else 0,
            coming[0],
            then,
        )

    def _apart(self, *, inside: bool) -> str | None:
        """Return why the catalogue looks at nothing at a location that is inside its networks, or is not; else None."""
        catalogue, networks = self._found.catalogue, self._found.networks
        if catalogue.type == "AGGREGATE":
            if networks and networks[0]["status"] == OFFLINE:
                return f"network {networks[0]['ref']} is {OFFLINE}"
            return None if inside else "not in the catalogue's first network"
        return None if inside or not catalogue.network_ids else "in no network of the catalogue"

    def _terms(self, product: str, place: str) -> Terms:
        controls = self._found.controls[product]
        subject = self._found.subjects[product].at(place)
        return domain.terms(self._group, domain.by_ref(controls), subject, self._mode) if controls else ALL

    def _position(self, row: Row) -> ToldPosition:
        entries = self._found.ledger.get(row.id, [])
        steps = explaining.on_hand(entries)
        on_hand = row.on_hand or 0
        agrees = on_hand == (steps[-1].total if steps else 0)
        return ToldPosition(row.ref, row.status, on_hand, row.reserved or 0, steps, explaining.beside(entries), agrees)

    def _status(self, quantity: int) -> ToldStatus:
        controls, ref = self._found.thresholds, self._found.catalogue.ref
        deciding_ = deciding(quantity, controls, ref)
        return ToldStatus(status_at(quantity, controls, ref), None if deciding_ is None else deciding_.ref)


def _behind(product: str, place: str, shown: Row | None, positions: list[Row]) -> Row | None:
    """Return the position that a virtual one follows; without a virtual one, the usual one (spec 21 §2)."""
    if shown is not None and shown.position_id is not None:
        return next((p for p in positions if p.id == shown.position_id), None)
    usual = f"{product}:{place}:DEFAULT"
    return next((p for p in positions if p.ref == usual), positions[0] if positions else None)


def _told(weighed: domain.Weighed, apart: str | None = None) -> ToldControl:
    """Return a control as it is told; ``apart``, where none decides, says why."""
    order, lost = weighed.order, weighed.lost or apart
    return ToldControl(weighed.ref, weighed.type, weighed.status, weighed.scope, weighed.value, order, lost)


def _master(control: Row) -> ToldControl:
    number = named(control, CONTROL_VALUE)
    lost = None if control.status == "ACTIVE" else f"its status is {control.status}"
    return ToldControl(control.ref, control.type, control.status, "product in all", number, None, lost)
