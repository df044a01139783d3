"""The rows of credit memos and invoices (spec 30 §3, 33 §8, §9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute
from penstock.rules import Context, Create, Creates, Prop
from penstock.rules.builtin.billing.entries import sums_of
from penstock.rules.builtin.common import ask_all, noted
from penstock.rules.builtin.links import means
from penstock.rules.questions import Matching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.money.totals import Totals
    from penstock.rules.builtin.billing.entries import Entry
    from penstock.rules.builtin.prices import Counting

Row = Any

MEMO_ROWS = (Creates("CreditMemo"), Creates("CreditMemoItem"))
INVOICE_ROWS = (Creates("Invoice"), Creates("InvoiceItem"))
ORIGIN = "origin"  # attribute of memos and invoices: why there is one
MEMO_TYPES = (
    Prop("creditMemoType", "type of the credit memo", default="CREDIT_MEMO"),
    Prop("creditMemoItemType", "type of its lines", default="CREDIT_MEMO_ITEM"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document, the entity of its lines, the types of both, and how its refs begin."""

    entity: str
    column: str
    prefix: str
    type: str
    item_type: str

    @property
    def item(self) -> str:
        """Return the entity of its lines."""
        return f"{self.entity}Item"


def credit_memo(context: Context) -> Kind:
    """Return the kind of a credit memo, typed as the rule's properties say."""
    return Kind(
        "CreditMemo", "credit_memo_id", "CM", context.prop("creditMemoType"), context.prop("creditMemoItemType")
    )


INVOICE = Kind("Invoice", "invoice_id", "INV", "INVOICE", "INVOICE_ITEM")


@dataclass(frozen=True, slots=True)
class About:
    """What a document is about: its origin, the ref that its own begins with, and further columns of its row."""

    origin: str
    ref: str
    links: dict[str, Any]
    attributes: tuple[dict[str, Any], ...] = ()


def document(
    context: Context,
    kind: Kind,
    account: Row,
    about: About,
    counting: Counting,
    entries: Sequence[Entry],
    sums: Totals | None = None,
) -> list[Create]:
    """Return what stores a new document on an account, then its lines; all of it is still to be paid.

    ``sums`` are its totals, by default those of the lines.
    """
    made = context.new(
        kind.entity,
        under=account,
        type=kind.type,
        issue_date=context.now,
        currency_id=counting.currency.id,
        default_tax_type=counting.tax_type,
        attributes=[noted(ORIGIN, about.origin), *about.attributes],
        **_amounts(counting, sums or sums_of(counting, entries)),
        **about.links,
    )
    made.ref = f"{kind.prefix}-{about.ref}-{made.id}"  # orders of two retailers may have the same ref
    lines = (_line(context, kind, account, made, counting, e, n) for n, e in enumerate(entries, 1))
    return [Create(made), *(Create(line) for line in lines)]


def _amounts(counting: Counting, sums: Totals) -> dict[str, Any]:
    whole = counting.stored(sums.total)
    return {
        "sub_total_amount": counting.stored(sums.sub_total),
        "total_tax": counting.stored(sums.tax),
        "total_amount": whole,
        "total_balance": dict(whole),
    }


def _line(context: Context, kind: Kind, account: Row, made: Row, counting: Counting, entry: Entry, number: int) -> Row:
    return context.new(
        kind.item,
        under=account,
        ref=f"{made.ref}-{number}",
        type=kind.item_type,
        description=entry.description,
        unit_quantity={"quantity": entry.units},
        unit_tax_type=entry.tax_type,
        unit_amount=counting.stored(entry.price.unit),
        amount=counting.stored(entry.price.amount),
        tax_amount=counting.stored(entry.price.tax),
        **{kind.column: made.id},
        **entry.links,
    )


def is_about(row: Row, order: Row, origin: str) -> bool:
    """Return whether a document is about an order, and for that reason."""
    return means(row.order_link, order) and attribute(row, ORIGIN) == origin


async def documents_of(context: Context, account: Row) -> list[Row]:
    """Return the credit memos and invoices of an account, whether it is this tree's or another's."""
    by_account = (("billing_account_id", (account.id,)),)
    memos, invoices = await ask_all(context, Matching("CreditMemo", by_account), Matching("Invoice", by_account))
    return [*memos, *invoices]
