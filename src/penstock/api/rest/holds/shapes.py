"""Holds as they go over the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from penstock.api.rest.answers import Envelope
from penstock.api.rest.shape import Shape

MOST_ITEMS, MOST_ATTRIBUTES = 100, 100
MOST_UNITS = 1_000_000
SECONDS, MOST_SECONDS = 900, 86_400

Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Id = Annotated[str, msgspec.Meta(description="a number")] | int
Units = Annotated[int, msgspec.Meta(ge=1, le=MOST_UNITS)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=MOST_SECONDS)]


class GivenHoldItem(Shape, forbid_unknown_fields=True):
    """Units of a product: at one location, or, without ``locationRef``, wherever they are."""

    product_ref: Ref
    quantity: Units
    location_ref: Ref | None = None


class HoldAttribute(Shape, forbid_unknown_fields=True):
    """A note that is kept with the hold."""

    name: Ref
    type: Ref
    value: Any = None


class GivenHold(Shape, forbid_unknown_fields=True):
    """What to hold, for how long, and under which reference of the client's own, unique in the retailer.

    ``virtualCatalogueRef`` names the BASE virtual catalogue whose locations are meant, ``BASE:`` and the retailer's id
    if none is given.
    """

    retailer_id: Id
    ref: Ref
    items: Annotated[list[GivenHoldItem], msgspec.Meta(min_length=1, max_length=MOST_ITEMS)]
    virtual_catalogue_ref: Ref | None = None
    expires_in_seconds: Seconds = SECONDS
    attributes: Annotated[list[HoldAttribute], msgspec.Meta(max_length=MOST_ATTRIBUTES)] = msgspec.field(
        default_factory=list
    )


class GivenExtension(Shape, forbid_unknown_fields=True):
    """How long to keep a hold, from now on."""

    expires_in_seconds: Seconds


class HeldUnits(Shape):
    """Units held at one location."""

    location_ref: str | None
    quantity: int


class HoldItem(Shape):
    """An item as it was asked for, and where its units are held; once the hold has ended, where they were."""

    product_ref: str
    quantity: int
    location_ref: str | None
    held: list[HeldUnits]


class HoldState(Shape):
    """A hold; ``orderRef`` is the order that has taken it over."""

    id: str
    ref: str
    retailer_id: str
    status: Literal["ACTIVE", "ORDERED", "RELEASED", "EXPIRED"]
    virtual_catalogue_ref: str
    items: list[HoldItem]
    attributes: list[HoldAttribute]
    order_ref: str | None
    created_on: str
    updated_on: str
    expires_on: str


class HoldPage(Shape):
    """A page of holds, newest first."""

    start: int
    count: int
    has_more: bool
    results: list[HoldState]


class ShortItem(Shape):
    """An item that cannot be held as wanted, and how many units of it could be."""

    product_ref: str
    quantity: int
    location_ref: str | None
    available: int


class RefusedHold(Envelope):
    """Nothing is held: what is short, if that is why."""

    items: list[ShortItem] = msgspec.field(default_factory=list)
