"""A replay as the API and ``--json`` give it."""

from __future__ import annotations

from typing import Any

import msgspec


class Shape(msgspec.Struct, rename="camel", omit_defaults=False):
    """What goes over the wire, its members in camelCase."""


class ShownChange(Shape):
    """A column that changed, or a whole row that came (``before`` null) or went (``after`` null), ``column`` null."""

    entity: str
    id: str
    ref: str | None
    column: str | None
    before: Any
    after: Any


class ShownAnswer(Shape):
    """What a rule asked, and what it was told."""

    kind: str
    question: Any
    answer: Any


class ShownRule(Shape):
    """A rule that ran: its properties, what it was told, what it did, and how it failed."""

    name: str
    props: dict[str, Any]
    answers: list[ShownAnswer]
    actions: list[Any]
    error: str | None


class ShownRuleset(Shape):
    """A ruleset that ran."""

    name: str
    rules: list[ShownRule]


class ShownEvent(Shape):
    """An event of a context: the one that came from outside, or one that followed from it."""

    id: str
    parent: str | None
    name: str
    type: str
    entity_type: str
    entity_id: str | None
    entity_ref: str | None
    status: str | None
    result: str
    attributes: dict[str, Any]
    rulesets: list[ShownRuleset]


class ShownStep(Shape):
    """A context, with what somebody else had changed before it and what it changed itself.

    ``difference`` says where the rules decide otherwise today, and ``rule`` which one.
    """

    id: str
    at: str
    name: str
    status: str
    source: str | None
    generated_by: str | None
    parent: str | None
    workflow: str | None
    version: str | None
    failure: str | None
    outside: list[ShownChange]
    events: list[ShownEvent]
    changes: list[ShownChange]
    difference: str | None
    rule: str | None
    notes: list[str]


class ShownRow(Shape):
    """A row after the last step: its columns as they are stored."""

    entity: str
    id: str
    values: dict[str, Any]


class NotOwned(Shape):
    """A column that differs, rightly: the engine does not decide it."""

    entity: str
    id: str
    column: str
    reason: str


class ShownReplay(Shape):
    """A replay. ``verdict`` is EQUAL, DIFFERENT, CHANGED_SINCE, or null for one that stops before the end.

    ``differences`` are between the last state and the stored rows, ``since`` what somebody else changed after the
    last event.
    """

    entity_type: str
    id: str
    ref: str | None
    retailer_id: str | None
    steps: list[ShownStep]
    rows: list[ShownRow]
    verdict: str | None
    differences: list[ShownChange]
    since: list[ShownChange]
    not_owned: list[NotOwned]
