"""What a recorded rule did, where it cannot be called again: its questions, its actions, its failure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from penstock.history.answers import Answers, placed, revived, rows_in
from penstock.history.rows import row_from, table_of_struct, typed
from penstock.orchestration.places import table_of
from penstock.orchestration.trace import AskNode
from penstock.rules.actions import Create, Join, Log, Mail, Promise, SendEvent, Update, Webhook
from penstock.rules.failures import RuleError, RuleExecutionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.history.answers import Place
    from penstock.history.bundles import Uncalled
    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row
    from penstock.orchestration.execution import Execution
    from penstock.orchestration.trace import RuleNode
    from penstock.rules.actions import Action

AS_RECORDED = "was not executed again, but did as recorded"


class Record:
    """Tells the rules of a replay what they were told; what cannot be called again did as recorded, says a note."""

    def __init__(self, context: Recorded, notes: list[str]) -> None:
        self._context, self._notes = context, notes
        self._answers = Answers(context)

    async def answer(self, place: Place, question: Any) -> Any:
        """Return a recorded answer; ``NotRecordedError`` without."""
        return self._answers.find(place, question)

    def stand_in(self, execution: Execution, place: Place, rule: Uncalled) -> list[Action]:
        """Return what the rule did."""
        note = f"{rule.rule} {AS_RECORDED}: {rule.reason}"
        if note not in self._notes:
            self._notes.append(note)
        return as_recorded(self._context, execution, place)


def as_recorded(context: Recorded, execution: Execution, place: Place) -> list[Action]:
    """Return the recorded actions of the rule at a place; none where none stood there.

    Raises:
        RuleError, RuleExecutionError: so did the rule.
    """
    ran = dict(placed(context.body)).get(place)
    if ran is None:
        return []
    *_, (_, node) = placed(execution.trace.body)
    for ask in ran.asks:
        node.asks.append(AskNode(ask.kind, ask.question, execution.trace.value(context.value(ask.answer))))
    if ran.error is not None:
        raise _failure(ran)
    rows = _Rows(context, execution, ran)
    return [_ACTIONS[kind](rows, *context.plain(details)) for kind, *details in ran.actions]


def _failure(ran: RuleNode) -> Exception:
    message = (ran.error or "").strip().splitlines()[-1].partition(": ")[2]
    return RuleExecutionError(message, ran.cause) if ran.code is None else RuleError(message, ran.code)


class _Rows:
    """The rows that the actions of one rule speak of."""

    def __init__(self, context: Recorded, execution: Execution, ran: RuleNode) -> None:
        self._run = execution.run
        told = (row for ask in ran.asks for row in rows_in(revived(context.value(ask.answer))))
        self._known: dict[tuple[str, int], Row] = {(table_of(row), row.id): row for row in told}

    def find(self, struct: str, id_: int) -> Row:
        table = str(table_of_struct(struct))
        row = self._run.get(table, id_) or self._known.get((table, id_))
        if row is None:
            raise RuleError(f"the record speaks of {table} {id_}, which is not in it", 500)
        return row

    def new(self, struct: str, values: dict[str, Any]) -> Row:
        row = row_from(str(table_of_struct(struct)), values)
        self._known[table_of(row), row.id] = row
        return row


def _update(rows: _Rows, struct: str, id_: int, values: dict[str, Any]) -> Action:
    return Update(rows.find(struct, id_), typed(str(table_of_struct(struct)), values))


def _sent(rows: _Rows, name: str, to: list[Any] | None, attributes: dict[str, Any] | None, at: str | None) -> Action:
    moment = None if at is None else datetime.fromisoformat(at)
    return SendEvent(name, None if to is None else rows.find(*to), attributes, moment)


_ACTIONS: dict[str, Callable[..., Action]] = {
    "Update": _update,
    "Create": lambda rows, struct, values: Create(rows.new(struct, values)),
    "Join": lambda _, table, columns: Join(table, columns),
    "Promise": lambda _, fulfilment, amounts: Promise(fulfilment, {int(k): v for k, v in amounts.items()}),
    "SendEvent": _sent,
    "Webhook": lambda _, name, url, attributes=None: Webhook(url, name, attributes),
    "Mail": lambda _, template, to, subject: Mail(template, to, subject, ""),
    "Log": lambda _, name, message, attributes: Log(name, message, attributes),
}
