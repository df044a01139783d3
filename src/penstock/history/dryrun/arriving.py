"""Whether a recorded event would arrive as it did, and what its rules would be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.history.answers import NotRecordedError
from penstock.history.dryrun.buying import rules_promising
from penstock.history.dryrun.knowledge import question_of
from penstock.history.dryrun.patching import patched, same
from penstock.history.dryrun.selling import Told
from penstock.rules import questions as q

if TYPE_CHECKING:
    from penstock.history.dryrun.lane import Lane
    from penstock.history.dryrun.selling import Units
    from penstock.history.dryrun.world import World
    from penstock.history.recorded import Recorded
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.trace import AskNode


@dataclass(frozen=True)
class Arriving:
    """A recorded context that is about to happen again in its lane."""

    world: World
    lane: Lane
    context: Recorded

    def delivered(self) -> PendingEvent | None:
        """Return the event as it would arrive; None when nobody would send it."""
        post = self.world.post
        if not post.again(self.context):
            return self.context.pending
        sender, name = post.sender(self.context), self.context.record.name
        assert sender is not None
        if post.doubt(self.context) is not None:
            if self.lane is not sender:
                self._touched(f"{name} follows from {sender.name}, which is unknown", unknown=True)
            return None
        sent = post.sent(self.context)
        if sent is None:
            reason = f"{name} would not have been sent"
            self.lane.differs(reason, self.context.moment)
            if self.lane is not sender:
                self._touched(reason)
        return sent

    def as_it_was(self, event: PendingEvent | None) -> None:
        """Look whether a lane that is not executed again would be told or sent something else."""
        if event is not None and event.attributes != self.context.pending.attributes:
            self._touched(f"{event.name} would have other attributes")
        if event is None or not self.world.doubts.any:
            return
        for promised, rule in rules_promising(self.context):
            for ask in rule.asks:
                if not self.lane.again and self.world.knowledge.depends(ask.kind):
                    self._would_be_told(rule.name, ask, promised)

    def _would_be_told(self, rule: str, ask: AskNode, promised: Units) -> None:
        question = question_of(ask.kind, ask.question)
        if question is None:
            return
        answer = self.context.value(ask.answer)
        try:
            would_be = self._answer(question, answer, promised)
        except NotRecordedError as error:
            self._touched(f"not recorded: {error}", unknown=True)
            return
        if not same(answer, would_be):
            self._touched(f"{rule.rpartition('.')[2]} would be told something else")

    def _answer(self, question: Any, answer: Any, promised: Units) -> Any:
        world = self.world
        match question:
            case q.StockAt() if answer is not None:
                world.knowledge.sure(question)
                told = [(p, [row for row in answer if row["productRef"] == p]) for p in question.product_refs]
                lefts = (
                    world.selling.left(question, p, Told(rows, promised), promised, self.context.moment)
                    for p, rows in told
                )
                return [row for left in lefts for row in left]
            case q.Grant():  # a refusal depends on others; who sees less when it asks is executed again already
                world.knowledge.sure(question)
                return answer if answer or not world.selling.touches(question) else None
        world.doubts.unknown.certain(question, answer)
        return patched(question, answer, world.doubts.differing)

    def _touched(self, reason: str, *, unknown: bool = False) -> None:
        """Execute the lane again from here on, or say that it is affected where nothing is known of it."""
        lane, moment, doubts = self.lane, self.context.moment, self.world.doubts
        if not lane.again and lane.can_go_again():
            lane.go_again()
            lane.differs(reason, moment)
        if lane.again:
            if unknown:
                doubts.stop(lane, reason, moment, direct=False)
            return
        doubts.affected[lane.name].add(reason)
        sender = self.world.post.sender(self.context)
        if sender is not None:
            self.world.knowledge.taint(sender.products(), f"{lane.name}: {reason}")
