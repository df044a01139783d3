"""Where a row belongs: the root of its tree or workflow, and its retailer, also where its table does not say."""

from __future__ import annotations

from functools import cache

from penstock.model.registry import MODEL
from penstock.model.vocabulary import Entity, One, Scalar


def home_of(entity: Entity) -> tuple[Entity, str] | None:
    """Return the root that an entity belongs to, of workflow or tree, and the column here with its id."""
    if entity.root:
        return MODEL.root(entity)
    return (MODEL.entity(entity.tree), MODEL.root_column(entity)) if entity.tree else None


@cache
def owners() -> dict[str, tuple[Entity, One]]:
    """Return the entities that are created together with another one: name -> (owner, its link to them)."""
    found = {}
    for owner in MODEL.entities:
        for link in owner.fields:
            if isinstance(link, One) and link.owned and link.nested:
                found[nested_entity(link.nested)] = (owner, link)
    return found


def nested_entity(input_type: str) -> str:
    """Return the entity that a nested input writes: ``CreateStoreAddressInput`` -> ``StoreAddress``."""
    return input_type.removeprefix("Create").removeprefix("Update").removesuffix("Input")


@cache
def retailer_sql(target: str) -> str:
    """Return SQL for the retailer of a row ``t`` with its root ``r``; NULL where it belongs to the whole account.

    An interface's rows belong to nobody here: which of its types they are is not known.
    """
    if target not in MODEL.by_name:
        return "NULL::bigint"
    entity = MODEL.entity(target)
    home = home_of(entity)
    if entity.scope == "self":
        return "t.id"
    if _has_retailer(entity):
        return "t.retailer_id"
    return "r.retailer_id" if home and _has_retailer(home[0]) else _through_another(entity)


def _through_another(entity: Entity) -> str:
    """Return SQL for the retailer of who owns the row, or of what it must be linked to."""
    if owned := owners().get(entity.name):
        owner, link = owned
        theirs, own = link.match[0]
        if _has_retailer(owner):
            return f"(SELECT o.retailer_id FROM {owner.table} o WHERE o.{own} = t.{theirs} LIMIT 1)"
    for field in entity.fields:
        if isinstance(field, One) and _required(entity, field) and _has_retailer(MODEL.variants(field.target)[0]):
            theirs, own = field.match[0]
            table = MODEL.table_of(field.target).name
            return f"(SELECT o.retailer_id FROM {table} o WHERE o.{theirs} = t.{own})"
    return "NULL::bigint"


def _has_retailer(entity: Entity) -> bool:
    return "retailer_id" in MODEL.tables[entity.table].column


def _required(entity: Entity, link: One) -> bool:
    column = MODEL.tables[entity.table].column[link.match[0][1]]
    return column.column != "id" and not column.null and getattr(column, "scalar", None) is Scalar.ID
