"""The GraphQL schema, assembled from the model and the registry of mutations."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    parse_type,
)
from graphql.language import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode

from penstock.api.graphql.mutations import INPUTS, MUTATIONS, OUTPUTS
from penstock.api.graphql.schema.inputs import input_types, of_shape
from penstock.api.graphql.schema.outputs import ObjectType, Output, interfaces, objects
from penstock.api.graphql.schema.roots import SEARCHES, Root, roots
from penstock.api.graphql.schema.scalars import DATE_RANGE, SCALARS
from penstock.model.glossary import meaning
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.api.graphql.operations import Mutation, Shape
    from penstock.api.graphql.schema.inputs import InputType

PAGING = {
    "first": ("Int", "How many from the start of the list, or after the cursor; 10 unless told, 5000 at most."),
    "last": ("Int", "How many from the end of the list, or before the cursor; 5000 at most. Not heeded with first."),
    "before": ("String", "Cursor of the member that the page ends before; goes with last."),
    "after": ("String", "Cursor of the member that the page begins after; goes with first."),
}
_QUERY = "What can be read: one entity by its key, or null; or pages of many. What the user may not see is not there."
_MUTATION = (
    "What can be written. Those of an operation run one after another, each all or nothing; workflows run afterwards."
)


class _Builder:
    """Makes each type once; fields are thunks, so that types may name each other."""

    def __init__(self) -> None:
        self.types: dict[str, GraphQLNamedType] = {**SCALARS, "DateRange": DATE_RANGE}
        for enum in MODEL.enums:
            values = {v: GraphQLEnumValue(v, description=doc) for v, doc in enum.values.items()}
            self.types[enum.name] = GraphQLEnumType(enum.name, values, description=enum.doc)
        for given in (*input_types(), *map(of_shape, INPUTS.values())):
            self._add_input(given)
        for interface in interfaces():
            self.types[interface.name] = GraphQLInterfaceType(
                interface.name, partial(self._fields, interface), description=interface.doc
            )
        for declared in (*objects(), *map(_result, OUTPUTS.values())):
            self.types[declared.name] = GraphQLObjectType(
                declared.name,
                partial(self._fields, declared),
                interfaces=[cast("GraphQLInterfaceType", self.types[i]) for i in declared.interfaces],
                description=declared.doc,
            )

    def build(self) -> GraphQLSchema:
        """Return the whole schema."""
        queries = {r.name: self._root(r) for r in roots().values()}
        mutations = {m.name: self._mutation(m) for m in MUTATIONS.values()}
        return GraphQLSchema(
            query=GraphQLObjectType("Query", queries, description=_QUERY),
            mutation=GraphQLObjectType("Mutation", mutations, description=_MUTATION),
            types=list(self.types.values()),
        )

    def type(self, notation: str) -> Any:
        """Return the type behind ``"[CategoryKey!]!"``."""
        return self._wrapped(parse_type(notation))

    def _wrapped(self, node: TypeNode) -> Any:
        match node:
            case NonNullTypeNode():
                return GraphQLNonNull(self._wrapped(node.type))
            case ListTypeNode():
                return GraphQLList(self._wrapped(node.type))
            case NamedTypeNode():
                return self.types[node.name.value]
        raise TypeError(f"not a type: {node}")

    def _add_input(self, given: InputType) -> None:
        def made() -> dict[str, GraphQLInputField]:
            return {n: GraphQLInputField(self.type(f.type), description=f.doc) for n, f in given.fields.items()}

        self.types[given.name] = GraphQLInputObjectType(
            given.name, cast("Callable[[], Any]", made), description=given.doc
        )

    def _fields(self, declared: ObjectType) -> dict[str, GraphQLField]:
        return {name: self._field(f) for name, f in declared.fields.items()}

    def _field(self, output: Output | Root, *, paged: bool | None = None) -> GraphQLField:
        arguments = {
            a.name: GraphQLArgument(self.type(a.type), description=a.doc, extensions={"argument": a})
            for a in output.arguments
        }
        if paged if paged is not None else isinstance(output, Output) and output.paged:
            arguments |= {
                name: GraphQLArgument(self.type(type_), description=doc) for name, (type_, doc) in PAGING.items()
            }
        return GraphQLField(self.type(output.type), arguments, description=output.doc)

    def _root(self, root: Root) -> GraphQLField:
        field = self._field(root, paged=root.style == "list")
        if root.style in SEARCHES:
            for name in ("first", "after"):
                type_, doc = PAGING[name]
                field.args[name] = GraphQLArgument(self.type(type_), description=doc)
        field.extensions["root"] = root
        return field

    def _mutation(self, mutation: Mutation) -> GraphQLField:
        arguments = {
            name: GraphQLArgument(self.type(type_), description=self._asked(type_))
            for name, type_ in mutation.arguments.items()
        }
        return GraphQLField(self.type(mutation.output), arguments, description=mutation.doc)

    def _asked(self, notation: str) -> str:
        """Return the description of a mutation's argument: that of its type."""
        type_ = self.types[notation.removesuffix("!")]
        nullable = isinstance(type_, GraphQLInputObjectType) and not notation.endswith("!")
        return f"{type_.description}{' Must be given.' if nullable else ''}"


def _result(shape: Shape) -> ObjectType:
    fields = {
        name: Output(type_, doc=meaning(shape.name, name, shape.docs.get(name, "")))
        for name, type_ in shape.fields.items()
    }
    return ObjectType(shape.name, fields, (), shape.doc)


@cache
def schema() -> GraphQLSchema:
    """Return the schema of Penstock, made once."""
    return _Builder().build()
