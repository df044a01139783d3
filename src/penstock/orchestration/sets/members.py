"""What a set form sees: the implementation of :class:`penstock.rules.sets.Members`."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

from penstock.model.rows import row_type
from penstock.orchestration.places import table_of
from penstock.rules.failures import RuleError
from penstock.rules.sets import LeaveError, Same

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.model.rows import Row
    from penstock.orchestration.sets.execution import SetExecution, Standing
    from penstock.orchestration.workflow import RuleCall
    from penstock.rules.declaration import Rule
    from penstock.rules.sets import Column

_ABSENT = Same(None)


class SetMembers:
    """The members that stand at one rule; made anew for each."""

    __slots__ = ("_call", "_execution", "_rule", "_standing", "entities", "entity_type", "numbers")

    def __init__(self, execution: SetExecution, standing: Standing, rule: Rule, call: RuleCall) -> None:
        self._execution = execution
        self._standing = standing
        self._rule = rule
        self._call = call
        self.numbers = standing.numbers
        self.entities = standing.rows
        self.entity_type = standing.entity_type

    @property
    def root(self) -> Row:
        """Return the catalogue that all of them belong to."""
        return self._execution.root

    @property
    def retailer_id(self) -> int:
        """Return the retailer of the events."""
        return self._execution.pending.retailer_id

    def prop(self, name: str) -> Any:
        """Return a declared property of the rule, converted; without it, nobody can stay in the set."""
        declared, given = self._rule.by_name[name], self._call.props.get(name)
        try:
            if given is not None:
                return declared.convert(given)
        except RuleError as error:
            raise LeaveError(self.numbers, error.message) from error
        if declared.required:
            raise LeaveError(self.numbers, f"rule {self._rule.name} needs the property {name}")
        return declared.default

    def column(self, name: str) -> Column:
        """Return an attribute of the events."""
        return self._standing.columns.get(name, _ABSENT)

    def made(self, row: Row) -> bool:
        """Return whether the set itself has made this row."""
        return row.id in self._execution.run.made(table_of(row))

    def hears(self, name: str, row: Row) -> bool:
        """Return whether the workflow of a row has a ruleset of a name for it."""
        return self._execution.hears(name, row)

    def blank(self) -> list[Any]:
        """Return a new column without values."""
        return [None] * self._execution.carried.size

    async def ask(self, question: object) -> Any:
        """Return the answer to one question for the whole set."""
        return await self._execution.ask(question)

    async def new(
        self, entity: str, numbers: Sequence[int], values: dict[str, Column], *, status: str = "CREATED"
    ) -> list[Row]:
        """Return a column of new rows with ids, dates and the workflow of the catalogue."""
        batch, root = self._execution.batch, self.root
        make, rows = row_type(entity), self.blank()
        names = make.__struct_fields__
        if unknown := values.keys() - set(names):
            raise TypeError(f"{entity} has no column {', '.join(sorted(unknown))}")
        same: dict[str, Any] = dict(zip(names, make.__struct_defaults__, strict=True))
        same |= {"created_on": batch.now, "updated_on": batch.now, "status": status}
        same |= {"workflow_ref": root.workflow_ref, "workflow_version": root.workflow_version}
        ids = [batch.ids.take() for _ in numbers]
        columns = {name: _of(values[name], numbers) if name in values else repeat(same[name]) for name in names}
        for n, row in zip(numbers, map(make, *(columns | {"id": ids}).values()), strict=True):
            rows[n] = row
        return rows


def _of(column: Column, numbers: Sequence[int]) -> Iterable[Any]:
    """Return the values that a column has for some members."""
    return repeat(column.value) if isinstance(column, Same) else [column[n] for n in numbers]
