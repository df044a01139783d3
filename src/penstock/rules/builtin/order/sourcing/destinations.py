"""Where an order or a choice of it goes, and from where distances count (spec 22 §2, §14, 35 §2)."""

from __future__ import annotations

from typing import Any

from penstock.rules import EVENT_NAME, Context, Prop, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import forward, forward_if
from penstock.rules.builtin.order.attributes import COORDINATES
from penstock.rules.builtin.order.scope import CHOICE_REF, FORWARD_IF_TOLD, NAMED, Scope, named_scope, scope_of
from penstock.rules.builtin.order.sourcing.coordinates import LOCATED, TO_ADDRESS, coordinates
from penstock.rules.builtin.order.sourcing.pickup import pickup_address
from penstock.rules.questions import ById, ByRef

Row = Any

_TYPE = Prop("type", "type of the choice: HD, CC")
_NOWHERE = {422: "there are no coordinates"}
_NO_PICKUP = {404: "there is no such location", 422: "no pickup location is named, or it has no coordinates"}


@rule(
    "order.ForwardIfDeliveryAddressPresent",
    "If there is a delivery address, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER", "FULFILMENT_CHOICE"],
    sends=FORWARD_IF_TOLD,
    reads=TO_ADDRESS,
)
def forward_if_delivery_address_present(context: Context) -> list[SendEvent]:
    """Forward if the choice has an address."""
    scope = scope_of(context)
    return forward_if(context, scope.address is not None, **scope.told)


@rule(
    "order.ForwardIfDeliveryAddressNotPresent",
    "If there is no delivery address, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER", "FULFILMENT_CHOICE"],
    sends=FORWARD_IF_TOLD,
    reads=TO_ADDRESS,
)
def forward_if_delivery_address_not_present(context: Context) -> list[SendEvent]:
    """Forward if the choice has no address."""
    scope = scope_of(context)
    return forward_if(context, scope.address is None, **scope.told)


@rule(
    "order.ForwardEventWithDeliveryAddressCoordinates",
    "Send {eventName} with the coordinates of the delivery address",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=Sends("{eventName}", adds=COORDINATES),
    reads=TO_ADDRESS,
    fails=_NOWHERE,
)
def forward_event_with_delivery_address_coordinates(context: Context) -> list[SendEvent]:
    """Forward with ``latitude`` and ``longitude``; ``RuleError`` 422 where they are missing."""
    return _from_delivery_address(context, scope_of(context))


@rule(
    "order.ForwardEventWithDeliveryAddressCoordinatesByType",
    "If the choice has type {type}, send {eventName} with the coordinates of its delivery address",
    EVENT_NAME,
    _TYPE,
    accepts=["FULFILMENT_CHOICE"],
    sends=Sends("{eventName}", gate=True, adds=LOCATED),
    reads=TO_ADDRESS,
    fails=_NOWHERE,
)
def forward_event_with_delivery_address_coordinates_by_type(context: Context) -> list[SendEvent]:
    """The same for a choice of this type; nothing for another."""
    scope = scope_of(context)
    return _from_delivery_address(context, scope) if scope.type == context.prop("type") else []


@rule(
    "order.ForwardEventWithPickupLocationCoordinates",
    "Send {eventName} with the coordinates of the pickup location",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=Sends("{eventName}", adds=COORDINATES),
    asks=[ByRef, ById],
    reads=["Order", "FulfilmentChoice"],
    fails=_NO_PICKUP,
)
async def forward_event_with_pickup_location_coordinates(context: Context) -> list[SendEvent]:
    """Forward with ``latitude`` and ``longitude`` of the location where the customer collects."""
    return await _from_pickup_location(context, scope_of(context))


@rule(
    "order.ForwardEventWithPickupLocationCoordinatesByType",
    "If the choice has type {type}, send {eventName} with the coordinates of its pickup location",
    EVENT_NAME,
    _TYPE,
    accepts=["FULFILMENT_CHOICE"],
    attributes=[CHOICE_REF],
    sends=Sends("{eventName}", gate=True, adds=COORDINATES),
    asks=[ByRef, ById],
    reads=["Order"],
    fails={404: f"{_NO_PICKUP[404]}, or {NAMED[404]}", 422: f"{_NO_PICKUP[422]}, or {NAMED[422]}"},
)
async def forward_event_with_pickup_location_coordinates_by_type(context: Context) -> list[SendEvent]:
    """The same for a choice of this type; nothing for another."""
    scope = named_scope(context)
    return await _from_pickup_location(context, scope) if scope.type == context.prop("type") else []


def _from_delivery_address(context: Context, scope: Scope) -> list[SendEvent]:
    return _from(context, scope, "delivery address", scope.address)


async def _from_pickup_location(context: Context, scope: Scope) -> list[SendEvent]:
    return _from(context, scope, "pickup location", await pickup_address(context, scope))


def _from(context: Context, scope: Scope, what: str, address: Row | None) -> list[SendEvent]:
    """Forward with the coordinates of an address; ``RuleError`` 422 where it has none."""
    found = coordinates(address)
    if found is None:
        raise RuleError(f"the {what} of {scope} has no coordinates", 422)
    return [forward(context, **found, **scope.told)]
