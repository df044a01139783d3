"""What rules are told in a dry run: what was recorded, as far as it would hold."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import NotRecordedError, described, key_of
from penstock.history.dryrun.facts import Facts
from penstock.history.dryrun.places import POSITION, STOCK
from penstock.model.registry import MODEL
from penstock.rules import questions as q

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from penstock.history.recorded import Recorded

Shown = dict[str, Any]  # a virtual position, as answers tell it
_encode = msgspec.json.Encoder().encode
_CONFIGURED = (
    q.Setting,
    q.NetworkLocations,
    q.CataloguesOfNetworks,
    q.CataloguesOfRetailer,
    q.CategoriesOf,
    q.LocationOfAddress,
    q.Geocode,
    q.Products,
)
_FIXED = frozenset(kind.__name__ for kind in _CONFIGURED)
_ROWS = (q.ById, q.ByRef, q.Matching)
_MOVING = STOCK | {e.table for e in MODEL.entities if e.tree}


class UncertainError(NotRecordedError):
    """What was recorded would not hold: something that it depends on would be different, or is unknown."""

    def __init__(self, question: Any, reason: str) -> None:
        super().__init__(question)
        self.args = (f"{described(question)}: {reason}",)


class Knowledge:
    """All recorded answers of the contexts of a dry run, and whose stock nobody knows by now."""

    def __init__(self, since: datetime) -> None:
        """Begin; what was in stock before ``since`` says nothing: not all is read that happened to it by then."""
        self._since = since
        self.facts = Facts()
        self._elsewhere: dict[tuple[str, bytes, int], list[tuple[datetime, Recorded, int]]] = defaultdict(list)
        self._sellable: dict[tuple[str, str], list[tuple[datetime, list[Shown]]]] = defaultdict(list)
        self.shown: dict[tuple[str, int], Shown] = {}  # by catalogue and position, how answers told of it
        self._product_of: dict[int, str] = {}  # by position
        self._tainted: dict[str, str] = {}  # products whose stock nobody knows, and why
        self._everything: str | None = None  # why nobody knows the stock of any product

    def learn(self, context: Recorded) -> None:
        """Take in what the rules of a context were told; contexts come in order of time."""
        self.facts.learn(context)
        for _, rule in context.rules():
            for ask in rule.asks:
                key = (ask.kind, _encode(ask.question), context.record.retailer_id)
                self._elsewhere[key].append((context.moment, context, ask.answer))
                if ask.kind == "StockAt":
                    self._sold(context, ask.question, context.value(ask.answer) or ())

    def _sold(self, context: Recorded, question: Any, answer: Iterable[Shown]) -> None:
        catalogue = question["virtual_catalogue_ref"]
        rows: dict[str, list[Shown]] = {product: [] for product in question["product_refs"]}
        for told in answer:
            self.shown[catalogue, int(told["positionId"])] = told
            self._product_of[int(told["positionId"])] = told["productRef"]
            rows[told["productRef"]].append(told)
        for product, own in rows.items() if context.moment >= self._since else ():
            self._sellable[catalogue, product].append((context.moment, own))

    def sellable(self, question: q.StockAt, product: str, now: datetime) -> tuple[datetime, list[Shown]]:
        """Return what could last be sold of a product, and when that was told.

        Raises:
            NotRecordedError: nobody was told by then.
        """
        told = self._sellable[question.virtual_catalogue_ref, product]
        before = bisect_right(told, now, key=itemgetter(0))
        if not before:
            raise NotRecordedError(question)
        return told[before - 1]

    def near(self, question: Any, retailer: int, now: datetime) -> Any:
        """Return what others were told who asked the same: last before this moment and first after it, if equal.

        Raises:
            NotRecordedError: nobody did, or it may change at any moment, or it did between the two.
        """
        if not (isinstance(question, _CONFIGURED) or (isinstance(question, _ROWS) and not _moves(question.entity))):
            raise NotRecordedError(question)
        known = self._elsewhere.get((*key_of(question), retailer), [])
        before = [k for k in known if k[0] <= now][-1:]
        after = [k for k in known if k[0] > now][:1]
        told = [context.value(number) for _, context, number in before + after]
        if not told:
            raise NotRecordedError(question)
        if told[0] != told[-1]:
            raise UncertainError(question, "it was answered differently before and after this moment")
        return told[0]

    def product(self, position: int) -> str | None:
        """Return the product of a position of stock; None where nobody has seen it."""
        row = self.facts.first.get((POSITION, position))
        return self._product_of.get(position) if row is None else row.product_ref

    def sure(self, question: q.StockAt | q.Grant) -> None:
        """Check that somebody knows the stock that a question is about.

        Raises:
            UncertainError: nobody does.
        """
        if isinstance(question, q.StockAt):
            products: set[str | None] = set(question.product_refs)
        else:
            products = {self.product(position) for position, _ in question.amounts}
        for product in sorted(self._tainted.keys() & products):
            raise UncertainError(question, f"the stock of {product} is unknown: {self._tainted[product]}")
        if self._everything is not None:
            raise UncertainError(question, f"stock is unknown: {self._everything}")

    @property
    def tainted(self) -> bool:
        """Return whether the stock of any product is unknown."""
        return bool(self._tainted) or self._everything is not None

    def taint(self, products: Iterable[str], reason: str) -> None:
        """Note that nobody knows the stock of products from here on."""
        for product in products:
            self._tainted.setdefault(product, reason)

    def taint_all(self, reason: str) -> None:
        """Note that nobody knows the stock of any product from here on."""
        self._everything = self._everything or reason

    @staticmethod
    def depends(kind: str) -> bool:
        """Return whether what is asked so may be answered otherwise in a dry run; configuration is not."""
        return kind not in _FIXED


def question_of(kind: str, content: Any) -> Any:
    """Return a recorded question; None for a kind that is not known any more."""
    known = getattr(q, kind, None)
    return None if known is None else msgspec.convert(content, known, strict=False)


def _moves(entity: str) -> bool:
    """Return whether rows of an entity change all the time: those of orders and the like, and stock."""
    return MODEL.table_of(entity).name in _MOVING
