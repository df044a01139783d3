"""Descriptions of an entity's fields, and its name and description inside a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.model.glossary import meaning
from penstock.model.vocabulary import Column, snake

if TYPE_CHECKING:
    from penstock.model.vocabulary import Entity, Field


def sentence(text: str) -> str:
    """Return a sentence as it stands after a colon."""
    return text[:1].lower() + text[1:]


def article(name: str) -> str:
    """Return a type's name with its article: ``an OrderItem``."""
    return f"{'an' if snake(name)[0] in 'aeio' else 'a'} {name}"


def of_field(entity: Entity, field: Field) -> str:
    """Return what a field of an entity is."""
    if field.name == "ref" and isinstance(field, Column) and not field.doc:
        return f"Reference given by the client{_unique(entity)}."
    return meaning(entity.name, field.name, field.doc)


def _unique(entity: Entity) -> str:
    for unique in entity.unique:
        if "ref" in unique.columns:
            others = [c.removesuffix("_id").replace("_", " ") for c in unique.columns if c != "ref"]
            return f", unique in its {others[0]}" if others else ", unique in the account"
    return "; others may have the same"
