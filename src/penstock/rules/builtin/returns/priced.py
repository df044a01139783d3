"""What a return refunds: its lines, the fee for delivery where that goes back too, and the totals (spec 33 §5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from penstock.money.amounts import ZERO, AmountType
from penstock.money.totals import totals
from penstock.returning.outcomes import AT_FAULT, at_fault
from penstock.returning.returnable import all_back
from penstock.rules.builtin.prices import Counting, amount, fee_of, price_of
from penstock.rules.builtin.returns.earlier import Return, standing
from penstock.rules.questions import Setting

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from penstock.money.totals import Line
    from penstock.rules import Context
    from penstock.rules.builtin.returns.wanted import Wanted

Row = Any

SHIPPING = "SHIPPING"  # type of the line for the fee
TOTALS = {"subTotalAmount": "sub_total_amount", "totalTax": "total_tax", "totalAmount": "total_amount"}

_REASONS = "RETURN_REASON"


@dataclass(frozen=True, slots=True)
class Priced:
    """A line that is refunded; ``wanted`` is None for the fee."""

    wanted: Wanted | None
    line: Line
    tariff: str | None

    def columns(self, count: Counting) -> dict[str, Any]:
        """Return the columns of the return's item that hold money."""
        return {
            "unit_amount": count.stored(self.line.unit),
            "unit_tax_type": count.tax_type_of(self.tariff),
            "item_amount": count.stored(self.line.amount),
            "item_tax_amount": count.stored(self.line.tax),
        }


def priced(entries: list[Wanted], count: Counting) -> list[Priced]:
    """Return the lines of what comes back; ``RuleError`` 422 for an item without a price."""
    return [Priced(e, count.line(price_of(e.item), e.units, e.item.tax_type), e.item.tax_type) for e in entries]


async def fee(context: Context, entries: list[Wanted], returns: list[Return], count: Counting) -> list[Priced]:
    """Return the line of the delivery fee: where all of the order came back, and the retailer is to blame for it."""
    order = context.entity
    price = sum(map(fee_of, context.many(order, "fulfilmentChoices")), ZERO)
    earlier = [line for r in returns for line in r.items]
    if not price or any(line.type == SHIPPING for line in earlier):
        return []
    known = standing(context, order, returns)
    for entry in entries:
        known[entry.item.id] = replace(known[entry.item.id], back=known[entry.item.id].back + entry.units)
    reasons = [e.given.get("returnReason") for e in entries] + [line.return_reason for line in earlier]
    codes = [(reason or {}).get("value") for reason in reasons]
    if not all_back(list(known.values())) or not at_fault(codes, _faults(await context.ask(Setting(_REASONS)))):
        return []
    return [Priced(None, count.line(price, 1, None), None)]


def _faults(setting: Any) -> frozenset[str]:
    """Return the reasons that are the retailer's fault: those that the setting marks, where it marks any."""
    choices = [c for c in setting if isinstance(c, dict)] if isinstance(setting, list) else []
    if not any("retailerFault" in c for c in choices):
        return AT_FAULT
    return frozenset(str(c.get("value")) for c in choices if c.get("retailerFault") is True)


def totalled(
    lines: list[tuple[Decimal, Decimal]], *, included: bool, store: Callable[[Decimal], AmountType]
) -> dict[str, AmountType]:
    """Return the columns of a return that hold what (amount, tax) of its lines add up to."""
    found = totals(lines, included=included)
    return dict(zip(TOTALS.values(), map(store, (found.sub_total, found.tax, found.total)), strict=True))


def given_totals(context: Context, count: Counting) -> dict[str, AmountType]:
    """Return the columns whose amounts the event gives; ``RuleError`` 400 for what is no amount."""
    given = {name: context.event.attributes.get(name) for name in TOTALS}
    return {
        TOTALS[name]: count.stored(amount(value, f"attribute {name}"))
        for name, value in given.items()
        if value is not None
    }


def money(line: Row) -> tuple[Decimal, Decimal]:
    """Return amount and tax of a return's item; 0 where it has none, ``RuleError`` 400 for what tells none."""
    what = f"of item {line.ref}"
    return amount(line.item_amount or 0, f"itemAmount {what}"), amount(
        line.item_tax_amount or 0, f"itemTaxAmount {what}"
    )
