"""Whole workflows in memory: the engine's own parts, with rows, settings, answers and a clock of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.orchestration.actions import event_id
from penstock.orchestration.batch import Batch
from penstock.orchestration.driver import Driver
from penstock.orchestration.execution import execute_run
from penstock.orchestration.lanes import lane_of, lane_root
from penstock.orchestration.places import addressed, entity_of, root_place
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.run import Run
from penstock.rules import names
from penstock.testing.declared import UndeclaredError, checked
from penstock.testing.simulation.answers import Answers, StockReader
from penstock.testing.simulation.configured import Given
from penstock.testing.simulation.memory import Ids, Memory
from penstock.testing.simulation.played import Happened, Played, Scheduled
from penstock.testing.trees import NOW, row

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from datetime import datetime, timedelta

    from penstock.rules import Rule

__all__ = ["Happened", "Played", "Scheduled", "Simulation"]

Row = Any
MOST_CONTEXTS = 1_000  # of one step; more is a loop


class Simulation:
    """A retailer's workflows over rows in memory.

    ``answers`` maps a question, such as ``Geocode("GB", None, "York")``, or a kind of question to its answer or to
    a function of the question; all others are answered from the rows, as the engine answers them from the database.
    ``settings`` are the account's. Rules are held to what they declare: :class:`~penstock.testing.UndeclaredError`
    tells what is not.
    """

    def __init__(
        self,
        documents: Sequence[dict[str, Any]],
        *,
        settings: Mapping[str, Any] | None = None,
        answers: Mapping[Any, Any] | None = None,
        account: str = "ACME",
        retailer_id: int = 1,
        now: datetime = NOW,
        resolve: Callable[[str], Rule | None] = names.resolve,
    ) -> None:
        self.now = now
        self.memory = Memory()
        self.account, self.retailer_id = account, retailer_id
        self._given = Given(documents, settings or {}, retailer_id)
        self._answers = Answers(self.memory, answers or {})
        self._ids = Ids()
        self._queue: list[PendingEvent] = []
        self._resolve = resolve
        self._rules: dict[str, Rule | None] = {}
        self._breaches: list[str] = []

    # --- rows ---

    def add(self, entity: str, **values: Any) -> Row:
        """Add a row by its columns; id, retailer, dates and status CREATED are filled in."""
        columns = {c.column for c in MODEL.entity(entity).columns}
        usual = {"id": self._ids.take(), "retailer_id": self.retailer_id, "status": "CREATED"}
        added = row(entity, **{k: v for k, v in usual.items() if k in columns} | values)
        self.memory.add(added)
        return added

    def join(self, table: str, **columns: int) -> None:
        """Connect two rows: ``join("network_location", network_id=1, location_id=2)``."""
        self.memory.join(table, columns)

    def rows(self, entity: str, **values: Any) -> list[Row]:
        """Return the rows of an entity that have these values, by id."""
        kinds = {e.variant for e in MODEL.variants(entity)}
        found = [r for r in self.memory.all(MODEL.table_of(entity).name) if getattr(r, "kind", None) in {*kinds, None}]
        return [r for r in found if all(getattr(r, column) == value for column, value in values.items())]

    def one(self, entity: str, **values: Any) -> Row:
        """Return the only row of an entity that has these values."""
        found = self.rows(entity, **values)
        assert len(found) == 1, f"there are {len(found)} rows of {entity} with {values}"
        return found[0]

    # --- events ---

    def send(self, name: str, to: Row, attributes: dict[str, Any] | None = None) -> Played:
        """Send an event to a row, and execute it with all that follows from it and is not scheduled."""
        self._queue.append(self._pending(name, self._stored(to), attributes or {}))
        return self._settle(Played())

    def advance(self, by: timedelta) -> Played:
        """Let time go by; execute what is scheduled until then, in order, with all that follows."""
        end, played = self.now + by, Played()
        while due := [e for e in self._queue if e.due is not None and e.due <= end]:
            self.now = max(self.now, min(e.due for e in due if e.due is not None))
            self._settle(played)
        self.now = end
        return played

    def _stored(self, given: Row) -> Row:
        """Return a row as it is now; the one in hand may be older."""
        return self.memory.get(entity_of(given).table, given.id) or given

    def _pending(self, name: str, to: Row, attributes: dict[str, Any]) -> PendingEvent:
        id_, found = event_id(self.now), lane_root(entity_of(to))
        owner = None if found is None else self.memory.get(found[0].table, getattr(to, found[1]))
        return PendingEvent(
            id=id_,
            lane=lane_of(entity_of(to), to, attributes, id_, owner),
            name=name,
            retailer_id=self.retailer_id,
            attributes=attributes,
            created=self.now,
            **addressed(to, self.memory.get(*root_place(to))),
        )

    def _settle(self, played: Played) -> Played:
        for _ in range(MOST_CONTEXTS):
            due = next((e for e in self._queue if e.due is None or e.due <= self.now), None)
            if due is None:
                return played
            self._queue.remove(due)
            self._execute(due, played)
        raise AssertionError(f"more than {MOST_CONTEXTS} contexts: {', '.join(played.names[-10:])}")

    def _execute(self, event: PendingEvent, played: Played) -> None:
        run = Run(event.lane, [event])
        self.memory.load(run)
        reader: Any = StockReader(self.memory)
        ids: Any = self._ids
        batch = Batch(self.account, self._given.configuration(self.memory), self.now, ids, reader, self._found)
        _finish(Driver(self._answers.answerers, batch).drive([execute_run(run, batch)]))
        if self._breaches:
            raise UndeclaredError("; ".join(self._breaches))
        self.memory.store(run, self._ids)
        self._queue += run.outbound
        played.add(run)

    def _found(self, name: str) -> Rule | None:
        if name not in self._rules:
            found = self._resolve(name)
            self._rules[name] = None if found is None else checked(found, self._breaches.append)
        return self._rules[name]


def _finish(driven: Coroutine[Any, Any, None]) -> None:
    """Run to the end what waits for nothing but memory."""
    try:
        driven.send(None)
    except StopIteration:
        return
    driven.close()
    raise AssertionError("an answer of a simulation must not wait")
