"""A record of an inventory batch: what it counts, checked (spec 20 §6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from penstock.errors import shown
from penstock.ingest.loading import RefusedError
from penstock.ingest.records import INVALID
from penstock.model.identifiers import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from penstock.ingest.loading import Record
    from penstock.ingest.records import Batch
    from penstock.model.rows import Row

LAST_ON_HAND = "LAST_ON_HAND"
LONGEST = 255
_LIMIT = 2**31
_COPIED = ("condition", "expectedOn", "storageAreaRef")


class Count(msgspec.Struct, frozen=True, gc=False):
    """A count of stock of one quantity: that with the ref, else the position's one of the type."""

    retailer_id: int
    catalogue: str
    sku: str
    location: str
    quantity: int
    type: str
    ref: str | None
    status: str | None
    corrected: int
    copied: dict[str, Any]
    attributes: dict[str, Any]

    @property
    def identity(self) -> tuple[Any, ...]:
        """Return what two records have in common that count the same."""
        if self.ref is not None:
            return (self.retailer_id, self.catalogue, self.ref)
        return (self.retailer_id, self.catalogue, self.sku, self.location, self.type)

    def position_ref(self, catalogue_type: str) -> str:
        """Return the ref of the position (spec 20 §1.2)."""
        return f"{self.sku}:{self.location}:{catalogue_type}"

    def position(self, catalogue_type: str) -> dict[str, Any]:
        """Return the attribute ``inventoryPosition`` of the event (spec 20 §6.3)."""
        return {
            "ref": self.position_ref(catalogue_type),
            "type": catalogue_type,
            "productRef": self.sku,
            "locationRef": self.location,
            "qty": self.quantity,
            "correctedQty": self.corrected,
            **self.copied,
            "inventoryQuantity": {
                "ref": self.ref,
                "qty": self.quantity,
                "type": self.type,
                "status": self.status,
                "attributes": self.attributes,
            },
        }


Counted = tuple[Count, "Row"]  # a count, and the catalogue that it is for


class _Plain(msgspec.Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """A record as most are."""

    sku_ref: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
    location_ref: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
    qty: Annotated[int, msgspec.Meta(ge=0, lt=_LIMIT)]
    retailer_id: int | str | None = None
    corrected_qty: Annotated[int, msgspec.Meta(ge=-_LIMIT, lt=_LIMIT)] | None = None


_NONE = dict.fromkeys(_COPIED)


def read_all(records: Sequence[Record], batch: Batch) -> list[Count | RefusedError]:
    """Return what records count, or what is wrong with them."""
    own = frozenset({None, batch.retailer_id, str(batch.retailer_id)})
    named = batch.catalogue_ref or f"DEFAULT:{batch.retailer_id}"
    return _plain(records, batch.retailer_id, own, named) or [
        (_plain([record], batch.retailer_id, own, named) or [_read(record, batch)])[0] for record in records
    ]


def _plain(records: Sequence[Record], retailer: int, own: AbstractSet[Any], named: str) -> list[Count | RefusedError]:
    """Return what records count, at once, if all of them are plain ones; else nothing."""
    try:
        plain = msgspec.convert(records, list[_Plain])
    except msgspec.ValidationError:
        return []
    if not own >= {one.retailer_id for one in plain}:
        return []
    return [
        Count(
            retailer, named, r.sku_ref, r.location_ref, r.qty, LAST_ON_HAND, None, None, r.corrected_qty or 0, _NONE, {}
        )
        for r in plain
    ]


def _read(record: Record, batch: Batch) -> Count | RefusedError:
    """Return what a record counts, field by field."""
    try:
        return read(record, batch)
    except RefusedError as error:
        return error


def read(record: Record, batch: Batch) -> Count:
    """Return what a record counts.

    Raises:
        RefusedError: a field is missing or cannot be used; the message names it.
    """
    retailer_id = _retailer(record.get("retailerId"), batch.retailer_id)
    type_ = _text(record, "type") or LAST_ON_HAND
    quantity = _whole(_needed(record, "qty"), "qty")
    if quantity < 0 and type_ == LAST_ON_HAND:
        raise RefusedError(INVALID, f"qty is {quantity}; a count of stock on hand is at least 0")
    return Count(
        retailer_id=retailer_id,
        catalogue=batch.catalogue_ref or f"DEFAULT:{retailer_id}",
        sku=str(_needed(record, "skuRef") and _text(record, "skuRef")),
        location=str(_needed(record, "locationRef") and _text(record, "locationRef")),
        quantity=quantity,
        type=type_,
        ref=_text(record, "ref"),
        status=_text(record, "status"),
        corrected=0 if record.get("correctedQty") in (None, "") else _whole(record["correctedQty"], "correctedQty"),
        copied={name: _text(record, name) for name in _COPIED},
        attributes=_attributes(record.get("attributes")),
    )


def _needed(record: Record, name: str) -> Any:
    value = record.get(name)
    if value is None or value == "":
        raise RefusedError(INVALID, f"{name} is missing")
    return value


def _text(record: Record, name: str) -> str | None:
    """Return a text, or a number as text; None for an empty one."""
    value = record.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RefusedError(INVALID, f"{name} is {shown(value)}; give a text")
    text = str(value)
    if len(text) > LONGEST:
        raise RefusedError(INVALID, f"{name} is {len(text)} characters long; at most {LONGEST} are stored")
    return text


def _whole(value: Any, name: str) -> int:
    """Return a whole number, given as a number or as a text that holds one."""
    number: Any = value
    if isinstance(value, str) and len(value) <= len(str(-_LIMIT)):
        try:
            number = int(value)
        except ValueError:
            number = None
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    if isinstance(number, bool) or not isinstance(number, int) or not -_LIMIT <= number < _LIMIT:
        raise RefusedError(INVALID, f"{name} is {shown(value)}; give a whole number of 32 bits")
    return number


def _retailer(given: Any, own: int) -> int:
    if given is None or given == "":
        return own
    found = parse(given) if isinstance(given, int | str) and not isinstance(given, bool) else None
    if found is None:
        raise RefusedError(INVALID, f"retailerId is {shown(given)}; give the id of a retailer")
    return found


def _attributes(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise RefusedError(INVALID, f"attributes is {shown(given)}; give an object")
    return given
