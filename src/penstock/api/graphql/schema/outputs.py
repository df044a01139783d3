"""Object types, interfaces and connections, written out from the model."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.api.graphql.descriptions.fields import of_field
from penstock.api.graphql.descriptions.questions import first
from penstock.api.graphql.filters import Argument, filters, narrowings
from penstock.model.glossary import meaning
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded, Entity, Field, Interface, Many, One, Value


@dataclass(frozen=True, slots=True)
class Output:
    """One field of an object type: its type in GraphQL's notation and its arguments."""

    type: str
    arguments: tuple[Argument, ...] = ()
    paged: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object type or an interface."""

    name: str
    fields: dict[str, Output]
    interfaces: tuple[str, ...] = ()
    doc: str = ""


def objects() -> list[ObjectType]:
    """Return every object type of the model: entities, values, connections and their edges."""
    found = [ObjectType(e.name, _fields(e), e.interfaces, e.doc) for e in MODEL.entities]
    found += [ObjectType(v.name, _value_fields(v), (), v.doc) for v in MODEL.values.values()]
    for name in sorted(_listed()):
        found += _connection(name)
    return found


def interfaces() -> list[ObjectType]:
    """Return every interface of the model."""
    return [ObjectType(i.name, _interface_fields(i), (), i.doc) for i in MODEL.interfaces.values()]


def connection(entity: Entity, doc: str, without: tuple[str, ...] = (), *, null: bool = True) -> Output:
    """Return the field that lists an entity."""
    type_ = f"{entity.name}Connection" + "!" * (not null)
    return Output(type_, filters(entity.name, without), paged=True, doc=doc)


def _fields(entity: Entity) -> dict[str, Output]:
    shown = [f for f in entity.fields if not getattr(f, "hidden", False)]
    return {f.name: _output(f, of_field(entity, f)) for f in shown}


def _interface_fields(interface: Interface) -> dict[str, Output]:
    shown = [f for f in interface.fields if not getattr(f, "hidden", False)]
    return {f.name: _output(f, meaning(interface.name, f.name, f.doc)) for f in shown}


def _value_fields(value: Value) -> dict[str, Output]:
    # JSON is there whenever the object is: what the input requires cannot be missing in the output.
    return {
        f.name: _output(
            f,
            meaning(value.name, f.name, f.doc),
            null=f.null and not (value.input and f.name in value.required and _is_json(f)),
        )
        for f in value.fields
    }


def _is_json(field: Column | Embedded) -> bool:
    return isinstance(field, Column) and field.scalar == "Json"


def _output(field: Field, doc: str, *, null: bool | None = None) -> Output:
    null = field.null if null is None else null
    match field:
        case Column():
            type_ = f"[{field.scalar}]" if field.many else str(field.wire or field.scalar)
        case Embedded():
            type_ = f"[{field.type}]" if field.many else field.type
        case One():
            type_ = field.output or field.target
        case Many(plain=True):
            type_ = f"[{field.target}]"
        case Many():
            target = MODEL.entity(field.target)
            doc = f"{doc} A page, {first(target, root=False)}."
            return connection(target, doc, field.without, null=null)
    arguments = narrowings(field) if isinstance(field, One) else ()
    return Output(type_ + "!" * (not null), arguments, doc=doc)


def _listed() -> set[str]:
    """Return the entities that some list shows."""
    nested = {f.target for e in MODEL.entities for f in e.fields if isinstance(f, Many) and not f.plain}
    return nested | {e.name for e in MODEL.entities if e.plural}


def _connection(name: str) -> list[ObjectType]:
    edge, page = f"{name}Edge", f"{name}Connection"
    return [
        ObjectType(
            page,
            {
                "edges": Output(f"[{edge}]", doc="The members of this page, in the order of the list."),
                "pageInfo": Output("PageInfo", doc="Whether the list goes on before and after this page."),
            },
            doc=f"A page of a list of {name}.",
        ),
        ObjectType(
            edge,
            {
                "node": Output(name, doc="The member."),
                "cursor": Output("String", doc="Its place in the list, for after and before."),
            },
            doc=f"A member of a list of {name}.",
        ),
    ]
