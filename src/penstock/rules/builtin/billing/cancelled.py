"""Money back for what was cancelled of an order that has been paid (spec 31 §6, 33 §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute
from penstock.money.amounts import ZERO
from penstock.rules import Context, Creates, Log, rule
from penstock.rules.builtin.billing.accounts import account_made
from penstock.rules.builtin.billing.cancellations import ARTICLE, CANCELLED, named_article, open_units, units_in
from penstock.rules.builtin.billing.documents import MEMO_ROWS, MEMO_TYPES, ORIGIN, About, credit_memo, document
from penstock.rules.builtin.billing.entries import Entry, limited
from penstock.rules.builtin.billing.finding import NO_CUSTOMER
from penstock.rules.builtin.billing.orders import counting_of, fee_entry, item_entry
from penstock.rules.builtin.billing.settling import ASKS, paid
from penstock.rules.builtin.common import noted
from penstock.rules.builtin.links import order_item_link, order_link
from penstock.rules.builtin.prices import COUNTING, UNCOUNTABLE, Counting
from penstock.rules.builtin.revision.linking import REPLACED
from penstock.rules.questions import ById

if TYPE_CHECKING:
    from penstock.rules.declaration import Result

Row = Any

_CANCELLATION = "CANCELLATION"
_ARTICLE_ID, _FEES = "articleId", "fees"  # attributes of memos: what they have paid back


@rule(
    "order.CreateCreditMemoForOrder",
    "Create a credit memo of type {creditMemoType}, with lines of type {creditMemoItemType}, for what was cancelled",
    *MEMO_TYPES,
    accepts=["ORDER"],
    attributes=[ARTICLE],
    creates=[Creates("BillingAccount"), *MEMO_ROWS],
    asks=[*ASKS, *COUNTING, ById],
    reads=["Article", "ArticleItem", "OrderItem", "FulfilmentChoice"],
    fails={
        404: "the order has no such article, or an order that it replaces does not exist",
        422: f"{NO_CUSTOMER}, the customer has several billing accounts, or {UNCOUNTABLE}",
    },
)
async def create_credit_memo_for_order(context: Context) -> Result:
    """Create a memo for the units of an article, else for all that were cancelled and that no memo is about yet.

    Cancelled are units with ``cancelledQuantity``, those of cancelled articles, and everything, fees included, of a
    cancelled order. The memo is for no more than what is left of the captured money; without any there is none.
    What was paid for an order that another one has replaced stands for that one. The account is made where the
    customer has none.
    """
    order = context.entity
    if attribute(order, REPLACED) is not None:
        return []
    known = await paid(context, order)
    article, left = named_article(context), known.left()
    memos = [memo for memo, _ in known.memos if attribute(memo, ORIGIN) == _CANCELLATION]
    if not left or (article is not None and any(attribute(memo, _ARTICLE_ID) == str(article.id) for memo in memos)):
        return [Log("CreateCreditMemoForOrder", f"nothing is left to give back for order {order.ref}")]
    units = units_in(context, article) if article is not None else await open_units(context, memos)
    items = [i for i in context.many(order, "items") if units.get(i.id, 0) > 0]
    charged = [] if article is not None or any(attribute(m, _FEES) for m in memos) else _charged(context)
    if not items and not charged:
        return []
    counted = await counting_of(context, order, context.many(order, "items"), [i.tax_type for i in items])
    entries = [_credited(context, item, units[item.id], counted) for item in items]
    entries += [fee_entry(choice, counted) for choice in charged]
    entries = limited(counted, entries, left.get(counted.currency.alphabetic_code, ZERO))
    return await _memo(context, counted, entries, _paid_back(article, charged)) if entries else []


async def _memo(
    context: Context, counted: Counting, entries: list[Entry], paid_back: tuple[dict[str, Any], ...]
) -> Result:
    order = context.entity
    account, created = await account_made(context, order)
    about = About(_CANCELLATION, order.ref, {"order_link": order_link(order)}, paid_back)
    return [*created, *document(context, credit_memo(context), account, about, counted, entries)]


def _credited(context: Context, item: Row, units: int, counted: Counting) -> Entry:
    entry, link = item_entry(item, units, counted), {"order_item_link": order_item_link(context.entity, item)}
    return Entry(entry.description, units, entry.price, entry.tax_type, entry.links | link)


def _charged(context: Context) -> list[Row]:
    """Return the choices whose fee goes back: those of an order that was cancelled as a whole."""
    choices = context.many(context.entity, "fulfilmentChoices") if context.entity.status == CANCELLED else []
    return [choice for choice in choices if choice.fulfilment_price]


def _paid_back(article: Row | None, charged: list[Row]) -> tuple[dict[str, Any], ...]:
    parcel = [] if article is None else [noted(_ARTICLE_ID, str(article.id))]
    return (*parcel, *([noted(_FEES, value=True)] if charged else []))
