"""How large a document may be, so that nobody waits for long while it is read (spec 12 §7)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)

from penstock.api.graphql.failures import RejectedError, coded
from penstock.errors import TooComplexError

if TYPE_CHECKING:
    from graphql.language import DocumentNode, SelectionSetNode

MOST_CHARACTERS = 1_000_000  # beside long texts
MOST_TOKENS = 15_000
LONGEST_WORD = 255  # characters of a name or a number
MOST_NESTED = 60  # brackets of any kind, so that the parser cannot exhaust the stack
MOST_DEPTH = 25  # levels of selections, those of fragments where they are spread
MOST_FIELDS = 2_000  # written in the document
MOST_REPEATED = 50  # fields of one name in a selection, each of which has to be compared with each other one
MOST_DEFINITIONS = 500  # operations and fragments

_BRACKETS = re.compile(r"[][{}()]")
_LONG_WORD = re.compile(rf"\b\w{{{LONGEST_WORD + 1}}}")


def check_text(text: str, readable: str) -> None:
    """Check a document before it is parsed: ``text`` is without its literals, ``readable`` without long ones."""
    if len(readable) > MOST_CHARACTERS:
        raise too_complex(
            f"The document has {len(readable)} characters beside its long texts, allowed are {MOST_CHARACTERS}; "
            "give values as variables"
        )
    if _LONG_WORD.search(readable):
        raise too_complex(f"The document holds a name or a number of more than {LONGEST_WORD} characters")
    level = 0
    for bracket in _BRACKETS.finditer(text):
        level += 1 if bracket[0] in "{[(" else -1
        if level > MOST_NESTED:
            raise too_complex(f"The document nests more than {MOST_NESTED} brackets")


def check_size(document: DocumentNode) -> None:
    """Check how much a document asks for, before it is looked at as a whole."""
    if len(document.definitions) > MOST_DEFINITIONS:
        found = len(document.definitions)
        raise too_complex(f"The document defines {found} operations and fragments, allowed are {MOST_DEFINITIONS}")
    measure = _Measure(document)
    if measure.fields > MOST_FIELDS:
        raise too_complex(f"The document selects {measure.fields} fields, allowed are {MOST_FIELDS}")
    if measure.depth > MOST_DEPTH:
        raise too_complex(f"The document is {measure.depth} levels deep, allowed are {MOST_DEPTH}")
    if measure.repeated > MOST_REPEATED:
        raise too_complex(f"A selection names one field {measure.repeated} times, allowed are {MOST_REPEATED}")


def too_complex(message: str) -> RejectedError:
    """Return the refusal of a document."""
    return RejectedError([coded(TooComplexError(message))])


class _Measure:
    """Counts the fields of a document and how deep its selections go."""

    def __init__(self, document: DocumentNode) -> None:
        self.fields = 0
        self.repeated = 0
        self._levels: dict[str, int] = {}  # of each fragment by itself
        self._spread: dict[str, dict[str, int]] = {}  # the fragments spread in each, and their deepest level there
        self._deepest: dict[str, int] = {}
        for number, definition in enumerate(document.definitions):
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
                named = isinstance(definition, FragmentDefinitionNode) and definition.name.value
                self._define(named or f"operation {number}", definition.selection_set)
        self.depth = max(map(self._depth, self._levels), default=0)

    def _define(self, name: str, selections: SelectionSetNode) -> None:
        self._levels[name], self._spread[name] = 0, {}
        self._walk(name, selections, 1)

    def _walk(self, name: str, selections: SelectionSetNode, level: int) -> None:
        self._levels[name] = max(self._levels[name], level)
        keys = Counter((s.alias or s.name).value for s in selections.selections if isinstance(s, FieldNode))
        self.fields += keys.total()
        self.repeated = max(self.repeated, *keys.values(), 0)
        for selection in selections.selections:
            if isinstance(selection, FragmentSpreadNode):
                spread, fragment = self._spread[name], selection.name.value
                spread[fragment] = max(spread.get(fragment, 0), level)
            elif isinstance(selection, FieldNode | InlineFragmentNode) and (inner := selection.selection_set):
                self._walk(name, inner, level + 1)

    def _depth(self, name: str) -> int:
        """Return how deep a definition goes with what is spread in it; cycles are refused elsewhere."""
        if name not in self._deepest:
            self._deepest[name] = 0
            found = self._levels[name]
            for fragment, level in self._spread[name].items():  # one frame for each fragment: their number is limited
                if fragment in self._spread:
                    found = max(found, level + self._depth(fragment))
            self._deepest[name] = found
        return self._deepest[name]
