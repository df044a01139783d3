"""Rows that nobody has recorded, but that are as they were: they have not been changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import NotRecordedError
from penstock.model.registry import MODEL
from penstock.orchestration import trees
from penstock.rules import questions as q

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.database.reading import Reader

# What belongs to no tree and no event is about, such as a store's address: only clients change it, and a change leaves
# its moment.
_LASTING = {
    e.name for e in MODEL.entities if not e.event and not e.tree and any(c.column == "updated_on" for c in e.columns)
}


@dataclass(frozen=True)
class Unchanged:
    """Looks rows up in the database."""

    reader: Reader

    async def answer(self, question: Any, retailer: int, now: datetime) -> Any:
        """Return the row that a question is about, as JSON.

        Raises:
            NotRecordedError: it is not about a row of that kind, there is none, or it has been changed since.
        """
        match question:
            case q.ById(entity=entity, id=id_) if entity in _LASTING:
                found = await self._rows(entity, "t.id = $1", id_)
            case q.ByRef(entity=entity, ref=ref) if entity in _LASTING:
                parent = MODEL.parent_column(entity)
                owner = question.parent(parent, retailer)
                condition, arguments = ("", ()) if parent is None else (f" AND t.{parent} = $2", (owner,))
                found = await self._rows(entity, f"t.ref = $1{condition}", ref, *arguments)
            case _:
                found = []
        if len(found) != 1 or found[0].updated_on > now:
            raise NotRecordedError(question)
        return msgspec.to_builtins(found[0])

    async def _rows(self, entity: str, condition: str, *arguments: Any) -> list[Any]:
        table = MODEL.table_of(entity).name
        sql = f"SELECT row_to_json(t)::text AS body FROM {table} t WHERE {condition}"
        return [trees.decode(table, record["body"]) for record in await self.reader.fetch(sql, *arguments)]
