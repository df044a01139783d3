"""Lifts the literals out of a document's text, so that documents that differ only in them share one plan.

Parsing takes half a millisecond, this a thirtieth of it. Page sizes stay: they are part of the plan.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from penstock.api.graphql.documents.texts import unquoted
from penstock.api.graphql.failures import WrongValueError

# The set of first characters comes first: with it the search runs over everything else at full speed. No part gives
# back what it took, and a text that nobody ends is taken too: a document of nothing but quotes would take hours.
# (Atomic groups: Python 3.11.2 takes the group at the end for matched behind a possessive repetition of another one.)
_TOKEN = re.compile(
    r'["#\-0-9fl](?:'
    r'(?<=")(?:""(?>(?:[^"\\]+|\\"""|\\|"{1,2}(?!"))*)(?:"""|())'  # a block text; a group where it has no end
    r'|(?>[^"\\\n\r]*(?:\\.[^"\\\n\r]*)*)(?:"|()))'  # a text
    r"|(?<=\#)[^\n\r]*+"  # a comment
    r"|(?<=\bf)irst\s*+:\s*+-?[0-9]++|(?<=\bl)ast\s*+:\s*+-?[0-9]++"  # a page size
    r"|(?:(?<=-)[0-9]|(?<=[0-9])(?<![\w$].))[0-9]*+(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"  # a number
    r")"
)
LONG = 100  # characters: the parser looks at each of them by itself, for a microsecond

Literal = str | int | float


class _Short(NamedTuple):
    """A short text in the place of a long one, which stands in the original between two places."""

    start: int
    end: int
    text: str


class Lifted:
    """A document without its literals: ``text`` is equal for documents of one form.

    ``readable`` is what the parser gets: the original with a short text in the place of each long one, of which the
    same one stands for equal ones. ``starts`` are the literals' places in it, ``sources`` how they were written.
    """

    __slots__ = ("_numbers", "_saved", "_short", "_values", "readable", "sources", "starts", "text")

    def __init__(self, query: str) -> None:
        self.starts: list[int] = []
        self.sources: list[str] = []
        self._short: list[_Short] = []
        self._saved = 0  # characters, up to the place that was looked at last
        self._numbers: dict[str, int] = {}
        self.text = _TOKEN.sub(self._lift, query)
        self.readable = self._shortened(query)
        self._values: list[Literal] | None = None

    def _lift(self, match: re.Match[str]) -> str:
        source = match[0]
        first = source[0]
        if first == "#":
            return ""
        if match.lastindex or first in "fl":  # a text that nobody ends: the parser says so
            return source
        self.starts.append(match.start() - self._saved)
        self.sources.append(source)
        if first != '"':
            return "0" if _whole(source) else "0.0"
        if len(source) > LONG:
            self._shorten(match)
        return '""'

    def _shorten(self, match: re.Match[str]) -> None:
        short = f'"(long text {self._numbers.setdefault(match[0], len(self._numbers))})"'
        self._short.append(_Short(match.start(), match.end(), short))
        self._saved += len(match[0]) - len(short)

    def _shortened(self, query: str) -> str:
        parts: list[str] = []
        position = 0
        for short in self._short:
            parts += query[position : short.start], short.text
            position = short.end
        return "".join([*parts, query[position:]]) if parts else query

    def original(self, place: int) -> int:
        """Return the place in the original of what stands at a place in ``readable``."""
        for short in self._short:
            if place < short.start + len(short.text):
                break
            place += short.end - short.start - len(short.text)
        return place

    def values(self) -> list[Literal]:
        """Return the literals' values, in order; the same list each time."""
        if self._values is None:
            self._values = [_value(source) for source in self.sources]
        return self._values


def _whole(source: str) -> bool:
    return source.isdigit() or source[1:].isdigit()


def _value(source: str) -> Literal:
    if source[0] == '"':
        return unquoted(source)
    try:
        return int(source) if _whole(source) else float(source)
    except ValueError:  # more digits than Python reads
        raise WrongValueError(f"a number of {len(source)} digits is out of range") from None
