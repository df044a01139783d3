"""The order of what happened at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.history.recorded import in_order

if TYPE_CHECKING:
    import uuid

    from penstock.history.recorded import Recorded


def ranked(contexts: list[Recorded]) -> list[tuple[Recorded, int]]:
    """Return contexts with the rank of each at its moment: behind what sent it, and those before it in its lane."""
    ranks: dict[uuid.UUID, int] = {}
    by_id = {c.record.id: c for c in contexts}
    behind: dict[uuid.UUID, Recorded] = {}
    last: dict[int, Recorded] = {}
    for context in in_order(contexts):
        if context.lane in last:
            behind[context.record.id] = last[context.lane]
        last[context.lane] = context

    def before(context: Recorded) -> list[Recorded]:
        parent = by_id.get(context.sender) if context.sender else None
        known = (parent, behind.get(context.record.id))
        return [c for c in known if c is not None and c.moment == context.moment]

    for context in contexts:
        waiting = [context]
        while waiting:
            unranked = [c for c in before(waiting[-1]) if c.record.id not in ranks]
            if unranked:
                waiting += unranked
                continue
            done = waiting.pop()
            ranks[done.record.id] = max((ranks[c.record.id] for c in before(done)), default=-1) + 1
    return [(c, ranks[c.record.id]) for c in contexts]
