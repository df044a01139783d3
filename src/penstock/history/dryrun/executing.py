"""One event of a dry run, executed in its lane, and what comes of it for others."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from penstock.history.compare import first_difference
from penstock.history.dryrun.asking import Asked
from penstock.history.dryrun.knowledge import UncertainError
from penstock.history.dryrun.places import SHARED
from penstock.history.dryrun.sending import Sending
from penstock.history.dryrun.stock import promised
from penstock.history.rows import event_row_table
from penstock.history.versions import Seen
from penstock.orchestration.run import Run

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.history.dryrun.lane import Lane
    from penstock.history.dryrun.stock import Promised
    from penstock.history.dryrun.world import World
    from penstock.history.execute import Executed
    from penstock.history.recorded import Recorded
    from penstock.orchestration.records import PendingEvent

UNSEEN = "nobody has seen its catalogue as it was then"


async def execute(
    world: World, lane: Lane, event: PendingEvent, now: datetime, base: Recorded | None
) -> Promised | None:
    """Execute an event in a lane, and send what it sends; ``base`` is the recorded context that it stands for.

    Return what it promises; None when nobody knows, and the lane is unknown from here on.
    """
    run = Run(lane.id, [event])
    if not _load(world, lane, event, now, run):
        return _stopped(world, lane, base, UNSEEN, now)
    done = await _executed(world, lane, event, now, base, run)
    if done.missing is not None:
        direct = not isinstance(done.missing, UncertainError)
        return _stopped(world, lane, base, f"not recorded: {done.missing}", now, direct=direct)
    world.elsewhere(lane, base, done.body, now)
    lane.tree.adopt(run)
    same = _note(lane, event, now, base, done)
    sending = Sending(world, lane, run, done.body, now)
    for sent in run.outbound:
        sending.send(sent, base, same=same)
    return promised(done.body)


def _stopped(
    world: World, lane: Lane, base: Recorded | None, reason: str, now: datetime, *, direct: bool = True
) -> Promised | None:
    world.doubts.stop(lane, reason, now, direct=direct)
    world.elsewhere(lane, base, None, now)
    if base is not None:
        world.post.done(base, lane.unknown)
    return None


def _load(world: World, lane: Lane, event: PendingEvent, now: datetime, run: Run) -> bool:
    """Give the run the rows that it would load; return whether all of them are known."""
    for type_, id_ in ((event.entity_type, event.entity_id), (event.root_type, event.root_id)):
        table = event_row_table(type_ or "") or ""
        if table in SHARED and id_ is not None and id_ not in lane.tree.rows.get(table, {}):
            row = world.knowledge.facts.shared(table, id_, now)
            if row is None:
                return False
            for tree in (lane.past.tree, lane.tree):
                tree.put(table, copy.copy(row))
    lane.tree.load(run, run.events)
    return True


async def _executed(
    world: World, lane: Lane, event: PendingEvent, now: datetime, base: Recorded | None, run: Run
) -> Executed:
    recorded = None
    if base is not None and base.body.workflow is not None and base.body.version is not None:
        recorded = (base.body.workflow, base.body.version)
    seen = Seen(world.versions, now, recorded, world.changed)
    asked = Asked(world, lane, run, base, event.retailer_id, now)
    return await world.again.execute(
        run, event, now, seen.configuration(), base, asked, world.knowledge.facts.refs(lane.id)
    )


def _note(lane: Lane, event: PendingEvent, now: datetime, base: Recorded | None, done: Executed) -> bool:
    """Note what went otherwise than recorded; return whether nothing did."""
    difference = None if base is None else first_difference(base.body, done.body)
    if difference is not None:
        lane.differs(difference.sentence(), now)
    elif base is None:
        lane.differs(f"{event.name} would have been executed", now)
    return base is not None and difference is None
