"""What differs between a stored workflow and one in files, as a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from penstock.workflows.comparing import Change, Difference, compare, key_of, triggers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

Node = dict[str, Any]

_LONGEST = 60  # characters of a value
_COLOURS = {"added": "green", "removed": "red", "changed": "yellow", "moved": "cyan"}


def difference(stored: Node | None, local: Node) -> Difference:
    """Return what saving a document would change; everything where nothing is stored."""
    return compare(stored or {"rulesets": [], "statuses": []}, local)


def show(console: Console, stored: Node | None, local: Node, found: Difference) -> None:
    """Print what saving a document would change."""
    was = f"stored as {stored['version']}" if stored else "not stored yet"
    console.print(Text.assemble((local["name"], "bold"), f"  {was}"))
    if not found.any:
        console.print("no difference\n")
        return
    table = Table(show_edge=False, pad_edge=False)
    for title, ratio in (("", None), ("where", 2), ("before", 2), ("after", 2)):
        table.add_column(title, ratio=ratio, overflow="fold")
    for kind, where, before, after in _rows(found):
        table.add_row(Text(kind, style=_COLOURS.get(kind, "")), where, _value(before), _value(after))
    console.print(table)
    console.print()


def _rows(found: Difference) -> Iterator[tuple[str, Text, Any, Any]]:
    yield from (_row("", change) for change in found.document)
    for kind, rulesets in (("added", found.added), ("removed", found.removed), ("moved", found.moved)):
        for ruleset in rulesets:
            yield kind, Text(_called(ruleset)), None, None
    for changed in found.changed:
        for change in changed.changes:
            yield _row(_called(changed.ruleset), change)
    yield from (_row("status", change) for change in found.statuses)


def _row(within: str, change: Change) -> tuple[str, Text, Any, Any]:
    kind = "added" if change.before is None else "removed" if change.after is None else "changed"
    return kind, Text(f"{within} {change.place}".strip()), change.before, change.after


def _called(ruleset: Node) -> str:
    """Return what a ruleset is called: CreateWave LOCATION STORE in ACTIVE."""
    key = key_of(ruleset)
    event_type = "" if key.event_type == "NORMAL" else key.event_type
    triggers = triggers_of(ruleset)
    among = f"in {triggers[0]}" + (f" and {len(triggers) - 1} more" if len(triggers) > 1 else "") if triggers else ""
    return " ".join(part for part in (key.name, key.type, key.subtype, event_type, among) if part)


def _value(value: Any) -> Text:
    if value is None:
        return Text("")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Text(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
