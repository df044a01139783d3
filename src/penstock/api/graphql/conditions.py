"""What an argument asks of a row, as SQL: equality, wildcards, ranges, sets and links (spec 12 §3, §5).

A condition works in two steps, so that statements can be cached. :meth:`Condition.read` takes an argument's value
to a *form* (which operator, how many values; the same form always gives the same SQL) and the values to bind.
:meth:`Condition.sql` writes the SQL of a form. The form of an argument that asks nothing is None.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from penstock.errors import EmptyDateRangeError, TooComplexError
from penstock.model import identifiers
from penstock.model.notation import InputWord, words
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded, Entity, One, Scalar

if TYPE_CHECKING:
    from datetime import datetime

Form = Hashable
Read = tuple[Form, list[Any]]
Bind = Callable[[], str]  # gives the placeholder of the next value, "$1"

NOTHING: Read = (None, [])
_SQL = {
    Scalar.ID: "bigint",
    Scalar.STRING: "text",
    Scalar.INT: "integer",
    Scalar.FLOAT: "double precision",
    Scalar.BOOLEAN: "boolean",
}
MOST_PATTERNS = 100  # texts with wildcards in one filter, each of which is held against each row
MOST_SETS = 100  # in a filter for lists
_DIGITS = 10  # fewer fit a whole number of 32 bits


class Condition(Protocol):
    """One argument's demand on the rows of a table."""

    @property
    def column(self) -> str:
        """The column that it looks at, if it looks at one."""
        return ""

    def read(self, value: Any) -> Read:
        """Take the argument's value, coerced by its type, to its form and the values to bind."""
        ...

    def sql(self, alias: str, form: Form, bind: Bind, /) -> str:
        """Write the condition on the table ``alias``, drawing the placeholders in the order of the values."""
        ...

    def several(self, _form: Form, /) -> bool | None:
        """Return whether the rows have several values of the column, or one; None when an index by it is no use."""
        return None

    def value(self, form: Form, _bind: Bind, /) -> str:
        """Write the value, or a query that gives each of several once."""
        raise AssertionError(form)


def _escaped(text: str) -> str:
    """Return a LIKE pattern: ``%`` is a wildcard, and ``_`` too where a ``%`` stands."""
    pattern = text.replace("\\", "\\\\")
    return pattern if "%" in text else pattern.replace("_", "\\_")


def _check(column: Column, given: int, most: int, what: str) -> None:
    if given > most:
        raise TooComplexError(f"{column.name} is given {given} {what}, allowed are {most}: ask for them in parts")


def _stored(column: Column, value: Any) -> Any:
    """Return a value as its column keeps it; None, which equals nothing, when none can be kept so."""
    if column.scalar is Scalar.ID:
        return identifiers.parse(value)
    if column.scalar is Scalar.INT and isinstance(value, str):
        number = value.removeprefix("-")
        return int(value) if number.isascii() and number.isdecimal() and len(number) < _DIGITS else None
    return value


def _pair(form: Form) -> tuple[str, str]:
    assert isinstance(form, tuple)
    operator, count = form
    return operator, count


@dataclass(frozen=True, slots=True)
class OfColumn(Condition):
    """What is asked of one column."""

    of: Column

    @property
    def column(self) -> str:
        """The column."""
        return self.of.column


@dataclass(frozen=True, slots=True)
class Among(OfColumn):
    """A column that equals one of the values; texts may hold wildcards."""

    def several(self, form: Form) -> bool | None:
        """Return whether there are several values, none of them a wildcard."""
        operator, count = _pair(form)
        return count == "any" if operator == "=" else None

    def value(self, form: Form, bind: Bind) -> str:
        """Write the value, or the rows of several."""
        if self.several(form):
            return f"SELECT DISTINCT unnest({bind()}::{_SQL[self.of.scalar]}[])"
        return bind()

    def read(self, value: Any) -> Read:
        """Read a list of values; an empty one asks nothing."""
        given = [v for v in value or () if v is not None]
        if not given:
            return NOTHING
        if self.of.scalar is Scalar.ID or self.of.wire:
            given = [_stored(self.of, v) for v in given]
        if not self.of.synonyms.isdisjoint(given):
            given = sorted({*given} | self.of.synonyms)
        operator = "="
        if self.of.scalar is Scalar.STRING and any("%" in v for v in given):
            _check(self.of, len(given), MOST_PATTERNS, "texts when one of them holds a wildcard")
            operator, given = "LIKE", [_escaped(v) for v in given]
        return ((operator, "one"), given) if len(given) == 1 else ((operator, "any"), [given])

    def sql(self, alias: str, form: Form, bind: Bind) -> str:
        """Write ``=``, ``= ANY``, ``LIKE`` or ``LIKE ANY``."""
        operator, count = _pair(form)
        value = bind() if count == "one" else f"ANY({bind()})"
        return f"{alias}.{self.column} {operator} {value}"


@dataclass(frozen=True, slots=True)
class Same(OfColumn):
    """A column that equals the one value, as keys and get operations ask."""

    def read(self, value: Any) -> Read:
        """Read one value; null asks nothing."""
        if value is None:
            return NOTHING
        return "=", [_stored(self.of, value)]

    def sql(self, alias: str, _form: Form, bind: Bind) -> str:
        """Write ``=``."""
        return f"{alias}.{self.column} = {bind()}"


def _last(moment: datetime) -> datetime:
    """Return the end of a moment's millisecond: rows are kept more finely than they are shown."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000 + 999)


@dataclass(frozen=True, slots=True)
class Between(OfColumn):
    """A moment inside a ``DateRange``, both ends included."""

    def read(self, value: Any) -> Read:
        """Read ``{from, to}``; one of the two must be there (C0101E)."""
        if value is None:
            return NOTHING
        ends = [(op, value[key]) for op, key in ((">=", "from"), ("<=", "to")) if value.get(key) is not None]
        if not ends:
            raise EmptyDateRangeError(f"{self.of.name} needs from, to or both: an empty range selects nothing")
        return tuple(op for op, _ in ends), [_last(moment) if op == "<=" else moment for op, moment in ends]

    def sql(self, alias: str, form: Form, bind: Bind) -> str:
        """Write one comparison for each end.

        An open end is written too: PostgreSQL takes a range with one end for a third of all rows, and would look
        through them in the order of the list for the few that changed lately.
        """
        assert isinstance(form, tuple)
        given = {op: bind() for op in form}
        lower, upper = given.get(">=", "'-infinity'"), given.get("<=", "'infinity'")
        return f"{alias}.{self.column} >= {lower} AND {alias}.{self.column} <= {upper}"


@dataclass(frozen=True, slots=True)
class Holding(OfColumn):
    """A column with a list that contains all members of one of the given sets."""

    def read(self, value: Any) -> Read:
        """Read a list of lists; empty ones ask nothing."""
        sets = [[v for v in inner if v is not None] for inner in value or () if inner]
        _check(self.of, len(sets), MOST_SETS, "lists")
        return (len(sets), list(sets)) if sets else NOTHING

    def sql(self, alias: str, form: Form, bind: Bind) -> str:
        """Write ``@>`` for each set."""
        assert isinstance(form, int)
        tests = (f"{alias}.{self.column} @> {bind()}::text[]" for _ in range(form))
        return "(" + " OR ".join(tests) + ")"


@dataclass(frozen=True, slots=True)
class Exactly(Condition):
    """A loose link that says just what the key does."""

    link: Embedded

    @property
    def column(self) -> str:
        """The link's column."""
        return self.link.column

    def several(self, _form: Form) -> bool:
        """Return that there is one value."""
        return False

    def value(self, _form: Form, bind: Bind) -> str:
        """Write it."""
        return f"{bind()}::jsonb"

    def read(self, value: Any) -> Read:
        """Read the key, which is whole."""
        return ("=", [msgspec.json.encode(value).decode()]) if value else NOTHING

    def sql(self, alias: str, _form: Form, bind: Bind) -> str:
        """Write ``=``."""
        return f"{alias}.{self.link.column} = {bind()}::jsonb"


@dataclass(frozen=True, slots=True)
class Key(Condition):
    """The row that an input type such as ``ProductKey {ref catalogue}`` names."""

    parts: tuple[tuple[str, Condition], ...]

    def read(self, value: Any) -> Read:
        """Read the key's fields; one without any asks nothing."""
        if value is None:
            return NOTHING
        read = [(name, part.read(value.get(name))) for name, part in self.parts]
        given = [(name, form, binds) for name, (form, binds) in read if form is not None]
        if not given:
            return NOTHING
        return tuple((name, form) for name, form, _ in given), [b for _, _, binds in given for b in binds]

    def sql(self, alias: str, form: Form, bind: Bind) -> str:
        """Write the conditions of the parts given."""
        assert isinstance(form, tuple)
        parts = dict(self.parts)
        return " AND ".join(parts[name].sql(alias, part, bind) for name, part in form)


@dataclass(frozen=True, slots=True)
class Linked(Condition):
    """A link whose target a key names."""

    link: One
    key: Key

    @property
    def column(self) -> str:
        """The link's column."""
        return self.link.match[0][1]

    def several(self, _form: Form) -> bool:
        """Return that the key may name several rows."""
        return True

    def value(self, form: Form, bind: Bind) -> str:
        """Write the query of the rows that the key names."""
        return self._targets("k", form, bind)

    def read(self, value: Any) -> Read:
        """Read the key."""
        return self.key.read(value)

    def sql(self, alias: str, form: Form, bind: Bind) -> str:
        """Write the link's column as one of those that the key finds."""
        return f"{alias}.{self.column} IN ({self._targets(f'{alias}k', form, bind)})"

    def _targets(self, inner: str, form: Form, bind: Bind) -> str:
        table = MODEL.table_of(self.link.target).name
        return f"SELECT {inner}.{self.link.match[0][0]} FROM {table} {inner} WHERE {self.key.sql(inner, form, bind)}"


@dataclass(frozen=True, slots=True)
class Joined(Condition):
    """A row on the other side of a join table that a key names, as ``category`` of a product."""

    table: str
    here: str
    there: str
    target: str
    key: Key

    def read(self, value: Any) -> Read:
        """Read the key."""
        return self.key.read(value)

    def sql(self, alias: str, form: Form, bind: Bind) -> str:
        """Write the row's id as one of those joined with the key's target."""
        inner = f"{alias}k"
        return (
            f"{alias}.id IN (SELECT j.{self.here} FROM {self.table} j "
            f"JOIN {MODEL.table_of(self.target).name} {inner} ON {inner}.id = j.{self.there} "
            f"WHERE {self.key.sql(inner, form, bind)})"
        )


def named_by(entity: Entity, notation: str) -> Key:
    """Return the condition of a key's or get operation's words (``"ref! catalogue!"``) on an entity."""
    return Key(tuple((word.name, part(entity, word)) for word in words(notation)))


def part(entity: Entity, word: InputWord) -> Condition:
    """Return the condition of one part of a key: a column, or a link by a key of the target."""
    found = entity.field(word.field)
    if isinstance(found, Column):
        return Same(found)
    if isinstance(found, One) and (key := word.type or found.key):
        return Linked(found, key_condition(key, found.target))
    raise KeyError(f"{entity.name}.{word.field} cannot be part of a key")


def key_condition(key: str, target: str) -> Key:
    """Return the condition by which an input type names a row of an entity or of an interface's table."""
    return named_by(MODEL.variants(target)[0], MODEL.keys[key][0])
