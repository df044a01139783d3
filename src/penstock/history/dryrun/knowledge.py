"""What rules are told in a dry run: what was recorded, with the rows as they would be."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import NotRecordedError, described, key_of
from penstock.history.dryrun.lane import rows_matching
from penstock.history.rows import COUNTED, looks_like, row_from
from penstock.model.registry import MODEL
from penstock.rules import questions as q

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from penstock.history.answers import Answers, Place
    from penstock.history.dryrun.lane import Lane
    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row

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
_MOVING = {table for table, _ in COUNTED} | {e.table for e in MODEL.entities if e.tree}
Differing = dict[tuple[str, int], "Row | None"]


class UncertainError(NotRecordedError):
    """What was recorded would not hold: something that it depends on would be different, or is unknown."""

    def __init__(self, question: Any, reason: str) -> None:
        super().__init__(question)
        self.args = (f"{described(question)}: {reason}",)


class Knowledge:
    """All recorded answers of the contexts of a dry run, and what would be different by now."""

    def __init__(self) -> None:
        self._elsewhere: dict[tuple[str, bytes, int], list[tuple[datetime, Recorded, int]]] = defaultdict(list)
        self._product_of: dict[str, str] = {}  # by position id, as answers show it
        self.tainted: dict[str, str] = {}  # products whose stock would be different, and why

    def learn(self, context: Recorded) -> None:
        """Take in what the rules of a context were told; contexts come in order of time."""
        for _, rule in context.rules():
            for ask in rule.asks:
                key = (ask.kind, _encode(ask.question), context.record.retailer_id)
                self._elsewhere[key].append((context.moment, context, ask.answer))

    def answer(
        self, question: Any, place: Place, own: Answers | None, retailer: int, now: datetime, differing: Differing
    ) -> Any:
        """Return what a rule would be told, as JSON.

        Raises:
            NotRecordedError: nobody has recorded it, or what was recorded would not hold.
        """
        found = self._found(question, place, own, retailer, now, differing)
        self.sure(question, found)
        return patched(question, found, differing)

    def _found(
        self, question: Any, place: Place, own: Answers | None, retailer: int, now: datetime, differing: Differing
    ) -> Any:
        if own is not None:
            try:
                return own.find(place, question)
            except NotRecordedError:
                pass
        if isinstance(question, q.ById):
            known = differing.get((MODEL.table_of(question.entity).name, question.id))
            if known is not None:
                return msgspec.to_builtins(known)
        if isinstance(question, _CONFIGURED) or (isinstance(question, _ROWS) and not _moves(question.entity)):
            return self._near(question, retailer, now)
        raise NotRecordedError(question)

    def _near(self, question: Any, retailer: int, now: datetime) -> Any:
        """Return what others were told who asked the same: last before this moment and first after it, if equal."""
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
        for product in sorted(products & self.tainted.keys()):
            raise UncertainError(question, f"the stock of {product} would be different: {self.tainted[product]}")

    @staticmethod
    def depends(kind: str) -> bool:
        """Return whether what is asked so may be answered otherwise in a dry run; configuration is not."""
        return kind not in _FIXED

    @staticmethod
    def certain(question: Any, answer: Any, unknown: Mapping[tuple[str, int], Lane]) -> None:
        """Check that no row of an answer belongs to a lane of which nobody knows how it would be.

        A search among the rows of such a lane's tables may find others.
        """
        if not unknown:
            return
        if isinstance(question, q.Matching):
            table = MODEL.table_of(question.entity).name
            lanes = (lane for (t, _), lane in unknown.items() if t == table)
        else:
            lanes = (unknown[key] for key in _rows_of(answer) if key in unknown)
        lane = next(lanes, None)
        if lane is not None:
            raise UncertainError(question, f"how {lane.name} is by then is unknown")

    def taint(self, products: Iterable[str], reason: str) -> None:
        """Note that the stock of products would be different from here on."""
        for product in products:
            self.tainted.setdefault(product, reason)


def _rows_of(value: Any) -> Iterable[tuple[str, int]]:
    if isinstance(value, list):
        for part in value:
            yield from _rows_of(part)
    elif isinstance(value, dict) and (table := looks_like(value)) is not None and "id" in value:
        yield table, value["id"]


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


def patched(question: Any, answer: Any, differing: Differing) -> Any:
    """Return a recorded answer with the rows as they would be."""
    if not differing:
        return answer
    if isinstance(question, q.Matching):
        return _matching(question, answer, differing)
    return _replaced(answer, differing)


def _matching(question: q.Matching, answer: list[Any], differing: Differing) -> list[Any]:
    table = MODEL.table_of(question.entity).name
    changed = {id_: row for (t, id_), row in differing.items() if t == table}
    kept = [row for row in answer if row["id"] not in changed]
    new = rows_matching([r for r in changed.values() if r is not None], question.where)
    return sorted([*kept, *msgspec.to_builtins(new)], key=lambda row: int(row["id"]))


def _replaced(value: Any, differing: Differing) -> Any:
    if isinstance(value, list):
        return [_replaced(v, differing) for v in value]
    if not isinstance(value, dict):
        return value
    table = looks_like(value)
    key = (table or "", value.get("id"))
    if table is None or key not in differing:
        return value
    row = differing[key]
    return None if row is None else msgspec.to_builtins(row)


def same(first: Any, second: Any) -> bool:
    """Return whether two answers are the same for a rule: moments are compared as moments."""
    return bool(_comparable(first) == _comparable(second))


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [_comparable(v) for v in value]
    table = looks_like(value) if isinstance(value, dict) else None
    return value if table is None else row_from(table, value)
