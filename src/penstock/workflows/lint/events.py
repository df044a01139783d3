"""Events: each one that is sent finds a ruleset, and each ruleset is started by something."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from penstock.workflows.lint.documents import ANYTHING, root_type
from penstock.workflows.lint.finding import Finding, info, warning
from penstock.workflows.lint.flow import changes_status, status_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.workflows.lint.documents import Document, Node, Status
    from penstock.workflows.lint.flow import Sent, World


def unhandled(world: World) -> Iterator[Finding]:
    """Yield events that rules send and that no ruleset takes."""
    for event in world.sent:
        homes = world.homes(event.node.document, event.to)
        if event.made and any(n.type == event.to for home in homes for n in home.nodes):
            continue  # a missing CREATE is reported once, for the type
        workflow, place = event.node.document.name, event.call.place
        if not homes:
            message = f"sends {event.event} to {event.to}, whose workflow is not looked at"
            advice = f"give the document of the workflow {root_type(event.to)} as well"
            yield info("event-unchecked", workflow, place, message, advice)
            continue
        found = [n for home in homes for n in home.handlers.get((event.event, event.to), ())]
        if not found:
            message = f"sends {event.event} to {event.to}, where no ruleset takes it"
            yield warning("event-unhandled", workflow, place, message, _hint(homes, event))
        elif event.own and not event.later and not event.heard:
            yield from _too_late(event, found)


def _hint(homes: list[Document], event: Sent) -> str:
    others = sorted({n.type for home in homes for n in home.nodes if n.name == event.event and n.type != event.to})
    if others:
        return f"there is a ruleset {event.event} for {', '.join(others)}: correct its type, or take another rule"
    names = {n.name for home in homes for n in home.nodes if n.type == event.to}
    near = get_close_matches(event.event, names, 1)
    return f"is {near[0]} meant?" if near else f"add a ruleset {event.event} for {event.to}, or send nothing"


def _too_late(event: Sent, found: list[Node]) -> Iterator[Finding]:
    """Yield an event to the own entity that comes in a status in which no ruleset takes it."""
    node = event.node
    if not node.triggers and not changes_status(node):
        return
    after = {status_after(node, status) for status in node.triggers or {None}}
    if not any(handler.runs_in(status) for handler in found for status in after):
        statuses = ", ".join(sorted(str(s) for s in after))
        message = f"sends {event.event} in status {statuses}, in which no ruleset of that name is started"
        advice = f"add the status to the triggers of {found[0].place}, or send the event in another status"
        yield warning("event-out-of-status", node.document.name, event.call.place, message, advice)


def never_started(world: World) -> Iterator[Finding]:
    """Yield rulesets that nothing in the documents starts; they may wait for events from outside."""
    sent = {(event.event, event.to) for event in world.sent}
    outside = {event for _, status in _statuses(world) for event in status.awaits}
    pressed = {(str(action.get("eventName") or n.name), n.type) for n in world.nodes for action in n.actions}
    for node in world.nodes:
        if node.event_type == "EXCEPTION":
            yield from _exception(node)
        elif node.name not in {"CREATE", *outside} and (node.name, node.type) not in sent | pressed:
            message = f"no rule sends {node.name} to {node.type}, and no user action does"
            advice = "take it out unless it comes from outside; what entities wait for stands in a status's `awaits`"
            yield info("never-started", node.document.name, node.place, message, advice)


def _exception(node: Node) -> Iterator[Finding]:
    guarded = node.document.handlers.get((node.name, node.type), [])
    if not any(call.rule is not None and call.rule.raises for n in guarded for call in n.calls):
        message = f"no rule in the ruleset {node.name} leaves its failures to the workflow"
        advice = "only rules that declare `raises` start a ruleset of eventType EXCEPTION"
        yield info("exception-never-started", node.document.name, node.place, message, advice)


def awaited(world: World) -> Iterator[Finding]:
    """Yield events that a status waits for and that no ruleset takes; they may be for entities of other types."""
    taken = {n.name for n in world.nodes if n.event_type == "NORMAL"}
    for document, status in _statuses(world):
        for event in status.awaits:
            if event != ANYTHING and event not in taken and root_type(event.partition(":")[0]) is None:
                message, advice = f"{status.name} waits for {event}, which no ruleset takes", f"add a ruleset {event}"
                yield warning("awaited-unhandled", document.name, status.place, message, f"{advice}, or correct it")


def _statuses(world: World) -> Iterator[tuple[Document, Status]]:
    for document in world.documents:
        for of_type in document.statuses.values():
            yield from ((document, status) for status in of_type.values())
