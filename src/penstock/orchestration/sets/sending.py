"""What a set sends outside: another set, as one row of the queue."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from penstock.model.vocabulary import Lane
from penstock.orchestration.actions import event_ids
from penstock.orchestration.lanes import numbered
from penstock.orchestration.places import addressed, entity_of
from penstock.orchestration.records import INLINE_BITS, PendingEvent
from penstock.orchestration.sets.carried import Carried, Parents
from penstock.rules.sets import Same
from penstock.tracing import TRACING

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from penstock.model.rows import Row
    from penstock.orchestration.sets.execution import SetExecution, Standing
    from penstock.rules.sets import Column


WAYS = 8  # lanes of sets of a kind and root


def outside(execution: SetExecution, sent: Standing, root: Row) -> PendingEvent:
    """Return the set of the events that members send to other lanes.

    Of events to the same member of a catalogue, which compute it anew, the last one stands for all.
    """
    numbers, pending = _coalesced(sent), execution.pending
    columns = {name: _taken(column, numbers) for name, column in sent.columns.items()}
    one = sent.rows[numbers[0]]
    ids = refs = None
    if not isinstance(sent.rows, Same):
        ids, refs = [sent.rows[n].id for n in numbers], [sent.rows[n].ref for n in numbers]
    parents = Parents(pending.id, numbers, [sent.turns[n] for n in numbers])
    carried = Carried(len(numbers), columns, ids, refs, parents)
    fields = addressed(one, root)
    if ids is not None:
        fields |= {"entity_id": None, "entity_ref": None}
    return set_event(
        sent.name,
        root,
        carried,
        execution.batch.now,
        **fields,
        retailer_id=pending.retailer_id,
        meta=TRACING.caused_by(pending.id, pending.meta) or None,
        source=pending.source,
        generated_by=pending.generated_by,
        parent=pending.id,
    )


def set_event(name: str, root: Row, carried: Carried, now: datetime, **fields: Any) -> PendingEvent:
    """Return a set as the queue has it.

    It is for ``root``, unless ``fields`` say for whom else.
    """
    id_ = event_ids(now, carried.size)
    fields = {**addressed(root), **fields}
    return PendingEvent(
        id=id_,
        lane=_lane(name, root, fields["entity_type"], id_),
        name=name,
        created=now,
        attributes=carried.stored(),
        members=carried.size,
        **fields,
    )


def meets(root: Row) -> bool:
    """Return whether all sets for a catalogue are in one lane, where they meet, and each member is computed once.

    So it is where members are about more than one row of stock, such as sums.
    """
    return (root.type or "") in entity_of(root).lane_templates


def _lane(name: str, root: Row, entity_type: str, id_: uuid.UUID) -> int:
    """Return the lane of a set: one of a few of its kind and root, so that several workers can take them.

    What runs side by side is computed from scratch, with its rows locked, so its order does not matter.
    """
    way = 0 if meets(root) else (id_.int >> INLINE_BITS) % WAYS
    return numbered(f"set:{entity_type}:{root.id}:{name}:{way}")


def _coalesced(sent: Standing) -> Sequence[int]:
    if not isinstance(sent.rows, Same) or entity_of(sent.rows.value).lane is not Lane.NONE:
        return sent.numbers
    return list(keyed(sent.rows.value, sent.numbers, sent.columns).values())


def keyed(catalogue: Row, numbers: Sequence[int], columns: dict[str, Column]) -> dict[Any, int]:
    """Return members by whom their events are about, the last one of each."""
    entity = entity_of(catalogue)
    template = entity.lane_templates.get(catalogue.type or "", entity.lane_template) or ""
    names = [name for name in columns if f"{{{name}}}" in template]
    if not names:
        return {n: n for n in numbers}
    keys = zip(*([columns[name][n] for n in numbers] for name in names), strict=True)
    found = dict(zip(keys, numbers, strict=True))
    return found if len(found) == len(numbers) else dict(sorted(found.items(), key=itemgetter(1)))


def _taken(column: Column, numbers: Sequence[int]) -> Column:
    return column if isinstance(column, Same) else [column[n] for n in numbers]
