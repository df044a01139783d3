"""What an order costs, as an invoice on the customer's account (spec 33 §9)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from penstock.rules import Context, Log, Prop, rule
from penstock.rules.builtin.billing.documents import (
    INVOICE,
    INVOICE_ROWS,
    About,
    document,
    documents_of,
    is_about,
)
from penstock.rules.builtin.billing.finding import named_account
from penstock.rules.builtin.billing.orders import counting_of, fee_entry, item_entry
from penstock.rules.builtin.billing.references import NAMES_ONE
from penstock.rules.builtin.links import order_link
from penstock.rules.builtin.order.sourcing.demand import cancelled
from penstock.rules.builtin.prices import COUNTING, UNCOUNTABLE
from penstock.rules.questions import ByRef

if TYPE_CHECKING:
    from penstock.rules.declaration import Result

Row = Any

_ORDER, _VOID = "ORDER", "VOID"


@rule(
    "order.CreateInvoiceForOrder",
    "Create an invoice of type {invoiceType}, with lines of type {invoiceItemType}, for the order",
    Prop("invoiceType", "type of the invoice", default=INVOICE.type),
    Prop("invoiceItemType", "type of its lines", default=INVOICE.item_type),
    accepts=["ORDER"],
    attributes=[NAMES_ONE],
    creates=INVOICE_ROWS,
    asks=[ByRef, *COUNTING],
    reads=["OrderItem", "FulfilmentChoice"],
    fails={
        400: "entityReference is malformed",
        404: "there is no billing account of that ref",
        422: f"the attribute names something else than an account, or {UNCOUNTABLE}",
    },
)
async def create_invoice_for_order(context: Context) -> Result:
    """Create an invoice with a line for each item that was not cancelled, and for each fee; once, unless it is void."""
    order, account = context.entity, await named_account(context)
    if any(is_about(d, order, _ORDER) and d.status != _VOID for d in await documents_of(context, account)):
        return [Log("CreateInvoiceForOrder", f"order {order.ref} has an invoice already")]
    items = context.many(order, "items")
    units = {item.id: item.quantity - cancelled(item) for item in items}
    counted = await counting_of(context, order, items, [i.tax_type for i in items])
    billed = [item_entry(item, units[item.id], counted) for item in items if units[item.id] > 0]
    fees = [fee_entry(c, counted) for c in context.many(order, "fulfilmentChoices") if c.fulfilment_price]
    kind = replace(INVOICE, type=context.prop("invoiceType"), item_type=context.prop("invoiceItemType"))
    about = About(_ORDER, order.ref, {"order_link": order_link(order)})
    return document(context, kind, account, about, counted, [*billed, *fees])
