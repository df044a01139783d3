"""The lanes of a dry run, side by side, in the order of time.

What came from outside is the script: it happens again at its recorded moment. What lanes sent that are executed again
happens only where they send it again; what they send beside that happens when it is due.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.history.dryrun.arriving import Arriving
from penstock.history.dryrun.elsewhere import elsewhere
from penstock.history.dryrun.executing import execute
from penstock.history.dryrun.lane import Lane
from penstock.history.dryrun.others import Others
from penstock.history.dryrun.places import alone
from penstock.history.dryrun.post import Post
from penstock.history.dryrun.selling import Selling
from penstock.history.dryrun.stock import Promised, Stock, promised
from penstock.history.recorded import Recorded
from penstock.history.tree import whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from datetime import datetime

    from penstock.history.dryrun.doubts import Doubts
    from penstock.history.dryrun.knowledge import Knowledge
    from penstock.history.dryrun.unchanged import Unchanged
    from penstock.history.execute import Again
    from penstock.history.versions import Versions
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.trace import TraceBody
    from penstock.orchestration.workflow import Workflow

NO_BEGINNING = "its beginning is not kept"
OLD = "it was recorded by a version that did not keep what a dry run needs"


@dataclass
class World:
    """A dry run: :meth:`add` its contexts and :meth:`begin`, iterate :meth:`run`, then look at ``lanes``."""

    again: Again
    versions: Versions
    changed: Workflow
    until: datetime
    knowledge: Knowledge
    doubts: Doubts
    unchanged: Unchanged
    lanes: dict[int, Lane] = field(default_factory=dict)
    post: Post = field(default_factory=Post)
    rank: int = 0  # among what happens at one moment
    _heap: list[tuple[datetime, int, int, Recorded | PendingEvent]] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        """Make the parts that look at all lanes."""
        self.stock = Stock(self.lanes, self.knowledge.facts, self.doubts, self.again.fresh)
        self.selling = Selling(self.knowledge, self.stock)
        self.others = Others(self.lanes, self.knowledge, self.doubts)

    # --- beginning ---

    def add(self, context: Recorded, rank: int | None) -> None:
        """Add a context: one that happens in the dry run, with its rank; or one that had happened before (None)."""
        record = context.record
        new = Lane(context.lane, (record.root_type, record.root_id), single=alone(context))
        lane = self.lanes.setdefault(context.lane, new)
        self.post.add(context, lane)
        if rank is None:
            lane.past.before(context)
            lane.past.step(context)
            self.doubts.place(lane)
            return
        self.push(context.moment, rank, context)

    def begin(self, lanes: Iterable[int], after: list[Recorded]) -> None:
        """Begin: these lanes are executed again from the start; some events were sent, but executed afterwards."""
        for id_ in lanes:
            self.lanes[id_].began = bool(self.lanes[id_].past.tree.rows)
            self.lanes[id_].go_again()
        waiting = (entry[3] for entry in self._heap)
        self.post.begin(c for c in (*waiting, *after) if isinstance(c, Recorded))

    def push(self, moment: datetime, rank: int, item: Recorded | PendingEvent) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._heap, (moment, rank, next(self._count), item))

    # --- going on ---

    async def run(self) -> AsyncIterator[datetime]:
        """Let everything happen, in order; yield the moment after each event."""
        while self._heap:
            moment, self.rank, _, item = heapq.heappop(self._heap)
            if isinstance(item, Recorded):
                await self._recorded(item)
            else:
                await self._new(item, moment)
            yield moment

    async def _new(self, event: PendingEvent, moment: datetime) -> None:
        lane = self.lanes[event.lane]
        if lane.unknown is None:
            self.stock.settle(lane, moment)
            self._written(lane, [], await execute(self, lane, event, moment, None) or [], moment)

    async def _recorded(self, context: Recorded) -> None:
        lane, now = self.post.lane(context), context.moment
        self.post.arrive(context)
        self._arrive(lane, context)
        arriving = Arriving(self, lane, context)
        event = arriving.delivered()
        if not lane.again:
            arriving.as_it_was(event)
        was = promised(context.body) if context.effective else []
        would_be: Promised | None = was
        if lane.again:
            would_be = await self._again(lane, event, context)
        lane.past.step(context)
        lane.readers.clear()
        self._written(lane, was, was if would_be is None else would_be, now)

    def _arrive(self, lane: Lane, context: Recorded) -> None:
        """Bring a lane to where a context begins."""
        kept = lane.began or lane.past.tree.rows or context.loaded.rows is not None
        if lane.again and not kept and whole(context.record.root_type):
            self.doubts.stop(lane, NO_BEGINNING, context.moment)
        if lane.outside(context, self.changed):
            for reader in [r for r in lane.readers if r.unknown is None]:
                self.doubts.stop(reader, f"{lane.name} was changed meanwhile, nobody knows when", context.moment)
        lane.began = True
        self.doubts.place(lane)
        if (reason := self.doubts.reason(lane)) is not None and lane.unknown is None:
            self.doubts.stop(lane, reason, context.moment, direct=False)
        if lane.stock:
            self.stock.settle(lane, context.moment)

    async def _again(self, lane: Lane, event: PendingEvent | None, context: Recorded) -> Promised | None:
        """Execute a context again; return what it promises, None where nobody knows."""
        if not context.complete:
            self.doubts.stop(lane, OLD, context.moment)
        self.post.done(context, lane.unknown)
        if lane.unknown is not None or event is None:
            self.elsewhere(lane, context, None, context.moment)
            return None if lane.unknown is not None else []
        if lane.stock:
            self.stock.settle(lane, context.moment)
        return await execute(self, lane, event, context.moment, context)

    def elsewhere(self, lane: Lane, base: Recorded | None, would_be: TraceBody | None, now: datetime) -> None:
        """Stop the lanes in whose trees an execution makes or changes something else than the record did."""
        was = elsewhere(lane.id, base.body if base is not None and base.effective else None)
        is_ = elsewhere(lane.id, would_be)
        for id_ in (i for i in was.keys() | is_.keys() if was.get(i) != is_.get(i) and i in self.lanes):
            self.doubts.stop(self.lanes[id_], f"{lane.name} would have changed it otherwise", now, direct=False)

    def _written(self, lane: Lane, was: Promised, would_be: Promised, now: datetime) -> None:
        """Do what a write does beside what rules did."""
        self.stock.promise(was, would_be, f"{lane.name} would have been promised other stock", now)
        if lane.stock:
            self.stock.settle(lane, now)
        else:
            self.doubts.compare(lane)
        if lane.unknown is not None:
            self.doubts.unknown.take(lane)
