"""Input types, written out from the notation of the model: name of the type -> name of the field -> its type."""

from __future__ import annotations

from penstock.api.graphql.filters import key_type
from penstock.model.notation import InputWord, words
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded, Entity, Many, One, Value

Fields = dict[str, str]  # types in GraphQL's notation


def input_types() -> dict[str, Fields]:
    """Return every input type of the model."""
    found = {v.input: _of_value(v) for v in MODEL.values.values() if v.input}
    found |= {name: _of_key(name) for name in MODEL.keys}
    for entity in MODEL.entities:
        found |= _of_entity(entity)
    return found


def _of_entity(entity: Entity) -> dict[str, Fields]:
    found = {}
    if entity.create:
        found[create_input(entity)] = _written(entity, entity.create, "create")
    if entity.update:
        found[f"Update{entity.name}Input"] = _written(entity, entity.update, "update")
    for parent, text in entity.nested_create.items():
        found[f"Create{entity.name}With{parent}Input"] = _written(entity, text, "create")
    for parent, text in entity.nested_update.items():
        found[f"Update{entity.name}With{parent}Input"] = _written(entity, text, "update")
    return found


def create_input(entity: Entity) -> str:
    """Return the name of the input that creates an entity: without an id of its own it is just ``<T>Input``."""
    return f"Create{entity.name}Input" if entity.interfaces or _shown(entity) else f"{entity.name}Input"


def _shown(entity: Entity) -> bool:
    column = entity.by_name["id"]
    return isinstance(column, Column) and not column.hidden


def _of_value(value: Value) -> Fields:
    return {
        f.name: _marked(_value_type(f), required=f.name in value.required, many=f.many, elements=False)
        for f in value.fields
    }


def _value_type(field: Column | Embedded) -> str:
    if isinstance(field, Column):
        return field.scalar
    return field.key or MODEL.values[field.type].input or field.type


def _of_key(name: str) -> Fields:
    text, owner = MODEL.keys[name]
    target = MODEL.entity(owner) if owner else _loose_owner(name)
    return {
        w.name: (w.type or (key_type(target, w.field) if target else _loose_type(w))) + "!" * w.required
        for w in words(text)
    }


def _loose_owner(name: str) -> Entity | None:
    """Return an entity behind a key that names an interface: ``ProductKey`` -> a product."""
    interface = MODEL.interfaces.get(name.removesuffix("Key").removesuffix("Id"))
    return MODEL.variants(interface.name)[0] if interface and interface.table else None


def _loose_type(word: InputWord) -> str:
    return "ID" if word.name == "id" else "String"


def _written(entity: Entity, text: str, verb: str) -> Fields:
    return {w.name: _input_type(entity, w, verb) for w in words(text)}


def _input_type(entity: Entity, word: InputWord, verb: str) -> str:
    field = entity.field(word.field)
    if len(word.path) > 1:  # a part of the key of a link, given on its own
        return ("Int" if word.path[-1] == "id" else "String") + "!" * word.required
    if word.type:
        several = isinstance(field, Many) or (isinstance(field, Embedded) and field.many)
        return _marked(word.type, required=word.required, many=several, elements=word.required_elements)
    match field:
        case Column(input=str() as given):
            return given + "!" * word.required
        case Column():
            type_: str = field.wire or field.scalar
        case Embedded():
            type_ = _value_type(field)
        case One():
            type_ = _link_input(entity, field, verb)
        case Many():
            type_ = _list_input(entity, field, verb)
    many = isinstance(field, Many) or (isinstance(field, Column | Embedded) and field.many)
    return _marked(type_, required=word.required, many=many, elements=word.required_elements)


def _marked(type_: str, *, required: bool, many: bool, elements: bool) -> str:
    inner = f"[{type_}{'!' if elements else ''}]" if many else type_
    return inner + "!" * required


def _link_input(entity: Entity, link: One, verb: str) -> str:
    given = link.nested if verb == "create" else link.nested_update
    return given or nested_input(entity, link.target, verb) or link.key or _first_key(link.target)


def _list_input(entity: Entity, field: Many, verb: str) -> str:
    target = MODEL.entity(field.target)
    if nested := nested_input(entity, field.target, verb):
        return field.nested or nested
    if field.key or target.keys:
        return field.key or _first_key(field.target)
    return create_input(target)


def nested_input(entity: Entity, target: str, verb: str) -> str | None:
    """Return the input by which ``entity`` writes a target of its own, if it may."""
    if target not in MODEL.by_name:
        return None
    nested = MODEL.entity(target).nested_create if verb == "create" else MODEL.entity(target).nested_update
    return f"{verb.title()}{target}With{entity.name}Input" if entity.name in nested else None


def _first_key(target: str) -> str:
    return next(iter(MODEL.entity(target).keys))
