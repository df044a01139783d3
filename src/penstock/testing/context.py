"""A rule's view of one event, as the engine gives it, over rows and answers of the test."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.orchestration.context import columns_to
from penstock.orchestration.places import entity_of
from penstock.rules import Ask, Event, RuleError
from penstock.rules.questions import Question, Setting
from penstock.testing.trees import NOW, Tree, row

if TYPE_CHECKING:
    from penstock.rules import Rule

Row = Any


class FakeContext:
    """The event "Test" to a row. ``answers`` maps questions to what they are answered; settings may be missing."""

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
        return self.tree.many(row, field_name)

    def one(self, row: Row, field_name: str) -> Row | None:
        """Follow a link of the model."""
        return self.tree.one(row, field_name)

    def new(self, entity: str, *, under: Row | None = None, **values: Any) -> Row:
        """Return a new row with an id above 9000, in this tree or under another root."""
        self._next_id += 1
        created = row(entity, id=self._next_id)
        place = (
            {} if under is None else dict.fromkeys(columns_to(MODEL.entity(entity), entity_of(under).name), under.id)
        )
        for name, value in ({"status": "CREATED"} | place | values).items():
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
