"""The places in a document where arguments stand.

Each request evaluates every site to a *form* and values. The forms of all sites decide which statement runs; the
values are bound to it.
"""

from __future__ import annotations

import struct
from base64 import b64decode
from binascii import Error as BadBase64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock.api.graphql.documents.values import ABSENT, Inputs, Reader
from penstock.api.graphql.failures import WrongValueError
from penstock.errors import InvalidValueError, MissingValueError, TooComplexError, shown

if TYPE_CHECKING:
    from penstock.api.graphql.coercion import Coerce
    from penstock.api.graphql.conditions import Condition, Form

DEFAULT_PAGE = 10
LARGEST_PAGE = 5000
DISTANCE = "distance"  # a key of lists of locations
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts microseconds from here


@dataclass(slots=True)
class Given:
    """An argument as it stands in the document.

    ``coerce`` is None for what a variable of the same type has coerced already; ``fixed`` are arguments of which no
    variable is part.
    """

    name: str
    read: Reader
    coerce: Coerce | None
    fixed: bool

    def value(self, inputs: Inputs) -> Any:
        """Return the argument's value, or ABSENT."""
        value = self.read(inputs)
        if value is ABSENT or self.coerce is None:
            return value
        try:
            return self.coerce(value)
        except WrongValueError as error:
            raise error.within(self.name) from None


class Page(NamedTuple):
    """One page of a list: its size, from which end, and which cursors bound it."""

    size: int = DEFAULT_PAGE
    backwards: bool = False
    after: bool = False
    before: bool = False


class SiteForm(NamedTuple):
    """What the arguments at a site ask for, without the values."""

    conditions: tuple[tuple[int, Form], ...] = ()
    page: Page | None = None


Read = tuple[SiteForm, list[Any]]


@dataclass(slots=True)
class Site:
    """The arguments of one field that is read: conditions in the order of the schema, then the page.

    Sites of get operations need at least one of the arguments ``one_of``. ``path`` leads to the field in the response.
    ``keys`` are those that the list goes by, which its cursors hold. What was read is kept for the next request with
    the same text, unless variables are part of it.
    """

    conditions: list[tuple[Given | None, Condition]]
    paging: dict[str, Given] | None
    one_of: tuple[str, ...]
    path: tuple[str, ...]
    keys: tuple[str, ...]
    fixed: bool
    _kept: tuple[list[Any], Read] | None = field(default=None, init=False)

    def read(self, inputs: Inputs) -> Read:
        """Evaluate the site: its form, and the values to bind in the order in which the SQL asks for them."""
        if not self.fixed:
            return self._read(inputs)
        if self._kept is None or self._kept[0] is not inputs.literals:
            self._kept = inputs.literals, self._read(inputs)
        return self._kept[1]

    def _read(self, inputs: Inputs) -> Read:
        forms: list[tuple[int, Form]] = []
        binds: list[Any] = []
        for index, (given, condition) in enumerate(self.conditions):
            if given is None:
                continue
            form, values = self._asked(given, condition, inputs)
            if form is not None:
                forms.append((index, form))
                binds += values
        if self.one_of and not forms:
            raise MissingValueError(f"{' or '.join(self.one_of)} is required: nothing says which one to get")
        page = self._page(inputs, binds) if self.paging is not None else None
        return SiteForm(tuple(forms), page), binds

    def _asked(self, given: Given, condition: Condition, inputs: Inputs) -> tuple[Form, list[Any]]:
        value = given.value(inputs)
        return (None, []) if value is ABSENT else condition.read(value)

    def _page(self, inputs: Inputs, binds: list[Any]) -> Page:
        asked = {
            name: value
            for name, given in (self.paging or {}).items()
            if (value := given.value(inputs)) is not ABSENT and value is not None
        }
        if not asked:
            return Page()
        for name in ("after", "before"):
            if name in asked:
                binds += position(name, asked[name], self.keys)
        backwards = "last" in asked and "first" not in asked
        size = asked.get("first", asked.get("last", DEFAULT_PAGE))
        _check_size("last" if backwards else "first", size)
        return Page(size, backwards, "after" in asked, "before" in asked)


def _check_size(name: str, size: int) -> None:
    if size > LARGEST_PAGE:
        raise TooComplexError(f"{name} is {size}, the most that a page may hold is {LARGEST_PAGE}")
    if size < 0:
        raise InvalidValueError(f"{name} is {size}, it cannot be negative")


def position(name: str, cursor: str, keys: tuple[str, ...]) -> list[Any]:
    """Return what a cursor stands for: the id, after the date of creation or the distance where lists go by those."""
    form = ">" + "".join("d" if key == DISTANCE else "q" for key in keys)
    try:
        values = struct.unpack(form, b64decode(cursor, validate=True))
        return [
            _EPOCH + timedelta(microseconds=v) if k == "created_on" else v for k, v in zip(keys, values, strict=True)
        ]
    except (BadBase64, ValueError, struct.error, OverflowError):
        raise InvalidValueError(f"{name} {shown(cursor)} is not a cursor of this list") from None
