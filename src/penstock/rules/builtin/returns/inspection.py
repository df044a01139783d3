"""Inspecting goods that came back (spec 33 §4, §5, 34 §13)."""

from __future__ import annotations

from typing import Any

from penstock.model.rows import attribute
from penstock.money.amounts import stored, value_of
from penstock.rules import Attribute, AttributeType, Context, RuleError, Sets, Update, rule
from penstock.rules.builtin.common import noted
from penstock.rules.builtin.prices import PRICES_INCLUDE_TAX, places_of, truth
from penstock.rules.builtin.returns.earlier import units
from penstock.rules.builtin.returns.fulfilments import goods
from penstock.rules.builtin.returns.priced import SHIPPING, money, totalled
from penstock.rules.builtin.returns.wanted import NAME, choice, commented, counted, named, objects
from penstock.rules.questions import ById, Setting

Row = Any

ACCEPTED, REJECTED = "ACCEPTED", "REJECTED"

_SUBMITTED = "submittedQuantity"
_ITEMS = Attribute(
    NAME,
    AttributeType.ARRAY,
    "objects with ref or id, acceptedQuantity, returnCondition, returnDispositionAction",
    required=False,
)


@rule(
    "order.SetReturnItemDispositions",
    "Note what the inspection found: condition, disposition and accepted quantity of each item",
    accepts=["RETURN_ORDER"],
    attributes=[_ITEMS],
    sets=[Sets(ACCEPTED, "ReturnOrderItem"), Sets(REJECTED, "ReturnOrderItem")],
    asks=[Setting, ById],
    reads=["ReturnOrderItem"],
    fails={
        400: f"{NAME} is malformed",
        422: f"{NAME} names an item that the return does not have, or more than came back; or a setting is wrong",
    },
)
async def set_return_item_dispositions(context: Context) -> list[Update]:
    """Accept what is not named in full, as the customer described it; of the rest, as much as ``acceptedQuantity``.

    An item of which less is accepted is about that much from then on, its attribute ``submittedQuantity`` says how
    many there were; one of which nothing is accepted is REJECTED. The money follows: amounts of such items, and the
    totals of the return; the fee for delivery is then not refunded.
    """
    found = _inspected(context)
    places = places_of(await context.ask(ById("Currency", context.entity.currency_id or 0)))
    changes = {line.id: _values(context, line, *given, places) for line, given in found}
    if any(values["status"] == REJECTED or "item_amount" in values for values in changes.values()):
        return [*_updates(context, changes, REJECTED), await _recounted(context, changes, places)]
    return _updates(context, changes, ACCEPTED)


def _inspected(context: Context) -> list[tuple[Row, tuple[int, dict[str, Any]]]]:
    """Return each item of goods with how many units of it are accepted, and what is said of it."""
    lines, given = goods(context, context.entity), context.event.attributes.get(NAME)
    entries = [] if given is None else objects(given, f"attribute {NAME}")
    said = {named(lines, entry, NAME, "return").id: entry for entry in entries}
    return [(line, (_accepted(line, said.get(line.id, {})), said.get(line.id, {}))) for line in lines]


def _accepted(line: Row, entry: dict[str, Any]) -> int:
    given, all_ = entry.get("acceptedQuantity"), units(line)
    if given is None:
        return all_
    accepted = counted(given, f"{NAME}.acceptedQuantity of item {line.ref}")
    if not 0 <= accepted <= all_:
        raise RuleError(f"{NAME}.acceptedQuantity of item {line.ref} must be 0 to {all_}, not {accepted}", 422)
    return accepted


def _values(context: Context, line: Row, accepted: int, entry: dict[str, Any], places: int) -> dict[str, Any]:
    condition, comment = commented(entry, "returnCondition", NAME)
    planned = line.return_disposition_action or context.entity.return_authorisation_disposition
    return {
        "status": ACCEPTED if accepted else REJECTED,
        "return_condition": condition or line.return_condition,
        "return_condition_comment": comment or line.return_condition_comment,
        "return_disposition_action": choice(entry, "returnDispositionAction", NAME) or planned,
        **(_fewer(line, accepted, places) if 0 < accepted < units(line) else {}),
    }


def _fewer(line: Row, accepted: int, places: int) -> dict[str, Any]:
    """Return the columns of an item of which only a part is accepted."""
    (amount, tax), all_ = money(line), units(line)
    submitted = attribute(line, _SUBMITTED) or all_
    return {
        "unit_quantity": {**line.unit_quantity, "quantity": accepted},
        "item_amount": stored(amount * accepted / all_, places),
        "item_tax_amount": stored(tax * accepted / all_, places),
        "attributes": [noted(_SUBMITTED, submitted)],
    }


def _updates(context: Context, changes: dict[int, dict[str, Any]], fee: str) -> list[Update]:
    """Return the changes of all items; the fee for delivery gets the given status."""
    lines = context.many(context.entity, "returnOrderItems")
    return [Update(line, {"status": fee} if line.type == SHIPPING else changes[line.id]) for line in lines]


async def _recounted(context: Context, changes: dict[int, dict[str, Any]], places: int) -> Update:
    """Return the totals of what was accepted."""
    included = truth(await context.ask(Setting(PRICES_INCLUDE_TAX)), PRICES_INCLUDE_TAX, default=True)
    sums = []
    for line in goods(context, context.entity):
        values = changes[line.id]
        if values["status"] == ACCEPTED:
            amount, tax = money(line)
            sums.append((value_of(values.get("item_amount", amount)), value_of(values.get("item_tax_amount", tax))))
    columns = totalled(sums, included=included, store=lambda value: stored(value, places))
    return Update(context.entity, columns)
