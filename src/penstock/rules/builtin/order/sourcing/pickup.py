"""Where customers collect: the pickup location of an order or a choice (spec 22 §5.6, 31 §4, 35 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules import EVENT_NAME, Context, Prop, RuleError, SendEvent, rule
from penstock.rules.builtin.common import forward_if
from penstock.rules.builtin.order.scope import FORWARD_IF_TOLD, scope_of
from penstock.rules.builtin.places import network
from penstock.rules.questions import ById, ByRef, NetworkLocations

if TYPE_CHECKING:
    from penstock.rules.builtin.order.scope import Scope

Row = Any

_NETWORK = Prop("networkRef", "ref of the network that the pickup location must be in")
_UNKNOWN = {404: "there is no such network"}


async def pickup_address(context: Context, scope: Scope) -> Row | None:
    """Return the address of the location where the customer collects, None where it has none.

    ``RuleError`` 422 where none is named, 404 where there is no such location.
    """
    ref = pickup_ref(scope)
    if ref is None:
        raise RuleError(f"{scope} has no pickupLocationRef", 422)
    location = await context.ask(ByRef("Location", ref, within=context.event.retailer_id))
    if location is None:
        raise RuleError(f"pickupLocationRef of {scope}: there is no location {ref}", 404)
    id_ = location.primary_address_id
    return None if id_ is None else await context.ask(ById("StoreAddress", id_))


def pickup_ref(scope: Scope) -> str | None:
    """Return the ref of the location where the customer collects, None where none is named."""
    choice = scope.choice
    ref: str | None = None if choice is None else choice.pickup_location_ref
    return ref


@rule(
    "order.ForwardIfPickupLocationValid",
    "If the pickup location is active and in network {networkRef}, send {eventName}",
    EVENT_NAME,
    _NETWORK,
    accepts=["ORDER", "FULFILMENT_CHOICE"],
    sends=FORWARD_IF_TOLD,
    asks=NetworkLocations,
    reads=["Order", "FulfilmentChoice"],
    fails=_UNKNOWN,
)
async def forward_if_pickup_location_valid(context: Context) -> list[SendEvent]:
    """Forward if the location where the customer collects is an ACTIVE member of the network."""
    scope = scope_of(context)
    return forward_if(context, await _valid(context, scope), **scope.told)


@rule(
    "order.ForwardIfPickupLocationNotValid",
    "If the pickup location is not active, or not in network {networkRef}, send {eventName}",
    EVENT_NAME,
    _NETWORK,
    accepts=["ORDER", "FULFILMENT_CHOICE"],
    sends=FORWARD_IF_TOLD,
    asks=NetworkLocations,
    reads=["Order", "FulfilmentChoice"],
    fails=_UNKNOWN,
)
async def forward_if_pickup_location_not_valid(context: Context) -> list[SendEvent]:
    """Forward if none is named, or it is unknown, not ACTIVE or outside the network."""
    scope = scope_of(context)
    return forward_if(context, not await _valid(context, scope), **scope.told)


async def _valid(context: Context, scope: Scope) -> bool:
    ref = pickup_ref(scope)
    return any(member["ref"] == ref and member["status"] == "ACTIVE" for member in await network(context))
