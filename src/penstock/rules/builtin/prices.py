"""What rules need to know to count money: currency, tax types and their rates (spec 33 §2, §5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.money.amounts import AmountType, exact, stored, value_of
from penstock.money.totals import Line, line, line_of_total
from penstock.rules import Attribute, AttributeType, Context, RuleError
from penstock.rules.builtin.common import ask_all
from penstock.rules.questions import Matching, Setting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

Row = Any

DEFAULT_TAX_TYPE, PRICES_INCLUDE_TAX = "DEFAULT_TAX_TYPE", "PRICES_INCLUDE_TAX"
CURRENCY = Attribute("currency", AttributeType.OBJECT, "alphabeticCode; without it that of the items", required=False)
TAX_TYPE = Attribute("taxType", AttributeType.OBJECT, "country, group, tariff; without it the setting", required=False)
COUNTING = (Matching, Setting)  # what ``counting`` asks
UNCOUNTABLE = "a currency, tax type, rate or price is missing or wrong"

_USUAL_PLACES = 2  # of currencies that ISO 4217 gives no smallest unit


@dataclass(frozen=True, slots=True)
class Counting:
    """How a document counts money: its currency, its tax type, and the rates in percent by tariff or group."""

    currency: Row
    tax_type: dict[str, Any]
    included: bool  # whether prices include the tax
    rates: dict[str, Decimal]

    @property
    def places(self) -> int:
        """Return the decimal places of the currency."""
        return places_of(self.currency)

    def tax_type_of(self, tariff: str | None) -> dict[str, Any]:
        """Return the tax type of an order's item, which names no more than the tariff."""
        return {**self.tax_type, "tariff": tariff} if tariff else self.tax_type

    def line(self, price: Decimal, units: int, tariff: str | None) -> Line:
        """Return the line of so many units at this price."""
        return line(price, units, self.rate(tariff), self.places, included=self.included)

    def line_of_total(self, total: Decimal, tariff: str | None = None) -> Line:
        """Return the line of one unit that costs this much with its tax."""
        return line_of_total(total, self.rate(tariff), self.places, included=self.included)

    def rate(self, tariff: str | None) -> Decimal:
        """Return the rate of a tariff, of the document's own tax type where it is None."""
        return self.rates[_rated_by(self.tax_type_of(tariff))]

    def stored(self, value: Decimal) -> AmountType:
        """Return a value as ``AmountType`` of the currency."""
        return stored(value, self.places)


def places_of(currency: Row | None) -> int:
    """Return the decimal places of a currency, two where nobody knows."""
    places: int | None = None if currency is None else currency.minor_units
    return _USUAL_PLACES if places is None else places


async def counting(
    context: Context, code: str | None, tariffs: Iterable[str | None], tax_type: dict[str, Any] | None = None
) -> Counting:
    """Return how to count in the currency of this code, for items of these tariffs.

    ``tax_type`` is used instead of the setting. ``RuleError`` 422 where currency, tax type or a rate is not known.
    """
    if not code:
        raise RuleError("no currency: neither the event nor an item of the order names one", 422)
    wanted = (Matching("Currency", (("alphabetic_code", (code,)),)), Setting(DEFAULT_TAX_TYPE))
    currencies, default, included = await ask_all(context, *wanted, Setting(PRICES_INCLUDE_TAX))
    if not currencies:
        raise RuleError(f"there is no currency {code}", 422)
    own = _tax_type(default) if tax_type is None else tax_type
    found = Counting(currencies[0], own, truth(included, PRICES_INCLUDE_TAX, default=True), {})
    names = sorted({_rated_by(found.tax_type_of(tariff)) for tariff in tariffs})
    answers = await ask_all(context, *(Setting(name) for name in names))
    found.rates.update((name, _rate(name, answer)) for name, answer in zip(names, answers, strict=True))
    return found


def _rated_by(tax_type: dict[str, Any]) -> str:
    """Return the name of the setting that holds the rate of a tax type."""
    return str(tax_type.get("tariff") or tax_type.get("group"))


def _tax_type(setting: Any) -> dict[str, Any]:
    if not is_tax_type(setting):
        raise RuleError(f"setting {DEFAULT_TAX_TYPE} must be {{country, group, tariff}}, not {setting!r}", 422)
    found: dict[str, Any] = setting
    return found


def is_tax_type(value: Any) -> bool:
    """Return whether a value is a ``TaxType``: country and group, and perhaps a tariff, all texts."""
    return isinstance(value, dict) and all(isinstance(value.get(key), str) for key in ("country", "group"))


def _rate(setting: str, value: Any) -> Decimal:
    try:
        rate = exact(value)
    except ValueError:
        raise RuleError(f"setting {setting} must be a tax rate in percent, not {value!r}", 422) from None
    if rate < 0:
        raise RuleError(f"setting {setting} must be a tax rate in percent, not {value!r}", 422)
    return rate


def truth(value: Any, setting: str, *, default: bool) -> bool:
    """Return the truth value that a setting gives, perhaps as text; ``RuleError`` 422 for anything else."""
    found = {"true": True, "false": False, "none": default}.get(str(value).lower())
    if found is None:
        raise RuleError(f"setting {setting} must be true or false, not {value!r}", 422)
    return found


def given_tax_type(context: Context) -> dict[str, Any] | None:
    """Return what the attribute ``taxType`` gives, None without; ``RuleError`` 400 where that is none."""
    value: dict[str, Any] | None = context.event.attributes.get(TAX_TYPE.name)
    if value is not None and not is_tax_type(value):
        raise RuleError(f"attribute {TAX_TYPE.name} must be {{country, group, tariff}}, not {value!r}")
    return value


def given_currency(context: Context) -> str | None:
    """Return the code that the attribute ``currency`` gives, None without; ``RuleError`` 400 where that is none."""
    value = context.event.attributes.get(CURRENCY.name)
    code = value.get("alphabeticCode") if isinstance(value, dict) else None
    if value is not None and not isinstance(code, str):
        raise RuleError(f"attribute {CURRENCY.name} must be {{alphabeticCode}}, not {value!r}")
    return code


def price_of(item: Row) -> Decimal:
    """Return what was paid for one of an order's item: ``paidPrice``, else ``price``; ``RuleError`` 422 without."""
    price = item.price if item.paid_price is None else item.paid_price
    if price is None:
        raise RuleError(f"order item {item.ref} has neither paidPrice nor price", 422)
    return amount(price, f"the price of order item {item.ref}", 422)


def fee_of(choice: Row) -> Decimal:
    """Return what a choice costs, 0 where that is not said; ``RuleError`` 422 for what is no amount of money."""
    return amount(choice.fulfilment_price or 0, f"the price of fulfilment choice {choice.ref}", 422)


def amount(value: Any, what: str, code: int = 400) -> Decimal:
    """Return the value of an ``AmountType`` or number that a client sent; ``RuleError`` names what was wrong."""
    try:
        return value_of(value)
    except ValueError:
        raise RuleError(f"{what} must be an amount of money, not {value!r}", code) from None
