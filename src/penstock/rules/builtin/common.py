"""Steps that many rules share: forwarding, the order of an event, links by address."""

from __future__ import annotations

from typing import Any

from penstock.rules import Ask, AskAll, Context, RuleError, SendEvent, Sends
from penstock.rules.questions import LocationOfAddress, Question

Row = Any

FORWARD_IF = Sends("{eventName}", gate=True)  # what a rule sends that ends with ``forward_if``


def forward(context: Context, **more: Any) -> SendEvent:
    """Return the current event under the name that the property ``eventName`` gives, to the same entity.

    ``more`` is added to its attributes; large values travel by reference.
    """
    return SendEvent(context.prop("eventName"), attributes={**context.event.attributes, **more} if more else None)


def forward_if(context: Context, condition: object) -> list[SendEvent]:
    """Return the forwarded event where the condition holds, else nothing."""
    return [forward(context)] if condition else []


def send_to(context: Context, rows: list[Row]) -> list[SendEvent]:
    """Return the current event under a new name for each row of the same tree."""
    name = context.prop("eventName")
    return [SendEvent(name, to=row) for row in rows]


def order_of(context: Context) -> Row:
    """Return the order that the event's entity belongs to; ``RuleError`` 400 where there is none."""
    root = context.root
    if root is None:
        raise RuleError(f"{context.event.entity_type} {context.event.entity_id} is not part of an order")
    return root


async def ask_all(context: Context, *questions: Question) -> list[Any]:
    """Ask several questions in one step; return the answers in order."""
    return await AskAll([Ask(context, question) for question in questions])


async def location_of(context: Context, fulfilment: Row) -> Row:
    """Return the location that fulfils; ``RuleError`` 404 where its address belongs to none."""
    location = await context.ask(LocationOfAddress(fulfilment.from_address_id))
    if location is None:
        raise RuleError(f"fulfilment {fulfilment.id}: no location at address {fulfilment.from_address_id}", 404)
    return location


def whole_number(value: Any, what: str) -> int:
    """Return a whole number that a client sent, perhaps as text; ``RuleError`` 400 names what was wrong."""
    try:
        whole = int(value)
    except (TypeError, ValueError, OverflowError):
        whole = None
    if whole is None or isinstance(value, bool) or (isinstance(value, float) and value != whole):
        raise RuleError(f"{what} must be a whole number, not {value!r}")
    return whole
