"""The arguments of root lists, nested lists, get operations and narrowed links, from the model (spec 12 §3 to §5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from penstock.api.graphql.conditions import (
    Among,
    Between,
    Condition,
    Exactly,
    Holding,
    Joined,
    Linked,
    key_condition,
    part,
)
from penstock.api.graphql.descriptions.questions import of_filter, of_index, of_part
from penstock.model.notation import get, words
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded, Entity, Field, Many, One, Scalar


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its type in GraphQL's notation, and what it asks of the rows."""

    name: str
    type: str
    condition: Condition
    doc: str


def _of_column(column: Column) -> Argument:
    doc = of_filter(column.name, column)
    if column.scalar is Scalar.DATETIME:
        return Argument(column.name, "DateRange", Between(column), doc)
    if column.many:
        return Argument(column.name, "[[String]]", Holding(column), doc)
    type_ = column.wire or column.scalar
    element = type_ if column.null else f"{type_}!"
    return Argument(column.name, f"[{element}]", Among(column), doc)


def _of_link(link: One, key: str) -> Argument:
    condition = Linked(link, key_condition(key, link.target))
    return Argument(link.name, key, condition, of_filter(link.name, link))


def _of_list(field: Many) -> Argument | None:
    if field.filter_name is None or field.through is None or field.key is None:
        return None
    through, key = field.through, key_condition(field.key, field.target)
    condition = Joined(through.table, through.here, through.there, field.target, key)
    return Argument(field.filter_name, field.key, condition, f"Only those with this one among their {field.name}.")


def _of_field(field: Field) -> Argument | None:
    match field:
        case Column(column="retailer_id", hidden=True):
            return Argument("retailerId", "[Int!]", Among(field), "Only those of these retailers.")
        case Column(filterable=True, hidden=False):
            return _of_column(field)
        case One(filter_key=str() as key):
            return _of_link(field, key)
        case Embedded(key=str() as key):
            return Argument(field.name, key, Exactly(field), of_filter(field.name, field))
        case Many():
            return _of_list(field)
        case _:
            return None


def indexed(entity: Entity, arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
    """Return the filters of a root list, which say whether an index answers them."""
    known = entity.by_name
    return tuple(replace(a, doc=a.doc + of_index(entity, known[a.name])) if a.name in known else a for a in arguments)


@cache
def filters(entity: str, without: tuple[str, ...] = ()) -> tuple[Argument, ...]:
    """Return the filters of lists of an entity, except those that one list lacks."""
    found = (_of_field(f) for f in MODEL.entity(entity).fields)
    return tuple(a for a in found if a is not None and a.name not in without)


def key_type(entity: Entity, name: str) -> str:
    """Return the type, in GraphQL's notation, of one part of a key or get operation."""
    field = entity.field(name)
    if isinstance(field, Column):
        return field.wire or field.scalar
    if isinstance(field, One) and field.key:
        return field.key
    raise KeyError(f"{entity.name}.{name} cannot be part of a key")


@cache
def getter(entity: str, notation: str) -> tuple[str, tuple[Argument, ...]]:
    """Return the name and the arguments of a get operation such as ``"order(id ref)"``."""
    name, parts = get(notation)
    of = MODEL.entity(entity)
    return name, tuple(
        Argument(
            p.name,
            (p.type or key_type(of, p.field)) + "!" * p.required,
            part(of, p),
            of_part(entity, p, of.field(p.field)),
        )
        for p in parts
    )


@cache
def narrowings(link: One) -> tuple[Argument, ...]:
    """Return the arguments of a link that narrow its target."""
    target = MODEL.variants(link.target)[0]
    return tuple(
        Argument(name, key, part(target, words(name)[0]), f"Only one of this {name}.") for name, key in link.arguments
    )
