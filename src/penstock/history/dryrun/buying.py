"""What one execution of a dry run is told of stock, and whether it gets what it wants to promise."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from penstock.history.answers import NotRecordedError, placed
from penstock.history.dryrun.selling import Told
from penstock.history.dryrun.stock import promises_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from penstock.history.answers import Place
    from penstock.history.dryrun.knowledge import Shown
    from penstock.history.dryrun.own_rows import OwnRows
    from penstock.history.dryrun.selling import Selling, Units
    from penstock.history.recorded import Recorded
    from penstock.orchestration.run import Run
    from penstock.orchestration.trace import RuleNode
    from penstock.rules import questions as q


class Buying:
    """Answers the questions of an execution; ``base`` is the recorded context that it stands for."""

    def __init__(self, selling: Selling, own: OwnRows, run: Run, base: Recorded | None, now: datetime) -> None:
        self._selling, self._own, self._run, self._base, self._now = selling, own, run, base, now
        self._seen: dict[tuple[int, str], int] = {}  # what a position showed in a catalogue, with own promises
        self._catalogues: set[str] = set()  # that were looked at
        self._asked: set[str] = set()  # products; of what was not shown of them, there is nothing
        self._late = False  # it was refused what it saw

    def stock(self, place: Place, question: q.StockAt) -> list[Shown] | None:
        """Return what can be sold, as it would be told.

        Raises:
            NotRecordedError: nobody has recorded it, or what was recorded would not hold.
        """
        self._selling.knowledge.sure(question)
        promised = self._promised()
        found: list[Shown] = []
        self._catalogues.add(question.virtual_catalogue_ref)
        for product, told in self._told(place, question):
            if told is None:
                return None
            found += self._selling.left(question, product, told, promised, self._now, late=self._late)
            self._asked.add(product)
        for row in found:
            position = int(row["positionId"])
            self._seen[position, question.virtual_catalogue_ref] = row["quantity"] + promised[position]
        return found

    def _told(self, place: Place, question: q.StockAt) -> Iterator[tuple[str, Told | None]]:
        """Yield what this context was told of each product: here, or to another question; None without catalogue."""
        try:
            answer, at = self._own.located(place, question)
        except NotRecordedError:
            for product in question.product_refs:
                yield product, self._elsewhere(question, product)
            return
        before = self._promised_before(at)
        for product in question.product_refs:
            yield product, None if answer is None else Told(_of(product, answer), before)

    def _elsewhere(self, question: q.StockAt, product: str) -> Told:
        """Return what this context was told of a product when it asked for others with it; else what all know."""
        found = None
        for before, rule in rules_promising(self._base):
            for ask in rule.asks:
                if ask.kind == "StockAt" and _is_about(ask.question, question.virtual_catalogue_ref, product):
                    found = ask.answer, before.copy()
        if found is None or self._base is None:
            return self._selling.lately(question, product, self._now)
        return Told(_of(product, self._base.value(found[0])), found[1])

    def grant(self, place: Place, question: q.Grant) -> bool:
        """Return whether units can be promised: as it was told, or what is left by then.

        Raises:
            NotRecordedError: nobody has recorded it, or what was recorded would not hold.
        """
        self._selling.knowledge.sure(question)
        promised = self._promised()
        try:
            told, at = self._own.located(place, question)
        except NotRecordedError:
            told = None
        else:
            if promised == self._promised_before(at) and not self._selling.touches(question):
                return bool(told)
        granted = all(self._left(question, p) - promised[p] >= units for p, units in question.amounts)
        self._late = self._late or not granted
        return granted

    def _left(self, question: q.Grant, position: int) -> int:
        """Return what a position has for who has promised nothing: what it showed, less what others were promised."""
        shown = [units for (seen, _), units in self._seen.items() if seen == position]
        if not shown and self._selling.knowledge.product(position) not in self._asked:
            raise NotRecordedError(question)
        if self._selling.stock.moved.get(position) == self._now:
            return self._selling.now(question, position, self._catalogues, self._now)
        return max(shown, default=0)

    def _promised(self) -> Units:
        return _units(promise.amounts.items() for promise in self._run.promises)

    def _promised_before(self, place: Place) -> Units:
        """Return what the recorded context had promised when a rule of it ran."""
        rules = placed(self._base.body if self._base else None)
        before = (promised for promised, _ in rules_promising(self._base))
        return next((own.copy() for (here, _), own in zip(rules, before, strict=True) if here == place), Counter())


def rules_promising(context: Recorded | None) -> Iterator[tuple[Units, RuleNode]]:
    """Yield the rules of a context, each with what was promised before it; that goes on counting."""
    before: Units = Counter()
    for _, rule in context.rules() if context else ():
        yield before, rule
        assert context is not None
        before.update(_units(amounts.items() for _, _, amounts in promises_of(rule, context.body)))


def _units(amounts: Iterable[Iterable[tuple[Any, int]]]) -> Units:
    found: Units = Counter()
    for each in amounts:
        for position, units in each:
            found[int(position)] += units
    return found


def _is_about(asked: Any, catalogue: str, product: str) -> bool:
    return asked["virtual_catalogue_ref"] == catalogue and product in asked["product_refs"]


def _of(product: str, answer: list[Shown] | None) -> list[Shown]:
    return [row for row in answer or () if row["productRef"] == product]
