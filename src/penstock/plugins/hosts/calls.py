"""Calling a plugin's rule: to the engine it is a rule like any other, whose questions happen to come from elsewhere.

What the rule asks is asked of the driver, so it is answered for all contexts at once. That its process has to
compute in between is one more question, :class:`Step`, which :meth:`Hosts.answer` answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from penstock.model.registry import MODEL
from penstock.plugins.hosts.checks import Known, actions, questions
from penstock.plugins.hosts.process import LostError
from penstock.rules.context import Ask, AskAll
from penstock.rules.failures import RuleError, RuleExecutionError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from penstock.orchestration.context import RuleContext
    from penstock.orchestration.records import ActivePlugin
    from penstock.plugins.hosts.process import Process
    from penstock.rules.actions import Action
    from penstock.rules.context import Context

MOST_QUESTIONS = 1_000  # rounds of questions of one call
MOST_IDS = 10_000  # for new rows of one call


class PluginFailedError(Exception):
    """A plugin's rule failed, or did what it may not; the cause is its own traceback."""


class TheirError(Exception):
    """The traceback in the process of the plugin, as text."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Let the process compute until it asks or is done. Answer: what it says."""

    call: Call


@dataclass(frozen=True, slots=True)
class Ran:
    """Which version of which bundle a rule is called in: noted as a question, so that a replay calls the same one."""

    bundle: str
    version: str


class Call:
    """One call of a rule of a plugin."""

    def __init__(self, plugin: ActivePlugin, name: str, context: RuleContext) -> None:
        self.plugin, self.name, self.context = plugin, name, context
        self.answers: list[Any] = []  # for a new process, should the one at work die of another call
        self.process: Process | None = None  # where the call waits for an answer
        self.number = 0
        self.seconds: float | None = None  # left to it
        self.known = Known(context.run.get)

    def note(self, question: Any, answer: Any) -> None:
        """Leave no trace: what the rule asked and did is traced itself."""

    def given(self) -> tuple[Any, ...]:
        """Return what the process needs to begin."""
        own = self.context
        # The database's driver has a UUID of its own, which the process does not know.
        event = msgspec.structs.replace(own.event, id=UUID(int=own.event.id.int))
        return (self.name, own.props, (event, own.entity, own.account, own.now), self.answers)

    def answered(self, answer: Any) -> None:
        """Keep an answer, for the process."""
        if len(self.answers) == MOST_QUESTIONS:
            raise RuleError(f"rule {self.name} asks more than {MOST_QUESTIONS} times", 500)
        self.answers.append(answer)
        self.known.tell(answer)

    def look_up(self, what: str, wanted: Any) -> Any:
        """Give the process what it asks for while it computes: rows and joins of its tree, and what new rows need."""
        run = self.context.run
        if what == "rows" and wanted in MODEL.tables:
            return run.all(wanted)
        if what == "joins" and wanted in MODEL.joins:
            return run.joins.get(wanted, set())
        if what == "ids" and isinstance(wanted, int) and 0 < wanted <= MOST_IDS - len(self.known.ids):
            drawn = [self.context.batch.ids.take() for _ in range(wanted)]
            self.known.ids |= set(drawn)
            return drawn
        if what == "workflow":
            match wanted:
                case [int(retailer), str(event), str(type_)]:
                    return self.context.batch.workflow_of(retailer, event, type_)
        raise LostError(f"it asked for {what} {wanted!r:.100}")

    def result(self, said: list[Any]) -> list[Action]:
        """Return the actions that came back, or fail as the rule did."""
        match said:
            case ["actions", described]:
                return actions(described, self.known)
            case ["failed", "rule", str(message), int(code), str(trace)]:
                raise RuleError(message, code) from (TheirError(trace) if trace else None)  # older notes have none
            case ["failed", "execution", str(message), str() | None as cause, _]:
                raise RuleExecutionError(message, cause)
            case ["failed", _, str(message), _, str(trace)]:
                raise PluginFailedError(message) from TheirError(trace)
        raise PluginFailedError("its process says what nobody understands")


def calling(plugin: ActivePlugin, name: str, drop: Callable[[Call], None]) -> Callable[[Context], Awaitable[Any]]:
    """Return the function of a rule that is called in the plugin's process."""

    async def function(context: Any) -> list[Action]:
        context.note(Ran(plugin.name, plugin.version), None)
        call = Call(plugin, name, context)
        step: Ask[Any] = Ask(call, Step(call))  # type: ignore[arg-type]  # of a Step's context only note() is called
        try:
            while (said := await step)[0] == "asks":
                asks = [Ask[Any](context, question) for question in questions(said[-1])]
                call.answered(await (AskAll(asks) if said[1] else asks[0]))
            return call.result(said)
        finally:
            drop(call)

    return function
