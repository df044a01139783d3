"""Batches that create what is new by its ref, and change what is known: locations and categories (spec 11 §4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.batches.mutating import MutatingLoad
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.errors import InvalidValueError, MissingValueError, shown

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.plans import Plan
    from penstock.ingest.loading import Record

_LOCATION = """
SELECT id::text AS id, primary_address_id::text AS address, opening_schedule_id::text AS hours
FROM location WHERE retailer_id = $1 AND ref = $2"""
_CATEGORY = """
SELECT true FROM category c JOIN product_catalogue p ON p.id = c.catalogue_id WHERE p.ref = $1 AND c.ref = $2"""
_DIGITS = 18  # so many fit a bigint
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOSED = {f"{day}{end}": 0 for day in _DAYS for end in ("Start", "End")}


class LocationLoad(MutatingLoad):
    """A LOCATION batch; without opening hours a new location is open at all hours, and its workflow sets its status."""

    _create, _update = plan_of("Location", "create"), plan_of("Location", "update")

    def ref_of(self, record: Record) -> str | None:
        """Return the ref of the location."""
        return _text(record, "locationRef") or _text(record, "ref")

    async def perform(self, first: int, record: Record) -> None:
        """Create or change the location."""
        ref, retailer = _needed("locationRef", self.ref_of(record)), _retailer(record, self.batch.retailer_id)
        known = await self.call.database.fetchrow(_LOCATION, retailer, ref)
        given = _renamed(record, {"address": "primaryAddress", "openingHours": "openingSchedule"})
        address, hours = _object(given, "primaryAddress"), _object(given, "openingSchedule")
        if known is None:
            given["primaryAddress"] = {"ref": ref, **address}
            given["openingSchedule"] = {**_CLOSED, "allHours": not hours, **hours}
            full = {**given, "ref": ref, "retailer": {"id": retailer}}
            await self.create(self._create, _only(full, self._create), first, ref)
            return
        for name, below, id_ in (("primaryAddress", address, "address"), ("openingSchedule", hours, "hours")):
            given.pop(name, None)
            if below:
                given[name] = {**{k: v for k, v in below.items() if k != "ref"}, "id": known[id_]}
        given.pop("retailer", None)
        await self.change(self._update, {**_only(given, self._update), "id": known["id"]}, first, ref)


class CategoryLoad(MutatingLoad):
    """A CATEGORY batch; a parent must stand before its children, or be known."""

    _create, _update = plan_of("Category", "create"), plan_of("Category", "update")

    def ref_of(self, record: Record) -> str | None:
        """Return the ref of the category."""
        return _text(record, "categoryRef") or _text(record, "ref")

    async def perform(self, first: int, record: Record) -> None:
        """Create or change the category."""
        ref, retailer = _needed("categoryRef", self.ref_of(record)), _retailer(record, self.batch.retailer_id)
        in_ = _text(record, "catalogueRef") or self.batch.catalogue_ref or f"PC:MASTER:{retailer}"
        known = await self.call.database.fetchval(_CATEGORY, in_, ref)
        given: dict[str, Any] = {**record, "ref": ref, "catalogue": {"ref": in_}}
        if parent := _text(record, "parentCategoryRef"):
            given["parentCategory"] = {"ref": parent, "catalogue": {"ref": in_}}
        if known:
            await self.change(self._update, _only(given, self._update), first, ref)
        else:
            await self.create(self._create, _only({"type": "DEFAULT", **given}, self._create), first, ref)


def _only(given: Record, plan: Plan) -> dict[str, Any]:
    """Return what the input knows; other keys of a record are passed over, as everywhere (spec 11)."""
    known = {word.name for word in plan.words}
    return {name: value for name, value in given.items() if name in known and value is not None}


def _renamed(record: Record, names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in record.items()}


def _object(given: dict[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name) or {}
    if not isinstance(value, dict):
        raise InvalidValueError(f"{name} is {shown(value)}; give an object")
    return value


def _text(record: Record, name: str) -> str | None:
    value = record.get(name)
    return str(value) if isinstance(value, str | int) and value != "" else None


def _needed(name: str, value: str | None) -> str:
    if value is None:
        raise MissingValueError(f"{name} is missing")
    return value


def _retailer(record: Record, own: int) -> int:
    value = record.get("retailerId", own)
    text = str(value)
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise InvalidValueError(f"retailerId is {shown(value)}; give the id of a retailer")
    return int(text)
