"""Rows in memory, where the engine has its database: loaded for a lane, written back after it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from penstock.inventory.ledger import COUNTING_STATUSES, COUNTING_TYPES, reservation_ref
from penstock.inventory.selling import sellable
from penstock.model.registry import MODEL
from penstock.orchestration.places import event_table, table_of
from penstock.testing.trees import row

if TYPE_CHECKING:
    from penstock.model.vocabulary import Entity
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.run import Run

Row = Any

_WHOLE = {e.event: e for e in MODEL.entities if e.tree == e.name}
_POSITION, _QUANTITY = "inventory_position", "inventory_quantity"


class Ids:
    """Hands out ids, one after the other."""

    def __init__(self, first: int = 1_000) -> None:
        self._next = first

    def take(self) -> int:
        """Return the next id."""
        self._next += 1
        return self._next


class Memory:
    """All rows of a simulation, by table and id, and the pairs of join tables."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, Row]] = {}
        self.joins: dict[str, set[tuple[int, int]]] = {}

    def add(self, added: Row) -> None:
        """Keep a row."""
        self.rows.setdefault(table_of(added), {})[added.id] = added

    def all(self, table: str) -> list[Row]:
        """Return the rows of a table, by id."""
        return [r for _, r in sorted(self.rows.get(table, {}).items())]

    def get(self, table: str, id_: int | None) -> Row | None:
        """Return one row."""
        return self.rows.get(table, {}).get(id_) if id_ is not None else None

    def join(self, table: str, columns: dict[str, int]) -> None:
        """Connect two rows."""
        (first, _), (second, _) = MODEL.joins[table]
        self.joins.setdefault(table, set()).add((columns[first], columns[second]))

    # --- one lane ---

    def load(self, run: Run) -> None:
        """Give a run copies of the rows that the engine loads for its events."""
        for event in run.events:
            root = _WHOLE.get(event.root_type or "")
            if root is not None and event.root_id is not None:
                self._tree(run, root, event.root_id)
            else:
                self._singles(run, event)

    def _tree(self, run: Run, root: Entity, id_: int) -> None:
        for entity in MODEL.tree(root.name):
            column = MODEL.root_column(entity)
            for found in self.all(entity.table):
                if getattr(found, column) == id_:
                    run.keep(copy.copy(found))
        for name, ((_, first), (_, second)) in MODEL.joins.items():
            one, other = run.rows.get(first, {}), run.rows.get(second, {})
            run.joins[name] = {(a, b) for a, b in self.joins.get(name, ()) if a in one and b in other}

    def _singles(self, run: Run, event: PendingEvent) -> None:
        for type_, id_ in ((event.entity_type, event.entity_id), (event.root_type, event.root_id)):
            found = self.get(event_table(type_ or "") or "", id_)
            if found is not None:
                run.keep(copy.copy(found))

    def store(self, run: Run, ids: Ids) -> None:
        """Take over what a run changed; promises become ledger rows, and counters follow the ledger."""
        run.ready()
        for table in run.rows:
            self.rows.setdefault(table, {}).update((id_, run.rows[table][id_]) for id_ in run.changed(table))
        for (table, id_), other in run.others.items():
            self.rows.setdefault(table, {})[id_] = other
        for name, pairs in run.joins.items():
            self.joins.setdefault(name, set()).update(pairs)
        touched = self._promised(run, ids) | run.changed(_POSITION)
        for table in (_QUANTITY, "virtual_position"):
            touched |= {run.rows[table][id_].position_id for id_ in run.changed(table)}
        for position in touched:
            self._count(position)

    def _promised(self, run: Run, ids: Ids) -> set[int]:
        touched = set()
        for promise in run.promises:
            for position_id, units in sorted(promise.amounts.items()):
                position = self.rows[_POSITION][position_id]
                ledger = {"type": "RESERVED", "status": "ACTIVE", "quantity": -units, "position_id": position_id}
                ref = reservation_ref(position.ref, promise.fulfilment_id)
                self.add(row("InventoryQuantity", id=ids.take(), ref=ref, catalogue_id=position.catalogue_id, **ledger))
                touched.add(position_id)
        return touched

    def _count(self, position_id: int | None) -> None:
        """Set the counters of a position from its quantities, and what its virtual positions show."""
        position = self.get(_POSITION, position_id)
        if position is None:
            return
        live = [q for q in self.all(_QUANTITY) if q.position_id == position_id and q.status in COUNTING_STATUSES]
        usual = sum(q.quantity for q in live if q.type in COUNTING_TYPES)
        position.on_hand = usual + (position.also_counted or 0)
        position.reserved = -sum(q.quantity for q in live if q.type == "RESERVED")
        for shown in self.all("virtual_position"):
            if shown.position_id == position_id:
                shown.quantity = sellable(position, shown)
