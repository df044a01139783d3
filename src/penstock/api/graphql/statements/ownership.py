"""Whose a row is, for entities whose table does not say: the rows that lead to it, or that it belongs to.

An address belongs to the location or order that uses it, a network to its retailers, a price to its product, and a
setting to the retailer, location or customer that its context names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from penstock.model.registry import MODEL
from penstock.model.vocabulary import Many, One

if TYPE_CHECKING:
    from penstock.model.vocabulary import Entity

CONTEXTS = {"RETAILER": "Retailer", "LOCATION": "Location", "AGENT": "Location", "CUSTOMER": "Customer"}


@dataclass(frozen=True, slots=True)
class Owner:
    """The rows ``{o}`` of an entity that own a row ``{t}``: where they come from, and how the two are joined."""

    entity: Entity
    source: str
    condition: str
    only: str = "true"  # the rows {t} that can have such an owner


@cache
def owners(name: str) -> tuple[Owner, ...]:
    """Return the kinds of owner of an entity that is visible in the whole account; empty when it is everybody's."""
    entity = MODEL.entity(name)
    if {"context", "context_id"} <= {c.column for c in entity.columns}:
        return tuple(_named(context, owner) for context, owner in CONTEXTS.items())
    found = listed_retailers(entity) or _of_tree(entity) or _creator(entity) or _parent(entity)
    return (found,) if found else ()


def _named(context: str, owner: str) -> Owner:
    named = MODEL.entity(owner)
    return Owner(named, f"{named.table} {{o}}", "{o}.id = {t}.context_id", f"{{t}}.context = '{context}'")


def listed_retailers(entity: Entity) -> Owner | None:
    """Return the retailers that a row lists; None when its entity lists none."""
    for field in entity.fields:
        if isinstance(field, Many) and field.through and MODEL.entity(field.target).scope == "self":
            owner, through = MODEL.entity(field.target), field.through
            source = f"{owner.table} {{o}} JOIN {through.table} {{o}}j ON {{o}}j.{through.there} = {{o}}.id"
            return Owner(owner, source, f"{{o}}j.{through.here} = {{t}}.id")
    return None


def _of_tree(entity: Entity) -> Owner | None:
    if entity.tree is None or entity.tree == entity.name:
        return None
    return _by_column(MODEL.entity(entity.tree), "id", MODEL.root_column(entity))


def _creator(entity: Entity) -> Owner | None:
    """Return the entity together with which this one is created."""
    for owner in MODEL.entities:
        for link in owner.fields:
            if isinstance(link, One) and link.owned and entity.name in {link.target, _created(link)}:
                theirs, own = link.match[0]
                return _by_column(owner, own, theirs)
    return None


def _created(link: One) -> str:
    """Return the type behind the input that creates a link's target: an interface has several."""
    return (link.nested or "").removeprefix("Create").removesuffix("Input")


def _parent(entity: Entity) -> Owner | None:
    """Return the entity that has this one as a list."""
    for owner in MODEL.entities:
        for field in owner.fields:
            if isinstance(field, Many) and field.through is None and field.target == entity.name:
                theirs, own = field.match[0]
                return _by_column(owner, own, theirs) if owner.scope != "account" else None
    return None


def _by_column(owner: Entity, theirs: str, own: str) -> Owner:
    return Owner(owner, f"{owner.table} {{o}}", f"{{o}}.{theirs} = {{t}}.{own}")
