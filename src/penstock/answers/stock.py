"""Answers about stock, less what the same batch has already promised."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.answers.asking import run_of
from penstock.inventory.ledger import (
    COUNTERS,
    COUNTING_STATUSES,
    COUNTING_TYPES,
    LOCK_SELLABLE,
    SELLABLE,
    SUMS,
    counts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run
    from penstock.rules.context import Ask
    from penstock.rules.questions import LedgerSum


# Off only to show that the proof can fail: promises are then neither planned nor written with care.
GUARDED = os.environ.get("PENSTOCK_STOCK_GUARD") != "off"


class Promised:
    """What the contexts of one batch have seen and promised so far.

    What a position shows depends on the catalogue. A promise is held to what the catalogues that its run looked at
    show, the most of them where there are several.
    """

    def __init__(self) -> None:
        self.looked_at: dict[Run, set[str]] = defaultdict(set)  # catalogues
        self.seen: dict[tuple[int, str], int] = {}  # by position and catalogue
        self.units: dict[int, int] = defaultdict(int)  # by position

    def left(self, position_id: int, catalogue: str, quantity: int) -> int:
        """Return how much of a quantity just read is not promised yet."""
        key = position_id, catalogue
        self.seen[key] = min(quantity, self.seen.get(key, quantity))
        return quantity - self.units[position_id]

    def grant(self, run: Run, amounts: Sequence[tuple[int, int]]) -> bool:
        """Promise all or nothing."""
        if GUARDED and any(self._shown(run, p) - self.units[p] < units for p, units in amounts):
            return False
        for position_id, units in amounts:
            self.units[position_id] += units
        return True

    def _shown(self, run: Run, position_id: int) -> int:
        return max((self.seen.get((position_id, c), 0) for c in self.looked_at[run]), default=0)


def promised_in(batch: Batch) -> Promised:
    """Return what has been promised in a batch."""
    known: Promised = batch.notes.setdefault("promised", Promised())
    return known


async def stock_at(batch: Batch, asks: Sequence[Ask[Any]]) -> list[Any]:
    """Answer :class:`~penstock.rules.questions.StockAt`: one statement for all orders of the batch."""
    catalogues = sorted({a.question.virtual_catalogue_ref for a in asks})
    products = sorted({p for a in asks for p in a.question.product_refs})
    if batch.locking:
        await batch.reader.fetch(LOCK_SELLABLE, catalogues, products)
    by_product: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for record in await batch.reader.fetch(SELLABLE, catalogues, products):
        catalogue, product, *shown = record
        by_product[catalogue, product].append(shown)
    known = {c.ref: batch.configuration.offers(c) for c in batch.configuration.catalogues["VirtualCatalogue"]}
    promised = promised_in(batch)
    offered = (known.get(a.question.virtual_catalogue_ref) for a in asks)
    return [
        None if online is None else _sellable(a, by_product, promised) if online else []
        for a, online in zip(asks, offered, strict=True)
    ]


def _sellable(ask: Ask[Any], by_product: dict[tuple[str, str], list[Any]], promised: Promised) -> list[dict[str, Any]]:
    found, catalogue = [], ask.question.virtual_catalogue_ref
    promised.looked_at[run_of(ask)].add(catalogue)
    for product in ask.question.product_refs:
        for ref, group, quantity, status, position in by_product.get((catalogue, product), ()):
            left = promised.left(position, catalogue, quantity)
            if left > 0:
                found.append(
                    {
                        "ref": ref,
                        "productRef": product,
                        "groupRef": group,
                        "quantity": left,
                        "status": status,
                        "positionId": str(position),
                    }
                )
    return found


async def grant(batch: Batch, asks: Sequence[Ask[Any]]) -> list[bool]:
    """Answer :class:`~penstock.rules.questions.Grant`, in order of acceptance of the events."""
    promised = promised_in(batch)
    order = sorted(range(len(asks)), key=lambda n: asks[n].context.event.id)
    answers = [False] * len(asks)
    for n in order:
        answers[n] = promised.grant(run_of(asks[n]), asks[n].question.amounts)
        batch.refusals += not answers[n]
    return answers


async def ledger_sum(batch: Batch, asks: Sequence[Ask[Any]]) -> list[int]:
    """Answer :class:`~penstock.rules.questions.LedgerSum`: the counter for the usual types, else a sum.

    A position that the run holds brings its counter along; what other buyers reserve meanwhile is added by the
    database, and its virtual positions follow in the write.
    """
    answers: list[int | None] = [_held(run_of(a), a.question) for a in asks]
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[int]] = defaultdict(list)
    for n, ask in enumerate(asks):
        if answers[n] is None:
            groups[tuple(ask.question.types), tuple(ask.question.statuses)].append(n)
    for (types, statuses), numbers in groups.items():
        stored = await _stored_sums(batch, sorted({asks[n].question.position_id for n in numbers}), types, statuses)
        for n in numbers:
            answers[n] = stored.get(asks[n].question.position_id, 0)
    own = [_own(run_of(a), a.question.position_id, a.question.types, a.question.statuses) for a in asks]
    return [(stored or 0) + more for stored, more in zip(answers, own, strict=True)]


def _usual(types: Sequence[str], statuses: Sequence[str]) -> bool:
    return set(types) == set(COUNTING_TYPES) and set(statuses) == set(COUNTING_STATUSES)


def _held(run: Run, question: LedgerSum) -> int | None:
    """Return the counter of a position as the run loaded it; None when it has to be asked for."""
    row = run.get("inventory_position", question.position_id)
    if row is None or not _usual(question.types, question.statuses):
        return None
    if ("inventory_position", row.id) in run.created:
        return 0
    loaded: int = run.before.get(("inventory_position", row.id), {}).get("on_hand", row.on_hand)
    return loaded


async def _stored_sums(
    batch: Batch, ids: list[int], types: tuple[str, ...], statuses: tuple[str, ...]
) -> dict[int, int]:
    if _usual(types, statuses):
        return {r["id"]: r["on_hand"] for r in await batch.reader.fetch(COUNTERS, ids)}
    return {r["id"]: r["total"] for r in await batch.reader.fetch(SUMS, ids, list(types), list(statuses))}


def _own(run: Run, position_id: int, types: tuple[str, ...], statuses: tuple[str, ...]) -> int:
    """Return what this run's own changes, not yet written, add to the sum."""
    total = 0
    for id_, row in run.rows.get("inventory_quantity", {}).items():
        if row.position_id != position_id:
            continue
        key = ("inventory_quantity", id_)
        if key in run.created:
            total += _part(row.type, row.status, row.quantity, types, statuses)
        elif key in run.before:
            old = {"type": row.type, "status": row.status, "quantity": row.quantity, **run.before[key]}
            total += _part(row.type, row.status, row.quantity, types, statuses)
            total -= _part(old["type"], old["status"], old["quantity"], types, statuses)
    return total


def _part(type_: str, status: str, quantity: int, types: tuple[str, ...], statuses: tuple[str, ...]) -> int:
    return quantity if counts(type_, status, types, statuses) else 0
