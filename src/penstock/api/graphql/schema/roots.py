"""The root fields of queries: get operations, root lists, and the few that the contract words differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.api.graphql.conditions import key_condition, part
from penstock.api.graphql.descriptions.fields import sentence
from penstock.api.graphql.descriptions.questions import first, of_part
from penstock.api.graphql.filters import Argument, getter, indexed, key_type
from penstock.api.graphql.schema.levels import CONNECTION, LEVELS
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


SEARCHES = frozenset({"search", "levels"})  # styles of root fields that list locations by their distance


@dataclass(frozen=True, slots=True)
class Root:
    """A root field: what it leads to, and how.

    ``target`` is an entity or an interface with a table; ``style`` is ``get`` (one, by its arguments), ``list``
    (a page), ``user`` (the one who asks), ``total`` (sum and count of rows), or ``search`` or ``levels`` (over stock).
    """

    name: str
    target: str
    style: str
    type: str
    arguments: tuple[Argument, ...] = ()
    doc: str = ""


_ARTICLES = "A page of parcels by where they come from or go to, by order, customer or carrier; newest first."


def roots() -> dict[str, Root]:
    """Return every root field of queries, by name."""
    found = [r for entity in MODEL.entities for r in _of_entity(entity)]
    return {r.name: r for r in (*found, _me(), _product(), _view(), *_worded_otherwise())}


def _of_entity(entity: Entity) -> list[Root]:
    found = []
    for notation in entity.gets:
        name, arguments = getter(entity.name, notation)
        latest = f" Without {entity.latest}, the latest." if entity.latest else ""
        doc = f"One {entity.name}, or null when there is none: {sentence(entity.doc)}{latest}"
        found.append(Root(name, entity.name, "get", entity.name, arguments, doc))
    if entity.plural:
        doc = f"A page of every {entity.name} that fits the filters, {first(entity, root=True)}: {sentence(entity.doc)}"
        listed = connection(entity, doc)
        arguments = indexed(entity, listed.arguments)
        found.append(Root(entity.plural, entity.name, "list", listed.type, arguments, doc))
    return found


def _worded_otherwise() -> list[Root]:
    position, quantity = "InventoryPositionAggregateOutput", "InventoryQuantityAggregateOutput"
    return [
        Root("articlesByLocation", "Article", "list", "ArticleConnection", ARTICLES_BY_LOCATION, _ARTICLES),
        Root(
            "inventoryPositionAggregate",
            "InventoryPosition",
            "total",
            position,
            POSITION_AGGREGATE,
            "Stock on hand of a product, over all positions or those of a network, and how many they are.",
        ),
        Root(
            "inventoryQuantityAggregate",
            "InventoryQuantity",
            "total",
            quantity,
            QUANTITY_AGGREGATE,
            "The sum of a position's quantities, such as what is expected, and how many they are.",
        ),
        Root(
            "searchVirtualInventory",
            "VirtualPosition",
            "search",
            "VirtualInventoryConnection",
            VIRTUAL_INVENTORY,
            "Locations that can sell some of the products wanted.",
        ),
        Root(
            "virtualViewInventoryLevels",
            "VirtualView",
            "levels",
            CONNECTION,
            LEVELS,
            "Locations of a virtual view that have all that is wanted; a page of 100 at most.",
        ),
    ]


def _me() -> Root:
    """The user of the token (spec 12 §9)."""
    return Root("me", "User", "user", "User", doc="The user who asks; null for a token without one.")


def _product() -> Root:
    """A product of any kind, by the interface's key."""
    kind = MODEL.variants("Product")[0]
    arguments = tuple(
        Argument(w.name, key_type(kind, w.field) + "!", part(kind, w), of_part("Product", w, kind.field(w.field)))
        for w in words("ref catalogue")
    )
    return Root("product", "Product", "get", "Product", arguments, "One product of any kind, or null.")


def _view() -> Root:
    """One virtual view, by an input (spec 21 §8.1)."""
    key = "VirtualViewInput"
    which = Argument("input", f"{key}!", key_condition(key, "VirtualView"), "Which one, by its ref.")
    return Root("virtualView", "VirtualView", "get", "VirtualView", (which,), "One virtual view, or null.")
