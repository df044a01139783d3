"""The GraphQL schema, assembled from the model and the registry of mutations."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
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

import penstock.api.graphql.mutations  # noqa: F401 - importing it registers the mutations
from penstock.api.graphql.operations import INPUTS, MUTATIONS, OUTPUTS, Mutation, Shape
from penstock.api.graphql.schema.inputs import input_types
from penstock.api.graphql.schema.outputs import ObjectType, Output, described, interfaces, objects
from penstock.api.graphql.schema.roots import Root, roots
from penstock.api.graphql.schema.scalars import DATE_RANGE, SCALARS
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PAGING = {
    "first": ("Int", "How many from the start of the list, or after the cursor; 10 unless told, 5000 at most."),
    "last": ("Int", "How many from the end of the list, or before the cursor."),
    "before": ("String", "Cursor of the member that the page ends before."),
    "after": ("String", "Cursor of the member that the page begins after."),
}


class _Builder:
    """Makes each type once; fields are thunks, so that types may name each other."""

    def __init__(self) -> None:
        self.types: dict[str, GraphQLNamedType] = {**SCALARS, "DateRange": DATE_RANGE}
        for enum in MODEL.enums:
            self.types[enum.name] = GraphQLEnumType(enum.name, {v: v for v in enum.values}, description=enum.doc)
        for name, fields in input_types().items():
            self._add_input(name, fields, f"Input: {described(name, '')}")
        for shape in INPUTS.values():
            self._add_input(shape.name, shape.fields, shape.doc)
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
        query = GraphQLObjectType("Query", {r.name: self._root(r) for r in roots().values()})
        mutations = {m.name: self._mutation(m) for m in MUTATIONS.values()}
        return GraphQLSchema(
            query=query,
            mutation=GraphQLObjectType("Mutation", mutations) if mutations else None,
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

    def _add_input(self, name: str, fields: Mapping[str, str], doc: str) -> None:
        def made() -> dict[str, GraphQLInputField]:
            return {f: GraphQLInputField(self.type(type_), description=described(f, "")) for f, type_ in fields.items()}

        self.types[name] = GraphQLInputObjectType(name, cast("Callable[[], Any]", made), description=doc)

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
        if root.style == "search":
            field.args["first"] = GraphQLArgument(self.type("Int"), description=PAGING["first"][1])
        field.extensions["root"] = root
        return field

    def _mutation(self, mutation: Mutation) -> GraphQLField:
        arguments = {
            name: GraphQLArgument(self.type(type_), description=described(name, ""))
            for name, type_ in mutation.arguments.items()
        }
        return GraphQLField(self.type(mutation.output), arguments, description=mutation.doc)


def _result(shape: Shape) -> ObjectType:
    fields = {name: Output(type_, doc=described(name, "")) for name, type_ in shape.fields.items()}
    return ObjectType(shape.name, fields, (), shape.doc)


@cache
def schema() -> GraphQLSchema:
    """Return the schema of Penstock, made once."""
    return _Builder().build()
