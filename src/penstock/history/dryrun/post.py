"""What lanes send to each other in a dry run: the recorded events, as far as they would be sent, and others."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from datetime import datetime

    from penstock.history.dryrun.lane import Lane
    from penstock.history.recorded import Recorded
    from penstock.orchestration.records import PendingEvent


class Post:
    """Who has sent which recorded event, and whether it is sent again."""

    def __init__(self) -> None:
        self._lane_of: dict[uuid.UUID, Lane] = {}  # by context
        self._done: dict[uuid.UUID, str | None] = {}  # executed again; why unknown
        self._children: dict[int, list[Recorded]] = defaultdict(list)  # by sender's lane
        self._sent: dict[uuid.UUID, PendingEvent] = {}  # recorded event -> as it is sent now
        self._arrived: set[uuid.UUID] = set()  # recorded events whose moment has come

    def add(self, context: Recorded, lane: Lane) -> None:
        """Note in which lane a context is."""
        self._lane_of[context.record.id] = lane

    def begin(self, contexts: Iterable[Recorded]) -> None:
        """Note who has sent these; they are all that can stand for what is sent again."""
        for context in contexts:
            sender = self.sender(context)
            if sender is not None:
                self._children[sender.id].append(context)
        for own in self._children.values():
            own.sort(key=lambda c: (c.moment, c.order))

    def lane(self, context: Recorded) -> Lane:
        """Return the lane of a context."""
        return self._lane_of[context.record.id]

    def sender(self, context: Recorded) -> Lane | None:
        """Return the lane that has sent a context's event; None where that is not known, or it came from outside."""
        return self._lane_of.get(context.sender) if context.sender else None

    def arrive(self, context: Recorded) -> None:
        """Note that the moment of a recorded event has come: nothing that is sent later can stand for it."""
        self._arrived.add(context.record.id)

    def done(self, context: Recorded, unknown: str | None) -> None:
        """Note that a context is executed again, or why nobody knows what it would do."""
        self._done[context.record.id] = unknown

    def again(self, context: Recorded) -> bool:
        """Return whether the sender of a context's event was executed again."""
        return context.sender in self._done

    def doubt(self, context: Recorded) -> str | None:
        """Return why nobody knows whether the event would be sent; None when it is known."""
        parent = context.sender
        return None if parent is None else self._done.get(parent)

    def sent(self, context: Recorded) -> PendingEvent | None:
        """Return the event as it is sent again; None when it is not."""
        return self._sent.get(context.record.id)

    def stand_for(self, lane: Lane, event: PendingEvent, now: datetime, base: Recorded | None) -> bool:
        """Let an event that a lane sends stand for the recorded one like it; return whether there is one."""
        found = self._counterpart(lane, event, now, base)
        if found is not None:
            self._sent[found.record.id] = replace(event, id=found.record.id, parent=found.record.parent)
        return found is not None

    def _counterpart(self, lane: Lane, event: PendingEvent, now: datetime, base: Recorded | None) -> Recorded | None:
        """Return the recorded event of the same sending; else one that was sent before, and still has to happen."""
        about = _about(event)
        waiting = [c for c in self._children[lane.id] if c.moment >= now and self._waits(c.record.id)]
        alike = [c for c in waiting if _about(c.pending) == about]
        own = [c for c in alike if base is not None and c.sender == base.record.id]
        sent = own or [c for c in alike if event.due is not None or c.record.created <= now]
        equal = [c for c in sent if c.pending.attributes == event.attributes]
        # One of other content, whose sender is still to be executed again, is left to that.
        return next(iter(equal or own or filter(self.again, sent)), None)

    def _waits(self, event: uuid.UUID) -> bool:
        return event not in self._sent and event not in self._arrived


def _about(event: PendingEvent) -> tuple[Any, ...]:
    return event.name, event.type, event.entity_type, event.entity_id, event.due
