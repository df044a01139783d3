"""Checks of a document before it is planned: size, syntax, and the rules of GraphQL on our schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    GraphQLFloat,
    GraphQLInt,
    Source,
    get_named_type,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import ValuesOfCorrectTypeRule, validation_context
from graphql.validation.rules import overlapping_fields_can_be_merged as overlapping

from penstock.api.graphql.coercion import coercer
from penstock.api.graphql.documents.size import MOST_TOKENS, check_size, check_text, too_complex
from penstock.api.graphql.failures import INVALID, SYNTAX, RejectedError, WrongValueError, from_core
from penstock.api.graphql.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphql.language import DocumentNode, StringValueNode

    from penstock.api.graphql.documents.literals import Lifted

MOST_ERRORS = 50
# What graphql-core may compare before it gives up: fields of one name, and fragments with what uses them.
overlapping.MAX_COMPLEXITY_BUDGET = 100_000
validation_context.MAX_FRAGMENT_WORK = 20_000
_GIVEN_UP, _TOO_MANY_TOKENS = "Validation aborted.", "tokens. Parsing aborted."


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


def checked(query: str, lifted: Lifted) -> DocumentNode:
    """Parse and validate a document; :class:`RejectedError` says all that is wrong with it."""
    check_text(lifted.text, lifted.readable)
    try:
        document = parse(lifted.readable, max_tokens=MOST_TOKENS)
    except GraphQLError as error:
        if error.message.endswith(_TOO_MANY_TOKENS):
            raise too_complex(
                f"The document has more than {MOST_TOKENS} words and signs; give values as variables, or split it"
            ) from None
        raise RejectedError(from_core(_located([error], query, lifted), SYNTAX)) from None
    check_size(document)
    errors = validate(schema(), document, _RULES, max_errors=MOST_ERRORS)
    if any(error.message == _GIVEN_UP for error in errors):
        raise too_complex("The document repeats too many fields and fragments to be checked; split it")
    if errors:
        raise RejectedError(from_core(_located(errors, query, lifted), INVALID))
    return document


def _located(errors: Iterable[GraphQLError], query: str, lifted: Lifted) -> list[GraphQLError]:
    """Return the errors with their places in the document as it was sent."""
    if lifted.readable is query:
        return list(errors)
    source = Source(query)
    return [
        GraphQLError(e.message, source=source, positions=[*map(lifted.original, e.positions or ())]) for e in errors
    ]
