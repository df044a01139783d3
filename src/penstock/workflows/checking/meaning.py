"""What a workflow document says about entity types and statuses: whether the engine could follow it (spec 13 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import shown
from penstock.model.registry import ALIASES, MODEL
from penstock.model.vocabulary import Column
from penstock.workflows.checking.finding import Finding, Node, Severity, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST, _BEGINNING = "CREATED", "CREATE"
_ROOTED = {e.event: MODEL.root(e) for e in MODEL.entities if e.event}
_ROOT_OF = {event: root.event for event, (root, _) in _ROOTED.items()}
_NULLABLE = {(e.event, c.column) for e in MODEL.entities for c in e.columns if isinstance(c, Column) and c.null}
# Roots, and what may be without one and is then its own (spec 13 §3).
_ROOTS = {event for event, (_, column) in _ROOTED.items() if column == "id" or (event, column) in _NULLABLE}


def canonical(entity_type: str) -> str:
    """Return the spelling of an entity type under which it is stored and sent."""
    return ALIASES.get(entity_type, entity_type)


def rooted(document: Node) -> Iterator[Finding]:
    """Yield the finding that the workflow's entity type is no root."""
    given = text(document, "entityType")
    type_ = canonical(given)
    if given and type_ not in _ROOT_OF:
        yield Finding("entityType", f"is {shown(given)}, which is unknown; give one such as ORDER.")
    elif given and type_ not in _ROOTS:
        yield Finding("entityType", f"is {given}, whose events the workflow of its {_ROOT_OF[type_]} handles.")


def created(document: Node) -> Iterator[Finding]:
    """Yield the findings that an entity type has no way into the workflow; of the root an error."""
    root = canonical(text(document, "entityType"))
    begun = {canonical(text(r, "type")) for _, r in objects(document, "rulesets") if _begins(r, root, document)}
    first = {canonical(text(s, "entityType")) for _, s in objects(document, "statuses") if text(s, "name") == _FIRST}
    if root in _ROOTS:
        yield from _beginning(root, begun, first, Severity.ERROR)
    used = {canonical(text(r, "type")) for _, r in objects(document, "rulesets")} & _ROOT_OF.keys() - {root}
    for type_ in sorted(t for t in used if t):
        yield from _beginning(type_, begun, first, Severity.WARNING)


def _begins(ruleset: Node, root: str, document: Node) -> bool:
    """Return whether a ruleset is run for new entities: for the root, of its workflow's subtype."""
    subtype = text(ruleset, "subtype")
    fits = canonical(text(ruleset, "type")) != root or subtype in {"", text(document, "entitySubtype")}
    return text(ruleset, "name") == _BEGINNING and fits and text(ruleset, "eventType") in {"", "NORMAL"}


def _beginning(type_: str, begun: set[str], first: set[str], severity: Severity) -> Iterator[Finding]:
    if type_ not in begun:
        yield Finding("rulesets", f"hold no {_BEGINNING} of type {type_}; add one, for every new {type_}.", severity)
    if type_ not in first:
        yield Finding("statuses", f"hold no {_FIRST} of {type_}, in which every new one is; add it.", severity)


def unknown_statuses(document: Node) -> Iterator[Finding]:
    """Yield the triggers whose status is not declared for the ruleset's entity type."""
    known = {(canonical(text(s, "entityType")), s.get("name")) for _, s in objects(document, "statuses")}
    for place, ruleset in objects(document, "rulesets"):
        type_ = canonical(text(ruleset, "type"))
        for here, trigger in objects(ruleset, "triggers", place):
            status = trigger.get("status")
            if isinstance(status, str) and type_ and (type_, status) not in known:
                yield Finding(f"{here}.status", f"is {shown(status)}, which statuses do not hold for {type_}; add it.")


def homeless(document: Node) -> Iterator[Finding]:
    """Yield the rulesets for entities whose events never come here."""
    root = canonical(text(document, "entityType"))
    for place, ruleset in objects(document, "rulesets"):
        given = text(ruleset, "type")
        type_ = canonical(given)
        if given and type_ not in _ROOT_OF:
            yield Finding(f"{place}.type", f"is {shown(given)}, which is unknown; give one such as ORDER.")
        elif given and root in _ROOTS and type_ != root and _ROOT_OF.get(type_) != root:
            message = f"is {shown(given)}, whose events do not come to workflows of {root}: this ruleset never runs."
            yield Finding(f"{place}.type", message, Severity.WARNING)
