"""What rules are told in a dry run: what was recorded, as far as it would hold."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import NotRecordedError, described, key_of
from penstock.history.dryrun.facts import Facts
from penstock.history.dryrun.places import STOCK
from penstock.model.registry import MODEL
from penstock.rules import questions as q

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from penstock.history.recorded import Recorded

_encode = msgspec.json.Encoder().encode
_CONFIGURED = (
    q.Setting,
    q.NetworkLocations,
    q.CataloguesOfNetworks,
    q.CataloguesOfRetailer,
    q.LocationOfAddress,
    q.Geocode,
)
_FIXED = frozenset(kind.__name__ for kind in _CONFIGURED)
_ROWS = (q.ById, q.ByRef, q.Matching)
_STOCK = (q.StockAt, q.Grant)
_MOVING = STOCK | {e.table for e in MODEL.entities if e.tree}


class UncertainError(NotRecordedError):
    """What was recorded would not hold: something that it depends on would be different, or is unknown."""

    def __init__(self, question: Any, reason: str) -> None:
        super().__init__(question)
        self.args = (f"{described(question)}: {reason}",)


class Knowledge:
    """All recorded answers of the contexts of a dry run, and whose stock would be different by now."""

    def __init__(self) -> None:
        self.facts = Facts()
        self._elsewhere: dict[tuple[str, bytes, int], list[tuple[datetime, Recorded, int]]] = defaultdict(list)
        self._product_of: dict[str, str] = {}  # by position id, as answers show it
        self._tainted: dict[str, str] = {}  # products whose stock would be different, and why
        self._everything: str | None = None  # why the stock of any product may be

    def learn(self, context: Recorded) -> None:
        """Take in what the rules of a context were told; contexts come in order of time."""
        self.facts.learn(context)
        for _, rule in context.rules():
            for ask in rule.asks:
                key = (ask.kind, _encode(ask.question), context.record.retailer_id)
                self._elsewhere[key].append((context.moment, context, ask.answer))

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

    def sure(self, question: Any, answer: Any) -> None:
        """Check that the stock that an answer tells of would be the same."""
        if isinstance(question, q.StockAt):
            self._product_of |= {p["positionId"]: p["productRef"] for p in answer or ()}
            products = set(question.product_refs)
        elif isinstance(question, q.Grant):
            products = {self._product_of.get(str(position), "") for position, _ in question.amounts}
        else:
            return
        for product in sorted(products & self._tainted.keys()):
            raise UncertainError(question, f"the stock of {product} would be different: {self._tainted[product]}")
        if self._everything is not None:
            raise UncertainError(question, f"stock may be different: {self._everything}")

    @property
    def tainted(self) -> bool:
        """Return whether the stock of any product would be different."""
        return bool(self._tainted) or self._everything is not None

    def taint(self, products: Iterable[str], reason: str) -> None:
        """Note that the stock of products would be different from here on."""
        for product in products:
            self._tainted.setdefault(product, reason)

    def taint_all(self, reason: str) -> None:
        """Note that the stock of any product may be different from here on."""
        self._everything = self._everything or reason

    @staticmethod
    def depends(kind: str) -> bool:
        """Return whether what is asked so may be answered otherwise in a dry run; configuration is not."""
        return kind not in _FIXED


def asks_stock(question: Any) -> bool:
    """Return whether the answer depends on what was promised before."""
    return isinstance(question, _STOCK)


def question_of(kind: str, content: Any) -> Any:
    """Return a recorded question; None for a kind that is not known any more."""
    known = getattr(q, kind, None)
    return None if known is None else msgspec.convert(content, known, strict=False)


def _moves(entity: str) -> bool:
    """Return whether rows of an entity change all the time: those of orders and the like, and stock."""
    return MODEL.table_of(entity).name in _MOVING
