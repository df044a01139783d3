"""Executing a set: ruleset by ruleset, by columns, inside the transaction that writes it (ADR 22).

It is matched, executed and traced as single events are; what differs is how many there are. All rows that it may
change are locked when they are read, so nothing of it can be out of date when it is written.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.model.registry import MODEL
from penstock.orchestration.execution import MAX_INLINE
from penstock.orchestration.places import entity_of, root_place, subtype_of, table_of, workflow_name
from penstock.orchestration.run import Run
from penstock.orchestration.sets.carried import packed
from penstock.orchestration.sets.members import SetMembers
from penstock.orchestration.sets.recording import record_of
from penstock.orchestration.sets.sending import meets, outside
from penstock.orchestration.sets.trace import Done, SetEvent, SetRule, SetRuleset, SetTrace
from penstock.orchestration.workflow import AGEING
from penstock.rules.declaration import REGISTRY
from penstock.rules.sets import FORMS, CreateAll, ForwardAll, LeaveError, PostponeAll, RowsWhere, Same, UpdateAll

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from penstock.model.rows import Row
    from penstock.orchestration.batch import Batch
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.sets.carried import Carried
    from penstock.orchestration.workflow import RuleCall, Ruleset, Workflow
    from penstock.rules.sets import Column, SetAction

    SetAnswerer = Callable[["SetExecution", Any], Awaitable[Any]]


_KIND_COLUMNS = ("workflow_ref", "workflow_version", "type", "status")
_KIND = attrgetter(*_KIND_COLUMNS)
SKIPPED = "Skipped"  # how the audit names what had nothing to do


@dataclass
class Standing:
    """Members at the same event: their entities, of one type, and their attributes."""

    name: str
    entity_type: str
    numbers: Sequence[int]
    rows: Column
    columns: dict[str, Column]
    parent: int = -1
    turns: Sequence[int] = ()


class SetExecution:
    """One set and all inline events that follow for its members."""

    def __init__(
        self,
        batch: Batch,
        pending: PendingEvent,
        carried: Carried,
        root: Row,
        answerers: Mapping[type, SetAnswerer],
        lent: Mapping[str, Mapping[int, Row]],
    ) -> None:
        """Begin; ``lent`` are rows by table and id that this transaction holds already, as it has written them."""
        self.batch = batch
        self.pending = pending
        self.carried = carried
        self.root = root
        self.lent = lent
        self.run = Run(pending.lane, [], outside=True)
        self.following: list[PendingEvent] = []  # sets that may follow in the same transaction
        self.trace = SetTrace(batch.now.timestamp(), carried.size)
        self.known: dict[tuple[str, int | None], dict[str, Row | None]] = {}  # rows by ref, as asked for
        self.read: list[RowsWhere] = []  # questions whose rows, of trees that are the set's to change, are all at hand
        self._answerers = answerers
        self._inline: deque[Standing] = deque()
        self._turns = [0] * carried.size
        self._alike: list[list[Row]] = []  # rows of one kind each, as long as nothing changes what kinds are by
        self._told: list[tuple[list[Row], tuple[Any, Any]]] = []  # rows that events were about, and how they told so
        self._workflow: Workflow | None = None

    async def execute(self, rows: Column, skipped: Mapping[int, str]) -> None:
        """Run all members to their end, but for those ``skipped``, for the reasons given; ``rows`` are their entities.

        Raises:
            LeaveError: these members have to go the ordinary way; nothing of the run may be written.
        """
        numbers = [n for n in range(self.carried.size) if n not in skipped]
        for why in dict.fromkeys(skipped.values()):
            self._skip([n for n in sorted(skipped) if skipped[n] == why], rows, why)
        if numbers:
            self._inline.append(
                Standing(self.pending.name, self.pending.entity_type, numbers, rows, self.carried.columns)
            )
        count = 0
        while self._inline:
            count += 1
            if count > MAX_INLINE:
                raise LeaveError(numbers, f"more than {MAX_INLINE} inline events")
            for part in self._parts(self._inline.popleft()):
                await self._one(part)
        record = record_of(self)
        self.run.records.append(record)

    async def ask(self, question: object) -> Any:
        """Return the answer to a question of a set form."""
        return await self._answerers[type(question)](self, question)

    def hears(self, name: str, row: Row) -> bool:
        """Return whether a row's workflow has a ruleset of a name for its type."""
        workflow = self._stored(row)
        return workflow is not None and workflow.hears(name, str(entity_of(row).event))

    def owns(self, table: str) -> bool:
        """Return whether rows of a table may be changed by this set: those that run in the workflow of its root."""
        entity = MODEL.tables[table].entities[0]
        return entity.root is not None and MODEL.root(entity)[0].table == table_of(self.root)

    # --- one event ---

    def _parts(self, standing: Standing) -> Iterator[Standing]:
        """Yield the members by workflow, type and status of their entities: each part matches the same rulesets."""
        if isinstance(standing.rows, Same):
            yield standing
            return
        rows = standing.rows
        about = [rows[n] for n in standing.numbers]
        if about in self._alike:
            yield standing
            return
        kinds = list(map(_KIND, about))
        if kinds.count(kinds[0]) == len(kinds):
            self._alike.append(about)
            yield standing
            return
        parts: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for n, kind in zip(standing.numbers, kinds, strict=True):
            parts[kind].append(n)
        for numbers in parts.values():
            yield Standing(standing.name, standing.entity_type, numbers, rows, standing.columns, standing.parent)

    async def _one(self, standing: Standing) -> None:
        first = standing.rows[standing.numbers[0]]
        rulesets = self._match(standing, first)
        event = self._event(standing, first)
        event.result = "SUCCESS" if rulesets else "NO_MATCH"
        number = len(self.trace.body.events) - 1
        for ruleset in rulesets:
            await self._ruleset(ruleset, standing, event, number)

    def _match(self, standing: Standing, row: Row) -> list[Ruleset]:
        workflow = self._stored(row)
        if workflow is None:
            return []
        if self._workflow is None:
            self._workflow = workflow
            self.trace.body.workflow, self.trace.body.version = workflow.name, workflow.version
        return workflow.match(
            standing.name, standing.entity_type, "NORMAL", subtype_of(row), getattr(row, "status", None)
        )

    def _stored(self, row: Row) -> Workflow | None:
        own = self.root if root_place(row) == root_place(self.root) else None
        major = None if self.pending.root_type in AGEING else getattr(own or row, "workflow_version", None)
        name = workflow_name(row, own)
        return self.batch.configuration.workflows.newest(self.pending.retailer_id, name, major)

    def _event(self, standing: Standing, first: Row) -> SetEvent:
        rows, numbers = standing.rows, standing.numbers
        standing.turns = self._turns
        self._turns = self._turns.copy()
        for n in numbers:
            self._turns[n] += 1
        event = SetEvent(
            standing.parent,
            standing.name,
            standing.entity_type,
            getattr(first, "status", None),
            None if len(numbers) == self.carried.size else list(numbers),
            *self._about(rows, numbers),
            {name: self.trace.column(column) for name, column in standing.columns.items()},
            rulesets=[],
        )
        self.trace.body.events.append(event)
        return event

    def _about(self, rows: Column, numbers: Sequence[int]) -> tuple[Any, Any]:
        """Return the ids and refs of rows as an event has them; most events of a set are about the same rows."""
        if isinstance(rows, Same):
            return packed(Same(rows.value.id)), packed(Same(rows.value.ref))
        about = [rows[n] for n in numbers]
        for known, told in self._told:
            if known == about:
                return told
        told = self.trace.kept([row.id for row in about]), self.trace.kept([row.ref for row in about])
        self._told.append((about, told))
        return told

    def _skip(self, numbers: list[int], rows: Column, why: str) -> None:
        """Note why members have nothing to do here."""
        standing = Standing(self.pending.name, self.pending.entity_type, numbers, rows, self.carried.columns)
        event = self._event(standing, rows[numbers[0]])
        ran = SetRule(SKIPPED, 0, 0, 0, [Done("Log", SKIPPED, numbers, [[why, {}]] * len(numbers))])
        event.rulesets.append(SetRuleset(self.pending.name, -1, 0, 0, [ran]))

    # --- one ruleset ---

    async def _ruleset(self, ruleset: Ruleset, standing: Standing, event: SetEvent, number: int) -> None:
        now = self.trace.elapsed()
        ran = SetRuleset(ruleset.name, ruleset.position, now, now, [])
        event.rulesets.append(ran)
        later: list[ForwardAll] = []
        for place, call in enumerate(ruleset.rules):
            rule = SetRule(call.name, place, ran.stop, 0, [])
            ran.rules.append(rule)
            for action in await self._rule(call, standing):
                later += self._apply(action, rule, standing)
            rule.stop = ran.stop = self.trace.elapsed()
        for forward in later:
            self._send(forward, standing, number)

    async def _rule(self, call: RuleCall, standing: Standing) -> Sequence[SetAction]:
        rule = self.batch.resolve(call.name)
        form = FORMS.get(rule.name) if rule is not None and REGISTRY.get(rule.name) is rule else None
        if rule is None or form is None:
            raise LeaveError(range(self.carried.size), f"rule {call.name} has no set form")
        return await form(SetMembers(self, standing, rule, call))

    def _apply(self, action: SetAction, ran: SetRule, standing: Standing) -> list[ForwardAll]:
        """Do what takes effect at once; return what waits for the end of the ruleset."""
        match action:
            case UpdateAll(changes):
                self._update(changes, ran)
                return []
            case CreateAll(numbers, rows):
                return self._create(numbers, rows, ran)
            case ForwardAll(numbers=numbers) if numbers:
                self._note(action, ran)
                return [action]
            case PostponeAll(numbers=numbers) if numbers:
                again = ForwardAll(standing.name, numbers, keeps=True)
                self._note(again, ran)
                sent = Standing(
                    standing.name, standing.entity_type, numbers, standing.rows, standing.columns, 0, standing.turns
                )
                self.run.outbound.append(outside(self, sent, self.root))
        return []

    def _update(self, changes: Sequence[tuple[int, Row, dict[str, Any]]], ran: SetRule) -> None:
        if not changes:
            return
        kind = type(changes[0][1]).__name__
        details = [[row.id, values] for _, row, values in changes]
        ran.actions.append(Done("Update", kind, [n for n, _, _ in changes], details))
        if not all(values.keys().isdisjoint(_KIND_COLUMNS) for _, _, values in changes):
            self._alike.clear()
        self.run.update_all(changes, self.batch.now)

    def _create(self, numbers: Sequence[int], rows: Column, ran: SetRule) -> list[ForwardAll]:
        if not numbers:
            return []
        made, kind = [rows[n] for n in numbers], type(rows[numbers[0]]).__name__
        # Copies: what changes of the rows later stands with the rules that change it.
        ran.actions.append(Done("Create", kind, list(numbers), [msgspec.structs.asdict(row) for row in made]))
        self.run.create_all(made)
        table = table_of(made[0])
        parent = MODEL.parent_column(MODEL.tables[table].entities[0].name)
        for (named, within), known in self.known.items():
            if named == table:
                known.update((row.ref, row) for row in made if parent is None or getattr(row, parent) == within)
        created = ForwardAll("CREATE", numbers, to=rows, keeps=False)
        return [created] if entity_of(rows[numbers[0]]).orchestrated else []

    def _note(self, action: ForwardAll, ran: SetRule) -> None:
        """Note a forwarded event; its attributes stand with the event that is sent."""
        numbers, to = list(action.numbers), action.to
        target = None if to is None else type(to[numbers[0]]).__name__
        ids = [None] * len(numbers) if to is None else [to[n].id for n in numbers]
        ran.actions.append(Done("SendEvent", [action.name, target, None if action.keeps else {}], numbers, ids))

    def _send(self, action: ForwardAll, standing: Standing, number: int) -> None:
        rows = standing.rows if action.to is None else action.to
        columns = {**standing.columns, **action.adds} if action.keeps else action.adds
        first = rows[action.numbers[0]]
        entity = entity_of(first)
        if root_place(first) == root_place(self.root):
            self._inline.append(Standing(action.name, str(entity.event), action.numbers, rows, columns, number))
            return
        root = action.root if action.root is not None else self.root
        sent = Standing(action.name, str(entity.event), action.numbers, rows, columns, number, standing.turns)
        event = outside(self, sent, root)
        (self.run.outbound if meets(root) else self.following).append(event)
