"""How an exchange order is delivered: as what comes back was, unless the event says else (spec 33 §6)."""

from __future__ import annotations

from typing import Any

from penstock.model.vocabulary import snake
from penstock.rules import Context, RuleError
from penstock.rules.builtin.returns.arranged import address

Row = Any

_KEPT = (
    "currency",
    "delivery_first_name",
    "delivery_last_name",
    "delivery_contact",
    "delivery_email",
    "delivery_instruction",
    "delivery_type",
    "fulfilment_type",
    "pickup_location_ref",
    "type",
)
_GIVEN = ("type", "deliveryType", "deliveryInstruction", "fulfilmentType", "pickupLocationRef")
_ADDRESS = (
    "company_name",
    "name",
    "street",
    "street2",
    "city",
    "state",
    "postcode",
    "region",
    "country",
    "latitude",
    "longitude",
    "ref",
    "time_zone",
    "email",
)
_WHAT = "attribute exchangeOrder.fulfilmentChoice"


def choice_rows(context: Context, order: Row, item: Row, given: Any) -> tuple[Row, list[Row]]:
    """Return the choice of a new order, and its address where it has one.

    They are copies of those of the item that comes back, with what is ``given``: type, deliveryType,
    deliveryInstruction, fulfilmentType, pickupLocationRef, deliveryAddress. ``RuleError`` 400 for what is malformed,
    422 where the order has no choice.
    """
    if given is not None and not isinstance(given, dict):
        raise RuleError(f"{_WHAT} must be an object, not {given!r}")
    before = context.one(item, "fulfilmentChoice") or context.one(context.entity, "fulfilmentChoice")
    if before is None:
        raise RuleError(f"order {context.entity.ref} has no fulfilment choice that could tell how to deliver", 422)
    addresses = _address(context, order, before, given or {})
    own = {c: getattr(before, c) for c in _KEPT} | {snake(k): (given or {})[k] for k in _GIVEN if k in (given or {})}
    to = addresses[0].id if addresses else None
    return context.new("FulfilmentChoice", under=order, ref=f"{order.ref}-FC", delivery_address_id=to, **own), addresses


def _address(context: Context, order: Row, before: Row, given: dict[str, Any]) -> list[Row]:
    if given.get("deliveryAddress") is not None:
        told = address(given["deliveryAddress"], f"{_WHAT}.deliveryAddress")
        return [context.new("CustomerAddress", under=order, **{snake(k): v for k, v in told.items()})]
    known = context.one(before, "deliveryAddress")
    if known is None:
        return []
    return [context.new("CustomerAddress", under=order, **{c: getattr(known, c) for c in _ADDRESS})]
