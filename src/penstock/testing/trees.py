"""Rows for tests, made of plain data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.model.rows import row_type
from penstock.model.vocabulary import Many, One
from penstock.orchestration.places import entity_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = Any
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


def row(entity: str, **values: Any) -> Row:
    """Return a row of an entity, by its columns, created now: ``row("Order", id=1, type="HD")``."""
    declared = MODEL.entity(entity)
    kind = {"kind": declared.variant} if declared.variant is not None else {}
    created = row_type(entity)(**kind | values)
    for name in ("created_on", "updated_on"):
        if hasattr(created, name) and name not in values:
            setattr(created, name, NOW)
    return created


class Tree:
    """The rows that a rule can see, by entity, and the join tables between them.

    Rows may be given as plain data: ``Tree(Order=[{"id": 1}], OrderItem=[{"id": 2, "order_id": 1}])``.
    """

    def __init__(
        self, joins: dict[str, list[dict[str, int]]] | None = None, **rows: Sequence[Row | Mapping[str, Any]]
    ) -> None:
        self.rows: dict[str, list[Row]] = {
            entity: [row(entity, **r) if isinstance(r, dict) else r for r in given] for entity, given in rows.items()
        }
        self.joins = joins or {}

    def of(self, target: str) -> list[Row]:
        """Return the rows of an entity, or of every type behind an interface."""
        names = [e.name for e in MODEL.variants(target)]
        return [r for name in names for r in self.rows.get(name, [])]

    def many(self, row: Row, field_name: str) -> list[Row]:
        """Follow a list of the model."""
        link = entity_of(row).field(field_name)
        assert isinstance(link, Many), f"{entity_of(row).name}.{field_name} is no list"
        if link.through is None:
            return _matching(self.of(link.target), row, link.match)
        joined = self.joins.get(link.through.table, [])
        ids = {j[link.through.there] for j in joined if j[link.through.here] == row.id}
        return [r for r in self.of(link.target) if r.id in ids]

    def one(self, row: Row, field_name: str) -> Row | None:
        """Follow a link of the model."""
        link = entity_of(row).field(field_name)
        assert isinstance(link, One), f"{entity_of(row).name}.{field_name} is no link"
        return next(iter(_matching(self.of(link.target), row, link.match)), None)


def _matching(candidates: list[Row], row: Row, match: tuple[tuple[str, str], ...]) -> list[Row]:
    return [c for c in candidates if all(getattr(c, theirs) == getattr(row, own) for theirs, own in match)]
