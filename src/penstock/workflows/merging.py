"""Laying a fragment over a workflow (spec 13 §13): a partial document whose rulesets replace or join the others."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from penstock.model.registry import ALIASES
from penstock.workflows.comparing import key_of, triggers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Node = dict[str, Any]

_OWN = frozenset({"version", "rulesets", "statuses", "settings", "id", "createdBy", "createdOn"})


def merged(document: Node, fragment: Node) -> Node:
    """Return the document with a fragment over it; the version stays the document's.

    A ruleset of the fragment takes the place of the one of the same name, type, subtype and event type; where there
    are several, of the one with the same triggers. Any other one is added behind, and so are new statuses. Settings
    and texts of the fragment win.
    """
    told = {k: v for k, v in fragment.items() if k not in _OWN and v is not None}
    settings = {**(document.get("settings") or {}), **(fragment.get("settings") or {})}
    found = {**document, **told, "rulesets": _rulesets(document["rulesets"], fragment.get("rulesets") or [])}
    found["statuses"] = _statuses(document["statuses"], fragment.get("statuses") or [])
    return {**found, "settings": settings} if settings else found


def _rulesets(below: Sequence[Node], above: Sequence[Node]) -> list[Node]:
    found = list(below)
    places = {(key_of(r), tuple(triggers_of(r))): place for place, r in enumerate(below)}
    only = {key_of(r): place for place, r in enumerate(below)}
    lonely = Counter(map(key_of, below)), Counter(map(key_of, above))
    for ruleset in above:
        key = key_of(ruleset)
        place = places.get((key, tuple(triggers_of(ruleset))))
        if place is None and all(count[key] == 1 for count in lonely):
            place = only[key]
        if place is None:
            found.append(ruleset)
        else:
            found[place] = ruleset
    return found


def _statuses(below: Sequence[Node], above: Sequence[Node]) -> list[Node]:
    """Return the statuses of both; of one that both declare the fragment's category counts."""
    found = {_status(s): s for s in below}
    return list((found | {_status(s): s for s in above}).values())


def _status(status: Node) -> tuple[str, str]:
    type_: str = status["entityType"]
    name: str = status["name"]
    return ALIASES.get(type_, type_), name
