"""Descriptions of what creates and changes an entity: which one, what must exist, what becomes of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.api.graphql.descriptions.fields import of_field
from penstock.model.glossary import GLOSSARY, meaning
from penstock.model.notation import key
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded, Many, One

if TYPE_CHECKING:
    from penstock.model.notation import InputWord
    from penstock.model.vocabulary import Entity, Field


def of_input(entity: Entity, word: InputWord, verb: str, written: tuple[InputWord, ...]) -> str:
    """Return what a field of a create or update input does."""
    field = entity.field(word.field)
    doc = _filled(entity, word, field)
    if verb == "update" and word.name in key(written):
        return _which(entity, word, field, doc)
    if word.name == "status" and "workflowRef" in entity.by_name:
        return _status(word, verb)
    if verb == "update" and word.name == "type" and "workflowRef" in entity.by_name:
        return f"{doc} The workflow stays that of its creation."
    return f"{doc}{_of_target(entity, word, field, verb)}"


def _filled(entity: Entity, word: InputWord, field: Field) -> str:
    """Return what a word of an input stands for, whether it creates or changes."""
    if len(word.path) > 1:  # a part of the key of a link, given on its own
        return meaning(entity.name, word.name)
    return field.doc or (word.name != "ref" and GLOSSARY.get(word.name)) or of_field(entity, field)


def _which(entity: Entity, word: InputWord, field: Field, doc: str) -> str:
    if isinstance(field, Column):
        return f"Which {entity.name} changes, by its {word.name}."
    return f"{doc} It says, with the ref, which {entity.name} changes."


def _status(word: InputWord, verb: str) -> str:
    if verb == "update":
        return "New status, free text. No event is sent, so no workflow runs."
    return "Status to begin with, free text" + ("." if word.required else "; CREATED unless told.")


def _of_target(entity: Entity, word: InputWord, field: Field, verb: str) -> str:
    """Return what an input says about what it names: whether it must exist, and what a list does to what is there."""
    match field:
        case One():
            new = field.owned or field.nested or field.nested_update
            return "" if new or len(word.path) > 1 else " It must exist."
        case Many():
            return _of_members(entity, field, verb)
        case Embedded(type="Attribute", many=True) if verb == "update":
            return " Those given are added or replaced by name; others stay."
        case Embedded(appended=True) if verb == "update":
            return " Those given are added; others stay."
        case _:
            return " The list is replaced." if field.many and verb == "update" else ""


def _of_members(entity: Entity, field: Many, verb: str) -> str:
    target = MODEL.entity(field.target)
    if entity.name in (target.nested_update if verb == "update" else target.nested_create):
        return " Those named change; others stay." if verb == "update" else ""
    if field.key or target.keys:
        return " Those given, which must exist, are added; others stay." if verb == "update" else " They must exist."
    return " Those given are added or changed; others stay." if verb == "update" else ""
