"""What rules make and change in the trees of other lanes: a dry run knows whether that would have been otherwise."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.history.dryrun.patching import MINOR
from penstock.history.rows import row_from, table_of_struct
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Lane
from penstock.orchestration.lanes import lane_of, numbered
from penstock.orchestration.places import entity_of

if TYPE_CHECKING:
    from penstock.orchestration.trace import TraceBody

_ROOTS = {e.table: e for e in MODEL.entities if e.lane is Lane.ROOT and e.tree == e.name}
_NOBODY = uuid.UUID(int=0)
Elsewhere = dict[int, list[Any]]  # by lane: kind, table and values of each action, without moments


def elsewhere(lane: int, body: TraceBody | None) -> Elsewhere:
    """Return what the rules of a context made and changed in the trees of other lanes than this."""
    found: Elsewhere = defaultdict(list)
    events = [] if body is None else body.events
    for action in (a for e in events for s in e.rulesets for rule in s.rules for a in rule.actions):
        other = _lane_of(action)
        if other not in {None, lane}:
            found[other].append(_comparable(action))
    return found


def _lane_of(action: list[Any]) -> int | None:
    """Return the lane of the tree that an action changes; None for other actions, and for rows within a tree."""
    kind, struct, *details = action
    table = table_of_struct(struct) if kind in {"Create", "Update"} else None
    if table is None:
        return None
    if kind == "Update":
        return numbered(f"{_ROOTS[table].event}:{details[0]}") if table in _ROOTS else None
    row = row_from(table, details[0])
    return lane_of(entity_of(row), row, {}, _NOBODY) if entity_of(row).lane is Lane.ROOT else None


def _comparable(action: list[Any]) -> list[Any]:
    kind, struct, *details = action
    return [kind, struct, details[:-1], {k: v for k, v in details[-1].items() if k not in MINOR}]
