"""Steps that many rules share: forwarding, the order of an event, links by address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from penstock.model.numbers import whole
from penstock.rules import Ask, AskAll, Context, RuleError, SendEvent, Sends, Update
from penstock.rules.questions import ByRef, LocationOfAddress, Question, Setting

Row = Any

_TYPE_NAMES = {bool: "BOOLEAN", int: "INTEGER", float: "FLOAT", str: "STRING"}  # of attributes; else JSON

FORWARD_IF = Sends("{eventName}", gate=True)  # what a rule sends that ends with ``forward_if``


def forward(context: Context, **more: Any) -> SendEvent:
    """Return the current event under the name that the property ``eventName`` gives, to the same entity.

    ``more`` is added to its attributes; large values travel by reference.
    """
    return SendEvent(context.prop("eventName"), attributes={**context.event.attributes, **more} if more else None)


def forward_if(context: Context, condition: object, **more: Any) -> list[SendEvent]:
    """Return the forwarded event, with ``more`` attributes, where the condition holds, else nothing."""
    return [forward(context, **more)] if condition else []


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


async def ask_all(context: Context, *questions: Question | None) -> list[Any]:
    """Ask several questions in one step; return the answers in order, None where there is None for a question."""
    answers = iter(await AskAll([Ask(context, question) for question in questions if question is not None]))
    return [None if question is None else next(answers) for question in questions]


async def location_of(context: Context, fulfilment: Row) -> Row:
    """Return the location that fulfils; ``RuleError`` 404 where its address belongs to none."""
    location = await context.ask(LocationOfAddress(fulfilment.from_address_id))
    if location is None:
        raise RuleError(f"fulfilment {fulfilment.id}: no location at address {fulfilment.from_address_id}", 404)
    return location


async def hours(context: Context, setting: str, location_id: int | None = None) -> timedelta | None:
    """Return the hours that a setting gives, None where it is missing; ``RuleError`` 422 for what is no number."""
    value = await context.ask(Setting(setting, location_id))
    try:
        return None if value is None else timedelta(hours=float(value))
    except (TypeError, ValueError, OverflowError):
        raise RuleError(f"setting {setting} must be a number of hours, not {value!r}", 422) from None


def all_rejected(context: Context) -> list[Update]:
    """Return what counts every item of the event's fulfilment as rejected in full."""
    items = context.many(context.entity, "items")
    return [Update(i, {"filled_quantity": 0, "rejected_quantity": i.requested_quantity}) for i in items]


def noted(name: str, value: Any) -> dict[str, Any]:
    """Return an attribute as rows keep it; the value tells its type."""
    return {"name": name, "type": _TYPE_NAMES.get(type(value), "JSON"), "value": value}


def moment(value: Any, what: str) -> datetime:
    """Return a date and time that a client sent, UTC unless it says else; ``RuleError`` 400 names what was wrong."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise RuleError(f"{what} must be a date and time, not {value!r}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def as_text(value: Any) -> str:
    """Return a value as workflows write it: properties are text, attributes may be JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)


async def free_ref(context: Context, entity: str, stem: str, within: int, number: int = 1) -> str:
    """Return the first ref, ``<stem>1`` or from another number on, that no row of the entity has in a parent."""
    while await context.ask(ByRef(entity, f"{stem}{number}", within=within)) is not None:
        number += 1
    return f"{stem}{number}"


def whole_number(value: Any, what: str) -> int:
    """Return a whole number that a client sent, perhaps as text; ``RuleError`` 400 names what was wrong."""
    number = whole(value)
    if number is None:
        raise RuleError(f"{what} must be a whole number, not {value!r}")
    return number
