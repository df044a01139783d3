"""What a rule is given: event, entity, properties, clock, its own tree, and a way to ask for more."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator

    from penstock.model.rows import Row
    from penstock.rules.questions import Question

Q = TypeVar("Q")


class Event(msgspec.Struct):
    """An event as rules and webhooks see it (spec 13 §4). Ids are numbers here, text on the wire."""

    id: uuid.UUID
    name: str
    retailer_id: int
    entity_type: str
    entity_id: int | None = None
    entity_ref: str | None = None
    entity_subtype: str | None = None
    entity_status: str | None = None
    root_type: str | None = None
    root_id: int | None = None
    root_ref: str | None = None
    type: str = "NORMAL"
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    scheduled_on: datetime | None = None
    source: str | None = None
    meta: dict[str, Any] = msgspec.field(default_factory=dict)
    exception: dict[str, Any] | None = None


class Ask(Generic[Q]):
    """A question on its way to the engine: ``answer = await Ask(context, question)``."""

    __slots__ = ("context", "question")

    def __init__(self, context: Context, question: Q) -> None:
        self.context = context
        self.question = question

    def __await__(self) -> Generator[Ask[Q], Any, Any]:
        """Hand the question to the driver, which sends the answer back."""
        answer = yield self
        return answer


class Context(Protocol):
    """The view of one rule. ``rows``, ``many`` and ``one`` read the tree in memory, own changes included."""

    event: Event
    entity: Row

    @property
    def entity_name(self) -> str:
        """Return "Fulfilment" and the like; the type itself for products and addresses ("VariantProduct")."""
        ...

    @property
    def root(self) -> Row | None:
        """Return the root of the tree in memory (the order, the location); None where there is none."""
        ...

    @property
    def account(self) -> str:
        """Return the account's name."""
        ...

    @property
    def now(self) -> datetime:
        """Return the moment of this batch, UTC."""
        ...

    def prop(self, name: str) -> Any:
        """Return a declared property of the rule, converted; ``RuleError`` 400 when missing."""
        ...

    def attribute(self, name: str) -> Any:
        """Return an attribute of the event; ``RuleError`` 400 when missing or null."""
        ...

    def rows(self, entity: str) -> list[Row]:
        """Return all rows of an entity in the tree, by id."""
        ...

    def row(self, entity: str, id_: int) -> Row | None:
        """Return the row of the tree with this id."""
        ...

    def many(self, row: Row, field_name: str) -> list[Row]:
        """Follow a list of the model within the tree: ``many(fulfilment, "items")``."""
        ...

    def one(self, row: Row, field_name: str) -> Row | None:
        """Follow a link of the model within the tree: ``one(article_item, "orderItem")``."""
        ...

    def new(self, entity: str, *, under: Row | None = None, **values: Any) -> Row:
        """Return a new row with id, dates, status CREATED and workflow; store it with ``Create(row)``.

        It stands in the tree of the event, or under the root ``under`` of another tree: a credit memo under the
        billing account that was asked for. A row that is a root itself needs its ``type``, which names its workflow.
        """
        ...

    def ask(self, question: Question) -> Awaitable[Any]:
        """Ask the engine: ``answer = await context.ask(question)``; the answer's shape stands with the question."""
        ...

    def note(self, question: Question, answer: Any) -> None:
        """Keep a question and its answer in the trace; the driver calls it."""
        ...


class AskAll:
    """Several questions on their way to the engine at once: ``answers = await AskAll([Ask(c, q), ...])``."""

    __slots__ = ("asks",)

    def __init__(self, asks: list[Ask[Any]]) -> None:
        self.asks = asks

    def __await__(self) -> Generator[AskAll, list[Any], list[Any]]:
        """Hand the questions to the driver, which sends all answers back, in order."""
        answers: list[Any] = yield self
        return answers
