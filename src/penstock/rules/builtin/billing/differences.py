"""A difference between two sums, settled on an account: a credit memo or an invoice (spec 31 §7, 33 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.billing.documents import INVOICE, INVOICE_ROWS, MEMO_ROWS, About, credit_memo, document
from penstock.rules.builtin.billing.entries import Entry

if TYPE_CHECKING:
    from penstock.money.totals import Line
    from penstock.rules import Context, Create
    from penstock.rules.builtin.prices import Counting

Row = Any

MAKES = (*MEMO_ROWS, *INVOICE_ROWS)


def settled(
    context: Context, account: Row, about: About, counted: Counting, price: Line, why: str, *, dearer: bool
) -> list[Create]:
    """Return what stores an invoice of one line where it is dearer, else a memo; nothing where the price is 0."""
    if not price.amount:
        return []
    kind = INVOICE if dearer else credit_memo(context)
    return document(context, kind, account, about, counted, [Entry(why, 1, price, counted.tax_type, {})])
