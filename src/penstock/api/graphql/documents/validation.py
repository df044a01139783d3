"""Checks of a document before it is planned: size, syntax, and the rules of GraphQL on our schema."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    GraphQLFloat,
    GraphQLInt,
    get_named_type,
    parse,
    specified_rules,
    validate,
)
from graphql.language import FieldNode, SelectionSetNode, StringValueNode, Visitor, visit
from graphql.validation import ValuesOfCorrectTypeRule

from penstock.api.graphql.coercion import coercer
from penstock.api.graphql.failures import INVALID, SYNTAX, RejectedError, WrongValueError, coded, from_core
from penstock.api.graphql.schema import schema
from penstock.errors import TooComplexError

if TYPE_CHECKING:
    from graphql.language import DocumentNode

MOST_DEPTH = 25  # levels of selections
MOST_NESTED = 60  # brackets of any kind, so that the parser cannot exhaust the stack
MOST_TOKENS = 20_000
MOST_NODES = 2_000  # fields written in the document
MOST_REPEATED = 50  # fields of one name in a selection, each of which has to be compared with each other one


class _LenientValues(ValuesOfCorrectTypeRule):
    """Accepts a text that holds a number where a number is expected, as clients send it."""

    def enter_string_value(self, node: StringValueNode, *args: Any) -> None:
        """Check a text."""
        type_ = get_named_type(self.context.get_input_type())
        if type_ not in {GraphQLInt, GraphQLFloat}:
            super().enter_string_value(node, *args)
            return
        try:
            coercer(type_)(node.value)
        except WrongValueError as error:
            self.report_error(GraphQLError(error.message, node))


_RULES = [_LenientValues if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules]


class _Measure(Visitor):
    """Counts the fields of a document and how deep its selections go."""

    def __init__(self) -> None:
        super().__init__()
        self.fields = 0
        self.depth = 0
        self.repeated = 0
        self._level = 0

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
        self._level += 1
        self.depth = max(self.depth, self._level)
        keys = Counter((s.alias or s.name).value for s in node.selections if isinstance(s, FieldNode))
        self.repeated = max(self.repeated, *keys.values(), 0)

    def leave_selection_set(self, *_: object) -> None:
        self._level -= 1

    def enter_field(self, _node: FieldNode, *_: object) -> None:
        self.fields += 1


def checked(query: str, without_literals: str) -> DocumentNode:
    """Parse and validate a document; :class:`RejectedError` says all that is wrong with it."""
    _check_nesting(without_literals)
    try:
        document = parse(query, max_tokens=MOST_TOKENS)
    except GraphQLError as error:
        raise RejectedError(from_core([error], SYNTAX)) from None
    _check_size(document)
    if errors := validate(schema(), document, _RULES, max_errors=50):
        raise RejectedError(from_core(errors, INVALID))
    return document


def _too_complex(message: str) -> RejectedError:
    return RejectedError([coded(TooComplexError(message))])


def _check_nesting(text: str) -> None:
    level = 0
    for character in text:
        if character in "{[(":
            level += 1
            if level > MOST_NESTED:
                raise _too_complex(f"The document nests more than {MOST_NESTED} brackets")
        elif character in ")]}":
            level -= 1


def _check_size(document: DocumentNode) -> None:
    measure = _Measure()
    visit(document, measure)
    if measure.depth > MOST_DEPTH:
        raise _too_complex(f"The document is {measure.depth} levels deep, allowed are {MOST_DEPTH}")
    if measure.fields > MOST_NODES:
        raise _too_complex(f"The document selects {measure.fields} fields, allowed are {MOST_NODES}")
    if measure.repeated > MOST_REPEATED:
        raise _too_complex(f"A selection names one field {measure.repeated} times, allowed are {MOST_REPEATED}")
