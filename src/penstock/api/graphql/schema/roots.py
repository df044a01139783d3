"""The root fields of queries: get operations, root lists, and the few that the contract words differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.api.graphql.conditions import part
from penstock.api.graphql.filters import Argument, filters, getter, key_type
from penstock.api.graphql.schema.outputs import connection
from penstock.api.graphql.schema.searches import (
    ARTICLES_BY_LOCATION,
    POSITION_AGGREGATE,
    QUANTITY_AGGREGATE,
    VIRTUAL_INVENTORY,
)
from penstock.model.notation import words
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from penstock.model.vocabulary import Entity


@dataclass(frozen=True, slots=True)
class Root:
    """A root field: what it leads to, and how.

    ``target`` is an entity or an interface with a table; ``style`` is ``get`` (one, by its arguments), ``list``
    (a page), ``user`` (the one who asks), ``total`` (sum and count of rows) or ``search`` (over stock).
    """

    name: str
    target: str
    style: str
    type: str
    arguments: tuple[Argument, ...] = ()
    doc: str = ""


def roots() -> dict[str, Root]:
    """Return every root field of queries, by name."""
    found = [r for entity in MODEL.entities for r in _of_entity(entity)]
    return {r.name: r for r in (*found, _me(), _product(), *_worded_otherwise())}


def _of_entity(entity: Entity) -> list[Root]:
    found = []
    for notation in entity.gets:
        name, arguments = getter(entity.name, notation)
        doc = f"One {entity.name}, or null when there is none. {entity.doc}"
        found.append(Root(name, entity.name, "get", entity.name, arguments, doc))
    if entity.plural:
        listed = connection(entity)
        found.append(Root(entity.plural, entity.name, "list", listed.type, filters(entity.name), listed.doc))
    return found


def _worded_otherwise() -> list[Root]:
    articles = connection(MODEL.entity("Article"))
    position, quantity = "InventoryPositionAggregateOutput", "InventoryQuantityAggregateOutput"
    return [
        Root("articlesByLocation", "Article", "list", articles.type, ARTICLES_BY_LOCATION, "Parcels by place."),
        Root(
            "inventoryPositionAggregate",
            "InventoryPosition",
            "total",
            position,
            POSITION_AGGREGATE,
            "Stock on hand of a product, over all positions or those of a network.",
        ),
        Root(
            "inventoryQuantityAggregate",
            "InventoryQuantity",
            "total",
            quantity,
            QUANTITY_AGGREGATE,
            "The sum of a position's quantities, such as what is expected.",
        ),
        Root(
            "searchVirtualInventory",
            "VirtualPosition",
            "search",
            "VirtualInventoryConnection",
            VIRTUAL_INVENTORY,
            "Locations that can sell some of the products wanted.",
        ),
    ]


def _me() -> Root:
    """The user of the token (spec 12 §9)."""
    return Root("me", "User", "user", "User", doc="The user who asks; null for a token without one.")


def _product() -> Root:
    """A product of any kind, by the interface's key."""
    first = MODEL.variants("Product")[0]
    arguments = tuple(
        Argument(w.name, key_type(first, w.field) + "!", part(first, w), "Which one.") for w in words("ref catalogue")
    )
    return Root("product", "Product", "get", "Product", arguments, "One product of any kind, or null.")
