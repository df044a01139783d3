"""An engine with a workflow and rules of a test's own, and an order to execute events on."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from penstock.model.rows import row_type
from penstock.orchestration.batch import Batch
from penstock.orchestration.configuration import Configuration
from penstock.orchestration.driver import Driver
from penstock.orchestration.execution import execute_run
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.run import Run
from penstock.orchestration.workflow import Workflow, Workflows
from penstock.rules import Context, Rule, SendEvent, Update
from penstock.rules.questions import Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from penstock.rules.actions import Action

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ORDER, FULFILMENT = 7001, 7002


class _Ids:
    def __init__(self) -> None:
        self._next = 9000

    async def reserve(self, _count: int) -> None:
        """There are always more."""

    def take(self) -> int:
        self._next += 1
        return self._next


class House:
    """An engine with a workflow and rules of the test's own."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}
        self.rulesets: list[dict[str, Any]] = []
        self.ran: list[str] = []
        self.asked: list[int] = []

    def rule(self, name: str, act: Callable[[Context], Sequence[Action] | None]) -> None:
        """Install a rule."""

        def function(context: Context) -> Sequence[Action] | None:
            self.ran.append(name)
            return act(context)

        self.rules[name] = Rule(f"core.{name}", name, (), function=function)

    def state(self, name: str, status: str) -> None:
        """Install a rule that sets the status."""
        self.rule(name, lambda c: [Update(c.entity, {"status": status})])

    def sends(self, name: str, *events: str) -> None:
        """Install a rule that sends events to the same entity."""
        self.rule(name, lambda _: [SendEvent(e) for e in events])

    def ruleset(
        self, name: str, *rules: str, type_: str = "ORDER", event: str = "NORMAL", when: Sequence[str] = ()
    ) -> None:
        """Add a ruleset to the workflow."""
        triggers = [{"status": status} for status in when]
        calls = [{"name": f"ACME.core.{r}", "props": {}} for r in rules]
        self.rulesets.append({"name": name, "type": type_, "eventType": event, "rules": calls, "triggers": triggers})

    def _resolve(self, name: str) -> Rule | None:
        return self.rules.get(name.rpartition(".")[2])

    def batch(self) -> Batch:
        """Return the shared part of a batch; nothing is read from a database."""
        configuration = Configuration(1)
        document = {"entityType": "ORDER", "entitySubtype": "HD", "version": "1.0", "rulesets": self.rulesets}
        configuration.workflows = Workflows([Workflow(document)], [1])
        nothing: Any = None
        return Batch("ACME", configuration, NOW, _Ids(), nothing, self._resolve)

    def send(self, name: str, *, runs: int = 1, once: object = None, revision: int = 0) -> Run:
        """Execute an event on an order in RECEIVED that has one fulfilment; return the last of the runs."""

        async def setting(_: Batch, asks: Sequence[Any]) -> list[Any]:
            self.asked.append(len(asks))
            return [a.question.name for a in asks]

        batch = self.batch()
        runs_ = [made(name, revision) for _ in range(runs)]
        if once is not None:
            runs_[0].events[0].meta = {"workflow": once}
        asyncio.run(Driver({Setting: setting}, batch).drive([execute_run(r, batch) for r in runs_]))
        return runs_[-1]


def made(name: str, revision: int = 0) -> Run:
    """Return a run with this event on the order."""
    run = Run(1, [_pending(name)])
    workflow = {"workflow_ref": "ORDER::HD", "workflow_version": 1, "retailer_id": 1}
    run.keep(row_type("Order")(id=ORDER, ref="WEB-1", type="HD", status="RECEIVED", revision=revision, **workflow))
    about = {"id": FULFILMENT, "ref": "WEB-1-1", "type": "HD_PFS", "status": "CREATED", "order_id": ORDER}
    run.keep(row_type("Fulfilment")(**about, **workflow))
    return run


def _pending(name: str) -> PendingEvent:
    root: dict[str, Any] = {"root_type": "ORDER", "root_id": ORDER, "root_ref": "WEB-1"}
    named: dict[str, Any] = {"entity_type": "ORDER", "entity_id": ORDER, "entity_ref": "WEB-1", **root}
    return PendingEvent(id=uuid.uuid4(), lane=1, name=name, retailer_id=1, attributes={}, created=NOW, **named)


def status(run: Run) -> tuple[str, str]:
    order = run.get("orders", ORDER)
    assert order is not None
    return run.records[0].status, order.status
