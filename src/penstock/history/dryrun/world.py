"""The lanes of a dry run, side by side, in the order of time.

What came from outside is the script: it happens again at its recorded moment. What lanes sent that are executed again
happens only where they send it again; what they send beside that happens when it is due.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from penstock.history.answers import Answers, NotRecordedError
from penstock.history.compare import first_difference, plain
from penstock.history.dryrun.knowledge import Knowledge, UncertainError, asks_stock, patched, question_of, same
from penstock.history.dryrun.lane import Lane
from penstock.history.dryrun.waves import members, open_members
from penstock.history.execute import Ids
from penstock.history.recorded import Recorded
from penstock.history.versions import Seen
from penstock.orchestration.run import Run
from penstock.rules.questions import WaveFulfilments, WavesOpen

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from penstock.history.answers import Place
    from penstock.history.dryrun.knowledge import Differing
    from penstock.history.execute import Again
    from penstock.history.versions import Versions
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.trace import AskNode
    from penstock.orchestration.workflow import Workflow

NO_BEGINNING = "its beginning is not kept"
OLD = "it was recorded by a version that did not keep what a dry run needs"


@dataclass
class World:
    """A dry run; make it with :func:`world_of`, iterate :meth:`run`, then look at ``lanes``."""

    again: Again
    versions: Versions
    changed: Workflow
    until: datetime
    knowledge: Knowledge
    lanes: dict[int, Lane] = field(default_factory=dict)
    affected: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # lanes not executed again
    _heap: list[tuple[datetime, int, int, Recorded | PendingEvent]] = field(default_factory=list)
    _different: dict[int, Lane] = field(default_factory=dict)  # whose rows are not what they were
    unknown: dict[tuple[str, int], Lane] = field(default_factory=dict)  # rows of lanes that nobody knows, and whose
    _rank: int = 0  # among what happens at one moment
    _count: Iterator[int] = field(default_factory=itertools.count)
    _lane_of: dict[uuid.UUID, Lane] = field(default_factory=dict)  # by context
    _done: dict[uuid.UUID, str | None] = field(default_factory=dict)  # executed again; why unknown
    _children: dict[int, list[Recorded]] = field(default_factory=lambda: defaultdict(list))  # by sender's lane
    _sent: dict[uuid.UUID, PendingEvent] = field(default_factory=dict)  # recorded event -> as it is sent now

    def run(self) -> Iterator[datetime]:
        """Let everything happen, in order; yield the moment after each event."""
        while self._heap:
            moment, self._rank, _, item = heapq.heappop(self._heap)
            if isinstance(item, Recorded):
                self._recorded(item)
            else:
                self._new(item, moment)
            yield moment

    # --- what was recorded ---

    def _recorded(self, context: Recorded) -> None:
        lane = self._lane_of[context.record.id]
        if lane.again and not context.complete:
            self._stop(lane, OLD, context.moment)
        if lane.again and not lane.began and not lane.past.tree.rows and context.loaded.rows is None:
            self._stop(lane, NO_BEGINNING, context.moment)
        if lane.kept:
            lane.outside(context, self.changed)
        lane.began = True
        event = self._delivered(context, lane)
        if not lane.again:
            self._as_it_was(context, lane, event)
        if lane.again:
            self._done[context.record.id] = lane.unknown
            if event is not None and lane.unknown is None:
                self._execute(lane, event, context.moment, context)
        if lane.kept:
            lane.past.step(context)
        if lane.again:
            self._compare(lane)
            if lane.unknown is not None:
                self._know_not(lane)

    def _delivered(self, context: Recorded, lane: Lane) -> PendingEvent | None:
        """Return the event as it would arrive; None when nobody would send it."""
        record = context.record
        if record.parent is None or record.parent not in self._done:
            return context.pending
        sender = self._lane_of[record.parent]
        if self._done[record.parent] is not None:
            reason = f"{record.name} follows from {sender.name}, which is unknown"
            if lane is not sender:
                self._touched(lane, context, reason, unknown=True)
            return None
        if record.id in self._sent:
            return self._sent[record.id]
        reason = f"{record.name} would not have been sent"
        lane.differs(reason, context.moment)
        if lane is not sender:
            self._touched(lane, context, reason, sender=sender)
        return None

    def _as_it_was(self, context: Recorded, lane: Lane, event: PendingEvent | None) -> None:
        """Look whether a lane that is not executed again would be told or sent something else."""
        if event is not None and event.attributes != context.pending.attributes:
            self._touched(lane, context, f"{event.name} would have other attributes", sender=self._sender(context))
        if event is None:
            return
        if not (self._different or self.unknown or self.knowledge.tainted):
            return
        differing = self.differing
        for _, rule in context.rules():
            for ask in rule.asks:
                if not lane.again and self.knowledge.depends(ask.kind):
                    self._would_be_told(lane, context, rule.name, ask, differing)

    def _would_be_told(self, lane: Lane, context: Recorded, rule: str, ask: AskNode, differing: Differing) -> None:
        question = question_of(ask.kind, ask.question)
        if question is None:
            return
        answer = context.value(ask.answer)
        try:
            self.knowledge.sure(question, answer)
            self.knowledge.certain(question, answer, self.unknown)
        except NotRecordedError as error:
            self._touched(lane, context, f"not recorded: {error}", unknown=True)
            return
        if differing and not same(answer, patched(question, answer, differing)):
            self._touched(lane, context, f"{rule.rpartition('.')[2]} would be told something else")

    def _sender(self, context: Recorded) -> Lane | None:
        return self._lane_of.get(context.record.parent) if context.record.parent else None

    def _touched(
        self, lane: Lane, context: Recorded, reason: str, *, unknown: bool = False, sender: Lane | None = None
    ) -> None:
        """Execute a lane again from here on, or say that it is affected where that cannot be done."""
        if not lane.again and lane.can_go_again():
            lane.go_again()
            lane.differs(reason, context.moment)
        if lane.again:
            if unknown:
                self._stop(lane, reason, context.moment, direct=False)
            return
        self.affected[lane.name].add(reason)
        for other in (sender, self._sender(context)):
            if other is not None:
                self.knowledge.taint(other.products(), f"{lane.name}: {reason}")

    def _stop(self, lane: Lane, reason: str, at: datetime, *, direct: bool = True) -> None:
        lane.stop(reason, at, direct=direct)
        self._know_not(lane)
        self.knowledge.taint(lane.products(), f"how {lane.name} ends is unknown")

    # --- what would happen ---

    def _new(self, event: PendingEvent, moment: datetime) -> None:
        lane = self.lanes[event.lane]
        if lane.again and lane.unknown is None:
            self._execute(lane, event, moment, None)
            self._compare(lane)

    def _execute(self, lane: Lane, event: PendingEvent, now: datetime, base: Recorded | None) -> None:
        run = Run(lane.id, [event])
        lane.tree.load(run, run.events)
        recorded = None
        if base is not None and base.body.workflow is not None and base.body.version is not None:
            recorded = (base.body.workflow, base.body.version)
        seen = Seen(self.versions, now, recorded, self.changed)
        asked = _Asked(self, lane, run, base, event.retailer_id, now)
        ids = Ids(base, self.again.fresh)
        done = self.again.execute(run, event, now, seen.configuration(), ids, asked.answer)
        if done.missing is not None:
            direct = not isinstance(done.missing, UncertainError)
            self._stop(lane, f"not recorded: {done.missing}", now, direct=direct)
            if base is not None:
                self._done[base.record.id] = lane.unknown
            return
        lane.tree.adopt(run)
        difference = None if base is None else first_difference(base.body, done.body)
        if difference is not None:
            lane.differs(difference.sentence(), now)
        elif base is None:
            lane.differs(f"{event.name} would have been executed", now)
        if base is None or _promises(base.body) != _promises(done.body):
            promised = _promises(done.body) or (base is not None and _promises(base.body))
            if promised:
                self.knowledge.taint(lane.products(), f"{lane.name} would have been promised other stock")
        as_recorded = base is not None and difference is None
        for sent in run.outbound:
            self._send(lane, sent, now, base, as_recorded=as_recorded)

    def _send(
        self, lane: Lane, event: PendingEvent, now: datetime, base: Recorded | None, *, as_recorded: bool
    ) -> None:
        """Let an event stand for the recorded one like it; one that nobody recorded happens when it is due."""
        event.attributes = msgspec.json.decode(msgspec.json.encode(event.attributes))  # as they are stored
        found = self._counterpart(lane, event, now, base)
        if found is not None:
            self._sent[found.record.id] = replace(event, id=found.record.id, parent=found.record.parent)
            return
        if as_recorded:
            return  # it was sent, but has not been executed in this time
        target = self.lanes.get(event.lane)
        if target is None or (not target.again and not target.can_go_again()):
            name = target.name if target else f"{event.entity_type} {event.entity_ref or event.entity_id}"
            self.affected[name].add(f"{event.name} would have been sent")
            self.knowledge.taint(lane.products(), f"{lane.name} would have sent {event.name}")
            return
        if not target.again:
            target.go_again()
            target.differs(f"{event.name} would have been sent", now)
        if (event.due or now) <= self.until:
            self._push(event.due or now, self._rank + 1, event)

    def _counterpart(self, lane: Lane, event: PendingEvent, now: datetime, base: Recorded | None) -> Recorded | None:
        about = _about(event)
        waiting = [c for c in self._children[lane.id] if c.record.id not in self._sent and c.moment >= now]
        alike = [c for c in waiting if _about(c.pending) == about]
        own = [c for c in alike if base is not None and c.record.parent == base.record.id] or alike
        equal = [c for c in own if c.pending.attributes == event.attributes]
        return next(iter(equal or own), None)

    def _compare(self, lane: Lane) -> None:
        lane.compare()
        if lane.differing:
            self._different[lane.id] = lane
        else:
            self._different.pop(lane.id, None)

    @property
    def differing(self) -> Differing:
        """Return the rows of known lanes that are not what they were."""
        return {key: row for lane in self._different.values() for key, row in lane.differing.items()}

    def _know_not(self, lane: Lane) -> None:
        """Note the rows that a lane had: nobody knows how they would be."""
        for table, rows in lane.past.tree.rows.items():
            for id_ in rows:
                self.unknown.setdefault((table, id_), lane)

    # --- beginning ---

    def add(self, context: Recorded, rank: int | None) -> None:
        """Add a context: one that happens in the dry run, with its rank; or one that had happened before (None)."""
        record = context.record
        lane = self.lanes.setdefault(context.lane, Lane(context.lane, (record.root_type, record.root_id)))
        self._lane_of[record.id] = lane
        if rank is None:
            if not lane.kept:
                return
            lane.past.before(context)
            lane.past.step(context)
            return
        self._push(context.moment, rank, context)

    def begin(self, lanes: Iterable[int], after: list[Recorded]) -> None:
        """Begin: these lanes are executed again from the start; some events were sent, but executed afterwards."""
        for id_ in lanes:
            self.lanes[id_].began = bool(self.lanes[id_].past.tree.rows)
            self.lanes[id_].go_again()
        for item in (*(entry[3] for entry in self._heap), *after):
            if isinstance(item, Recorded) and item.record.parent is not None:
                sender = self._lane_of.get(item.record.parent)
                if sender is not None:
                    self._children[sender.id].append(item)
        for own in self._children.values():
            own.sort(key=lambda c: (c.moment, c.order))

    def _push(self, moment: datetime, rank: int, item: Recorded | PendingEvent) -> None:
        heapq.heappush(self._heap, (moment, rank, next(self._count), item))


def _about(event: PendingEvent) -> tuple[Any, ...]:
    return event.name, event.type, event.entity_type, event.entity_id, event.due


def _promises(body: Any) -> list[Any]:
    return [
        plain(a, body)
        for event in body.events
        for ruleset in event.rulesets
        for rule in ruleset.rules
        for a in rule.actions
        if a[0] == "Promise"
    ]


class _Asked:
    """Answers the questions of one execution."""

    def __init__(self, world: World, lane: Lane, run: Run, base: Recorded | None, retailer: int, now: datetime) -> None:
        self._world, self._lane, self._run, self._base = world, lane, run, base
        self._own = None if base is None else Answers(base)
        self._retailer, self._now = retailer, now
        self._recorded = [] if base is None else _promises(base.body)

    def answer(self, place: Place, question: Any) -> Any:
        """Return what a rule would be told."""
        if asks_stock(question):
            self._unpromised(question)
        differing = self._world.differing
        found = self._world.knowledge.answer(question, place, self._own, self._retailer, self._now, differing)
        self._world.knowledge.certain(question, found, self._world.unknown)
        match question:
            case WavesOpen():
                return open_members(question, found, self._lane, self._run)
            case WaveFulfilments():
                return members(question, found, self._lane, self._run, self._world.lanes.values())
        return found

    def _unpromised(self, question: Any) -> None:
        """Check that this context has promised what it had promised by then."""
        promised = [[p.fulfilment_id, {str(k): v for k, v in p.amounts.items()}] for p in self._run.promises]
        if promised != [p[1:] for p in self._recorded[: len(promised)]]:
            raise NotRecordedError(question)
