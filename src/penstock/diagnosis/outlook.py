"""What may happen to an entity in a status, as its workflow tells it.

A workflow says so in its ``statuses``: those of the category DONE are final, and so is one with ``"final": true``.
``awaits`` names what another status waits for: events from outside (``"FulfilmentPack"``), entities of the same tree
that are not finished (``"FULFILMENT"``) or are in a status (``"FULFILMENT:ESCALATED"``), or ``"*"`` where an entity
may stay for ever, as a location does in ACTIVE. Documents that use no ``awaits`` are read by what their rulesets
allow (:func:`_guessed`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.model.registry import ALIASES, MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.orchestration.workflow import Workflow

CREATED = "CREATED"
ANYTHING = "*"
DONE = "DONE"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an entity in one status waits for.

    Attributes:
        rests: it may stay as it is, since it is finished or waits for nothing in particular.
        events: names of events that the outside is to send.
        others: entity types of the same tree whose entities are to move first, each with a status or None for any
            that is not final.
    """

    rests: bool = False
    events: tuple[str, ...] = ()
    others: tuple[tuple[str, str | None], ...] = ()


class Outlooks:
    """The outlooks of one workflow's statuses; ``ages`` as :attr:`Entity.ages` of its root says."""

    def __init__(self, workflow: Workflow) -> None:
        document = workflow.document
        self._statuses = {
            (ALIASES.get(s["entityType"], s["entityType"]), s["name"]): s for s in document.get("statuses") or ()
        }
        self._told = any("awaits" in s for s in self._statuses.values())
        self._ages = any(e.ages for e in MODEL.of_event(document["entityType"]))
        self._sent = set(_texts([rule.get("props") for r in document["rulesets"] for rule in r.get("rules") or ()]))
        self._open: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for ruleset in document["rulesets"]:
            type_ = ALIASES.get(ruleset["type"], ruleset["type"])
            for trigger in ruleset.get("triggers") or ({"status": ANYTHING},):
                self._open[type_, trigger["status"]].append(ruleset)
        self._types = {type_ for type_, _ in (*self._statuses, *self._open)}

    def knows(self, entity_type: str, status: str) -> bool:
        """Return whether the workflow declares the status."""
        return (entity_type, status) in self._statuses

    def handles(self, event: str, entity_type: str, status: str) -> bool:
        """Return whether a ruleset is there for an event to such an entity in a status."""
        here = (*self._open[entity_type, status], *self._open[entity_type, ANYTHING])
        return any(ruleset["name"] == event for ruleset in here)

    def of(self, entity_type: str, status: str) -> Outlook:
        """Return the outlook of a status; one that is not declared waits for nothing that could come.

        Entities of a type that the workflow does not speak of are not its concern, such as the fulfilment choices of
        orders that are fulfilled as a whole: they rest.
        """
        if entity_type not in self._types:
            return Outlook(rests=True)
        declared = self._statuses.get((entity_type, status))
        if declared is None:
            return Outlook()
        if declared.get("category") == DONE or declared.get("final"):
            return Outlook(rests=True)
        if "awaits" in declared or self._told:
            return _told(declared.get("awaits") or ())
        return self._guessed(entity_type, status)

    def _guessed(self, entity_type: str, status: str) -> Outlook:
        """Read from the rulesets what may come: what no rule of the workflow sends, unless it is a secondary button.

        Entities that live for years, such as locations and their stock, rest as soon as they have been taken in.
        """
        if self._ages and status != CREATED:
            return Outlook(rests=True)
        awaited = tuple(
            r["name"]
            for r in self._open[entity_type, status]
            if r["name"] != "CREATE" and r["name"] not in self._sent and _expected(r)
        )
        others = sorted({type_ for type_, _ in self._statuses if type_ != entity_type})
        return Outlook(events=awaited, others=tuple((type_, None) for type_ in others))


def _told(awaits: Any) -> Outlook:
    if ANYTHING in awaits:
        return Outlook(rests=True)
    events, others = [], []
    for awaited in awaits:
        type_, _, status = awaited.partition(":")
        if MODEL.of_event(type_):
            others.append((ALIASES.get(type_, type_), status or None))
        else:
            events.append(awaited)
    return Outlook(events=tuple(events), others=tuple(others))


def _expected(ruleset: dict[str, Any]) -> bool:
    buttons = [c.get("type") for action in ruleset.get("userActions") or () for c in action.get("context") or ()]
    return not buttons or "PRIMARY" in buttons


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
