"""Input types, written out from the notation of the model, each field with what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.api.graphql.descriptions.fields import article, sentence
from penstock.api.graphql.descriptions.inputs import of_input
from penstock.api.graphql.descriptions.questions import named, of_key, of_part
from penstock.api.graphql.filters import key_type
from penstock.model.glossary import meaning
from penstock.model.notation import InputWord, words
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded, Entity, Many, One, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.api.graphql.operations import Shape


@dataclass(frozen=True, slots=True)
class Given:
    """One field of an input type: its type in GraphQL's notation, and what it does."""

    type: str
    doc: str


@dataclass(frozen=True, slots=True)
class InputType:
    """An input type."""

    name: str
    fields: dict[str, Given]
    doc: str


def input_types() -> Iterator[InputType]:
    """Yield every input type of the model."""
    yield from (_of_value(v) for v in MODEL.values.values() if v.input)
    yield from map(_of_key, MODEL.keys)
    for entity in MODEL.entities:
        yield from _of_entity(entity)


def of_shape(shape: Shape) -> InputType:
    """Return an input type that no entity gives; what it fills of one means what it means there."""
    of = MODEL.by_name.get(shape.like) or MODEL.values.get(shape.like)
    verb = "update" if shape.name.startswith("Update") else "create"
    named_ = words(" ".join(name + "!" * type_.endswith("!") for name, type_ in shape.fields.items()))
    docs = dict(shape.docs)
    for word in named_:
        if word.name in docs:
            continue
        if isinstance(of, Entity):
            docs[word.name] = of_input(of, word, verb, named_)
        else:
            own = next((f.doc for f in of.fields if f.name == word.name), "") if of else ""
            docs[word.name] = meaning(shape.name, word.name, own)
    return InputType(shape.name, {n: Given(t, docs[n]) for n, t in shape.fields.items()}, shape.doc)


def _of_entity(entity: Entity) -> Iterator[InputType]:
    name, a = entity.name, article(entity.name)
    if entity.create:
        yield _written(create_input(entity), entity, entity.create, "create", f"A new {name}: {sentence(entity.doc)}")
    if entity.update:
        doc = f"Changes of {a}: what is left out stays, null clears."
        yield _written(f"Update{name}Input", entity, entity.update, "update", doc)
    for parent, text in entity.nested_create.items():
        doc = f"A new {name}, made together with its {parent}: {sentence(entity.doc)}"
        yield _written(f"Create{name}With{parent}Input", entity, text, "create", doc)
    for parent, text in entity.nested_update.items():
        doc = f"Changes of {a}, made together with those of its {parent}: what is left out stays, null clears."
        yield _written(f"Update{name}With{parent}Input", entity, text, "update", doc)


def create_input(entity: Entity) -> str:
    """Return the name of the input that creates an entity: without an id of its own it is just ``<T>Input``."""
    return f"Create{entity.name}Input" if entity.interfaces or _shown(entity) else f"{entity.name}Input"


def _shown(entity: Entity) -> bool:
    column = entity.by_name["id"]
    return isinstance(column, Column) and not column.hidden


def _of_value(value: Value) -> InputType:
    fields = {
        f.name: Given(
            _marked(_value_type(f), required=f.name in value.required, many=f.many, elements=False),
            meaning(value.name, f.name, f.doc),
        )
        for f in value.fields
    }
    return InputType(value.input or value.name, fields, value.doc)


def _value_type(field: Column | Embedded) -> str:
    if isinstance(field, Column):
        return field.scalar
    return field.key or MODEL.values[field.type].input or field.type


def _of_key(name: str) -> InputType:
    text, owner = MODEL.keys[name]
    target = MODEL.entity(owner) if owner else _loose_owner(name)
    fields = {}
    for w in words(text):
        type_ = w.type or (key_type(target, w.field) if target else _loose_type(w))
        fields[w.name] = Given(
            type_ + "!" * w.required, of_part(named(name), w, target.field(w.field) if target else None)
        )
    return InputType(name, fields, of_key(name, words(text)))


def _loose_owner(name: str) -> Entity | None:
    """Return an entity behind a key that names an interface: ``ProductKey`` -> a product."""
    interface = MODEL.interfaces.get(name.removesuffix("Key").removesuffix("Id"))
    return MODEL.variants(interface.name)[0] if interface and interface.table else None


def _loose_type(word: InputWord) -> str:
    return "ID" if word.name == "id" else "String"


def _written(name: str, entity: Entity, text: str, verb: str, doc: str) -> InputType:
    written = words(text)
    fields = {w.name: Given(_input_type(entity, w, verb), of_input(entity, w, verb, written)) for w in written}
    return InputType(name, fields, doc)


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
