"""Money back for what was returned (spec 33 §5, §6, §8)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute
from penstock.money.amounts import ZERO
from penstock.rules import Action, Context, Create, Log, Prop, SendEvent, Sends, Update, rule
from penstock.rules.builtin.billing.differences import MAKES, settled
from penstock.rules.builtin.billing.documents import MEMO_TYPES, About, credit_memo, document, documents_of
from penstock.rules.builtin.billing.finding import account_for, source_for
from penstock.rules.builtin.billing.goods import counting_for, entry, exchange_cost, items_of, totals_of
from penstock.rules.builtin.billing.references import NAMES_ONE
from penstock.rules.builtin.common import noted
from penstock.rules.builtin.prices import COUNTING, UNCOUNTABLE, Counting
from penstock.rules.questions import ById, ByRef

if TYPE_CHECKING:
    from penstock.rules.declaration import Result

Row = Any

_RETURN, _RETURN_REF = "RETURN", "returnRef"  # origin of documents, and the attribute that names the return
_NOTHING = Prop(
    "nothingToRefundEventName", "event to the return where it gets no credit memo; none: nothing", default=None
)


@rule(
    "order.CreateCreditMemoFromReturnOrder",
    "Create a credit memo of type {creditMemoType}, with lines of type {creditMemoItemType}, for the return",
    *MEMO_TYPES,
    _NOTHING,
    accepts=["BILLING_ACCOUNT", "RETURN_ORDER"],
    attributes=[NAMES_ONE],
    sends=Sends("{nothingToRefundEventName}", to="RETURN_ORDER", gate=True),
    creates=MAKES,
    asks=[ById, ByRef, *COUNTING],
    fails={
        400: "entityReference is missing or malformed",
        404: "the return, its exchange order or the account does not exist",
        422: f"the return has no currency, an item no amount, {UNCOUNTABLE}",
    },
)
async def create_credit_memo_from_return_order(context: Context) -> Result:
    """Create a memo with a line for each item of the return that was not rejected, and note it on the return.

    With an exchange order it is the difference: a memo where that costs less, an invoice where it costs more. A return
    has one memo: later events do nothing.
    """
    returned, account = await source_for(context, "ReturnOrder"), await account_for(context)
    if any(attribute(d, _RETURN_REF) == returned.ref for d in await documents_of(context, account)):
        return [Log("CreateCreditMemoFromReturnOrder", f"return {returned.ref} has been settled before")]
    counted = await counting_for(context, returned)
    entries = [entry(item) for item in await items_of(context, returned)]
    about = About(_RETURN, returned.ref, {"order_link": returned.order_link}, (noted(_RETURN_REF, returned.ref),))
    if returned.exchange_order_link is not None:
        made = await _exchanged(context, returned, account, about, counted)
    elif entries:
        linked, sums = _returned(about, returned), totals_of(returned)
        made = document(context, credit_memo(context), account, linked, counted, entries, sums)
    else:
        made = []
    return [*made, *_told(context, returned, made)]


def _told(context: Context, returned: Row, made: list[Create]) -> list[Action]:
    """Return what tells the return of its memo, or that there is none."""
    memo = next((a.row for a in made if hasattr(a.row, "return_order_id")), None)
    if memo is not None:
        return [Update(returned, {"credit_memo_id": memo.id})]
    name = context.prop(_NOTHING.name)
    return [] if name is None else [SendEvent(name, to=returned)]


async def _exchanged(context: Context, returned: Row, account: Row, about: About, counted: Counting) -> list[Create]:
    """Return what settles the difference between what came back and the exchange order, both with tax."""
    difference = await exchange_cost(context, returned, counted) - totals_of(returned).total
    dearer = difference > ZERO
    price, why = counted.line_of_total(abs(difference)), f"Order {returned.exchange_order_link['ref']} instead"
    linked = about if dearer else _returned(about, returned)
    return settled(context, account, linked, counted, price, why, dearer=dearer)


def _returned(about: About, returned: Row) -> About:
    """Return the same with the link that credit memos have to a return."""
    return replace(about, links={**about.links, "return_order_id": returned.id})
