"""What a dry run found as a list: a paragraph a tree, and a line a position of stock."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from penstock.cli.listed import changed, print_lines, row_name, some, what
from penstock.history.rows import COUNTED
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from penstock.history.dryrun.report import DryRunReport, Otherwise, Unknown
    from penstock.history.shapes import ShownChange

_POSITIONS = 20  # of stock that are listed
_POSITIONED = [e for e in MODEL.entities if e.table in {table for table, _ in COUNTED}]
_STOCK, _OF_STOCK = {e.event for e in _POSITIONED}, {e.name for e in _POSITIONED}
_CATALOGUES = tuple(f"{MODEL.root(e)[0].event}::" for e in _POSITIONED)
_COUNTED = {"on_hand", "reserved", "quantity", "status", None}
_NAMED = {e.name for e in MODEL.entities if e.orchestrated}  # their parts come and go with them


def print_dry_run(report: DryRunReport, console: Console) -> None:
    """Print what a dry run found."""
    print_lines(dry_run_lines(report), console)


def dry_run_lines(report: DryRunReport) -> Iterator[str]:
    """Yield what a dry run found, line by line: stock last, for it follows from the rest."""
    yield (
        f"{report.workflow} {report.version} over {report.events} events, {report.since} to {report.until}: "
        f"{report.trees} trees, {report.same} would have ended the same, {len(report.otherwise)} differently, "
        f"{len(report.unknown)} unknown."
    )
    for tree in (t for t in report.otherwise if t.entity_type not in _STOCK):
        yield from ("", _heading(tree), *_tree(tree))
    for unknown in (u for u in report.unknown if u.direct):
        yield from ("", _heading(unknown), f"  unknown: {unknown.why}")
    following = [u.ref or u.id for u in report.unknown if not u.direct]
    if following:
        yield from ("", f"Unknown because of others: {some(following)}")
    if report.affected:
        yield from ("", "Not executed again, but affected:")
        yield from (f"  {other.name}: {some(other.reasons)}" for other in report.affected)
    yield from _stock([t for t in report.otherwise if t.entity_type in _STOCK], report.workflow)


def _heading(tree: Otherwise | Unknown) -> str:
    since = "" if tree.at is None else f"  since {tree.at[:19].replace('T', ' ')}"
    return f"{tree.entity_type} {tree.ref or tree.id}{since}"


def _tree(tree: Otherwise) -> Iterator[str]:
    if tree.why:
        yield f"  why: {tree.why}"
    yield from (f"  {text}" for text in changed(c for c in tree.differences if c.column is not None))
    for word, rows in _came_and_went(tree.differences).items():
        # A fulfilment that is gone takes its items along: nobody has to read their ids.
        named = [row_name(row) for row in rows if row.entity in _NAMED]
        if named:
            more = len(rows) - len(named)
            yield f"  {word}: {', '.join(named)}" + (f" and {more} more" if more else "")
        elif rows:
            yield f"  {word}: {some([row_name(row) for row in rows])}"


def _came_and_went(changes: Iterable[ShownChange]) -> dict[str, list[ShownChange]]:
    found: dict[str, list[ShownChange]] = {"gone": [], "new": []}
    for change in changes:
        if change.column is None:
            found["new" if change.before is None else "gone"].append(change)
    return found


def _stock(positions: Sequence[Otherwise], workflow: str) -> Iterator[str]:
    if not positions:
        return
    yield from ("", f"Positions of stock that would be different: {len(positions)}")
    for tree in positions[:_POSITIONS]:
        yield f"  {tree.ref or tree.id}  {_position(tree.differences)}"
        if tree.why and workflow.startswith(_CATALOGUES):
            yield f"    why: {tree.why}"  # there stock is what was changed, not what follows
    if len(positions) > _POSITIONS:
        yield f"  and {len(positions) - _POSITIONS} more; --json lists all"


def _position(changes: list[ShownChange]) -> str:
    """Return what would be different about a position: its counters, and how many rows of its ledger."""
    own = [c for c in changes if c.entity in _OF_STOCK]
    own = [c for c in own if c.column in _COUNTED] or own
    ledger = {(c.entity, c.id): _fate(c) for c in changes if c.entity not in _OF_STOCK}
    rows = [f"{n} {'row' if n == 1 else 'rows'} {fate}" for fate, n in Counter(ledger.values()).items()]
    return ", ".join([*map(what, own), *rows])


def _fate(change: ShownChange) -> str:
    if change.column is not None:
        return "changed"
    return "new" if change.before is None else "gone"
