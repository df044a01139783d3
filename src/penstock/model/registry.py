"""All declarations together, completed and checked.

Completion adds the columns that follow from an entity's place: members of a tree carry the root's id and the
retailer's id, so that a tree is loaded, locked and filtered without joins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from penstock.model.entities import (
    billing,
    carriers,
    catalogue,
    comments,
    fulfilments,
    options,
    orders,
    payments,
    places,
    returns,
    security,
    sourcing,
    stock,
    values,
    views,
)
from penstock.model.vocabulary import (
    Column,
    Embedded,
    Entity,
    Enum,
    Field,
    Interface,
    Many,
    One,
    Scalar,
    Through,
    Value,
    snake,
)
from penstock.model.words import stored

ALIASES = {
    "FULFILMENT_OPTION": "FULFILMENT_OPTIONS",
    "FULFILMENTOPTION": "FULFILMENT_OPTIONS",
    "FULFILMENTPLAN": "FULFILMENT_PLAN",
    "FULFILMENTCHOICE": "FULFILMENT_CHOICE",
}  # spellings of entity types in events (spec 13 §3)


@dataclass(frozen=True)
class Table:
    """A table: its columns in order, and the entities that live in it."""

    name: str
    columns: tuple[Column | Embedded, ...]
    entities: tuple[Entity, ...]

    @property
    def shared(self) -> bool:
        """Return whether a column ``kind`` tells several types apart."""
        return self.entities[0].variant is not None

    @cached_property
    def column(self) -> dict[str, Column | Embedded]:
        """Return the columns by name."""
        return {c.column: c for c in self.columns}


class Model:
    """Every entity, value and interface, found by whatever name is at hand."""

    def __init__(
        self,
        entities: tuple[Entity, ...],
        values: tuple[Value, ...],
        interfaces: tuple[Interface, ...],
        enums: tuple[Enum, ...],
    ) -> None:
        by_name = {e.name: e for e in entities}
        self.entities = tuple(_complete(e, by_name) for e in entities)
        self.by_name = {e.name: e for e in self.entities}
        self.values = {v.name: v for v in values}
        self.interfaces = {i.name: i for i in interfaces}
        self.enums = enums
        self.tables = _tables(self.entities)
        self.joins = _joins(self.entities)
        self.keys = _keys(self.entities)
        _check(self)

    def entity(self, name: str) -> Entity:
        """Return the entity with this GraphQL name."""
        return self.by_name[name]

    def stored(self, name: str) -> bool:
        """Return whether a type's rows are stored: an entity's, or those of an interface with a table."""
        return name in self.by_name or (name in self.interfaces and self.interfaces[name].table is not None)

    def of_event(self, entity_type: str) -> tuple[Entity, ...]:
        """Return the entities behind an event's entity type; products are three; empty if unknown."""
        return self._by_event.get(ALIASES.get(entity_type, entity_type), ())

    @cached_property
    def _by_event(self) -> dict[str, tuple[Entity, ...]]:
        found: dict[str, tuple[Entity, ...]] = {}
        for entity in self.entities:
            if entity.event:
                found[entity.event] = (*found.get(entity.event, ()), entity)
        return found

    def table_of(self, target: str) -> Table:
        """Return the table of an entity, or of an interface whose types share one."""
        if target in self.by_name:
            return self.tables[self.by_name[target].table]
        table = self.interfaces[target].table
        if table is None:
            raise KeyError(f"{target} has no table")
        return self.tables[table]

    def variants(self, target: str) -> tuple[Entity, ...]:
        """Return the types that a link to ``target`` may lead to: itself, or an interface's."""
        if target in self.by_name:
            return (self.by_name[target],)
        return self.table_of(target).entities

    def root(self, entity: Entity) -> tuple[Entity, str]:
        """Return the entity whose workflow handles this one, and the column here that holds its id."""
        if entity.root is None:
            raise KeyError(f"{entity.name} has no workflow")
        if entity.root == "self":
            return entity, "id"
        found = entity.by_name.get(entity.root)
        if isinstance(found, One):
            return self.by_name[found.target], found.match[0][1]
        return self.by_name[entity.tree or ""], f"{entity.root}_id"

    def tree(self, root: str) -> tuple[Entity, ...]:
        """Return the members of the tree under ``root``, the root itself first."""
        members = tuple(e for e in self.entities if e.tree == root and e.name != root)
        return (self.by_name[root], *members)

    def parent_column(self, entity: str) -> str | None:
        """Return the column that an entity's ref is unique in; None where it is unique in the account."""
        for unique in self.entity(entity).unique:
            if "ref" in unique.columns:
                return next((c for c in unique.columns if c != "ref"), None)
        return "retailer_id"

    def root_column(self, entity: Entity) -> str:
        """Return the column of a tree's member that holds the id of the tree's root."""
        if entity.tree is None or entity.tree == entity.name:
            return "id"
        return f"{snake(entity.tree)}_id"


def _complete(entity: Entity, by_name: dict[str, Entity]) -> Entity:
    extra: list[Field] = []
    present = {f.column for f in entity.columns}
    if entity.variant is not None:
        extra.append(stored("kind", null=False))
    if entity.tree and entity.tree != entity.name:
        column = f"{snake(entity.tree)}_id"
        if column not in present:
            required = entity.variant is None
            extra.append(stored(column, Scalar.ID, foreign=by_name[entity.tree].table, null=not required))
        if "retailer_id" not in present and entity.scope == "retailer":
            extra.append(stored("retailer_id", Scalar.ID, null=False))  # the root's, which the database checks
    if entity.tracked:
        extra.append(stored("revision", Scalar.INT, null=False))
    return replace(entity, fields=(*entity.fields, *extra))


def _tables(entities: tuple[Entity, ...]) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for entity in entities:
        known = tables.get(entity.table)
        columns = {c.column: c for c in (known.columns if known else ())}
        columns |= {c.column: columns.get(c.column, c) for c in entity.columns}
        tables[entity.table] = Table(
            entity.table, tuple(columns.values()), (*(known.entities if known else ()), entity)
        )
    return tables


def _joins(entities: tuple[Entity, ...]) -> dict[str, tuple[tuple[str, str], tuple[str, str]]]:
    """Return the join tables: name -> ((column, table it points to), (column, table))."""
    by_name = {e.name: e for e in entities}
    joins = {}
    for entity in entities:
        for f in entity.fields:
            if isinstance(f, Many) and isinstance(f.through, Through):
                sides = {f.through.here: entity.table, f.through.there: by_name[f.target].table}
                first, second = sorted(sides.items())
                joins[f.through.table] = (first, second)
    return joins


def _keys(entities: tuple[Entity, ...]) -> dict[str, tuple[str, str | None]]:
    """Return the input types that name an entity: name -> (fields in input notation, entity)."""
    keys: dict[str, tuple[str, str | None]] = {name: (text, None) for name, text in values.LOOSE_KEYS.items()}
    keys |= {"ProductKey": ("ref! catalogue!", None)}
    keys |= {"ProductLinkInput": ("ref! catalogue:ProductCatalogueLinkInput!", None)}
    for entity in entities:
        keys |= {name: (text, entity.name) for name, text in entity.keys.items()}
    return keys


def _check(model: Model) -> None:
    for entity in model.entities:
        for f in entity.fields:
            if isinstance(f, One | Many):
                model.table_of(f.target)
            if isinstance(f, Embedded) and f.type not in model.values and f.type not in model.by_name:
                raise KeyError(f"{entity.name}.{f.name}: no value type {f.type}")


MODEL = Model(
    entities=(
        *places.ENTITIES,
        *security.ENTITIES,
        *catalogue.ENTITIES,
        *stock.ENTITIES,
        *views.ENTITIES,
        *orders.ENTITIES,
        *fulfilments.ENTITIES,
        *carriers.ENTITIES,
        *returns.ENTITIES,
        *payments.ENTITIES,
        *billing.ENTITIES,
        *options.ENTITIES,
        *comments.ENTITIES,
        *sourcing.ENTITIES,
    ),
    values=values.VALUES,
    interfaces=values.INTERFACES,
    enums=values.ENUMS,
)
