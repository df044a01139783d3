"""Workflow documents as the linter looks at them: rulesets with the rules that they call.

Reading is lenient: what is malformed is left out here and reported by :mod:`penstock.workflows.lint.shape`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from penstock.model.registry import ALIASES, MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from penstock.rules import Rule

    Resolve = Callable[[str], Rule | None]

PLACEHOLDER = re.compile(r"\[\[[\w.-]+\]\]")


FINAL = "DONE"  # the category of statuses in which nothing more is expected
ANYTHING = "*"  # what is awaited where an entity may stay for ever


@dataclass(frozen=True)
class Status:
    """A declared status; see :mod:`penstock.diagnosis.outlook` for ``final`` and ``awaits``."""

    name: str
    place: str
    rests: bool
    awaits: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Call:
    """A rule in a ruleset; ``rule`` is None where it is not installed."""

    place: str
    name: str
    rule: Rule | None
    props: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Node:
    """A ruleset. No ``triggers``: any status."""

    document: Document
    place: str
    name: str
    type: str
    subtype: str
    event_type: str
    triggers: frozenset[str]
    calls: tuple[Call, ...]
    actions: tuple[dict[str, Any], ...]

    def runs_in(self, status: str | None) -> bool:
        """Return whether it may run in this status; None is an unknown one."""
        return not self.triggers or status is None or status in self.triggers

    def overlaps(self, other: Node) -> frozenset[str] | None:
        """Return the statuses that start both, None where both run in any; empty where none does."""
        if self.subtype and other.subtype and self.subtype != other.subtype:
            return frozenset()
        if not self.triggers and not other.triggers:
            return None
        return self.triggers & other.triggers if self.triggers and other.triggers else self.triggers | other.triggers


@dataclass(eq=False)
class Document:
    """A workflow: its rulesets, and its statuses by entity type and name."""

    name: str
    root: str
    statuses: dict[str, dict[str, Status]]
    nodes: list[Node] = field(default_factory=list)

    def has(self, type_: str) -> bool:
        """Return whether entities of this type live in this workflow."""
        return type_ == self.root or root_type(type_) == self.root

    @cached_property
    def handlers(self) -> dict[tuple[str, str], list[Node]]:
        """Return the rulesets for normal events, by event name and entity type."""
        found: dict[tuple[str, str], list[Node]] = {}
        for node in self.nodes:
            if node.event_type == "NORMAL":
                found.setdefault((node.name, node.type), []).append(node)
        return found


def canonical(type_: Any) -> str:
    """Return an entity type as events spell it."""
    return ALIASES.get(str(type_), str(type_))


def root_type(type_: str) -> str | None:
    """Return the root of an entity type's workflow, None for an unknown type."""
    entities = MODEL.of_event(type_)
    return None if not entities else str(MODEL.root(entities[0])[0].event)


def unknown(value: Any) -> bool:
    """Return whether a place-holder of the deployment tool hides what the value will be."""
    return isinstance(value, str) and PLACEHOLDER.search(value) is not None


def read(document: dict[str, Any], resolve: Resolve) -> Document:
    """Return a document with its rules looked up."""
    root = canonical(document.get("entityType"))
    name = document.get("name") or f"{root}::{document.get('entitySubtype')}"
    found = Document(str(name), root, _statuses(document))
    found.nodes = [_node(found, place, raw, resolve) for place, raw in rulesets(document)]
    return found


def rulesets(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rulesets that can be read, each with its place."""
    for index, raw in enumerate(listed(document, "rulesets")):
        if isinstance(raw, dict):
            yield f'rulesets[{index}] "{raw.get("name")}"', raw


def listed(holder: dict[str, Any], key: str) -> list[Any]:
    """Return a list in a document, empty where there is none."""
    value = holder.get(key)
    return value if isinstance(value, list) else []


def _objects(holder: dict[str, Any], key: str) -> Iterable[tuple[int, dict[str, Any]]]:
    return ((n, v) for n, v in enumerate(listed(holder, key)) if isinstance(v, dict))


def _statuses(document: dict[str, Any]) -> dict[str, dict[str, Status]]:
    found: dict[str, dict[str, Status]] = {}
    for _, raw in _objects(document, "statuses"):
        type_, name = canonical(raw.get("entityType")), str(raw.get("name"))
        awaits = tuple(map(str, listed(raw, "awaits")))
        final = str(raw.get("category")).upper() == FINAL or bool(raw.get("final"))
        place = f'statuses "{name}" of {type_}'
        found.setdefault(type_, {})[name] = Status(name, place, final or ANYTHING in awaits, awaits)
    return found


def _node(document: Document, place: str, raw: dict[str, Any], resolve: Resolve) -> Node:
    return Node(
        document,
        place,
        str(raw.get("name")),
        canonical(raw.get("type")),
        str(raw.get("subtype") or ""),
        str(raw.get("eventType") or "NORMAL"),
        frozenset(str(t.get("status")) for _, t in _objects(raw, "triggers")),
        tuple(_call(f"{place} > rules[{n}]", r, resolve) for n, r in _objects(raw, "rules")),
        tuple(a for _, a in _objects(raw, "userActions")),
    )


def _call(place: str, raw: dict[str, Any], resolve: Resolve) -> Call:
    name, props = str(raw.get("name")), raw.get("props")
    rule = resolve(PLACEHOLDER.sub("ACCOUNT", name))
    return Call(place, name, rule, props if isinstance(props, dict) else {})
