"""What a revised order costs less or more than the order that it replaces (spec 31 §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules import Context, Log, rule
from penstock.rules.builtin.billing.differences import MAKES, settled
from penstock.rules.builtin.billing.documents import MEMO_TYPES, About, documents_of, is_about
from penstock.rules.builtin.billing.finding import account_for, source_for
from penstock.rules.builtin.billing.orders import cost_of, counting_of, of_order
from penstock.rules.builtin.billing.references import NAMES_ONE
from penstock.rules.builtin.links import order_link
from penstock.rules.builtin.prices import COUNTING, UNCOUNTABLE
from penstock.rules.builtin.revision.linking import NO_ORIGINAL, REPLACES_NOTHING, replaced_order
from penstock.rules.questions import ByRef

if TYPE_CHECKING:
    from penstock.rules.declaration import Result

Row = Any

_REVISION = "REVISION"


@rule(
    "order.CreateCreditMemoForRevisedOrder",
    "Create a credit memo of type {creditMemoType}, with a line of type {creditMemoItemType}, if it costs less now",
    *MEMO_TYPES,
    accepts=["ORDER", "BILLING_ACCOUNT"],
    attributes=[NAMES_ONE],
    creates=MAKES,
    asks=[ByRef, *COUNTING],
    fails={
        400: "entityReference is malformed",
        404: f"the order or the account does not exist, or {NO_ORIGINAL}",
        422: f"{REPLACES_NOTHING}, or {UNCOUNTABLE}",
    },
)
async def create_credit_memo_for_revised_order(context: Context) -> Result:
    """Create a memo of what the order costs less than the one that it replaces, an invoice of what it costs more.

    Nothing where both cost the same, and where that was settled before.
    """
    order, account = await source_for(context, "Order"), await account_for(context)
    known = await documents_of(context, account)
    if any(is_about(document, order, _REVISION) for document in known):
        return [Log("CreateCreditMemoForRevisedOrder", f"the revision of order {order.ref} has been settled before")]
    original = await replaced_order(context, order)
    difference = await cost_of(context, order) - await cost_of(context, original)
    counted = await counting_of(context, order, await context.ask(of_order("OrderItem", order)))
    about = About(_REVISION, order.ref, {"order_link": order_link(order)})
    why = f"Order {order.ref} instead of {original.ref}"
    return settled(context, account, about, counted, counted.line(abs(difference), 1, None), why, dearer=difference > 0)
