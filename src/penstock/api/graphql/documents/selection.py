"""Which fields a selection asks for, once fragments and directives are resolved (GraphQL's CollectFields)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql.language import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from penstock.errors import TooComplexError
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_SELECTED = 10_000  # fields and fragments of one operation, each as often as it is selected
Fields = dict[str, list[FieldNode]]  # by response key; nodes of one key are merged


def below(nodes: Sequence[FieldNode]) -> list[SelectionSetNode]:
    """Return the selections below merged fields."""
    return [n.selection_set for n in nodes if n.selection_set]


def applies(type_name: str, condition: str) -> bool:
    """Return whether a fragment on ``condition`` speaks of objects of this type."""
    if type_name == condition:
        return True
    entity = MODEL.by_name.get(type_name)
    return entity is not None and condition in entity.interfaces


class Collector:
    """Collects the fields of one operation, given the values of the variables in directives.

    It stops operations that have no end because fragments spread fragments.
    """

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], flags: Mapping[str, bool]) -> None:
        self._fragments = fragments
        self._flags = flags
        self._selected = 0

    def again(self) -> Collector:
        """Return a collector for the same operation, from its beginning."""
        return Collector(self._fragments, self._flags)

    def fields(self, type_name: str, selections: Iterable[SelectionSetNode]) -> Fields:
        """Return the fields that selections ask for of an object of this type, in order."""
        found: Fields = {}
        visited: set[str] = set()
        for selection in selections:
            self._collect(type_name, selection, found, visited)
        return found

    def _collect(self, type_name: str, selections: SelectionSetNode, found: Fields, visited: set[str]) -> None:
        self._selected += len(selections.selections)
        if self._selected > MOST_SELECTED:
            raise TooComplexError(
                f"The operation selects more than {MOST_SELECTED} fields, those of fragments counted wherever they "
                "are spread"
            )
        for selection in selections.selections:
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                found.setdefault(key, []).append(selection)
            elif (inner := self._fragment(type_name, selection, visited)) is not None:
                self._collect(type_name, inner, found, visited)

    def _fragment(self, type_name: str, node: SelectionNode, visited: set[str]) -> SelectionSetNode | None:
        if isinstance(node, InlineFragmentNode):
            on = node.type_condition
            return node.selection_set if on is None or applies(type_name, on.name.value) else None
        if not isinstance(node, FragmentSpreadNode) or node.name.value in visited:
            return None
        visited.add(node.name.value)
        fragment = self._fragments[node.name.value]
        return fragment.selection_set if applies(type_name, fragment.type_condition.name.value) else None

    def _included(self, node: SelectionNode) -> bool:
        return all(self._holds(d) for d in node.directives)

    def _holds(self, directive: DirectiveNode) -> bool:
        if directive.name.value not in {"include", "skip"}:
            return True
        given = directive.arguments[0].value
        if isinstance(given, VariableNode):
            value = self._flags[given.name.value]
        else:
            value = isinstance(given, BooleanValueNode) and given.value
        return value == (directive.name.value == "include")
