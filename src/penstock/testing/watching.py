"""A context that remembers what a rule asked and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.vocabulary import Many, One
from penstock.orchestration.places import entity_of

if TYPE_CHECKING:
    from penstock.model.rows import Row
    from penstock.rules import Context
    from penstock.rules.questions import Question


class Watched:
    """Passes everything on to the context behind it."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.asked: set[type] = set()
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        """Return what the context has."""
        return getattr(self.context, name)

    @property
    def root(self) -> Row | None:
        """Return the root, which was read then."""
        root = self.context.root
        if root is not None:
            self.read.add(entity_of(root).name)
        return root

    def rows(self, entity: str) -> list[Row]:
        """Return rows of an entity."""
        self.read.add(entity)
        return self.context.rows(entity)

    def row(self, entity: str, id_: int) -> Row | None:
        """Return one row of an entity."""
        self.read.add(entity)
        return self.context.row(entity, id_)

    def many(self, row: Row, field_name: str) -> list[Row]:
        """Follow a list."""
        self._follow(row, field_name)
        return self.context.many(row, field_name)

    def one(self, row: Row, field_name: str) -> Row | None:
        """Follow a link."""
        self._follow(row, field_name)
        return self.context.one(row, field_name)

    def _follow(self, row: Row, field_name: str) -> None:
        field = entity_of(row).field(field_name)
        if isinstance(field, Many | One):
            self.read.add(field.target)

    async def ask(self, question: Question) -> Any:
        """Ask on behalf of the rule."""
        self.asked.add(type(question))
        return await self.context.ask(question)

    def note(self, question: Question, answer: Any) -> None:
        """Take the answer to a question that was asked together with others."""
        self.asked.add(type(question))
        self.context.note(question, answer)
