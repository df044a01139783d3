"""The contract of an event: the attributes that the rules of the rulesets it starts declare (spec 13 §4).

The API does not enforce it: an asynchronous event that lacks an attribute is stored, and fails at run time at the
rule that misses it, after whatever the rules before it did. A synchronous one comes from a person or a program that
waits: it is looked at before the first rule runs, and FAILS there, with the status 400 and all that it lacks. That is
what the rule would have answered; but nothing has happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.errors import shown
from penstock.orchestration.places import entity_of, subtype_of, workflow_name
from penstock.orchestration.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from penstock.model.rows import Row
    from penstock.orchestration.configuration import Configuration, Configurations
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.workflow import Ruleset
    from penstock.rules.declaration import Rule

    Resolve = Callable[[str], Rule | None]


class Contracts:
    """Looks at events before they run; ``rules`` returns how a configuration's rules are found by their full names."""

    def __init__(self, configurations: Configurations, rules: Callable[[Configuration], Resolve]) -> None:
        self._configurations = configurations
        self._rules = rules

    async def broken(self, event: PendingEvent, row: Row, root: Row | None) -> str | None:
        """Return what the event lacks, in words; None when it lacks nothing."""
        configuration = await self._configurations.knowing()
        found, resolve = _matched(event, row, root, configuration), self._rules(configuration)
        lacks = [text for ruleset in found for text in _lacking(event, ruleset, resolve)]
        return "; ".join(dict.fromkeys(lacks)) or None


def _matched(event: PendingEvent, row: Row, root: Row | None, configuration: Configuration) -> list[Ruleset]:
    about = event.name, event.entity_type, event.type, subtype_of(row), getattr(row, "status", None)
    once = (event.meta or {}).get("workflow")
    if once is not None:
        try:
            return Workflow(once).match(*about)
        except (KeyError, TypeError, ValueError, AttributeError):
            return []  # the engine says what is wrong with it
    own = root or row
    major = None if entity_of(own).ages else getattr(own, "workflow_version", None)
    workflow = configuration.workflows.newest(event.retailer_id, workflow_name(row, root), major)
    return workflow.match(*about) if workflow else []


def _lacking(event: PendingEvent, ruleset: Ruleset, resolve: Resolve) -> Iterator[str]:
    for call in ruleset.rules:
        rule = resolve(call.name)
        for wrong in mistakes(rule, event.attributes) if rule else ():
            yield f"event {event.name} {wrong}; rule {call.name} of ruleset {ruleset.name} needs it"


def mistakes(rule: Rule, attributes: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with an event's attributes for a rule: missing ones, of which null is one, and types."""
    for declared in rule.event_attributes:
        value = attributes.get(declared.name)
        if value is None and declared.required:
            yield f"does not have {declared.name} attributes"
        elif value is not None and not declared.fits(value):
            yield f"has {declared.name} {shown(value)}, which is no {declared.type}"
