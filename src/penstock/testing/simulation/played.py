"""What happened in a simulation."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.delivery.mail.letters import TARGET as MAIL
from penstock.delivery.mail.letters import Letter, letter
from penstock.orchestration.trace import TraceBody, decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from penstock.orchestration.run import Run


@dataclass(frozen=True)
class Happened:
    """An event that was executed: to which entity, in which status, and the rules that ran."""

    name: str
    entity_type: str
    entity_ref: str | None
    status: str | None  # of the entity, before
    result: str  # SUCCESS, NO_MATCH or FAILED
    rules: tuple[str, ...]
    actions: tuple[tuple[Any, ...], ...]  # each with its kind first: ("SendEvent", name, target, attributes, at)
    type: str = "NORMAL"


@dataclass(frozen=True)
class Scheduled:
    """An event that waits for its moment."""

    name: str
    entity_type: str
    entity_ref: str | None
    at: datetime


@dataclass
class Played:
    """All contexts that one step of a simulation led to, in order.

    ``traces`` are their traces as the engine stores them, ``failures`` the messages of those that failed.
    """

    happened: list[Happened] = field(default_factory=list)
    scheduled: list[Scheduled] = field(default_factory=list)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    mails: list[Letter] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    traces: list[TraceBody] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Return the names of the events, in order."""
        return [event.name for event in self.happened]

    def of(self, name: str) -> list[Happened]:
        """Return the events of a name."""
        return [event for event in self.happened if event.name == name]

    def add(self, run: Run) -> None:
        """Take over what happened in a run."""
        for record in run.records:
            body = decode(record.trace)
            self.traces.append(body)
            self.happened += _happened(body)
            self.failures += [record.failure] if record.failure else []
        for outgoing in run.outbound:
            if outgoing.due is not None:
                about = outgoing.name, outgoing.entity_type, outgoing.entity_ref
                self.scheduled.append(Scheduled(*about, outgoing.due))
        self.webhooks += [{"url": w.url, **json.loads(w.body)} for w in run.webhooks if w.target != MAIL]
        self.mails += [letter(w.body) for w in run.webhooks if w.target == MAIL]


def _happened(body: TraceBody) -> Iterator[Happened]:
    for node in body.events:
        rules = [rule for ruleset in node.rulesets for rule in ruleset.rules]
        yield Happened(
            node.name,
            node.entity_type,
            node.entity_ref,
            node.status,
            node.result,
            tuple(rule.name.partition(".")[2] for rule in rules),
            tuple(tuple(action) for rule in rules for action in rule.actions),
            node.type,
        )
