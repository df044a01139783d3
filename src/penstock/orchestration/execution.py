"""Executing one event and its inline children (spec 13 §6 and §9).

The functions here are coroutines that the :class:`~penstock.orchestration.driver.Driver` steps; they touch
nothing but memory.
"""

from __future__ import annotations

import traceback
from asyncio import CancelledError, current_task
from collections import deque
from datetime import timedelta
from itertools import count
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from penstock.orchestration.actions import Later, apply, send
from penstock.orchestration.bounds import bounded, guilty
from penstock.orchestration.context import RuleContext
from penstock.orchestration.driver import Stand
from penstock.orchestration.log.marks import apart, set_marks
from penstock.orchestration.outgoing import queued
from penstock.orchestration.places import entity_of, event_table, root_of, subtype_of, workflow_name
from penstock.orchestration.records import EventRecord
from penstock.orchestration.trace import RuleNode, RulesetNode, Trace
from penstock.orchestration.workflow import AGEING, Workflow
from penstock.rules.actions import SendEvent
from penstock.rules.context import Event
from penstock.rules.failures import RuleError, RuleExecutionError

if TYPE_CHECKING:
    from penstock.model.rows import Row
    from penstock.orchestration.batch import Batch
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.run import Run
    from penstock.orchestration.trace import EventNode
    from penstock.orchestration.workflow import RuleCall, Ruleset

_AWAITED = (CoroutineType, Stand)
MAX_INLINE = 1_000  # inline events in one context (spec 13 §15)
MAX_REPEATS = 100  # of one event name for one entity in one status


class ContextFailedError(Exception):
    """Something other than a rule-execution exception: the context ends here, its event FAILS."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


async def execute_run(run: Run, batch: Batch) -> None:
    """Execute all events of a lane, one after another."""
    revision = run.revision()
    for turn, pending in enumerate(run.events):
        execution = Execution(run, batch, pending)
        execution.trace.loaded(run, turn, revision)
        await execution.execute()


class Execution:
    """One external event and all its inline children: an execution context."""

    def __init__(self, run: Run, batch: Batch, pending: PendingEvent) -> None:
        self.run = run
        self.batch = batch
        self.pending = pending
        self.begun = batch.elapsed()  # microseconds into the batch
        self.trace = Trace(batch.start + self.begun / 1e6)
        self.inline: deque[tuple[Event, int]] = deque()
        self.workflow: Workflow | None = None
        self.once: Workflow | None = None  # a run-once workflow that came with the event (spec 11 §1.6)

    async def execute(self) -> None:
        """Run the context and leave its record; failures end up there, never outside."""
        status, failure, code = "SUCCESS", None, None
        self.inline.append((self._event(), -1))
        try:
            self.once = _run_once(self.pending)
            if self.once is not None:
                self.trace.body.once = self.trace.value(self.once.document["rulesets"])
            status = await self._drain()
        except ContextFailedError as failed:
            status, failure, code = "FAILED", failed.message, failed.code
            self._rescue()
        try:
            self._record(status, failure, code)
        except Exception as error:
            raise guilty(self.trace.body, error) from error

    async def _drain(self) -> str:
        """Execute until the inline queue is empty; return the status of the external event."""
        repeats: dict[tuple[Any, ...], int] = {}
        status, count = "SUCCESS", 0
        while self.inline:
            event, parent = self.inline.popleft()
            count += 1
            matched = await self._one(event, parent, repeats)
            if count == 1 and not matched:
                status = "NO_MATCH"
            if count - 1 > MAX_INLINE:  # the first one is from outside
                raise ContextFailedError(f"more than {MAX_INLINE} inline events in one context", 500)
        return status

    async def _one(self, event: Event, parent: int, repeats: dict[tuple[Any, ...], int]) -> bool:
        row = self._entity(event)
        event.entity_status = getattr(row, "status", None)
        node = self.trace.event(event, parent)
        number = len(self.trace.body.events) - 1
        if row is None:
            node.result = "FAILED"
            named = event.entity_ref or event.entity_id
            raise ContextFailedError(f"{event.entity_type} {named} does not exist", 404)
        node.snapshot = self.trace.snapshot(row)
        key = (event.name, event.type, event.entity_type, row.id, event.entity_status)
        repeats[key] = repeats.get(key, 0) + 1
        if repeats[key] > MAX_REPEATS and self._nested(node) > MAX_REPEATS:
            node.result = "FAILED"
            raise ContextFailedError(f"event {event.name} came back {MAX_REPEATS} times in one context", 500)
        rulesets = self._match(event, row, number)
        node.result = "SUCCESS" if rulesets else "NO_MATCH"
        try:
            for ruleset in rulesets:
                if not await self._ruleset(ruleset, event, row, node, number):
                    break
        except ContextFailedError:
            node.result = "FAILED"
            raise
        return bool(rulesets)

    def _nested(self, node: EventNode) -> int:
        """Return how many of an event and those that led to it are alike: siblings are no recursion."""
        same, above, events = 1, node.parent, self.trace.body.events
        while above >= 0:
            other = events[above]
            same += (other.name, other.type, other.entity_type, other.entity_id, other.status) == (
                *(node.name, node.type, node.entity_type, node.entity_id, node.status),
            )
            above = other.parent
        return same

    def _match(self, event: Event, row: Row, number: int) -> list[Ruleset]:
        if self.once is not None:
            about = (event.name, event.entity_type, event.type, subtype_of(row), event.entity_status)
            found = self.once.match(*about)
            if found or number == 0:
                return found
        workflow = self.stored(row, event.root_type, event.root_id)
        if workflow is None:
            return []
        if self.workflow is None:
            self.workflow = workflow
            self.trace.body.workflow, self.trace.body.version = workflow.name, workflow.version
        return workflow.match(event.name, event.entity_type, event.type, subtype_of(row), event.entity_status)

    def stored(self, row: Row, root_type: str | None, root_id: int | None) -> Workflow | None:
        """Return the stored workflow that an entity runs on (spec 13 §10)."""
        own = self.run.get(event_table(root_type or "") or "", root_id or 0)
        major = None if root_type in AGEING else getattr(own or row, "workflow_version", None)
        return self.batch.configuration.workflows.newest(self.pending.retailer_id, workflow_name(row, own), major)

    def hears(self, name: str, row: Row) -> bool:
        """Return whether an entity's workflow, or the run-once one, has a ruleset of a name for its type."""
        type_ = str(entity_of(row).event)
        heard = (self.once, self.stored(row, *root_of(row)))
        return any(workflow.hears(name, type_) for workflow in heard if workflow is not None)

    async def _ruleset(self, ruleset: Ruleset, event: Event, row: Row, node: EventNode, number: int) -> bool:
        """Run one ruleset; return whether the following matched ones may run."""
        now = self.trace.elapsed()
        ran = RulesetNode(ruleset.name, ruleset.position, now, now, [])
        node.rulesets.append(ran)
        try:
            later = await self._rules(ruleset, event, row, ran)
        except RuleExecutionError as failure:
            self._exception_event(event, failure, number)
            return False
        for action in later:
            if isinstance(action, SendEvent):
                send(action, event, row, self, number)
            else:
                queued(action, event, row, self, number)
        return True

    async def _rules(self, ruleset: Ruleset, event: Event, row: Row, ran: RulesetNode) -> list[Later]:
        """Run the rules, apply what takes effect at once, and return what waits for the end of the ruleset."""
        later: list[Later] = []
        for place, call in enumerate(ruleset.rules):
            node = RuleNode(call.name, place, ran.stop, 0, [], [])
            ran.rules.append(node)
            try:
                result = self._begun(call, event, row, node)
                if isinstance(result, _AWAITED):
                    result = await result
                for action in bounded(result):
                    self.trace.action(action, node)
                    later += apply(action, self)
            except RuleExecutionError as failure:
                node.error, node.cause = f"{type(failure).__name__}: {failure.message}", failure.cause
                raise
            except (Exception, SystemExit, CancelledError) as failure:
                if isinstance(failure, CancelledError) and _cancelled():
                    raise
                raise _ended(node, failure, self._misplaced(call, event)) from failure
            finally:
                node.stop = ran.stop = self.trace.elapsed()
        return later

    def _begun(self, call: RuleCall, event: Event, row: Row, node: RuleNode) -> Any:
        """Call a rule; return its actions, or what to await for them."""
        rule = self.batch.resolve(call.name)
        if rule is None:
            raise RuleError(f"rule {call.name} is not installed", code=500 if self.once is None else 400)
        context = RuleContext(self.run, self.batch, event, row, rule, call, node, self.trace)
        if rule.set_function is not None:
            return Stand(rule, context)
        assert rule.function is not None
        return rule.function(context)

    def _misplaced(self, call: RuleCall, event: Event) -> str:
        """Return a word about a rule that failed at an entity of a type that it does not take."""
        rule = self.batch.resolve(call.name)
        if rule is None or not rule.accepts or event.entity_type in rule.accepts:
            return ""
        return f" ({call.name} takes {', '.join(rule.accepts)}, not {event.entity_type})"

    def _entity(self, event: Event) -> Row | None:
        return self.run.get(event_table(event.entity_type) or "", event.entity_id or 0)

    def _event(self) -> Event:
        pending = self.pending
        return Event(
            id=pending.id,
            name=pending.name,
            retailer_id=pending.retailer_id,
            entity_type=pending.entity_type,
            entity_id=pending.entity_id,
            entity_ref=pending.entity_ref,
            entity_subtype=pending.entity_subtype,
            root_type=pending.root_type,
            root_id=pending.root_id,
            root_ref=pending.root_ref,
            type=pending.type,
            attributes=pending.attributes,
            scheduled_on=pending.due,
            source=pending.source,
            meta=pending.meta or {},
        )

    def _exception_event(self, event: Event, failure: RuleExecutionError, number: int) -> None:
        """Queue the event of the same name and type EXCEPTION (spec 13 §9)."""
        if event.type == "EXCEPTION":
            return
        exception = {"message": failure.message, "cause": failure.cause}
        raised = Event(
            id=event.id,
            name=event.name,
            retailer_id=event.retailer_id,
            entity_type=event.entity_type,
            entity_id=event.entity_id,
            entity_ref=event.entity_ref,
            entity_subtype=event.entity_subtype,
            root_type=event.root_type,
            root_id=event.root_id,
            root_ref=event.root_ref,
            type="EXCEPTION",
            attributes=event.attributes,
            source=event.source,
            exception=exception,
        )
        self.inline.append((raised, number))

    def _rescue(self) -> None:
        """Send CREATE events of entities that stay to the outside; all other inline events are dropped."""
        for event, number in self.inline:
            row = self._entity(event)
            if event.name == "CREATE" and row is not None:
                created = SendEvent("CREATE", to=row, attributes=event.attributes)
                send(created, event, row, self, number, inline=False)
        self.inline.clear()

    def _names(self) -> list[str]:
        events = self.trace.body.events
        return [self.pending.name] if len(events) <= 1 else sorted({self.pending.name, *(e.name for e in events)})

    def _record(self, status: str, failure: str | None, code: int | None) -> None:
        now, pending = self.batch.now, self.pending
        ended = now + timedelta(microseconds=self.begun + self.trace.elapsed())
        record = EventRecord.of(pending, status, self._names(), self.trace.stored(), now)
        record.failure, record.code = failure, code
        record.ended, record.lane = ended, apart(pending.entity_type, pending.lane)
        set_marks(record, self.trace.body)
        self.run.records.append(record)
        self.batch.meter.ran(self.trace.body)


def _ended(node: RuleNode, failure: BaseException, more: str) -> ContextFailedError:
    """Note the failure of a rule with which its context ends; return what to raise, with a word ``more`` about it."""
    node.error = "".join(traceback.format_exception(failure))
    if isinstance(failure, RuleError):
        node.code, message = failure.code, failure.message
    else:
        node.code, message = 500, f"{type(failure).__name__}: {failure}"
    return ContextFailedError(f"{node.name}: {message}{more}", node.code)


def _cancelled() -> bool:
    """Return whether this work is to end; a rule may as well raise what says so, by itself."""
    task = current_task()
    return task is not None and task.cancelling() > 0


def _run_once(pending: PendingEvent) -> Workflow | None:
    document = (pending.meta or {}).get("workflow")
    if document is None:
        return None
    try:
        return Workflow(document, count(-1, -1))  # the trace tells its rulesets from those of the stored one
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContextFailedError(f"meta.workflow is no workflow document: {error!r}", 400) from error
