"""What follows from the declarations of the rules: events that are sent, statuses that are set and reached."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from penstock.model.registry import MODEL
from penstock.rules.declaration import SAME, filled
from penstock.workflows.lint.documents import canonical, root_type, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.workflows.lint.documents import Call, Document, Node


@dataclass(frozen=True, eq=False)
class Sent:
    """An event that a rule may send. ``own``: to the entity that the rule works on. ``made``: to one it creates.

    ``heard``: it is only sent because the workflow has a ruleset for it.
    """

    node: Node
    call: Call
    event: str
    to: str
    own: bool
    gate: bool
    later: bool
    made: bool = False
    heard: bool = False


def sent(node: Node) -> Iterator[Sent]:
    """Yield the events that the rules of a ruleset may send; names that are not known yet are left out."""
    for call in node.calls:
        if call.rule is None:
            continue
        for sends in call.rule.sends:
            own, to = sends.to == SAME, node.type if sends.to == SAME else canonical(sends.to)
            for event in filled(sends.event, call.props, call.rule.by_name):
                if not unknown(event) and (not sends.heard or (event, to) in node.document.handlers):
                    yield Sent(node, call, event, to, own, sends.gate, sends.later(call.props), heard=sends.heard)
        for made in call.rule.creates:
            entity = MODEL.entity(made.entity)
            if entity.orchestrated:
                yield Sent(node, call, "CREATE", str(entity.event), own=False, gate=True, later=False, made=True)


def statuses_set(node: Node) -> Iterator[tuple[Call, str, str]]:
    """Yield what a ruleset sets, in order: the rule, the entity type and the status."""
    for call in node.calls:
        for sets in () if call.rule is None else call.rule.sets:
            type_ = node.type if sets.of == SAME else canonical(sets.of)
            for status in filled(sets.status, call.props, call.rule.by_name if call.rule else {}):
                yield call, type_, status


def status_after(node: Node, before: str | None) -> str | None:
    """Return the status of the ruleset's own entity at its end, None where that is not known."""
    for _, sets in groupby(statuses_set(node), key=lambda found: id(found[0])):
        own = {status for _, type_, status in sets if type_ == node.type}
        if own:
            (before,) = own if len(own) == 1 else (None,)
            before = None if before is None or unknown(before) else before
    return before


def changes_status(node: Node) -> bool:
    """Return whether the ruleset sets a status of its own entity."""
    return any(type_ == node.type for _, type_, _ in statuses_set(node))


def created(node: Node) -> Iterator[tuple[str, str]]:
    """Yield the orchestrated entities that a ruleset may create: entity type and first status."""
    for call in node.calls:
        for made in () if call.rule is None else call.rule.creates:
            entity = MODEL.entity(made.entity)
            if entity.orchestrated:
                yield str(entity.event), made.status


class World:
    """All documents that are looked at together."""

    def __init__(self, documents: list[Document]) -> None:
        self.documents = documents
        self.nodes = [node for document in documents for node in document.nodes]
        self.sent = [event for node in self.nodes for event in sent(node)]
        self._reached: dict[tuple[str, str], set[str]] = {}
        self._follow()

    def homes(self, document: Document, type_: str) -> list[Document]:
        """Return the documents that an event from this one to an entity of this type may be for."""
        if document.has(type_):
            return [document]
        return [d for d in self.documents if d.root == root_type(type_)]

    def reach(self, document: Document, type_: str) -> set[str]:
        """Return the statuses that entities of a type can come to; new ones are CREATED."""
        return self._reached.setdefault((document.name, type_), {"CREATED"})

    def _follow(self) -> None:
        """Follow the statuses that rulesets set from those that start them, until nothing new is found."""
        size = -1
        while size != (size := sum(map(len, self._reached.values()))):
            for node in self.nodes:
                own = self.reach(node.document, node.type)
                if not node.triggers or node.triggers & own:
                    for type_, status in [*((t, s) for _, t, s in statuses_set(node)), *created(node)]:
                        for home in self.homes(node.document, type_):
                            self.reach(home, type_).add(status)
