"""How lists of an entity go: their order, and the filters that find their rows by an index (spec 12 §4, §5).

Entities that may have very many rows name those filters in ``listed_by``. Each gets an index that begins with the
rows' owner (retailer or catalogue), goes on with the filters' columns and ends with the order of the list. So a page
is read where it begins, however many rows there are. Moments are the exception: rows between two of them do not
stand in the order of the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.model.vocabulary import Column, Embedded, One, Scalar

if TYPE_CHECKING:
    from penstock.model.registry import Model
    from penstock.model.vocabulary import Entity

BY_DATE = ("created_on", "id")
BY_ID = ("id",)


def order(entity: Entity, *, root: bool) -> tuple[str, ...]:
    """Return the columns that a list is ordered by: ``BY_DATE``, newest first, or ``BY_ID``, oldest first.

    Root lists begin with the newest. Below a row, the parts of a thing stand in the order in which they were made.
    """
    dated = "createdOn" in entity.by_name and (root or entity.newest_first)
    return BY_DATE if dated else BY_ID


def owner(model: Model, entity: Entity) -> str | None:
    """Return the column that says whose each row is, with which an index of its lists begins; None without such."""
    if entity.scope not in {"retailer", "catalogue"}:
        return None
    named = "retailer_id" if entity.scope == "retailer" else model.root(entity)[1]
    kept = model.tables[entity.table].column[named]
    return None if kept.null else named


def column(entity: Entity, name: str) -> str:
    """Return the column that a filter looks at."""
    match entity.field(name):
        case Column(column=found):
            return found
        case Embedded(column=found):
            return found
        case One(match=((_, found), *_)):
            return found
    raise KeyError(f"{entity.name}.{name} stands in another table")


def _moment(entity: Entity, name: str) -> bool:
    field = entity.field(name)
    return isinstance(field, Column) and field.scalar is Scalar.DATETIME


def advice(entity: Entity) -> str:
    """Return the filters that find rows quickly, in words: ``ref, status and type, status, createdOn``."""
    dated = ("createdOn",) if order(entity, root=True) == BY_DATE else ()
    return ", ".join(words.replace(" ", " and ") for words in (*entity.listed_by, *dated))


def indexes(model: Model, entity: Entity) -> list[tuple[str, ...]]:
    """Return the columns of the indexes that lists of an entity with many rows need."""
    first = tuple(filter(None, (owner(model, entity), "kind" if entity.variant else None)))
    keys = order(entity, root=True)
    found = [(*first, *keys)]
    for words in entity.listed_by:
        names = words.split()
        columns = tuple(column(entity, n) for n in names)
        whole = any({*u.columns} <= {*first, *columns} for u in entity.unique if u.where is None)
        if not whole:  # else there is but one row, which the unique index finds
            found.append((*first, *columns) if _moment(entity, names[-1]) else (*first, *columns, *keys))
    return found
