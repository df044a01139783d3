"""Rulesets: types that belong to the workflow, CREATE where it has to be, no two for one event, user actions."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from penstock.workflows.lint.documents import listed, root_type
from penstock.workflows.lint.finding import Finding, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.workflows.lint.documents import Document, Node
    from penstock.workflows.lint.flow import World


def types(world: World) -> Iterator[Finding]:
    """Yield rulesets for entity types that do not exist or that other workflows handle."""
    for node in world.nodes:
        if root_type(node.type) is None:
            message, advice = f"there is no entity type {node.type}", "take one of those in spec 13 §3, such as ORDER"
            yield error("type-unknown", node.document.name, f"{node.place} > type", message, advice)
        elif not node.document.has(node.type):
            message = f"events to {node.type} go to the workflow of their {root_type(node.type)}, never to this one"
            advice = f"put the ruleset into a workflow of {root_type(node.type)}"
            yield error("type-foreign", node.document.name, f"{node.place} > type", message, advice)


def create(world: World) -> Iterator[Finding]:
    """Yield entity types without a CREATE ruleset or a status CREATED."""
    for document in world.documents:
        for type_ in dict.fromkeys([document.root, *(n.type for n in document.nodes)]):
            make = error if type_ == document.root else warning
            if not document.handlers.get(("CREATE", type_)) and document.has(type_):
                message = f"there is no ruleset CREATE for {type_}: new ones stay as they are"
                advice = "add one, triggered by CREATED, that sets the first status and sends the first event"
                yield make("create-missing", document.name, "rulesets", message, advice)
            if "CREATED" not in document.statuses.get(type_, {}) and document.has(type_):
                message = f"there is no status CREATED of {type_}, in which new ones are"
                advice = f'add {{"name": "CREATED", "entityType": "{type_}", "category": "BOOKING"}} to statuses'
                yield make("created-missing", document.name, "statuses", message, advice)


def rivals(world: World) -> Iterator[Finding]:
    """Yield rulesets that one event in one status starts together."""
    for document in world.documents:
        by_event: dict[tuple[str, str, str], list[Node]] = {}
        for node in document.nodes:
            by_event.setdefault((node.name, node.type, node.event_type), []).append(node)
        for same in by_event.values():
            for first, second in combinations(same, 2):
                yield from _rival(document, first, second)


def _rival(document: Document, first: Node, second: Node) -> Iterator[Finding]:
    statuses = first.overlaps(second)
    if statuses is None or statuses:
        where = "any status" if statuses is None else f"status {', '.join(sorted(statuses))}"
        message = f"{first.place} takes the same event to {first.type} in {where}: both run, one after the other"
        advice = "join the two, or give them different statuses or subtypes"
        yield warning("rulesets-compete", document.name, second.place, message, advice)


def user_actions(world: World) -> Iterator[Finding]:
    """Yield buttons whose event nobody takes, and forms that cannot be filled in."""
    for node in world.nodes:
        for index, action in enumerate(node.actions):
            place = f"{node.place} > userActions[{index}]"
            yield from _pressed(node, place, str(action.get("eventName") or node.name))
            yield from _form(node, place, action)


def _pressed(node: Node, place: str, event: str) -> Iterator[Finding]:
    handlers = node.document.handlers.get((event, node.type), [])
    if not handlers:
        message = f"no ruleset takes the event {event} to {node.type}: the button does nothing"
        advice = f"add a ruleset {event}, or name the event of one that exists"
        yield error("action-unhandled", node.document.name, place, message, advice)
    elif all(h.overlaps(node) == frozenset() for h in handlers):
        message = f"the button is shown in statuses in which no ruleset takes {event}"
        advice = f"give {handlers[0].place} the same triggers"
        yield warning("action-out-of-status", node.document.name, place, message, advice)


def _form(node: Node, place: str, action: dict[str, Any]) -> Iterator[Finding]:
    for index, attribute in enumerate(listed(action, "attributes")):
        if isinstance(attribute, dict) and attribute.get("type") == "LIST" and not attribute.get("source"):
            message = f"the LIST {attribute.get('name')} has no source: there is nothing to choose from"
            advice = "name the setting with the choices as source"
            yield error("list-without-source", node.document.name, f"{place} > attributes[{index}]", message, advice)
