"""Doing what rules return: changes at once, what is sent at the end of the ruleset (spec 13 §6, §7)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from penstock.database.ids import uuid7
from penstock.errors import InvalidValueError
from penstock.mailing.limits import check
from penstock.model.vocabulary import Lane
from penstock.orchestration.lanes import lane_of, lane_root
from penstock.orchestration.places import addressed, entity_of
from penstock.orchestration.records import INLINE_MASK, PendingEvent, numbered
from penstock.orchestration.run import changes_elsewhere
from penstock.rules.actions import Create, Join, Log, Mail, Promise, SendEvent, Update, Webhook
from penstock.rules.context import Event
from penstock.rules.failures import RuleError
from penstock.tracing import TRACING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from penstock.model.rows import Row
    from penstock.orchestration.execution import Execution
    from penstock.orchestration.run import Run
    from penstock.rules.actions import Action


class _EventIds:
    """Draws the ids of external events.

    Many come in at the same moment, since a batch has but one: the next in this process is the next number. What is
    drawn at random, 37 bits, keeps processes apart.
    """

    def __init__(self) -> None:
        self._moment: datetime | None = None
        self._last = uuid.UUID(int=0)

    def next(self, now: datetime, count: int) -> uuid.UUID:
        if now == self._moment:
            first = uuid.UUID(int=self._last.int + INLINE_MASK + 1)
        else:
            self._moment, first = now, uuid.UUID(int=uuid7(now).int & ~(INLINE_MASK | _UPPER_HALF))
        self._last = uuid.UUID(int=first.int + (count - 1) * (INLINE_MASK + 1))
        return first


_UPPER_HALF = 1 << 61  # the first random bit: without it, there is room to count
_ids = _EventIds()


def event_id(now: datetime) -> uuid.UUID:
    """Return an id for an external event: time-ordered, its last bits left to inline children and audit."""
    return _ids.next(now, 1)


def event_ids(now: datetime, count: int) -> uuid.UUID:
    """Return the first of so many such ids, one after another."""
    return _ids.next(now, count)


Later = SendEvent | Webhook | Mail  # what waits for the end of the ruleset


def apply(action: Action, execution: Execution) -> Iterable[Later]:
    """Apply an action, if it takes effect at once; return what has to wait, if anything."""
    return _APPLIED[type(action)](action, execution)


def _update(action: Update, execution: Execution) -> Iterable[Later]:
    run, row = execution.run, action.row
    if not run.owns(row):
        if "status" in action.values or not changes_elsewhere(row):
            raise RuleError(
                f"{entity_of(row).name} {row.id} does not belong to this lane: send an event to it", code=500
            )
        run.update_elsewhere(row, action.values, execution.batch.now)
        return ()
    told = action.tells is not None and any(getattr(row, name) != value for name, value in action.values.items())
    run.update(row, action.values, execution.batch.now)
    if action.tells is None or not told or not execution.hears(action.tells, row):
        return ()
    return (SendEvent(action.tells, to=row),)


def _create(action: Create, execution: Execution) -> Iterable[Later]:
    execution.run.create(action.row)
    return _created(action.row)


def _join(action: Join, execution: Execution) -> Iterable[Later]:
    execution.run.join(action.table, action.columns)
    return ()


def _promise(action: Promise, execution: Execution) -> Iterable[Later]:
    execution.run.promises.append(action)
    return ()


def _log(_action: Log, _execution: Execution) -> Iterable[Later]:
    return ()  # the trace has it


def _waiting(action: Later, _execution: Execution) -> Iterable[Later]:
    return (action,)


def _mail(action: Mail, _execution: Execution) -> Iterable[Later]:
    try:
        check(action.to, action.subject, action.text)
    except InvalidValueError as error:
        raise RuleError(error.message) from None
    return (action,)


_APPLIED: dict[type[Any], Callable[[Any, Execution], Iterable[Later]]] = {
    Update: _update,
    Create: _create,
    Join: _join,
    Promise: _promise,
    Log: _log,
    SendEvent: _waiting,
    Webhook: _waiting,
    Mail: _mail,
}


def _created(row: Row) -> list[Later]:
    """Return the CREATE event of an orchestrated entity (spec 13 §3)."""
    return [SendEvent("CREATE", to=row, attributes={})] if entity_of(row).orchestrated else []


def send(action: SendEvent, event: Event, row: Row, execution: Execution, number: int, *, inline: bool = True) -> None:
    """Queue an event: inline when it is for this lane and not scheduled, else outside (spec 13 §6)."""
    run = execution.run
    target = action.to if action.to is not None else row
    attributes = event.attributes if action.attributes is None else action.attributes
    root = action.root if action.root is not None else run.root(target)
    here = target is row or (run.owns(target) and not _starts_a_lane(action, target, run))
    fields = addressed(target, root)
    if here and inline and action.at is None:
        child = Event(id=event.id, name=action.name, retailer_id=event.retailer_id, attributes=attributes, **fields)
        child.source = event.source
        run.keep(target)
        execution.inline.append((child, number))
        return
    run.outbound.append(_outside(action, event, target, attributes, fields, execution, number))


def _starts_a_lane(action: SendEvent, target: Row, run: Run) -> bool:
    """Return whether this is the CREATE event of a row that is new and leads a lane.

    It goes outside, behind the write: what the row's first decision reads of other lanes may change as long as
    nobody else sees the row, and whoever changes it has nobody to tell.
    """
    entity = entity_of(target)
    return action.name == "CREATE" and entity.lane is Lane.SELF and target.id in run.made(entity.table)


def _outside(
    action: SendEvent,
    event: Event,
    target: Row,
    attributes: dict[str, Any],
    fields: dict[str, Any],
    execution: Execution,
    number: int,
) -> PendingEvent:
    now = execution.batch.now
    id_ = event_id(now)
    return PendingEvent(
        id=id_,
        lane=lane_of(entity_of(target), target, attributes, id_, _owner(target, execution)),
        name=action.name,
        retailer_id=getattr(target, "retailer_id", None) or event.retailer_id,
        attributes=attributes,
        meta=TRACING.caused_by(execution.pending.id, execution.pending.meta) or None,
        source=event.source,
        generated_by=execution.pending.generated_by,
        created=now,
        due=action.at,
        scheduled=action.at is not None,
        parent=numbered(execution.pending.id, number),
        **fields,
    )


def _owner(target: Row, execution: Execution) -> Row | None:
    found = lane_root(entity_of(target))
    return None if found is None else execution.run.get(found[0].table, getattr(target, found[1]))
