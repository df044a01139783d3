"""The rows of an order that a rule creates after the model of another one (spec 31 §3, §7, 33 §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.rules import Context, Create, Creates
from penstock.rules.questions import ById

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.money.totals import Line
    from penstock.rules.builtin.prices import Counting

Row = Any

ORDER_ROWS = tuple(
    Creates(entity)
    for entity in ("Order", "OrderItem", "FulfilmentChoice", "CustomerAddress", "StoreAddress", "OrderBillingAddress")
)
MODELLED = ("Order", "FulfilmentChoice", "Address")  # what is read of the tree of the order that is the model
# What is a row's own, or follows from where it stands; all else is copied.
_OWN = {"id", "kind", "status", "revision", "created_on", "updated_on", "order_id", "retailer_id"}
_OWN |= {"workflow_ref", "workflow_version"}


@dataclass(frozen=True, slots=True)
class NewItem:
    """A line of the new order. ``price`` is what it costs, ``choice`` the model's choice that it is for, if any.

    ``columns`` are further ones of its row: prices as they were given, attributes.
    """

    ref: str
    product: Row
    catalogue_ref: str
    units: int
    price: Line
    tariff: str
    choice: Row | None
    columns: dict[str, Any]


async def order_like(
    context: Context,
    model: Row,
    ref: str,
    counted: Counting,
    items: Sequence[NewItem],
    attributes: list[dict[str, Any]],
) -> tuple[Row, list[Create]]:
    """Return a new order of the same type and customer with the same choices, and what stores it.

    ``model`` is an order of this tree; its addresses are copied too, so that each order keeps its own. The workflow is
    the newest of its type.
    """
    billing = await _billing_address(context, model)
    values = _copied("Order", model) | {
        "ref": ref,
        "attributes": attributes,
        "billing_address_id": None if billing is None else billing.id,
        "total_price": float(sum(item.price.amount for item in items)),
        "total_tax_price": float(sum(item.price.tax for item in items)),
    }
    order = context.new("Order", retailer_id=model.retailer_id, **values)
    choices, addresses = _choices(context, model, order)
    lines = [_item(context, order, item, counted, choices) for item in items]
    rows = [billing, order, *addresses, *choices.values(), *lines]
    return order, [Create(row) for row in rows if row is not None]


def _copied(entity: str, row: Row) -> dict[str, Any]:
    columns = (column.column for column in MODEL.entity(entity).columns)
    return {column: getattr(row, column) for column in columns if column not in _OWN}


async def _billing_address(context: Context, model: Row) -> Row | None:
    if model.billing_address_id is None:
        return None
    found = await context.ask(ById("OrderBillingAddress", model.billing_address_id))
    return None if found is None else context.new("OrderBillingAddress", **_copied("OrderBillingAddress", found))


def _choices(context: Context, model: Row, order: Row) -> tuple[dict[int, Row], list[Row]]:
    """Return the new choices by id of those that they copy, and their addresses."""
    choices, addresses = {}, []
    for number, choice in enumerate(context.many(model, "fulfilmentChoices"), 1):
        address = context.one(choice, "deliveryAddress")
        if address is not None:
            entity = next(e.name for e in MODEL.variants("Address") if e.variant == address.kind)
            addresses.append(context.new(entity, under=order, **_copied(entity, address)))
        values = _copied("FulfilmentChoice", choice) | {
            "ref": f"{order.ref}-FC{number}",
            "delivery_address_id": None if address is None else addresses[-1].id,
        }
        choices[choice.id] = context.new("FulfilmentChoice", under=order, order_id=order.id, **values)
    return choices, addresses


def _item(context: Context, order: Row, item: NewItem, counted: Counting, choices: dict[int, Row]) -> Row:
    choice = None if item.choice is None else choices[item.choice.id]
    return context.new(
        "OrderItem",
        under=order,
        ref=item.ref,
        order_id=order.id,
        fulfilment_choice_id=None if choice is None else choice.id,
        product_id=item.product.id,
        product_ref=item.product.ref,
        product_catalogue_ref=item.catalogue_ref,
        quantity=item.units,
        currency=counted.currency.alphabetic_code,
        tax_type=item.tariff,
        tax_price=float(counted.line(item.price.unit, 1, item.tariff).tax),
        total_price=float(item.price.amount),
        total_tax_price=float(item.price.tax),
        **item.columns,
    )
