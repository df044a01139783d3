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
from penstock.rules.questions import MOST_REFUSALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run
    from penstock.rules.context import Ask
    from penstock.rules.questions import LedgerSum


# Off only to show that the proof can fail: promises are then neither planned nor written with care.
GUARDED = os.environ.get("PENSTOCK_STOCK_GUARD") != "off"


ALLOW_NEGATIVE = "oms.inventory.reservation.allowNegative"


def checked(batch: Batch, run: Run) -> bool:
    """Return whether what a run promises must be there; its retailer may have it reserved unseen (spec 20 §10.6)."""
    allowed = batch.configuration.setting(ALLOW_NEGATIVE, run.events[0].retailer_id)
    return GUARDED and str(allowed).lower() != "true"


class Promised:
    """What the contexts of one batch have seen and promised so far.

    What a position shows depends on the catalogue. A promise is held to what the catalogues that its run looked at
    show, the most of them where there are several. What a run has given back it promises first, and nobody else does:
    should it lose a race, it is shown less and less beside that, so that it gets at least what was held for it.
    """

    def __init__(self) -> None:
        self.looked_at: dict[Run, set[str]] = defaultdict(set)  # catalogues
        self.seen: dict[tuple[int, str], int] = {}  # by position and catalogue
        self.units: dict[int, int] = defaultdict(int)  # by position; of what is everybody's
        self._own: dict[tuple[Run, int], int] = defaultdict(int)  # promised of what the run itself has given back
        self._lost: dict[Run, int] = defaultdict(int)  # races in a row
        self.gave_up: set[Run] = set()  # whose rules look no further after so many, though there may be units left

    def left(self, run: Run, position_id: int, catalogue: str, quantity: int) -> int:
        """Return how much of a quantity just read a run can still promise; for sure, once it has lost a race."""
        key = position_id, catalogue
        self.seen[key] = min(quantity, self.seen.get(key, quantity))
        own = self.back(run, position_id)
        left = self._free(position_id, quantity) + own
        return min(left, own) if own and self._lost[run] else left

    def only_own(self, run: Run) -> bool:
        """Return whether a run has lost so many races that it had better keep to what it has given back."""
        return self._lost[run] > 1

    def grant(self, run: Run, amounts: Sequence[tuple[int, int]], *, checked: bool = True) -> bool:
        """Promise all or nothing; everything, where it is not ``checked`` whether it is there."""
        if checked and any(self._free(p, self._shown(run, p)) + self.back(run, p) < units for p, units in amounts):
            self._lost[run] += 1
            if self._lost[run] == MOST_REFUSALS:
                self.gave_up.add(run)
            return False
        self._lost[run] = 0
        for position_id, units in amounts:
            own = min(units, self.back(run, position_id))
            self._own[run, position_id] += own
            self.units[position_id] += units - own
        return True

    def _free(self, position_id: int, quantity: int) -> int:
        """Return what others have left of a quantity; they cannot have promised what a run gives back."""
        return min(quantity, max(0, quantity - self.units[position_id]))

    def back(self, run: Run, position_id: int) -> int:
        """Return what is left of what a run has given back of a position."""
        return given_back(run).get(position_id, 0) - self._own[run, position_id]

    def _shown(self, run: Run, position_id: int) -> int:
        return max((self.seen.get((position_id, c), 0) for c in self.looked_at[run]), default=0)


def given_back(run: Run) -> dict[int, int]:
    """Return the units of each position that a run's own changes give back: those of holds that it has taken over."""
    found: dict[int, int] = defaultdict(int)
    for promise in run.promises:
        if promise.ends_hold:
            for position_id, units in promise.amounts.items():
                found[position_id] -= units
    return found


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
    own = sorted({position for ask in asks for position in given_back(run_of(ask))})
    for record in await batch.reader.fetch(SELLABLE, catalogues, products, own):
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
    found, catalogue, run = [], ask.question.virtual_catalogue_ref, run_of(ask)
    promised.looked_at[run].add(catalogue)
    for product in ask.question.product_refs:
        for ref, group, quantity, status, position in by_product.get((catalogue, product), ()):
            left = promised.left(run, position, catalogue, quantity)
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
    own = [row for row in found if promised.back(run, int(row["positionId"]))] if promised.only_own(run) else []
    return own or found


async def grant(batch: Batch, asks: Sequence[Ask[Any]]) -> list[bool]:
    """Answer :class:`~penstock.rules.questions.Grant`, in order of acceptance of the events."""
    promised = promised_in(batch)
    order = sorted(range(len(asks)), key=lambda n: asks[n].context.event.id)
    answers = [False] * len(asks)
    for n in order:
        run = run_of(asks[n])
        answers[n] = promised.grant(run, asks[n].question.amounts, checked=checked(batch, run))
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
    if row.id in run.made("inventory_position"):
        return 0
    before = run.was("inventory_position", row.id)
    on_hand, also = (before.get(column, getattr(row, column)) or 0 for column in ("on_hand", "also_counted"))
    return int(on_hand - also)


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
        if id_ in run.made("inventory_quantity"):
            total += _part(row.type, row.status, row.quantity, types, statuses)
        elif before := run.was("inventory_quantity", id_):
            old = {"type": row.type, "status": row.status, "quantity": row.quantity, **before}
            total += _part(row.type, row.status, row.quantity, types, statuses)
            total -= _part(old["type"], old["status"], old["quantity"], types, statuses)
    return total


def _part(type_: str, status: str, quantity: int, types: tuple[str, ...], statuses: tuple[str, ...]) -> int:
    return quantity if counts(type_, status, types, statuses) else 0
