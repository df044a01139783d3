"""Coordinates of the delivery address of an order or a choice: there, looked up, stored (spec 31 §4, 35 §2, §4)."""

from __future__ import annotations

from typing import Any

from penstock.rules import EVENT_NAME, Context, Prop, RuleError, SendEvent, Sends, Update, rule
from penstock.rules.builtin.common import forward, forward_if
from penstock.rules.builtin.order.attributes import COORDINATES
from penstock.rules.builtin.order.scope import (
    CHOICE_REF,
    FORWARD_IF_TOLD,
    NAMED,
    Scope,
    named_scope,
    scope_of,
)
from penstock.rules.questions import Geocode

Row = Any

TO_ADDRESS = ("Order", "FulfilmentChoice", "Address")  # the way to the delivery address
LOCATED = (*COORDINATES, CHOICE_REF.optional())  # what an event gets that a choice may have
_EVENTS = (
    Prop("validAddress", "event to send with the coordinates"),
    Prop("invalidAddress", "event to send when the address cannot be placed"),
)
_RESOLVED = (Sends("{validAddress}", gate=True, adds=COORDINATES), Sends("{invalidAddress}", gate=True))


def coordinates(address: Row | None) -> dict[str, float] | None:
    """Return ``latitude`` and ``longitude`` of an address, None where one of them is missing."""
    if address is None or address.latitude is None or address.longitude is None:
        return None
    return {"latitude": address.latitude, "longitude": address.longitude}


@rule(
    "order.ForwardIfFulfilmentChoiceCoordinatesPresent",
    "If the delivery address of the choice has coordinates, send {eventName}",
    EVENT_NAME,
    accepts=["FULFILMENT_CHOICE"],
    sends=Sends("{eventName}", gate=True, adds=LOCATED),
    reads=TO_ADDRESS,
)
@rule(
    "order.ForwardIfOrderCoordinatesPresent",
    "If the delivery address has coordinates, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=Sends("{eventName}", gate=True, adds=COORDINATES),
    reads=TO_ADDRESS,
)
def forward_if_order_coordinates_present(context: Context) -> list[SendEvent]:
    """Forward with ``latitude`` and ``longitude``."""
    scope = scope_of(context)
    found = coordinates(scope.address)
    return [forward(context, **found, **scope.told)] if found else []


@rule(
    "order.ForwardIfFulfilmentChoiceCoordinatesNotPresent",
    "If the delivery address of the choice has no coordinates, send {eventName}",
    EVENT_NAME,
    accepts=["FULFILMENT_CHOICE"],
    sends=FORWARD_IF_TOLD,
    reads=TO_ADDRESS,
)
@rule(
    "order.ForwardIfOrderCoordinatesNotPresent",
    "If the delivery address has no coordinates, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=Sends("{eventName}", gate=True),
    reads=TO_ADDRESS,
)
def forward_if_order_coordinates_not_present(context: Context) -> list[SendEvent]:
    """Forward if latitude or longitude is missing."""
    scope = scope_of(context)
    return forward_if(context, coordinates(scope.address) is None, **scope.told)


@rule(
    "order.ResolveOrderCoordinates",
    "Look up the coordinates of the delivery address: send {validAddress}, or {invalidAddress} if not found",
    *_EVENTS,
    accepts=["ORDER"],
    sends=_RESOLVED,
    asks=Geocode,
    reads=TO_ADDRESS,
)
async def resolve_order_coordinates(context: Context) -> list[SendEvent]:
    """Ask the geocoder; send one of two events, the first with ``latitude`` and ``longitude``."""
    return await _resolved(context, scope_of(context))


@rule(
    "order.ResolveFulfilmentChoiceCoordinates",
    "Look up the coordinates of the choice's address: send {validAddress}, or {invalidAddress} if not found",
    *_EVENTS,
    accepts=["FULFILMENT_CHOICE"],
    attributes=[CHOICE_REF],
    sends=_RESOLVED,
    asks=Geocode,
    reads=TO_ADDRESS,
    fails=NAMED,
)
async def resolve_fulfilment_choice_coordinates(context: Context) -> list[SendEvent]:
    """Do the same for a choice."""
    return await _resolved(context, named_scope(context))


async def _resolved(context: Context, scope: Scope) -> list[SendEvent]:
    address = scope.address
    found = address and await context.ask(Geocode(address.country, address.postcode, address.city))
    if not found:
        return [SendEvent(context.prop("invalidAddress"))]
    attributes = {**context.event.attributes, "latitude": found[0], "longitude": found[1]}
    return [SendEvent(context.prop("validAddress"), attributes=attributes)]


@rule(
    "order.UpdateOrderCoordinates",
    "Store the coordinates on the delivery address",
    accepts=["ORDER", "FULFILMENT_CHOICE"],
    attributes=COORDINATES,
    reads=TO_ADDRESS,
    fails={404: "there is no delivery address"},
)
def update_order_coordinates(context: Context) -> list[Update]:
    """Write ``latitude`` and ``longitude`` of the event to the delivery address."""
    scope = scope_of(context)
    if scope.address is None:
        raise RuleError(f"{scope} has no delivery address", 404)
    return [Update(scope.address, {name: context.attribute(name) for name in ("latitude", "longitude")})]
