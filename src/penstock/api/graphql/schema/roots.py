"""The root fields of queries: get operations, root lists, and the few that the contract words differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.api.graphql.conditions import part
from penstock.api.graphql.filters import Argument, filters, getter, key_type
from penstock.api.graphql.schema.outputs import connection
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from penstock.model.vocabulary import Entity


@dataclass(frozen=True, slots=True)
class Root:
    """A root field: what it leads to, and how.

    ``target`` is an entity or an interface with a table; ``style`` is ``get`` (one, by its arguments), ``list``
    (a page) or ``user`` (the
    one who asks).
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
    return {r.name: r for r in (*found, _me(), _product())}


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


def _me() -> Root:
    """The user of the token (spec 12 §9)."""
    return Root("me", "User", "user", "User", doc="The user who asks; null for a token without one.")


def _product() -> Root:
    """A product of any kind, by the interface's key."""
    first = MODEL.variants("Product")[0]
    arguments = tuple(
        Argument(name, key_type(first, name) + "!", part(first, name), "Which one.") for name in ("ref", "catalogue")
    )
    return Root("product", "Product", "get", "Product", arguments, "One product of any kind, or null.")
