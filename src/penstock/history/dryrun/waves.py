"""What a lane is told of its own waves in a dry run: recorded answers know those that there were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import NotRecordedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from penstock.history.dryrun.lane import Lane
    from penstock.history.tree import Rows
    from penstock.model.rows import Row
    from penstock.orchestration.run import Run
    from penstock.rules.questions import WaveFulfilments, WavesOpen

_WAVES, _MEMBERS = "wave", "wave_fulfilment"


def open_members(question: WavesOpen, answer: list[int], lane: Lane, run: Run) -> list[int]:
    """Return the members that open waves would have, from what was recorded and from the lane's own waves."""
    was = _open(question, lane.past.tree.rows, lane.past.tree.joins)
    would_be = _open(question, _all_rows(lane, run), _joins(lane, run))
    return sorted((set(answer) - was) | would_be)


def _open(question: WavesOpen, rows: Mapping[str, Mapping[int, Row]], joins: Mapping[str, set[Any]]) -> set[int]:
    known = rows.get(_WAVES, {})
    return {f for f, w in joins.get(_MEMBERS, ()) if w in known and known[w].status not in question.done}


def members(question: WaveFulfilments, answer: list[Any], lane: Lane, run: Run, others: Iterable[Lane]) -> list[Any]:
    """Return the members that a wave would have: those recorded, less and more what the lane joined otherwise.

    Raises:
        NotRecordedError: of a member nobody knows the rows.
    """
    was = {f for f, w in lane.past.tree.joins.get(_MEMBERS, ()) if w == question.wave_id}
    would_be = {f for f, w in _joins(lane, run).get(_MEMBERS, ()) if w == question.wave_id}
    kept = [entry for entry in answer if entry[0]["id"] not in was - would_be]
    told = {entry[0]["id"] for entry in kept}
    trees = [other.tree.rows for other in others if other.again and other.unknown is None]
    return sorted([*kept, *(_entry(question, f, trees) for f in would_be - told)], key=lambda e: int(e[0]["id"]))


def _entry(question: WaveFulfilments, fulfilment: int, trees: list[Rows]) -> list[Any]:
    for rows in trees:
        row = rows.get("fulfilment", {}).get(fulfilment)
        if row is not None:
            items = [i for i in rows.get("fulfilment_item", {}).values() if i.fulfilment_id == fulfilment]
            lines = rows["order_item"]
            products = {str(i.order_item_id): lines[i.order_item_id].product_ref for i in items}
            return list(msgspec.to_builtins([row, items, products, rows["orders"][row.order_id]]))
    raise NotRecordedError(question)


def _joins(lane: Lane, run: Run) -> dict[str, set[Any]]:
    names = lane.tree.joins.keys() | run.joins.keys()
    return {n: lane.tree.joins.get(n, set()) | run.joins.get(n, set()) for n in names}


def _all_rows(lane: Lane, run: Run) -> dict[str, dict[int, Row]]:
    names = lane.tree.rows.keys() | run.rows.keys()
    return {n: {**lane.tree.rows.get(n, {}), **run.rows.get(n, {})} for n in names}
