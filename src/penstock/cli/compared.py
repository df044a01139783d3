"""A simulation as tables: figures side by side, who sends how much, and which orders are served otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from penstock.simulation.report import Report, Variant

_ORDERS = 20  # served otherwise that are listed
_PROBLEMS = 15  # that are listed
_LOCATIONS = 15  # that are listed
_CHANGES = 6
_SPLIT = ("not split", "split once")  # the first labels of how often orders are split


def print_report(report: Report, console: Console) -> None:
    """Print a simulation."""
    console.print(
        f"[bold]Account {report.account}, retailer {report.retailer}[/bold], as of {report.moment}: {report.orders}"
    )
    for variant in report.variants[1:]:
        told = variant.changes[:_CHANGES]
        more = len(variant.changes) - len(told)
        words = "; ".join(told) or "nothing is changed"
        console.print(Text(f"{variant.name}: {words}" + (f"; and {more} more" if more else "")))
    columns = [*([report.recorded] if report.recorded else []), *report.variants]
    baseline = len(columns) - len(report.variants)
    console.print(_figures(columns, baseline))
    console.print(_shares(columns, baseline))
    for variant in report.variants[1:]:
        _changed(variant, console)
    problems = [(v.name, o.ref, o.problem) for v in report.variants for o in v.placed if o.problem]
    for name, ref, problem in problems[:_PROBLEMS]:
        console.print(Text(f"! {name}: order {ref}: {problem}", style="red"))
    if len(problems) > _PROBLEMS:
        console.print(f"and {len(problems) - _PROBLEMS:,} more problems; --json lists all")
    console.print(f"[dim]{report.rows:,} rows were copied; all of it took {report.took} s.[/dim]")


def _figures(variants: Sequence[Variant], baseline: int) -> Table:
    table = _table("Compared", "", variants)
    for label, told in _ROWS.items():
        table.add_row(label, *_cells([told(variant) for variant in variants], baseline))
    most = max((len(v.figures.splits) for v in variants), default=0)
    for n in range(most):
        times = [f"{variant.figures.splits.get(str(n), 0):,}" for variant in variants]
        label = _SPLIT[n] if n < len(_SPLIT) else f"split {n} times"
        table.add_row(label, *_cells(times, baseline))
    return table


def _cells(texts: Sequence[str], baseline: int) -> list[str]:
    """Return texts of which those of scenarios stand out that differ from the baseline's."""
    told = enumerate(texts)
    return [f"[bold]{text}[/bold]" if n > baseline and text != texts[baseline] else text for n, text in told]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


_ROWS: dict[str, Callable[[Variant], str]] = {
    "orders": lambda v: f"{v.figures.orders:,}",
    "fulfilments": lambda v: f"{v.figures.fulfilments:,}",
    "splits an order, mean": lambda v: _number(v.figures.mean_splits, 2),
    "km a fulfilment, mean": lambda v: _number(v.figures.distance.mean, 1),
    "km a fulfilment, p50": lambda v: _number(v.figures.distance.p50, 1),
    "km a fulfilment, p95": lambda v: _number(v.figures.distance.p95, 1),
    "km a unit, mean": lambda v: _number(v.figures.distance_by_unit, 1),
    "cost": lambda v: f"{v.figures.cost:,.2f}",
    "  each + a km": lambda v: f"{v.cost.per_fulfilment:g} + {v.cost.per_km:g}",
    "hours to dispatch, mean": lambda v: _number(v.figures.promise.mean, 1),
    "hours to dispatch, p95": lambda v: _number(v.figures.promise.p95, 1),
    "units ordered": lambda v: f"{v.figures.units:,}",
    "units sent": lambda v: f"{v.figures.units_sent:,}",
    "unfilled orders": lambda v: f"{v.figures.unfilled_orders:,}",
    "unfilled lines": lambda v: f"{v.figures.unfilled_lines:,}",
    "unfilled units": lambda v: f"{v.figures.unfilled_units:,}",
    "orders with problems": lambda v: f"{v.figures.problems:,}",
    "served otherwise": lambda v: f"{len(v.changed):,}",
}


def _shares(variants: Sequence[Variant], baseline: int) -> Table:
    """Return who sends how much, those first that send most in any variant."""
    shares = [{share.location: share for share in v.figures.shares} for v in variants]
    most: dict[str, int] = {}
    for own in shares:
        for ref, share in own.items():
            most[ref] = max(most.get(ref, 0), share.units)
    listed = sorted(most, key=lambda ref: (-most[ref], ref))
    table = _table("Units sent, and their share", "location", variants)
    for ref in listed[:_LOCATIONS]:
        told = [f"{s[ref].units:,} {s[ref].share:6.1%}" if ref in s else "-" for s in shares]
        table.add_row(Text(ref), *_cells(told, baseline))
    if len(listed) > _LOCATIONS:
        table.caption = f"and {len(listed) - _LOCATIONS} more"
    return table


def _changed(variant: Variant, console: Console) -> None:
    if not variant.changed:
        console.print(Text(f"{variant.name}: every order is served as in the baseline."))
        return
    title = Text(f"{variant.name}: {len(variant.changed):,} orders are served otherwise", style="bold")
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in ("order", "before", "after", "why"):
        table.add_column(column, overflow="fold")
    for one in variant.changed[:_ORDERS]:
        table.add_row(*map(Text, (one.ref, one.before, one.after, one.why)))
    console.print(table)
    if len(variant.changed) > _ORDERS:
        console.print(f"and {len(variant.changed) - _ORDERS:,} more; --json lists all")


def _table(title: str, first: str, variants: Sequence[Variant]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    table.add_column(first, overflow="fold")
    for variant in variants:
        table.add_column(Text(variant.name), justify="right")
    return table
