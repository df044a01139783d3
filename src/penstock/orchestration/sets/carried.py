"""A set of events in the queue: one row that stands for many, with their attributes as columns.

Its members have ids one after another, as if each had been stored by itself, beginning with the row's own.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.orchestration.records import AUDIT_BITS, INLINE_BITS
from penstock.rules.sets import Same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.rules.sets import Column

_SAME = "="


def member_id(first: uuid.UUID, number: int) -> uuid.UUID:
    """Return the id of a member's event."""
    return uuid.UUID(int=first.int + (number << INLINE_BITS))


@dataclass(frozen=True)
class Parents:
    """The events that led to the members: those of members of another set, each its ``turns``-th one."""

    first: uuid.UUID
    numbers: Sequence[int]
    turns: Sequence[int]

    def of(self, number: int) -> uuid.UUID:
        """Return the id of the event that led to a member."""
        parent = member_id(self.first, self.numbers[number])
        return uuid.UUID(int=parent.int | self.turns[number] << AUDIT_BITS)

    def stored(self) -> dict[str, Any]:
        """Return what the queue and the log keep of it."""
        return {"first": str(self.first), "numbers": self.numbers, "turns": self.turns}


@dataclass
class Carried:
    """The members of a set: their attributes, and their entities where these are not one catalogue."""

    size: int
    columns: dict[str, Column] = field(default_factory=dict)
    ids: Sequence[int] | None = None
    refs: Sequence[str | None] | None = None
    parents: Parents | None = None

    def attributes(self, number: int) -> dict[str, Any]:
        """Return the attributes of a member."""
        return {name: column[number] for name, column in self.columns.items() if column[number] is not None}

    def stored(self) -> dict[str, Any]:
        """Return what the queue keeps of it."""
        parents = self.parents
        return {
            "columns": {name: packed(column) for name, column in self.columns.items()},
            "ids": self.ids,
            "refs": self.refs,
            "parents": parents and parents.stored(),
        }

    @classmethod
    def read(cls, size: int, stored: dict[str, Any]) -> Carried:
        """Return it as it was stored."""
        given = stored.get("parents")
        parents = given and Parents(uuid.UUID(given["first"]), given["numbers"], given["turns"])
        columns = {name: unpacked(column) for name, column in stored["columns"].items()}
        return cls(size, columns, stored.get("ids"), stored.get("refs"), parents)


def packed(column: Column) -> Any:
    """Return a column as it is stored: a list, or the one value of all members."""
    return {_SAME: column.value} if isinstance(column, Same) else column


def unpacked(stored: Any) -> Column:
    """Return a column as it was before."""
    return Same(stored[_SAME]) if isinstance(stored, dict) else stored
