"""The report: one row a bar."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One figure, what it is held against, and whether it passes; ``passed`` is None for what is only told."""

    what: str
    figure: str
    limit: str = ""
    bar: str = ""
    passed: bool | None = None


def show(title: str, rows: list[Row]) -> None:
    """Print rows as a table."""
    table = Table(title=title, title_justify="left")
    for column in ("what", "figure", "limit", "bar", ""):
        table.add_column(column, overflow="fold")
    for row in rows:
        verdict = "" if row.passed is None else "pass" if row.passed else "FAIL"
        table.add_row(row.what, row.figure, row.limit, row.bar, verdict)
    Console(width=150).print(table, markup=False)


def at_most(what: str, value: float, bar: float, unit: str, limit: str = "") -> Row:
    """Return the row of a figure that must not exceed its bar."""
    return Row(what, f"{value:.3g} {unit}".strip(), limit, f"at most {bar:g} {unit}".strip(), value <= bar)


def at_least(what: str, value: float, bar: float, unit: str, limit: str = "") -> Row:
    """Return the row of a figure that must reach its bar."""
    return Row(what, f"{value:.3g} {unit}".strip(), limit, f"at least {bar:g} {unit}".strip(), value >= bar)
