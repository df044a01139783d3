"""What an execution in a dry run sends: recorded events once more, and others, that happen when they are due."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from penstock.history.answers import revived, rows_in
from penstock.history.dryrun.lane import Lane
from penstock.history.rows import event_row_table
from penstock.history.tree import whole
from penstock.orchestration.lanes import numbered
from penstock.orchestration.places import table_of

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.history.dryrun.world import World
    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.run import Run
    from penstock.orchestration.trace import TraceBody


@dataclass(frozen=True)
class Sending:
    """Sends the events of one execution."""

    world: World
    lane: Lane
    run: Run
    body: TraceBody
    now: datetime

    def send(self, event: PendingEvent, base: Recorded | None, *, same: bool) -> None:
        """Let an event stand for the recorded one like it; one that nobody recorded happens when it is due.

        ``same``: the execution is the recorded one, so what is not recorded has not been executed in this time.
        """
        event.attributes = msgspec.json.decode(msgspec.json.encode(event.attributes))  # as they are stored
        moment = event.due or self.now
        if self.world.post.stand_for(self.lane, event, self.now, base) or same or moment > self.world.until:
            return
        target = self._target(event)
        if target is None:
            self._affected(event)
            return
        if not target.again:
            target.go_again()
            target.differs(f"{event.name} would have been sent", self.now)
        self.world.push(moment, self.world.rank + 1, event)

    def _affected(self, event: PendingEvent) -> None:
        name = f"{event.entity_type} {event.entity_ref or event.entity_id}"
        self.world.doubts.affected[name].add(f"{event.name} would have been sent")
        self.world.knowledge.taint(self.lane.products(), f"{self.lane.name} would have sent {event.name}")

    def _target(self, event: PendingEvent) -> Lane | None:
        """Return the lane of an event that nobody recorded, with the rows that it is about; None without them."""
        table, id_ = event_row_table(event.entity_type) or "", event.entity_id or 0
        target = self.world.lanes.get(event.lane)
        if target is None:
            single = event.lane == numbered(event.id.hex)
            target = Lane(event.lane, (event.root_type, event.root_id), single=single, began=True)
        if whole(event.root_type):
            return target if target.can_go_again() else None
        if not any(id_ in rows.get(table, {}) for rows in (target.tree.rows, target.past.tree.rows)):
            row = self._told(table, id_)
            if row is None:
                return None
            for tree in (target.past.tree, target.tree) if target.again else (target.past.tree,):
                tree.put(table, copy.copy(row))
        self.world.lanes[event.lane] = target
        self.world.doubts.place(target)
        return target

    def _told(self, table: str, id_: int) -> Row | None:
        """Return the row that a rule spoke of when it sent the event: one of its lane, or one that it was told of."""
        found = self.run.get(table, id_)
        if found is not None:
            return found
        sets = (ruleset for event in self.body.events for ruleset in event.rulesets)
        asks = (ask for ruleset in sets for rule in ruleset.rules for ask in rule.asks)
        rows = (row for ask in asks for row in rows_in(revived(msgspec.json.decode(self.body.values[ask.answer]))))
        return next((row for row in rows if table_of(row) == table and row.id == id_), None)
