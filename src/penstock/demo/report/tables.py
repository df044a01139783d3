"""The report as tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.table import Table

from penstock.demo.report.reasons import reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from penstock.demo.report.shapes import Facts

_NEVER_LEFT = frozenset({"CANCELLED", "ESCALATED", "EXPIRED", "REJECTED"})


def tables(facts: Facts) -> Iterator[Table]:
    """Yield the tables in the order in which they are read."""
    yield _counts("Orders", "status", Counter(order.status for order in facts.orders.values()))
    yield _by_location(facts)
    yield _counts("Splits", "shipments of an order", Counter(_shipments(facts)))
    yield _fates(facts)
    yield _ledger(facts)


def _counts(title: str, column: str, counted: Counter[str]) -> Table:
    table = _table(title, column, "orders")
    _add_rows(table, ((key, n) for key, n in sorted(counted.items())))
    table.add_section()
    table.add_row("all", f"{counted.total():,}")
    return table


def _shipments(facts: Facts) -> Iterator[str]:
    """Yield for each order how many fulfilments of it left a location."""
    for fulfilments in facts.fulfilments_of().values():
        yield str(sum(f.status not in _NEVER_LEFT and not f.unfillable for f in fulfilments))


def _by_location(facts: Facts) -> Table:
    fulfilments = facts.fulfilments.values()
    statuses = sorted({f.status for f in fulfilments})
    counted = Counter((f.location, f.type, f.status) for f in fulfilments)
    table = _table("Fulfilments", "location", "type", *(status.replace("_", " ") for status in statuses))
    for location, kind in sorted({(f.location, f.type) for f in fulfilments}):
        table.add_row(location, kind, *(str(counted[location, kind, status] or "") for status in statuses))
    return table


def _fates(facts: Facts) -> Table:
    table = _table("What did not go as planned", "what", "reason", "fulfilments", "units")
    rows = reasons(facts).items()
    _add_rows(table, ((what, why, n["fulfilments"], n["units"]) for (what, why), n in rows))
    return table


def _ledger(facts: Facts) -> Table:
    rows, units = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for position in facts.positions.values():
        for row in position.ledger:
            rows[row.type, row.status] += 1
            units[row.type, row.status] += row.units
    table = _table("Stock ledger", "type", "status", "rows", "units")
    _add_rows(table, ((*key, n, units[key]) for key, n in sorted(rows.items())))
    table.add_section()
    on_hand = sum(position.on_hand for position in facts.positions.values())
    table.add_row("on hand", f"{len(facts.positions):,} positions", "", f"{on_hand:,}")
    return table


def _table(title: str, *columns: str) -> Table:
    """Return an empty table; the columns after the first that hold numbers are set to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        words = column in {"status", "type", "location", "what", "reason", "shipments of an order"}
        table.add_column(column, justify="left" if words else "right")
    return table


def _add_rows(table: Table, rows: Iterable[tuple[object, ...]]) -> None:
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
