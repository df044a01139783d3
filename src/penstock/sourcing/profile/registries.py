"""What user interfaces offer to who writes a profile, types of packages among it (spec 22 §9, §10).

A condition of these is a value of the sourcing context and an operator, so that nobody has to know the path.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from penstock.sourcing.profile.conditions import CONDITIONS, Condition
from penstock.sourcing.profile.criteria import CRITERIA, Criterion
from penstock.sourcing.profile.described import Param
from penstock.sourcing.profile.paths import PATH, SCOPE

_ORDERED = ("between", "greater_than", "greater_than_or_equals", "less_than", "less_than_or_equals")
_MEMBER = ("in", "not_in")
_RANGE, _LIST = "between", "texts"


@dataclass(frozen=True)
class _Subject:
    """A value that conditions look at; ``several`` where an order has more than one of it."""

    name: str
    label: str
    path: str
    tag: str
    component: str = _LIST
    several: bool = False


_SUBJECTS = (
    _Subject("orderCreationDate", "Moment of the order", "createdOn", "Order", "datetime"),
    _Subject("orderTotalPrice", "Value of the order", "totalPrice", "Order", "number"),
    _Subject("orderType", "Type of the order", "type", "Order"),
    _Subject("customer", "Customer", "customer.ref", "Customer"),
    _Subject("fulfilmentChoiceType", "Delivery or collection", "fulfilmentChoice.type", "Delivery"),
    _Subject("deliveryType", "Type of the delivery", "fulfilmentChoice.deliveryType", "Delivery"),
    _Subject("currency", "Currency", "fulfilmentChoice.currency", "Delivery"),
    _Subject("pickupLocation", "Place of collection", "fulfilmentChoice.pickupLocationRef", "Delivery"),
    _Subject("deliveryCountry", "Country of the address", "fulfilmentChoice.address.country", "Delivery"),
    _Subject("deliveryState", "State of the address", "fulfilmentChoice.address.state", "Delivery"),
    _Subject("deliveryCity", "City of the address", "fulfilmentChoice.address.city", "Delivery"),
    _Subject("deliveryPostcode", "Postcode of the address", "fulfilmentChoice.address.postcode", "Delivery"),
    _Subject("product", "Products", "items.product.ref", "Product", several=True),
    _Subject("productType", "Types of the products", "items.product.type", "Product", several=True),
    _Subject("productCategory", "Categories of the products", "items.product.categories.ref", "Product", several=True),
    _Subject("itemQuantity", "Units of the items", "items.quantity", "Product", "number", several=True),
)


def registries() -> dict[str, dict[str, Any]]:
    """Return both, by the name of the setting that holds each."""
    reference = [one for subject in _SUBJECTS for one in _conditions(subject)]
    return {
        "fc.rubix.order.sourcing.conditions": {"conditions": [*map(_entry, CONDITIONS), *reference]},
        "fc.rubix.order.sourcing.criteria": {"criteria": [*map(_entry, CRITERIA)]},
    }


def _entry(known: Condition | Criterion) -> dict[str, Any]:
    return {
        "name": known.type.rpartition(".")[2],
        "type": known.type,
        "label": known.label or known.type,
        "tags": list(known.tags),
        "params": [param.shown() for param in known.params],
    }


def _conditions(subject: _Subject) -> list[dict[str, Any]]:
    operators = _MEMBER if subject.component == _LIST else _ORDERED
    return [_condition(subject, operator) for operator in operators]


def _condition(subject: _Subject, operator: str) -> dict[str, Any]:
    """Return ``orderCreationDateBetween``: the path condition with all but its value given."""
    component = f"{subject.component}Range" if operator == _RANGE else subject.component
    params = (
        Param("path", "text", value=subject.path),
        Param("operator", "text", value=operator),
        Param("value", component),
        *([replace(SCOPE, mandatory=True)] if subject.several else []),
    )
    words = operator.split("_")
    known = replace(
        CONDITIONS.by_type[PATH], label=f"{subject.label}: {' '.join(words)}", tags=(subject.tag,), params=params
    )
    return {**_entry(known), "name": subject.name + "".join(word.title() for word in words)}
