"""Handing parcels over to customers, and those that nobody fetched (spec 32 §8)."""

from __future__ import annotations

import hmac
from typing import Any

from penstock.model.rows import attribute
from penstock.rules import Attribute, Context, Prop, PropType, RuleError, Update, rule
from penstock.rules.builtin.common import noted, order_of

_PIN = "collectionPin"  # attribute of the order
_TYPES = ("ID", "ORDER_REF", "QR", "PIN")
_VERIFICATION = (
    Attribute("verificationType", description=f"what was shown: {', '.join(_TYPES)}", required=False),
    Attribute("verificationValue", description="what was on it; the PIN, where the order has one", required=False),
    Attribute("collectedBy", description="who has fetched the parcel", required=False),
    Attribute("signature", description="the signature, or where it is kept", required=False),
)


@rule(
    "order.VerifyCollection",
    "Note who fetches the parcel, if the PIN of the order is known",
    accepts=["ARTICLE"],
    attributes=_VERIFICATION,
    reads=["Order"],
    fails={
        400: "there is no such type of verification, an attribute is no text, or the article belongs to no order",
        422: "the order has a PIN, and another one or none was given",
    },
)
def verify_collection(context: Context) -> list[Update]:
    """Store what was shown as attributes of the article.

    ``RuleError`` 422 where the order's attribute ``collectionPin`` differs from ``verificationValue``, whatever the
    type of the verification: the parcel then stays where it is.
    """
    given = {declared.name: _text(context, declared) for declared in _VERIFICATION}
    told = {name: value for name, value in given.items() if value is not None}
    type_ = told.get("verificationType")
    if type_ is not None and type_ not in _TYPES:
        raise RuleError(f"attribute verificationType must be one of {', '.join(_TYPES)}, not {type_}")
    _check_pin(context, told.get("verificationValue"))
    return [Update(context.entity, {"attributes": [noted(*pair) for pair in told.items()]})] if told else []


def _text(context: Context, declared: Attribute) -> str | None:
    value = context.event.attributes.get(declared.name)
    if value is not None and not declared.fits(value):
        raise RuleError(f"attribute {declared.name} must be a text, not {value!r}")
    return None if value in {None, ""} else str(value)


def _check_pin(context: Context, given: str | None) -> None:
    order = order_of(context)
    pin = attribute(order, _PIN)
    if pin in (None, "") or (given is not None and hmac.compare_digest(str(pin).encode(), given.encode())):
        return
    wrong = "is missing" if given is None else "is not it"  # what was given is likely to be nearly it
    raise RuleError(f"attribute verificationValue {wrong}: order {order.ref} is only handed over for its PIN", 422)


@rule(
    "order.UpdateArticleAttribute",
    "Note on the article that {attributeName} is {attributeValue}, and whether it is uncollected: {uncollected}",
    Prop("uncollected", "value of the attribute uncollected", PropType.BOOLEAN, default=None),
    Prop("attributeName", "name of any other attribute", default=None),
    Prop("attributeValue", "its value", PropType.JSON, default=None),
    accepts=["ARTICLE"],
    fails={400: "no attribute is given, or a name or a value without the other"},
)
def update_article_attribute(context: Context) -> list[Update]:
    """Write the attribute ``uncollected``, or any other by its name, or both; the value tells the type."""
    uncollected, name, value = (context.prop(n) for n in ("uncollected", "attributeName", "attributeValue"))
    if (name is None) is not (value is None):
        missing = "attributeName" if name is None else "attributeValue"
        raise RuleError(f"property {missing} is missing: attributeName and attributeValue come together")
    written: dict[str, Any] = {"uncollected": uncollected, **({} if name is None else {name: value})}
    attributes = [noted(*pair) for pair in written.items() if pair[1] is not None]
    if not attributes:
        raise RuleError("property uncollected is missing, or attributeName and attributeValue for another attribute")
    return [Update(context.entity, {"attributes": attributes})]
