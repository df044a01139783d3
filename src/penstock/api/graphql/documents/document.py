"""A document, read once: its operation, variables and argument sites, and the statements made for it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLInputType, TypeInfo, TypeInfoVisitor, type_from_ast
from graphql.language import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    ListValueNode,
    NonNullTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)

from penstock.api.graphql.coercion import Coerce, coercer
from penstock.api.graphql.documents.selection import Collector
from penstock.api.graphql.documents.sites import DISTANCE, Given, Site, SiteForm
from penstock.api.graphql.documents.validation import checked
from penstock.api.graphql.documents.values import ABSENT, Inputs, Reader, reader
from penstock.api.graphql.failures import RejectedError, WrongValueError, invalid, placed
from penstock.api.graphql.schema import schema
from penstock.api.graphql.schema.roots import SEARCHES
from penstock.errors import MissingValueError, PenstockError, shown
from penstock.model.lists import order
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLField
    from graphql.language import DocumentNode, ValueNode

    from penstock.api.graphql.documents.literals import Lifted
    from penstock.api.graphql.filters import Argument

_PAGING = ("first", "last", "after", "before")


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    coerce: Coerce
    default: Reader | None
    required: bool


@dataclass(slots=True)
class Document:
    """One operation of a validated document.

    ``sites`` are found by the identity of the field's node; ``arguments`` are those of mutations. ``plans`` is
    where its executor keeps what it made for each form.
    """

    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: list[_Variable]
    flags: tuple[str, ...]
    sites: dict[int, tuple[int, Site]]
    arguments: dict[int, list[Given]]
    plans: dict[Any, Any] = field(default_factory=dict)

    @property
    def is_mutation(self) -> bool:
        """Return whether it changes anything."""
        return self.operation.operation is OperationType.MUTATION

    def inputs(self, literals: list[Any], given: Mapping[str, Any]) -> Inputs:
        """Coerce what a request brings; :class:`WrongValueError` names the variable that is wrong."""
        inputs = Inputs(literals, {})
        for variable in self.variables:
            value = _variable(variable, given, inputs)
            if value is not ABSENT:
                inputs.variables[variable.name] = value
        return inputs

    def forms(self, inputs: Inputs) -> tuple[tuple[SiteForm, ...], list[list[Any]]]:
        """Evaluate every site: the forms, and the values to bind for each.

        :class:`RejectedError` names the path of the field whose arguments are wrong.
        """
        forms, binds = [], []
        for _, site in self.sites.values():
            try:
                form, values = site.read(inputs)
            except (PenstockError, WrongValueError) as error:
                raise RejectedError([placed(error, site.path)]) from None
            forms.append(form)
            binds.append(values)
        return tuple(forms), binds

    def conditions(self, inputs: Inputs) -> tuple[bool, ...]:
        """Return the values of the variables in @include and @skip."""
        return tuple(bool(inputs.variables[name]) for name in self.flags)

    def collector(self, conditions: tuple[bool, ...]) -> Collector:
        """Return the collector of fields under these values of the directives."""
        return Collector(self.fragments, dict(zip(self.flags, conditions, strict=True)))


def _variables(value: ValueNode) -> bool:
    """Return whether variables are part of a value."""
    match value:
        case VariableNode():
            return True
        case ListValueNode():
            return any(_variables(v) for v in value.values)
        case ObjectValueNode():
            return any(_variables(f.value) for f in value.fields)
    return False


def _variable(variable: _Variable, given: Mapping[str, Any], inputs: Inputs) -> Any:
    value = given.get(variable.name, ABSENT)
    if value is ABSENT and variable.default is not None:
        value = variable.default(inputs)
    if value is ABSENT:
        if not variable.required:
            return ABSENT
        raise WrongValueError("the variable is required and was not given", MissingValueError).within(
            f"${variable.name}"
        )
    try:
        return variable.coerce(value)
    except WrongValueError as error:
        raise error.within(f"${variable.name}") from None


def read_document(query: str, lifted: Lifted, operation_name: str | None) -> Document:
    """Parse, validate and read a document; :class:`RejectedError` says what is wrong with it."""
    document = checked(query, lifted)
    operation = _operation(document, operation_name)
    places = {start: index for index, start in enumerate(lifted.starts)}
    reading = _Reading(places, {v.variable.name.value: print_ast(v.type) for v in operation.variable_definitions})
    visit(document, TypeInfoVisitor(reading.types, reading))
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    variables = [_declared(v, places) for v in operation.variable_definitions]
    names = {v.name for v in variables}
    flags = tuple(name for name in reading.flags if name in names)
    # Other operations of the document have sites too: those would ask for variables that this one lacks.
    used = _nodes_of(operation, fragments)
    sites = {node: site for node, site in reading.sites.items() if node in used}
    numbered = {node: (index, site) for index, (node, site) in enumerate(sites.items())}
    _unlink(document)
    return Document(operation, fragments, variables, flags, numbered, reading.arguments)


def _unlink(document: DocumentNode) -> None:
    """Take the links between a document's tokens away: with them only the collector of cycles could free it.

    A document lives long enough to grow old in its eyes, and it looks through the old ones very rarely.
    """
    token = document.loc and document.loc.start_token
    while token:
        token.prev, token.next, token = None, None, token.next


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name:
        operations = [o for o in operations if o.name and o.name.value == name]
    if len(operations) != 1:
        said = f"Unknown operation named {shown(name)}." if name else "Must provide operation name: there are several."
        raise RejectedError([invalid(said)])
    kind = operations[0].operation
    if schema().get_root_type(kind) is None:  # validation passes over what has no type
        raise RejectedError([invalid(f"There are no operations of the kind {kind.value} here.")])
    return operations[0]


def _declared(node: VariableDefinitionNode, places: dict[int, int]) -> _Variable:
    type_: Any = type_from_ast(schema(), node.type)
    default = reader(node.default_value, places) if node.default_value else None
    required = isinstance(node.type, NonNullTypeNode) and default is None
    return _Variable(node.variable.name.value, coercer(type_), default, required)


class _Reached(Visitor):
    """Gathers the fields of an operation and of the fragments that it uses."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        super().__init__()
        self.nodes: set[int] = set()
        self._fragments = fragments
        self._seen: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.nodes.add(id(node))

    def enter_fragment_spread(self, node: Any, *_: object) -> None:
        name = node.name.value
        if name not in self._seen:
            self._seen.add(name)
            visit(self._fragments[name], self)


def _nodes_of(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> set[int]:
    reached = _Reached(fragments)
    visit(operation, reached)
    return reached.nodes


class _Reading(Visitor):
    """Finds the argument sites and the variables that decide about fields."""

    def __init__(self, places: dict[int, int], variables: dict[str, str]) -> None:
        super().__init__()
        self.types = TypeInfo(schema())
        self.sites: dict[int, Site] = {}
        self.arguments: dict[int, list[Given]] = {}
        self.flags: dict[str, None] = {}
        self._places = places
        self._variables = variables  # their types in GraphQL's notation

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        given = node.arguments[0].value if node.arguments else None
        if isinstance(given, VariableNode):
            self.flags[given.name.value] = None

    def enter_field(self, node: FieldNode, _key: Any, _parent: Any, _path: Any, above: list[Any]) -> None:
        definition = self.types.get_field_def()
        if definition is None or not definition.args:
            return
        given = {a.name.value: self._given(definition, a.name.value, a.value) for a in node.arguments}
        parent = self.types.get_parent_type()
        if parent is schema().mutation_type:
            self.arguments[id(node)] = list(given.values())
        elif not node.name.value.startswith("__") and parent and not parent.name.startswith("__"):
            self.sites[id(node)] = _site(definition, given, _path_to(node, above))

    def _given(self, definition: GraphQLField, name: str, value: Any) -> Given:
        type_: GraphQLInputType = definition.args[name].type
        known = isinstance(value, VariableNode) and self._coerced(value.name.value, type_)
        return Given(name, reader(value, self._places), None if known else coercer(type_), not _variables(value))

    def _coerced(self, variable: str, type_: GraphQLInputType) -> bool:
        """Return whether the variable's own type has coerced its value to this one already."""
        return self._variables.get(variable) in {str(type_), f"{type_}!"}


def _path_to(node: FieldNode, above: list[Any]) -> tuple[str, ...]:
    """Return the response keys down to a field; in a fragment, which may stand anywhere, there is no telling."""
    if any(isinstance(a, FragmentDefinitionNode) for a in above):
        return ()
    return tuple((n.alias or n.name).value for n in (*above, node) if isinstance(n, FieldNode))


def _site(definition: GraphQLField, given: dict[str, Given], path: tuple[str, ...]) -> Site:
    declared: list[tuple[str, Argument]] = [
        (name, a.extensions["argument"]) for name, a in definition.args.items() if "argument" in a.extensions
    ]
    conditions = [(given.get(name), argument.condition) for name, argument in declared]
    paging = {name: given[name] for name in _PAGING if name in given} if "first" in definition.args else None
    root = definition.extensions.get("root")
    one_of = tuple(name for name, _ in declared) if root is not None and root.style == "get" else ()
    fixed = all(g.fixed for g in given.values())
    return Site(conditions, paging, one_of, path, _keys(definition), fixed)


def _keys(definition: GraphQLField) -> tuple[str, ...]:
    """Return what a list goes by."""
    root = definition.extensions.get("root")
    if root is not None and root.style in SEARCHES:
        return DISTANCE, "id"
    paged = MODEL.by_name.get(str(definition.type).rstrip("!").removesuffix("Connection"))
    return order(paged, root=root is not None) if paged is not None else ("id",)
