"""What the doctor found, as tables."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from penstock.diagnosis.examination import Examination
    from penstock.diagnosis.stuck import Stuck
    from penstock.diagnosis.unmet import Unmet

EXAMPLES = 3
_NUMBERS = {"how many", "longest", "for", "promised", "not there"}


def print_account(console: Console, name: str, found: Examination, *, everything: bool) -> None:
    """Print one account; with ``everything`` each stuck entity gets a line of its own."""
    console.print(f"\n[bold]Account {name}[/bold]")
    working = sum(w.alive for w in found.workers)
    console.print(
        f"{working} workers, {found.queue.ready:,} events wait (the oldest for {ago(found.queue.age)}), "
        f"{found.queue.timers:,} timers, {found.looked_at:,} entities not finished"
    )
    for trouble in found.troubles:
        console.print(f"[red]![/red] {trouble}")
    if found.waiting:
        console.print(_waiting(found))
    if found.stuck:
        console.print(_each(found.stuck) if everything else _kinds(found.stuck))
    else:
        console.print("[green]Nothing is stuck.[/green]")
    if found.unmet:
        console.print(_unmet(found.unmet if everything else found.unmet[:EXAMPLES]))
        console.print(f"{len(found.unmet):,} fulfilments were promised {_missing(found):,} units that are not there.")


def _waiting(found: Examination) -> Table:
    table = _table("Waiting for the outside", "entity", "status", "event", "how many")
    for waits in found.waiting:
        table.add_row(waits.entity_type, waits.status, waits.event, f"{waits.count:,}")
    return table


def _unmet(unmet: list[Unmet]) -> Table:
    table = _table("Promised, and not there", "position", "order", "fulfilment", "promised", "not there")
    for one in unmet:
        about = f"{one.fulfilment_ref or one.fulfilment_id} in {one.status}"
        table.add_row(one.position, one.order_ref, about, f"{one.promised:,}", f"{one.unmet:,}")
    return table


def _missing(found: Examination) -> int:
    return sum(one.unmet for one in found.unmet)


def _kinds(stuck: list[Stuck]) -> Table:
    by_kind: dict[tuple[str, ...], list[Stuck]] = defaultdict(list)
    for one in stuck:
        by_kind[one.entity_type, one.status or "", one.workflow or "", one.why].append(one)
    table = _table("Stuck", "what, and why", "how many", "longest", "such as")
    for _, same in sorted(by_kind.items()):
        same.sort(key=lambda s: s.since)
        names = ", ".join(one.entity_ref or one.entity_id for one in same[:EXAMPLES])
        table.add_row(_about(same[0]), f"{len(same):,}", _since(same[0]), names)
    return table


def _each(stuck: list[Stuck]) -> Table:
    table = _table("Stuck", "what, and why", "id", "ref", "for")
    for one in sorted(stuck, key=lambda s: s.since):
        table.add_row(_about(one), one.entity_id, one.entity_ref or "", _since(one))
    return table


def _about(one: Stuck) -> str:
    """Return lines that tell the kind of a stuck entity, the reason and the last event of its tree."""
    lines = [f"{one.entity_type} in {one.status}", f"  {one.workflow or 'no workflow'}: {one.why}"]
    return "\n".join([*lines, f"  last event: {one.last}"] if one.last else lines)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, justify="right" if column in _NUMBERS else "left")
    return table


def _since(one: Stuck) -> str:
    return ago((datetime.now(UTC) - one.since).total_seconds())


def ago(seconds: float) -> str:
    """Return a length of time as people say it: ``12 s``, ``5 min``, ``3 h``, ``2 d``."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
