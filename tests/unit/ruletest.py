"""Running one rule against a tree and answers that a test gives, without engine or database."""

from __future__ import annotations

import inspect
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.model.rows import row_type
from penstock.model.vocabulary import Many, One
from penstock.rules import Ask, AskAll, Event, RuleError
from penstock.rules.names import resolve
from penstock.rules.questions import Question, Setting

if TYPE_CHECKING:
    from penstock.rules import Action, Rule
    from penstock.rules.declaration import RuleFunction

Row = Any
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


def row(entity: str, **values: Any) -> Row:
    """Return a row of an entity, created now."""
    created = row_type(entity)(**values)
    for name in ("created_on", "updated_on"):
        if hasattr(created, name) and name not in values:
            setattr(created, name, NOW)
    return created


class Tree:
    """The rows that a rule can see, by entity, and the join tables between them."""

    def __init__(self, joins: dict[str, list[dict[str, int]]] | None = None, **rows: list[Row]) -> None:
        self.rows = rows
        self.joins = joins or {}

    def of(self, target: str) -> list[Row]:
        """Return the rows of an entity, or of every type behind an interface."""
        names = [e.name for e in MODEL.variants(target)]
        return [r for name in names for r in self.rows.get(name, [])]


class FakeContext:
    """A rule's view of one event, as the engine gives it."""

    def __init__(
        self,
        entity_name: str,
        entity: Row,
        *,
        root: Row | None = None,
        tree: Tree | None = None,
        attributes: dict[str, Any] | None = None,
        answers: dict[Any, Any] | None = None,
    ) -> None:
        self.entity_name, self.entity, self.root = entity_name, entity, root
        self.account, self.now = "ACME", NOW
        self.tree = tree or Tree()
        self.answers: dict[Question, Any] = answers or {}
        self.asked: list[tuple[Question, Any]] = []
        self.props: dict[str, Any] = {}
        self.rule: Rule | None = None
        self._next_id = 9000
        self.event = Event(
            id=uuid.UUID(int=7),
            name="Test",
            retailer_id=1,
            entity_type=MODEL.entity(entity_name).event or "",
            entity_id=entity.id,
            attributes=attributes or {},
        )

    def prop(self, name: str) -> Any:
        """Return a property as the engine does."""
        assert self.rule is not None
        declared = self.rule.by_name[name]
        if self.props.get(name) is None:
            if declared.required:
                raise RuleError(f"property {name} is missing")
            return declared.default
        return declared.convert(self.props[name])

    def attribute(self, name: str) -> Any:
        """Return an attribute as the engine does."""
        value = self.event.attributes.get(name)
        if value is None:
            raise RuleError(f"attribute {name} is missing")
        return value

    def rows(self, entity: str) -> list[Row]:
        """Return all rows of an entity in the tree."""
        return self.tree.of(entity)

    def row(self, entity: str, id_: int) -> Row | None:
        """Return one row of the tree."""
        return next((r for r in self.tree.of(entity) if r.id == id_), None)

    def many(self, row: Row, field_name: str) -> list[Row]:
        """Follow a list of the model."""
        entity, link = _field(row, field_name)
        assert isinstance(link, Many), f"{entity}.{field_name} is no list"
        if link.through is None:
            return _matching(self.tree.of(link.target), row, link.match)
        joined = self.tree.joins.get(link.through.table, [])
        ids = {j[link.through.there] for j in joined if j[link.through.here] == row.id}
        return [r for r in self.tree.of(link.target) if r.id in ids]

    def one(self, row: Row, field_name: str) -> Row | None:
        """Follow a link of the model."""
        entity, link = _field(row, field_name)
        assert isinstance(link, One), f"{entity}.{field_name} is no link"
        return next(iter(_matching(self.tree.of(link.target), row, link.match)), None)

    def new(self, entity: str, **values: Any) -> Row:
        """Return a new row with an id above 9000."""
        self._next_id += 1
        created = row(entity, id=self._next_id)
        for name, value in ({"status": "CREATED"} | values).items():
            if name in values or hasattr(created, name):
                setattr(created, name, value)
        return created

    async def ask(self, question: Question) -> Any:
        """Ask for an answer of the test."""
        return await Ask(self, question)

    def note(self, question: Question, answer: Any) -> None:
        """Remember what was asked."""
        self.asked.append((question, answer))

    def answer(self, question: Question) -> Any:
        """Return what the test says; settings that it does not mention are missing."""
        if question not in self.answers and not isinstance(question, Setting):
            raise AssertionError(f"no answer given for {question}")
        self.note(question, self.answers.get(question))
        return self.answers.get(question)


def _field(row: Row, field_name: str) -> tuple[str, object]:
    for entity in MODEL.entities:
        if row_type(entity.name) is type(row) and field_name in entity.by_name:
            return entity.name, entity.by_name[field_name]
    raise AssertionError(f"no entity with rows like {type(row).__name__} has a field {field_name}")


def _matching(candidates: list[Row], row: Row, match: tuple[tuple[str, str], ...]) -> list[Row]:
    return [c for c in candidates if all(getattr(c, theirs) == getattr(row, own) for theirs, own in match)]


def run(name: str, context: FakeContext, **props: Any) -> list[Action]:
    """Run a rule of the library and return its actions; ``name`` is without the account."""
    return run_all(name, [context], **props)[0]


def run_all(name: str, contexts: list[FakeContext], **props: Any) -> list[list[Action]]:
    """Run a rule for several contexts, a set rule for all at once."""
    rule = resolve(f"ACME.{name}")
    assert rule is not None, f"there is no rule {name}"
    unknown = props.keys() - rule.by_name.keys()
    assert not unknown, f"{name} does not declare {unknown}"
    for context in contexts:
        context.rule, context.props = rule, props
    if rule.set_function is not None:
        return [list(actions or ()) for actions in _drive(rule.set_function(contexts))]
    assert rule.function is not None
    return [list(_result(rule.function, context) or ()) for context in contexts]


def _result(function: RuleFunction, context: FakeContext) -> Any:
    result = function(context)
    return _drive(result) if inspect.isawaitable(result) else result


def _drive(awaited: Any) -> Any:
    """Answer every question of a rule until it returns."""
    answer: Any = None
    while True:
        try:
            asked: Any = awaited.send(answer)
        except StopIteration as stop:
            return stop.value
        asks: list[Any] = asked.asks if isinstance(asked, AskAll) else [asked]
        answers = [a.context.answer(a.question) for a in asks]
        answer = answers if isinstance(asked, AskAll) else answers[0]
