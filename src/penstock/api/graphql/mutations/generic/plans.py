"""What each field of an input does, worked out once from the notation of the declarations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from penstock.api.graphql.mutations.generic.owners import home_of, nested_entity
from penstock.api.graphql.mutations.generic.values import Check, check_of
from penstock.model.notation import InputWord, key, words
from penstock.model.registry import MODEL
from penstock.model.rows import row_type
from penstock.model.vocabulary import Column, Embedded, Entity, Many, One, Through, Unique

if TYPE_CHECKING:
    from collections.abc import Collection

    from penstock.api.graphql.mutations.generic.lookups import Path


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value that goes into a column."""

    wire: str
    column: str
    null: bool
    check: Check | None


@dataclass(frozen=True, slots=True)
class Link:
    """A key whose row's id goes into a column; ``parts`` when the input gives the key piece by piece."""

    wire: str
    column: str
    target: str
    null: bool
    parts: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True, slots=True)
class Nested:
    """One row of another entity, written together with this one; ``field`` says how they are tied."""

    wire: str
    field: One
    target: str


@dataclass(frozen=True, slots=True)
class Children:
    """Rows of another entity, written together with this one, or (``unique``) upserted by what tells them apart."""

    wire: str
    field: Many
    unique: Unique | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """Keys of rows that a join table ties to this one."""

    wire: str
    target: str
    through: Through


@dataclass(frozen=True, slots=True)
class Adopt:
    """Keys of rows that are made to point to this one."""

    wire: str
    target: Entity
    column: str


@dataclass(frozen=True)
class Plan:
    """How an input of one verb (create, update) writes an entity, alone or under a parent."""

    entity: Entity
    verb: str
    words: tuple[InputWord, ...]
    scalars: tuple[Scalar, ...]
    links: tuple[Link, ...]
    nested: tuple[Nested, ...]
    children: tuple[Children, ...]
    joins: tuple[Join, ...]
    adopted: tuple[Adopt, ...]

    @cached_property
    def parts(self) -> tuple[Nested | Children, ...]:
        """Return what is written below a row."""
        return (*self.nested, *self.children)

    @cached_property
    def by_wire(self) -> dict[str, Scalar]:
        """Return the values that go into columns, by the names of their fields."""
        return {scalar.wire: scalar for scalar in self.scalars}

    @cached_property
    def row(self) -> Any:
        """Return the struct of the entity's rows."""
        return row_type(self.entity.name)

    @cached_property
    def columns(self) -> frozenset[str]:
        """Return the names of the entity's own columns."""
        return frozenset(c.column for c in self.entity.columns)

    @cached_property
    def counters(self) -> tuple[str, ...]:
        """Return the columns that the database counts; they start at 0."""
        return tuple(c.column for c in self.entity.columns if isinstance(c, Column) and c.counter)

    @cached_property
    def home(self) -> tuple[Entity, str] | None:
        """Return the root that the entity belongs to and the column with its id."""
        return home_of(self.entity)

    @cached_property
    def home_required(self) -> bool:
        """Return whether a row cannot be without its root."""
        return bool(self.home and not MODEL.tables[self.entity.table].column[self.home[1]].null)

    @cached_property
    def initial_status(self) -> str:
        """Return the status of a new row: what takes part in no workflow is ACTIVE at once (spec 12 §6.2)."""
        return "CREATED" if self.entity.orchestrated or self.entity.tree else "ACTIVE"

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Return the fields by which an update names its row."""
        return key(self.words)

    @cached_property
    def permission(self) -> str:
        """Return the permission that this write asks for."""
        return f"{self.entity.permission_name}_{self.verb.upper()}"

    @cached_property
    def permitted(self) -> bool:
        """Return whether such a permission exists: only for what has a mutation of its own (spec 10 §5.2)."""
        text = self.entity.create if self.verb == "create" else self.entity.update
        return bool(text) and self.verb in self.entity.mutations

    def needs(self, given: dict[str, Any] | None) -> set[str]:
        """Return the permissions that this input asks for, those of nested rows included."""
        wanted = {self.permission} if self.permitted else set()
        for part in self.parts:
            value = (given or {}).get(part.wire)
            rows = [row for row in (value if isinstance(value, list) else (value,)) if row is not None]
            plan = self.below(part)
            for below in rows if plan.parts else rows[:1]:  # without parts, one row asks for what all do
                wanted |= plan.needs(below)
        return wanted

    def without(self, wires: Collection[str]) -> Plan:
        """Return the plan that leaves these fields of the input to others."""
        left: dict[str, Any] = {}
        for kind in ("scalars", "links", "nested", "children", "joins", "adopted"):
            left[kind] = tuple(part for part in getattr(self, kind) if part.wire not in wires)
        return replace(self, **left)

    def below(self, part: Nested | Children) -> Plan:
        """Return the plan of nested rows."""
        target = part.target if isinstance(part, Nested) else part.field.target
        verb = "create" if isinstance(part, Children) and part.unique else self.verb
        return plan_of(target, verb, self.entity.name)


@lru_cache(maxsize=512)
def plan_of(name: str, verb: str, parent: str | None = None) -> Plan:
    """Return the plan of ``Create<Name>Input`` and its like; ``KeyError`` when there is no such input."""
    entity = MODEL.entity(name)
    under = entity.nested_create if verb == "create" else entity.nested_update
    text = under.get(parent or "") or (entity.create if verb == "create" else entity.update)
    if text is None:
        raise KeyError(f"{name} has no {verb} input")
    parsed = words(text)
    named = key(parsed) if verb == "update" else ()
    written = tuple(w for w in parsed if w.name not in named)
    made = [(_part(entity, w, verb)) for w in written if len(w.path) == 1]
    return Plan(
        entity,
        verb,
        parsed,
        tuple(p for p in made if isinstance(p, Scalar)),
        (*(p for p in made if isinstance(p, Link)), *_pieced(entity, written)),
        tuple(p for p in made if isinstance(p, Nested)),
        tuple(p for p in made if isinstance(p, Children)),
        tuple(p for p in made if isinstance(p, Join)),
        tuple(p for p in made if isinstance(p, Adopt)),
    )


def _part(entity: Entity, word: InputWord, verb: str) -> Scalar | Link | Nested | Children | Join | Adopt | None:
    match entity.field(word.field):
        case Column() | Embedded() as field:
            return Scalar(word.name, field.column, field.null, check_of(entity, field, word.name))
        case One() as field:
            return _one(entity, word, field, verb)
        case Many() as field:
            return _many(entity, word, field, verb)


def _one(entity: Entity, word: InputWord, field: One, verb: str) -> Link | Nested:
    nested = field.nested if verb == "create" else field.nested_update
    if nested:
        return Nested(word.name, field, nested_entity(nested))
    if field.owned and _nests(entity, field.target, verb):
        return Nested(word.name, field, field.target)
    return _link(entity, word.name, field)


def _link(entity: Entity, wire: str, field: One, parts: tuple[tuple[str, Path], ...] = ()) -> Link:
    column = field.match[0][1]
    return Link(wire, column, field.target, MODEL.tables[entity.table].column[column].null, parts)


def _many(entity: Entity, word: InputWord, field: Many, verb: str) -> Children | Join | Adopt | None:
    target = MODEL.entity(field.target)
    if _nests(entity, field.target, verb):
        return Children(word.name, field)
    if field.through:
        return Join(word.name, field.target, field.through)
    if target.keys:
        return Adopt(word.name, target, field.match[0][0])
    if target.create:
        return Children(word.name, field, target.unique[0] if target.unique else None)
    return None  # written by a mutation of its own kind, such as a user's roles


def _nests(entity: Entity, target: str, verb: str) -> bool:
    found = MODEL.by_name.get(target)
    return found is not None and entity.name in (found.nested_create if verb == "create" else found.nested_update)


def _pieced(entity: Entity, written: tuple[InputWord, ...]) -> list[Link]:
    """Return the links whose keys are given piece by piece: ``productRef``, ``productCatalogueRef``."""
    pieces: dict[str, list[tuple[str, Path]]] = {}
    for word in written:
        if len(word.path) > 1:
            pieces.setdefault(word.field, []).append((word.name, word.path[1:]))
    links = []
    for name, parts in pieces.items():
        field = entity.field(name)
        assert isinstance(field, One)
        links.append(_link(entity, parts[0][0], field, tuple(parts)))
    return links
