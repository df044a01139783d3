"""Statuses: declared where they start rulesets, reached by something, left by something unless final."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.model.registry import MODEL
from penstock.workflows.lint.documents import FINAL, root_type
from penstock.workflows.lint.finding import Finding, error, info, warning
from penstock.workflows.lint.flow import status_after, statuses_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.workflows.lint.documents import Document, Node, Status
    from penstock.workflows.lint.flow import World

_AGEING = {e.event for e in MODEL.entities if e.ages}  # catalogues and places work on in one status for years


def statuses(world: World) -> Iterator[Finding]:
    """Yield what is wrong with the statuses of each document."""
    for document in world.documents:
        for node in document.nodes:
            yield from _triggers(document, node)
        for type_, declared in document.statuses.items():
            for status in declared.values():
                if status.name:  # exports have statuses without a name
                    yield from _status(world, document, type_, status)


def _triggers(document: Document, node: Node) -> Iterator[Finding]:
    for status in sorted(node.triggers - document.statuses.get(node.type, {}).keys()):
        message = f"{node.type} has no status {status}, which is to start this ruleset"
        advice = f'add {{"name": "{status}", "entityType": "{node.type}", "category": ...}} to statuses, or correct it'
        yield error("trigger-not-declared", document.name, f"{node.place} > triggers", message, advice)


def _status(world: World, document: Document, type_: str, status: Status) -> Iterator[Finding]:
    name, ageing = status.name, root_type(type_) in _AGEING
    if name not in world.reach(document, type_):
        make = info if ageing else warning  # clients switch places and goods on and off by mutations
        setters = [n for n in document.nodes for _, t, s in statuses_set(n) if (t, s) == (type_, name)]
        why = f"{setters[0].place} sets it, but never runs" if setters else "no ruleset sets it"
        advice = "set it with core.SetState, take it out, or leave it if clients set it by a mutation"
        yield make("unreachable-status", document.name, status.place, f"{type_} never comes to {name}: {why}", advice)
    elif not status.rests and not (ageing and name != "CREATED"):
        yield from _dead_end(world, document, type_, status)


def _dead_end(world: World, document: Document, type_: str, status: Status) -> Iterator[Finding]:
    name = status.name
    working = [n for n in document.nodes if n.type == type_ and n.runs_in(name)]
    if any(status_after(n, name) != name for n in working) or _set_by_others(world, type_, name):
        return
    why = "no ruleset there changes the status" if working else "no ruleset is started there"
    advice = f'add a ruleset that leads on, or say "final": true, or the category {FINAL}, if it is the end'
    yield warning("dead-end-status", document.name, status.place, f"nothing leaves {name} of {type_}: {why}", advice)


def _set_by_others(world: World, type_: str, name: str) -> bool:
    """Return whether rulesets of other entity types set statuses of this one, in whatever status it is."""
    others = (n for n in world.nodes if n.type != type_)
    return any(t == type_ and s != name for n in others for _, t, s in statuses_set(n))
