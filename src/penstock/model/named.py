"""Rows by the names that clients know, for whoever tells people what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.identifiers import shown
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded, One, Scalar, camel

if TYPE_CHECKING:
    from penstock.model.vocabulary import Entity


def named(entity: Entity, values: dict[str, Any]) -> dict[str, Any]:
    """Return columns by the names of their fields; a link is an object with the id that it leads to.

    Columns that clients have no field for get a name in the same spelling: ``retailerId``.
    """
    found: dict[str, Any] = {}
    for field in entity.fields:
        match field:
            case Column(name=name, column=column, scalar=Scalar.ID) if column in values:
                value = values[column]
                found[camel(name)] = shown(entity, value) if column == "id" and value is not None else value
            case Column(name=name, column=column) | Embedded(name=name, column=column) if column in values:
                if not field.hidden:
                    found[name] = values[column]
            case One(name=name, stored=str(column), target=target) if column in values:
                id_ = values[column]
                found[name] = None if id_ is None else {"id": shown(_target(target), id_)}
    return found


def _target(name: str) -> Entity:
    return MODEL.by_name.get(name) or MODEL.table_of(name).entities[0]
