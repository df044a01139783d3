"""Findings of the linter as people read them: what is said of several places is said once."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from penstock.workflows.lint import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_PLURALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.INFO: "infos"}


def show(console: Console, found: list[Finding], *, infos: bool) -> None:
    """Print findings as a table, and how many there are; infos are only counted unless they are asked for."""
    told = [f for f in found if infos or f.severity is not Severity.INFO]
    if told:
        table = Table(show_edge=False, pad_edge=False, show_lines=True)
        table.add_column("")
        table.add_column("workflow and place", ratio=2)
        table.add_column("what, and what to do", ratio=3)
        for group in _groups(told):
            table.add_row(*_cells(group))
        console.print(table)
        console.print()
    console.print(Text(_closing(found, infos_shown=infos)))


def _groups(found: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Yield findings that say the same of other places, in the order of the first of them."""
    groups: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in found:
        groups[finding.severity, finding.code, finding.message, finding.advice].append(finding)
    yield from groups.values()


def _cells(group: list[Finding]) -> tuple[Text, Text, Text]:
    first = group[0]
    places: dict[str, list[str]] = defaultdict(list)
    for finding in group:
        places[finding.workflow].append(finding.place)
    where = Text("\n").join(
        Text("\n").join([Text(workflow, style="bold"), *map(Text, own)]) for workflow, own in places.items()
    )
    what = Text.assemble(first.message, f" ({first.code})\n", (first.advice, "dim"))
    return Text(str(first.severity), style=_COLOURS[first.severity]), where, what


def _closing(found: list[Finding], *, infos_shown: bool) -> str:
    counts = Counter(finding.severity for finding in found)
    said = ", ".join(f"{counts[s]} {_PLURALS[s] if counts[s] != 1 else s}" for s in Severity if counts[s])
    hint = "" if infos_shown or not counts[Severity.INFO] else " (--infos shows what is only worth a look)"
    return said + hint if said else "nothing to say"
