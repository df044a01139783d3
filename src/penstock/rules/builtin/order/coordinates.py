"""Where an order goes: coordinates of its delivery address (spec 31 §4, 35 §2, §4)."""

from __future__ import annotations

from typing import Any

from penstock.rules import EVENT_NAME, Context, Prop, RuleError, SendEvent, Sends, Update, rule
from penstock.rules.builtin.common import FORWARD_IF, forward, forward_if, order_of
from penstock.rules.builtin.order.attributes import COORDINATES
from penstock.rules.questions import Geocode

Row = Any

_ADDRESS = ("Order", "FulfilmentChoice", "Address")  # the way to the delivery address


def delivery_address(context: Context) -> Row | None:
    """Return the delivery address of the order's choice, None where there is none."""
    choice = context.one(order_of(context), "fulfilmentChoice")
    return context.one(choice, "deliveryAddress") if choice is not None else None


def _located(address: Row | None) -> bool:
    return address is not None and address.latitude is not None and address.longitude is not None


@rule(
    "order.ForwardIfOrderCoordinatesPresent",
    "If the delivery address has coordinates, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=Sends("{eventName}", gate=True, adds=COORDINATES),
    reads=_ADDRESS,
)
def forward_if_order_coordinates_present(context: Context) -> list[SendEvent]:
    """Forward with ``latitude`` and ``longitude``."""
    address = delivery_address(context)
    return [forward(context, **_coordinates(address))] if _located(address) else []


@rule(
    "order.ForwardIfOrderCoordinatesNotPresent",
    "If the delivery address has no coordinates, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=FORWARD_IF,
    reads=_ADDRESS,
)
def forward_if_order_coordinates_not_present(context: Context) -> list[SendEvent]:
    """Forward if latitude or longitude is missing."""
    return forward_if(context, not _located(delivery_address(context)))


@rule(
    "order.ForwardIfDeliveryAddressPresent",
    "If there is a delivery address, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=FORWARD_IF,
    reads=_ADDRESS,
)
def forward_if_delivery_address_present(context: Context) -> list[SendEvent]:
    """Forward if the order's choice has an address."""
    return forward_if(context, delivery_address(context) is not None)


@rule(
    "order.ForwardIfDeliveryAddressNotPresent",
    "If there is no delivery address, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=FORWARD_IF,
    reads=_ADDRESS,
)
def forward_if_delivery_address_not_present(context: Context) -> list[SendEvent]:
    """Forward if the order's choice has no address."""
    return forward_if(context, delivery_address(context) is None)


@rule(
    "order.ForwardEventWithDeliveryAddressCoordinates",
    "Send {eventName} with the coordinates of the delivery address",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=Sends("{eventName}", adds=COORDINATES),
    reads=_ADDRESS,
    fails={422: "there are no coordinates"},
)
def forward_event_with_delivery_address_coordinates(context: Context) -> list[SendEvent]:
    """Forward with ``latitude`` and ``longitude``; ``RuleError`` 422 where they are missing."""
    address = delivery_address(context)
    if not _located(address):
        raise RuleError(f"the delivery address of order {order_of(context).ref} has no coordinates", 422)
    return [forward(context, **_coordinates(address))]


@rule(
    "order.ResolveOrderCoordinates",
    "Look up the coordinates of the delivery address: send {validAddress}, or {invalidAddress} if not found",
    Prop("validAddress", "event to send with the coordinates"),
    Prop("invalidAddress", "event to send when the address cannot be placed"),
    accepts=["ORDER"],
    sends=[Sends("{validAddress}", gate=True, adds=COORDINATES), Sends("{invalidAddress}", gate=True)],
    asks=Geocode,
    reads=_ADDRESS,
)
async def resolve_order_coordinates(context: Context) -> list[SendEvent]:
    """Ask the geocoder; send one of two events, the first with ``latitude`` and ``longitude``."""
    address = delivery_address(context)
    found = address and await context.ask(Geocode(address.country, address.postcode, address.city))
    if not found:
        return [SendEvent(context.prop("invalidAddress"))]
    attributes = {**context.event.attributes, "latitude": found[0], "longitude": found[1]}
    return [SendEvent(context.prop("validAddress"), attributes=attributes)]


@rule(
    "order.UpdateOrderCoordinates",
    "Store the coordinates on the delivery address",
    accepts=["ORDER"],
    attributes=COORDINATES,
    reads=_ADDRESS,
    fails={404: "there is no delivery address"},
)
def update_order_coordinates(context: Context) -> list[Update]:
    """Write ``latitude`` and ``longitude`` of the event to the delivery address."""
    address = delivery_address(context)
    if address is None:
        raise RuleError(f"order {order_of(context).ref} has no delivery address", 404)
    return [Update(address, {name: context.attribute(name) for name in ("latitude", "longitude")})]


def _coordinates(address: Row) -> dict[str, float]:
    return {"latitude": address.latitude, "longitude": address.longitude}
