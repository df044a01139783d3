"""A replay as a list: a paragraph an event that came from outside, with what was decided and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.cli.listed import SHOWN, changed, print_lines, together
from penstock.history.spoken import short, spoken
from penstock.history.stand_in import AS_RECORDED
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from penstock.history.shapes import ShownEvent, ShownReplay, ShownRule, ShownStep


def print_replay(told: ShownReplay, console: Console) -> None:
    """Print a replay as a timeline, then the rows that workflows move, and how the end compares."""
    print_lines(replay_lines(told), console)


def replay_lines(told: ShownReplay) -> Iterator[str]:
    """Yield a replay, line by line."""
    yield f"{called(told)} (id {told.id}), {len(told.steps)} events"
    for step in told.steps:
        yield ""
        yield from _step(step)
    if statuses := list(_statuses(told)):
        yield from ("", "Status after these events:", *_below(statuses))
    yield from ("", *_verdict(told), *_remarks(told))


def differing_lines(told: ShownReplay) -> list[str]:
    """Return what is not as it was: that the end is the same is not worth a word."""
    lines = [*([] if told.verdict == "EQUAL" else _verdict(told)), *_remarks(told)]
    return [f"{called(told)}: {lines[0]}", *(f"  {line}" for line in lines[1:])]


def called(told: ShownReplay) -> str:
    """Return what people call the root of a tree: ``ORDER UK-1``."""
    return f"{told.entity_type} {told.ref or told.id}"


def fine(told: ShownReplay) -> bool:
    """Return whether everything is as it was; what could not be executed again is no difference."""
    notes = [note for step in told.steps for note in step.notes if AS_RECORDED not in note]
    return told.verdict == "EQUAL" and not notes and not any(step.difference for step in told.steps)


def stood_in(told: ShownReplay) -> bool:
    """Return whether a rule was not executed again."""
    return any(AS_RECORDED in note for step in told.steps for note in step.notes)


def _step(step: ShownStep) -> Iterator[str]:
    first = _of(step.events[0]) if step.events else ""
    yield "  ".join(part for part in (step.at[11:23], step.name, first, step.status) if part)
    yield from together("changed from outside", changed(step.outside))
    for event in step.events:
        of = "" if _of(event) == first else f" of {_of(event)}"
        yield f"  {event.name}{of} ({event.status or '-'})" + ("" if event.rulesets else " no match")
        for rule in (rule for ruleset in event.rulesets for rule in ruleset.rules):
            yield from _rule(rule)
    yield from together("changed", changed(step.changes))
    if step.failure:
        yield f"  failed: {step.failure}"
    if step.difference:
        yield f"  differs today: {step.difference}"
    yield from (f"  note: {note}" for note in step.notes)


def _of(event: ShownEvent) -> str:
    return f"{event.entity_type} {event.entity_ref or event.entity_id or ''}".rstrip()


def _rule(rule: ShownRule) -> Iterator[str]:
    """Yield what a rule did, and below it what it was told."""
    name = rule.name.rpartition(".")[2]
    done = [spoken(action, SHOWN) for action in rule.actions]
    yield from together(name, done, indent=4, between=", ") or [f"    {name}"]
    yield from (f"      {asked.kind} → {short(asked.answer, SHOWN)}" for asked in rule.answers)
    if rule.error:
        yield f"      failed: {rule.error}"


def _statuses(told: ShownReplay) -> Iterator[str]:
    """Yield the statuses that say something: those of rows that workflows move, or that somebody has set.

    Order items and the like stay as they were created, and so do those of which no ruleset takes an event.
    """
    events = (event for step in told.steps for event in step.events if event.rulesets)
    moved = {e.name for type_ in {told.entity_type, *(e.entity_type for e in events)} for e in MODEL.of_event(type_)}
    moved |= {c.entity for s in told.steps for c in (*s.outside, *s.changes) if c.column == "status"}
    workflows = {e.name for e in MODEL.entities if e.orchestrated}
    for row in told.rows:
        if row.entity in moved & workflows and row.values.get("status"):
            yield f"{row.entity} {row.values.get('ref') or row.id}: {row.values['status']}"


def _verdict(told: ShownReplay) -> list[str]:
    """Return how the end of a replay compares with the stored rows."""
    match told.verdict:
        case "EQUAL":
            return ["The end equals the stored rows."]
        case "DIFFERENT":
            return ["The end DIFFERS from the stored rows:", *_below(changed(told.differences))]
        case "CHANGED_SINCE":
            since = _below(changed(told.since))
            return ["The end equals the stored rows but for what was changed since:", *since]
    return ["Stopped before the end."]


def _below(texts: list[str]) -> list[str]:
    return [f"  {text}" for text in texts]


def _remarks(told: ShownReplay) -> list[str]:
    """Return what is to be known about the way to the end."""
    return [
        *(f"{n.entity} {n.id} {n.column} differs, rightly: {n.reason}." for n in told.not_owned),
        *(f"{s.name} at {s.at}: {s.difference}" for s in told.steps if s.difference),
        *(f"{s.name} at {s.at}: {note}." for s in told.steps for note in s.notes),
    ]
