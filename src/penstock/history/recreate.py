"""Doing again what a record says was done: the rows after any event, whatever today's rules would decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.history.answers import revived, rows_in
from penstock.history.rows import differing, row_from, table_of_struct, typed
from penstock.history.tree import Change
from penstock.orchestration.places import entity_of, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row
    from penstock.orchestration.run import Run


def do_as_recorded(run: Run, context: Recorded, events: int | None = None) -> None:
    """Apply the recorded actions of a context, or of its first events only, to the rows of a run."""
    if not context.effective:
        return
    chosen = context.body.events[:events]
    for node in chosen:
        row = context.snapshot(node)
        if row is not None and run.get(table_of(row), row.id) is None:
            run.keep(row)
        for ruleset in node.rulesets:
            for rule in ruleset.rules:
                for kind, *details in rule.actions:
                    _ACTIONS.get(kind, _nothing)(run, context, context.plain(details))


def _nothing(_run: Run, _context: Recorded, _details: list[Any]) -> None:
    """Events, webhooks, mails, promises and remarks change no row of the lane."""


def _update(run: Run, context: Recorded, details: list[Any]) -> None:
    struct, id_, values = details
    table = table_of_struct(struct)
    if table is None:
        return
    row = run.get(table, id_) or next(iter(_answered(context, table, id_)), None)
    if row is not None and run.owns(row):  # what it changes in other lanes is not of this tree
        run.update(run.keep(row), typed(table, values), context.moment)


def _create(run: Run, _context: Recorded, details: list[Any]) -> None:
    struct, values = details
    table = table_of_struct(struct)
    if table is not None:
        run.create(row_from(table, values))


def _join(run: Run, _context: Recorded, details: list[Any]) -> None:
    table, columns = details
    run.join(table, columns)


_ACTIONS = {"Update": _update, "Create": _create, "Join": _join}


def _answered(context: Recorded, table: str, id_: int) -> Iterable[Row]:
    """Yield the row as an answer of the context told it."""
    for _, rule in context.rules():
        for ask in rule.asks:
            for row in rows_in(revived(context.value(ask.answer))):
                if table_of(row) == table and row.id == id_:
                    yield row


def caught_up(run: Run, context: Recorded) -> list[Change]:
    """Bring rows to what the context saw when it first saw them; return what had changed unseen by the lane.

    Counters of stock change so, and whatever a lane without a revision reads.
    """
    found: list[Change] = []
    touched: set[tuple[str | None, int]] = set()
    for node in context.body.events:
        row = context.snapshot(node)
        if row is not None and (table_of(row), row.id) not in touched:
            found += _brought(run, row, first=node.parent < 0)
        for ruleset in node.rulesets:
            for rule in ruleset.rules:
                touched |= {(table_of_struct(a[1]), _row_id(a)) for a in rule.actions if a[0] in _ON_ROWS}
    return found


_ON_ROWS = frozenset({"Create", "Update"})


def _row_id(action: list[Any]) -> int:
    id_: int = action[2]["id"] if action[0] == "Create" else action[2]
    return id_


def _brought(run: Run, row: Row, *, first: bool) -> list[Change]:
    table = table_of(row)
    known = run.get(table, row.id)
    if known is None:
        if first:
            run.keep(row)
            return [Change(table, row.id, getattr(row, "ref", None), None, None, row, entity_of(row).name)]
        return []
    about = table, row.id, getattr(row, "ref", None)
    found = [Change(*about, *d, entity_of(row).name) for d in differing(table, known, row)]
    for change in found:
        setattr(known, change.column or "", change.after)
    return found
