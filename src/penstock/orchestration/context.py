"""What the engine gives to a rule: the implementation of :class:`penstock.rules.context.Context`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.model.rows import row_type
from penstock.model.vocabulary import Many, One, snake
from penstock.orchestration.places import entity_of, root_of, root_place
from penstock.orchestration.trace import AskNode, RuleNode
from penstock.rules.context import Ask
from penstock.rules.failures import RuleError

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from datetime import datetime

    from penstock.model.rows import Row
    from penstock.model.vocabulary import Entity
    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run
    from penstock.orchestration.trace import Trace
    from penstock.orchestration.workflow import RuleCall
    from penstock.rules.context import Event
    from penstock.rules.declaration import Rule
    from penstock.rules.questions import Question


class RuleContext:
    """The view of one rule on its event; made anew for each rule."""

    __slots__ = ("_call", "_trace", "batch", "entity", "event", "node", "rule", "run")

    def __init__(
        self,
        run: Run,
        batch: Batch,
        event: Event,
        entity: Row,
        rule: Rule,
        call: RuleCall,
        node: RuleNode,
        trace: Trace,
    ) -> None:
        self.run = run
        self.batch = batch
        self.event = event
        self.entity = entity
        self.rule = rule
        self.node = node
        self._call = call
        self._trace = trace

    @property
    def entity_name(self) -> str:
        """Return the GraphQL name of the event's entity."""
        return entity_of(self.entity).name

    @property
    def account(self) -> str:
        """Return the account's name."""
        return self.batch.account

    @property
    def now(self) -> datetime:
        """Return the moment of this batch."""
        return self.batch.now

    @property
    def root(self) -> Row | None:
        """Return the root of the workflow, where it is in memory."""
        return self.run.get(*root_place(self.entity))

    @property
    def props(self) -> dict[str, Any]:
        """Return the properties as the workflow gives them."""
        return self._call.props

    def prop(self, name: str) -> Any:
        """Return a declared property of the rule, converted; ``RuleError`` 400 when missing."""
        converted = self._call.converted
        try:
            return converted[name]
        except KeyError:
            found = converted[name] = self._converted(name)
            return found

    def _converted(self, name: str) -> Any:
        declared, given = self.rule.by_name[name], self._call.props.get(name)
        if given is not None:
            return declared.convert(given)
        if declared.required:
            raise RuleError(f"rule {self.rule.name} needs the property {name}")
        return declared.default

    def attribute(self, name: str) -> Any:
        """Return an attribute of the event; ``RuleError`` 400 when missing or null."""
        value = self.event.attributes.get(name)
        if value is None:
            raise RuleError(f"event {self.event.name} does not have {name} attributes; rule {self.rule.name} needs it")
        return value

    def rows(self, entity: str) -> list[Row]:
        """Return all rows of an entity in the tree, by id."""
        return self.run.all(MODEL.table_of(entity).name)

    def row(self, entity: str, id_: int) -> Row | None:
        """Return the row of the tree with this id."""
        return self.run.get(MODEL.table_of(entity).name, id_)

    def many(self, row: Row, field_name: str) -> list[Row]:
        """Follow a list of the model within the tree."""
        field = entity_of(row).field(field_name)
        assert isinstance(field, Many)
        return self.run.many(row, field)

    def one(self, row: Row, field_name: str) -> Row | None:
        """Follow a link of the model within the tree."""
        field = entity_of(row).field(field_name)
        assert isinstance(field, One)
        return self.run.one(row, field)

    def new(self, entity: str, *, under: Row | None = None, **values: Any) -> Row:
        """Return a new row with id, dates, status CREATED and workflow, in this tree or under another root."""
        declared = MODEL.entity(entity)
        columns = {c.column for c in declared.columns}
        filled = {"id": self.batch.new_id(entity, values.get("ref")), **self._inherited(columns, declared, under)}
        if "workflow_ref" in columns:
            filled["workflow_ref"], filled["workflow_version"] = self._workflow(declared, under, values.get("type"))
        if declared.variant is not None:
            filled["kind"] = declared.variant
        if "status" in columns:
            filled["status"] = "CREATED"
        unknown = values.keys() - columns
        if unknown:
            raise RuleError(f"{entity} has no column {', '.join(sorted(unknown))}", code=500)
        created = row_type(entity)(**{**filled, **values})
        if under is not None:
            self.run.place(created, under)
        return created

    def _inherited(self, columns: set[str], declared: Entity, under: Row | None) -> dict[str, Any]:
        """Return what a new row takes from where it stands, and from the clock."""
        found: dict[str, Any] = {c: self.now for c in ("created_on", "updated_on") if c in columns}
        if "retailer_id" in columns:
            found["retailer_id"] = getattr(under, "retailer_id", None) or self.event.retailer_id
        if under is not None:
            found |= dict.fromkeys(columns_to(declared, entity_of(under).name), under.id)
        elif declared.tree and declared.tree != declared.name:
            root, id_ = root_of(self.entity)
            if MODEL.entity(declared.tree).event == root:
                found[f"{snake(declared.tree)}_id"] = id_
        return found

    def _workflow(self, declared: Entity, under: Row | None, type_: str | None) -> tuple[str, int]:
        """Return the workflow of a new row: that of its root, or one of its own in the newest version."""
        root, column = MODEL.root(declared)
        if under is not None:
            return under.workflow_ref, under.workflow_version
        if column == "id" or root.event != root_of(self.entity)[0]:
            if type_ is None:
                raise RuleError(f"a new {declared.name} needs its type, which names its workflow", code=500)
            return self.batch.workflow_of(self.event.retailer_id, str(declared.event), type_)
        leading = self.root or self.entity
        name, version = leading.workflow_ref, leading.workflow_version
        return name or self.entity.workflow_ref, version or self.entity.workflow_version

    def ask(self, question: Question) -> Awaitable[Any]:
        """Ask the engine; the answer's shape stands with the question."""
        return Ask(self, question)

    def note(self, question: Question, answer: Any) -> None:
        """Keep a question and its answer in the trace."""
        self.node.asks.append(AskNode(type(question).__name__, question, self._trace.value(answer)))


def columns_to(declared: Entity, root: str) -> set[str]:
    """Return the columns that lead from an entity to a root: that of its tree, and that of its workflow."""
    found = {MODEL.root_column(declared)} if declared.tree == root else set()
    if declared.root is not None and MODEL.root(declared)[0].name == root:
        found.add(MODEL.root(declared)[1])
    return found - {"id"}
