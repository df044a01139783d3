"""A replay as a table: a line a context, what it decided, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from penstock.history.spoken import short, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from penstock.history.dryrun.report import DryRunReport
    from penstock.history.shapes import ShownChange, ShownEvent, ShownReplay, ShownStep

_SHOWN = 60  # characters of a value
_LISTED = 5  # of many things of a kind
_QUIET = {"updated_on", "created_on"}


def print_replay(told: ShownReplay, console: Console) -> None:
    """Print a replay as a timeline, then the rows with a status, and how the end compares."""
    console.print(f"{told.entity_type} {told.ref or ''} (id {told.id}), {len(told.steps)} events")
    table = Table("time", "event", "entity", "decided", "changed", show_lines=True)
    for step in told.steps:
        if step.outside:
            table.add_row("", "[italic]changed from outside", "", "", "\n".join(_lines(step.outside)))
        table.add_row(step.at[11:23], *_cells(step))
    console.print(table)
    for row in told.rows:
        if row.values.get("status"):
            console.print(f"{row.entity} {row.values.get('ref') or row.id}: {row.values['status']}")
    console.print(ending_line(told))


def ending_line(told: ShownReplay) -> str:
    """Return how the end of a replay compares with the stored rows, and what is to be known about the way there."""
    differing = [s for s in told.steps if s.difference]
    parts = {
        "EQUAL": ["The end equals the stored rows."],
        "DIFFERENT": ["The end DIFFERS from the stored rows:", *_lines(told.differences)],
        "CHANGED_SINCE": ["The end equals the stored rows but for what was changed since:", *_lines(told.since)],
    }.get(told.verdict or "", ["Stopped before the end."])
    parts += [f"{n.entity} {n.id} {n.column} differs, rightly: {n.reason}." for n in told.not_owned]
    parts += [f"{s.name} at {s.at}: {_escaped(s.difference or '')}" for s in differing]
    parts += [f"{s.name} at {s.at}: {note}." for s in told.steps for note in s.notes]
    return "\n".join(parts)


def _cells(step: ShownStep) -> tuple[str, str, str, str]:
    first = step.events[0] if step.events else None
    entity = "" if first is None else f"{first.entity_type} {first.entity_ref or first.entity_id}"
    decided = [line for event in step.events for line in _decided(event)]
    notes = [f"[bold]{_escaped(step.difference)}"] if step.difference else []
    failure = [step.failure] if step.failure else []
    return (
        f"{step.name}\n{step.status}",
        entity,
        "\n".join([*decided, *failure, *notes, *step.notes]),
        "\n".join(_lines(step.changes)),
    )


def _decided(event: ShownEvent) -> Iterable[str]:
    """Yield a line for the event and for each rule that asked or did something."""
    yield f"{event.name} ({event.status or '-'})" + ("" if event.rulesets else " no match")
    for ruleset in event.rulesets:
        for rule in ruleset.rules:
            name = rule.name.rpartition(".")[2]
            asked = "".join(f"\n    {a.kind} → {_short(a.answer)}" for a in rule.answers)
            done = ", ".join(_escaped(spoken(a, _SHOWN)) for a in rule.actions)
            yield f"  {name}{': ' + done if done else ''}{asked}" + (f" failed: {rule.error}" if rule.error else "")


def _lines(changes: list[ShownChange], own: str | None = None) -> list[str]:
    """Return a line a change; the entity with the id ``own`` is not named again."""
    lines = []
    for c in changes:
        what = "" if c.id == own and c.column else f"{c.entity} {c.ref or c.id} "
        if c.column is None:
            lines.append(f"{what}{'is new' if c.before is None else 'is gone'}")
        elif c.column not in _QUIET:
            lines.append(f"{what}{c.column}: {_short(c.before)} → {_short(c.after)}")
    return lines


def _short(value: Any) -> str:
    return _escaped(short(value, _SHOWN))


def print_dry_run(report: DryRunReport, console: Console) -> None:
    """Print what a dry run found."""
    console.print(
        f"{report.workflow} {report.version} over {report.events} events, {report.since} to {report.until}: "
        f"{report.trees} trees, {report.same} would have ended the same, {len(report.otherwise)} differently, "
        f"{len(report.unknown)} unknown."
    )
    table = Table("entity", "since", "why", "would be", show_lines=True)
    for tree in report.otherwise:
        name = f"{tree.entity_type} {tree.ref or tree.id}"
        table.add_row(name, _clock(tree.at), _escaped(tree.why or ""), "\n".join(_lines(tree.differences, tree.id)))
    for unknown in (u for u in report.unknown if u.direct):
        name = f"{unknown.entity_type} {unknown.ref or unknown.id}"
        table.add_row(name, _clock(unknown.at), _escaped(unknown.why), "unknown")
    if table.row_count:
        console.print(table)
    following = [u.ref or u.id for u in report.unknown if not u.direct]
    if following:
        console.print(f"Unknown because of others: {_some(following)}")
    if report.affected:
        console.print("Not executed again, but affected:")
    for other in report.affected:
        console.print(f"  {other.name}: {_escaped(_some(other.reasons))}")


def _some(texts: list[str]) -> str:
    shown = ", ".join(texts[:_LISTED])
    return shown if len(texts) <= _LISTED else f"{shown} and {len(texts) - _LISTED} more"


def _clock(at: str | None) -> str:
    return "" if at is None else at[:19].replace("T", " ")


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")
