"""Doing again what a record says was done: the rows after any event, whatever today's rules would decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.history.answers import revived, rows_in
from penstock.history.rows import row_from, table_of_struct, typed
from penstock.orchestration.places import table_of

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
    """Events, webhooks, promises and remarks change no row of the lane."""


def _update(run: Run, context: Recorded, details: list[Any]) -> None:
    struct, id_, values = details
    table = table_of_struct(struct)
    if table is None:
        return
    row = run.get(table, id_) or next(iter(_answered(context, table, id_)), None)
    if row is not None:
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
