"""Lists of what changed, in words: for a terminal of 80 columns, and for pipes, where lines are not broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from penstock.history.spoken import short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from penstock.history.shapes import ShownChange

SHOWN = 60  # characters of a value; names are never cut
_WIDTH = 80  # columns: what is longer is listed line by line
_LISTED = 5  # of many things of a kind
_QUIET = {"updated_on", "created_on"}


def print_lines(lines: Iterable[str], console: Console) -> None:
    """Print lines as they are, so that rich takes no part of a ref for markup; what is not indented is a heading."""
    for line in lines:
        console.print(Text(line, style="" if line.startswith(" ") else "bold"), soft_wrap=True)


def together(label: str, texts: list[str], indent: int = 2, between: str = "; ") -> list[str]:
    """Return texts behind a label: in one line where that fits, else one below the other; nothing for none."""
    line = f"{' ' * indent}{label}: {between.join(texts)}"
    if len(line) <= _WIDTH or len(texts) == 1:
        return [line] if texts else []
    return [f"{' ' * indent}{label}:", *(f"{' ' * indent}  {text}" for text in texts)]


def changed(changes: Iterable[ShownChange]) -> list[str]:
    """Return a text a row: ``Order UK-1 status: CREATED → BOOKED``, or that it is new or gone."""
    rows: dict[tuple[str, str], list[ShownChange]] = {}
    for change in changes:
        if change.column not in _QUIET:
            rows.setdefault((change.entity, change.id), []).append(change)
    return [f"{row_name(own[0])} {', '.join(map(what, own))}" for own in rows.values()]


def row_name(change: ShownChange) -> str:
    """Return what people call the row."""
    return f"{change.entity} {change.ref or change.id}"


def what(change: ShownChange) -> str:
    """Return what changed, without the row's name."""
    if change.column is None:
        return "is new" if change.before is None else "is gone"
    return f"{change.column}: {_value(change.before)} → {_value(change.after)}"


def _value(value: Any) -> str:
    return "nothing" if value is None else short(value, SHOWN)


def some(texts: list[str], more: int = 0) -> str:
    """Return the first few of many texts, and how many there are besides; ``more`` have no text."""
    more += max(0, len(texts) - _LISTED)
    return ", ".join(texts[:_LISTED]) + (f" and {more} more" if more else "")
