"""Holds as they go over the wire."""

# ruff: noqa: N815 - the members are spelt as on the wire

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from penstock.api.rest.answers import Envelope

MOST_ITEMS, MOST_ATTRIBUTES = 100, 100
MOST_UNITS = 1_000_000
SECONDS, MOST_SECONDS = 900, 86_400

Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Id = Annotated[str, msgspec.Meta(description="a number")] | int
Units = Annotated[int, msgspec.Meta(ge=1, le=MOST_UNITS)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=MOST_SECONDS)]


class GivenHoldItem(msgspec.Struct, forbid_unknown_fields=True):
    """Units of a product: at one location, or, without ``locationRef``, wherever they are."""

    productRef: Ref
    quantity: Units
    locationRef: Ref | None = None


class HoldAttribute(msgspec.Struct, forbid_unknown_fields=True):
    """A note that is kept with the hold."""

    name: Ref
    type: Ref
    value: Any = None


class GivenHold(msgspec.Struct, forbid_unknown_fields=True):
    """What to hold, for how long, and under which reference of the client's own, unique in the retailer.

    ``virtualCatalogueRef`` names the BASE virtual catalogue whose locations are meant, ``BASE:`` and the retailer's id
    if none is given.
    """

    retailerId: Id
    ref: Ref
    items: Annotated[list[GivenHoldItem], msgspec.Meta(min_length=1, max_length=MOST_ITEMS)]
    virtualCatalogueRef: Ref | None = None
    expiresInSeconds: Seconds = SECONDS
    attributes: Annotated[list[HoldAttribute], msgspec.Meta(max_length=MOST_ATTRIBUTES)] = []


class GivenExtension(msgspec.Struct, forbid_unknown_fields=True):
    """How long to keep a hold, from now on."""

    expiresInSeconds: Seconds


class HeldUnits(msgspec.Struct):
    """Units held at one location."""

    locationRef: str | None
    quantity: int


class HoldItem(msgspec.Struct):
    """An item as it was asked for, and where its units are held; once the hold has ended, where they were."""

    productRef: str
    quantity: int
    locationRef: str | None
    held: list[HeldUnits]


class HoldState(msgspec.Struct):
    """A hold; ``orderRef`` is the order that has taken it over."""

    id: str
    ref: str
    retailerId: str
    status: Literal["ACTIVE", "ORDERED", "RELEASED", "EXPIRED"]
    virtualCatalogueRef: str
    items: list[HoldItem]
    attributes: list[HoldAttribute]
    orderRef: str | None
    createdOn: str
    updatedOn: str
    expiresOn: str


class HoldPage(msgspec.Struct):
    """A page of holds, newest first."""

    start: int
    count: int
    hasMore: bool
    results: list[HoldState]


class ShortItem(msgspec.Struct):
    """An item that cannot be held as wanted, and how many units of it could be."""

    productRef: str
    quantity: int
    locationRef: str | None
    available: int


class RefusedHold(Envelope):
    """Nothing is held: what is short, if that is why."""

    items: list[ShortItem] = msgspec.field(default_factory=list)
