"""Where the products are wanted: coordinates given, or those of the address (spec 21 §9.2, step 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.rules import EVENT_NAME, Context, RuleExecutionError, SendEvent, Sends, rule
from penstock.rules.builtin.common import FORWARD_IF, forward, forward_if
from penstock.rules.builtin.options.asked import ACCEPTS, coordinates
from penstock.rules.builtin.order.attributes import COORDINATES
from penstock.rules.questions import Geocode

if TYPE_CHECKING:
    from penstock.rules.builtin.options.asked import Coordinates

NOT_PLACED = "the address of the option is missing or cannot be placed"


@rule(
    "globalinventory.ForwardIfCoordinatesPresentFO",
    "If the option's address has coordinates, send {eventName} with them",
    EVENT_NAME,
    accepts=ACCEPTS,
    sends=Sends("{eventName}", gate=True, adds=COORDINATES),
)
def forward_if_coordinates_present(context: Context) -> list[SendEvent]:
    """Forward with ``latitude`` and ``longitude`` if the address has both."""
    here = coordinates(context)
    return [] if here is None else [forward_from(context, here)]


@rule(
    "globalinventory.ForwardIfCoordinatesNotPresentFO",
    "If the option's address has no coordinates, send {eventName}",
    EVENT_NAME,
    accepts=ACCEPTS,
    sends=FORWARD_IF,
)
def forward_if_coordinates_not_present(context: Context) -> list[SendEvent]:
    """Forward if latitude or longitude is missing."""
    return forward_if(context, coordinates(context) is None)


@rule(
    "globalinventory.ForwardIfDeliveryAddressPresentFO",
    "If the option has an address, send {eventName}",
    EVENT_NAME,
    accepts=ACCEPTS,
    sends=FORWARD_IF,
)
def forward_if_delivery_address_present(context: Context) -> list[SendEvent]:
    """Forward if the option has an address in which anything is said."""
    return forward_if(context, _addressed(context))


@rule(
    "globalinventory.ForwardIfDeliveryAddressNotPresentFO",
    "If the option has no address, send {eventName}",
    EVENT_NAME,
    accepts=ACCEPTS,
    sends=FORWARD_IF,
)
def forward_if_delivery_address_not_present(context: Context) -> list[SendEvent]:
    """Forward if the option has no address, or an empty one."""
    return forward_if(context, not _addressed(context))


def _addressed(context: Context) -> bool:
    return any(value not in {None, ""} for value in (context.entity.address or {}).values())


@rule(
    "globalinventory.CalculateCoordinatesForDeliveryAddressFO",
    "Look up the coordinates of the option's address and send {eventName} with them",
    EVENT_NAME,
    accepts=ACCEPTS,
    sends=Sends("{eventName}", adds=COORDINATES),
    asks=Geocode,
    raises=NOT_PLACED,
)
async def calculate_coordinates_for_delivery_address(context: Context) -> list[SendEvent]:
    """Add ``latitude`` and ``longitude``; ``RuleExecutionError`` where the address cannot be placed."""
    return [forward_from(context, await geocoded(context))]


async def geocoded(context: Context) -> Coordinates:
    """Return the coordinates of the option's address; ``RuleExecutionError`` where it cannot be placed."""
    address = context.entity.address or {}
    country, postcode, city = (address.get(name) for name in ("country", "postcode", "city"))
    found: Coordinates | None = await context.ask(Geocode(country, postcode, city))
    if found is None:
        raise RuleExecutionError(
            f"fulfilment option {context.entity.ref}: there are no coordinates for "
            f"country {country}, postcode {postcode}, city {city}"
        )
    return found


def forward_from(context: Context, here: Coordinates, **more: object) -> SendEvent:
    """Return the event, forwarded with the point that distances are measured from, and with more attributes."""
    return forward(context, latitude=here[0], longitude=here[1], **more)
