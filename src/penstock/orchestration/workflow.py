"""Workflow documents in memory: which rulesets an event starts (spec 13 §2, §5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from penstock.model.registry import ALIASES, MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_MATCHES = 10_000  # kept in memory for a workflow; statuses are free text
_STAND_IN = frozenset(e.event for e in MODEL.entities if e.stand_in)
AGEING = frozenset(e.event for e in MODEL.entities if e.ages)  # roots that take the newest workflow (spec 13 §10)


def canonical(name: str) -> str:
    """Return the name under which a workflow is stored and found, whatever spelling of its type the author used."""
    root, separator, type_ = name.partition("::")
    return f"{ALIASES.get(root, root)}{separator}{type_}"


def name_of(document: dict[str, Any]) -> str:
    """Return the name of a workflow as its author wrote it, by default ``<entityType>::<entitySubtype>``."""
    return document.get("name") or f"{document.get('entityType')}::{document.get('entitySubtype')}"


@dataclass(frozen=True, slots=True)
class RuleCall:
    """A rule in a ruleset, with its properties."""

    name: str
    props: dict[str, Any]
    converted: dict[str, Any] = field(default_factory=dict, compare=False)  # properties, once they were asked for


@dataclass(frozen=True, slots=True)
class Ruleset:
    """An ordered list of rules, and what starts it."""

    name: str
    entity_type: str
    subtype: str | None
    event_type: str
    rules: tuple[RuleCall, ...]
    statuses: frozenset[str]  # empty: any
    position: int  # in the document


class Workflow:
    """One version of a workflow document."""

    def __init__(self, document: dict[str, Any], places: Iterable[int] | None = None) -> None:
        """Read a document; ``places`` are the positions by which a trace names its rulesets, from 0 up by default."""
        self.document = document
        self.name = canonical(name_of(document))
        major, minor = str(document.get("version") or "1.0").split(".")  # run-once workflows may have none
        self.major, self.minor = int(major), int(minor)
        self.version = f"{self.major}.{self.minor}"
        self._by_name: dict[tuple[str, str, str], list[Ruleset]] = {}
        self._matched: dict[tuple[str | None, ...], list[Ruleset]] = {}  # statuses and types are few
        for ruleset in map(_ruleset, document["rulesets"], count() if places is None else places):
            key = (ruleset.name, ruleset.entity_type, ruleset.event_type)
            self._by_name.setdefault(key, []).append(ruleset)

    def hears(self, name: str, entity_type: str) -> bool:
        """Return whether there is a ruleset of this name for an entity type, whatever the status."""
        return (name, entity_type, "NORMAL") in self._by_name

    def match(
        self, name: str, entity_type: str, event_type: str, subtype: str | None, status: str | None
    ) -> list[Ruleset]:
        """Return the rulesets that the event starts, in document order."""
        named = self._by_name.get((name, entity_type, event_type))
        if named is None:
            return []
        key = (name, entity_type, event_type, subtype, status)
        found = self._matched.get(key)
        if found is None:
            found = [
                r for r in named if (not r.subtype or r.subtype == subtype) and (not r.statuses or status in r.statuses)
            ]
            if len(self._matched) < MOST_MATCHES:
                self._matched[key] = found
        return found


def _ruleset(document: dict[str, Any], position: int) -> Ruleset:
    type_ = document["type"]
    return Ruleset(
        name=document["name"],
        entity_type=ALIASES.get(type_, type_),
        subtype=document.get("subtype") or None,
        event_type=document.get("eventType") or "NORMAL",
        rules=tuple(RuleCall(r["name"], r.get("props") or {}) for r in document.get("rules") or ()),
        statuses=frozenset(t["status"] for t in document.get("triggers") or ()),
        position=position,
    )


class Workflows:
    """Stored versions, by retailer and name; :class:`Configuration` keeps the newest of each major in memory."""

    def __init__(self, stored: list[Workflow], retailers: list[int]) -> None:
        self._versions: dict[tuple[int, str], list[Workflow]] = {}
        for workflow, retailer in zip(stored, retailers, strict=True):
            self._versions.setdefault((retailer, workflow.name), []).append(workflow)
        for versions in self._versions.values():
            versions.sort(key=lambda w: (w.major, w.minor))
        self._newest = {(*key, w.major): w for key, versions in self._versions.items() for w in versions}

    def newest(self, retailer_id: int, name: str, major: int | None = None) -> Workflow | None:
        """Return the newest version, of this major where there is one (spec 13 §10)."""
        found = None if major is None else self._newest.get((retailer_id, name, major))
        if found is None:
            versions = self._versions.get((retailer_id, name))
            found = versions[-1] if versions else None
        return found

    def exact(self, retailer_id: int, name: str, version: str) -> Workflow | None:
        """Return this version, if it is here."""
        return next((w for w in self._versions.get((retailer_id, name), []) if w.version == version), None)

    def all(self) -> list[Workflow]:
        """Return every version that is here."""
        return [workflow for versions in self._versions.values() for workflow in versions]


class Newest(Protocol):
    """Who knows the newest versions: :class:`Workflows`, or those of a moment in the past."""

    def newest(self, retailer_id: int, name: str, major: int | None = None) -> Workflow | None:
        """Return the newest version of a workflow."""
        ...


def workflow_of(known: Newest, retailer_id: int, event: str, type_: str | None) -> tuple[str, int]:
    """Return name and major version of the workflow that a new root of an entity type gets (spec 12 §6.2).

    Where there is none of its type, that of DEFAULT stands in for some entities (spec 33 §1); the name is kept
    otherwise, and its version is 1.
    """
    name = f"{event}::{type_}"
    found = known.newest(retailer_id, name)
    if found is None and event in _STAND_IN:
        found = known.newest(retailer_id, f"{event}::DEFAULT")
    return (name, 1) if found is None else (found.name, found.major)
