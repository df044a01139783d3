"""The set form of a rule: what it does for many contexts at once, by columns instead of one after another.

A load of a thousand counts stands at the same rule a thousand times. A rule with a set form is called once for all
of them. It must do what the rule itself would do for each: a test compares the two for every rule that has one. What
a set form finds out of the ordinary leaves the set (:class:`LeaveError`) and goes the ordinary way, event by event;
so does a whole set that comes to a rule without a set form.

Columns are lists over *all* members of the set, whichever of them stand at the rule: ``column[n]`` is that of the
member with the number n. What is the same for all is a :class:`Same`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from penstock.model.rows import Row

Column = Any  # a list over all members, or a Same


class Same:
    """A column that has the same value for every member."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __getitem__(self, _number: int) -> Any:
        return self.value


class LeaveError(Exception):
    """These members go the ordinary way, event by event; nothing of what was done for the set is kept."""

    def __init__(self, numbers: Iterable[int], why: str) -> None:
        super().__init__(why)
        self.numbers = frozenset(numbers)


@dataclass(frozen=True, slots=True)
class ForwardAll:
    """Send the event on, under a new name, for these members.

    ``to`` are the rows that it goes to, by default the same ones; ``root`` the root of these where it is another.
    ``adds`` are further attributes; without ``keeps`` they are the only ones.
    """

    name: str
    numbers: Sequence[int]
    to: Column | None = None
    root: Row | None = None
    adds: dict[str, Column] = field(default_factory=dict)
    keeps: bool = True


@dataclass(frozen=True, slots=True)
class UpdateAll:
    """Change fields of rows: (member, row, columns) for each; a member may have several."""

    changes: Sequence[tuple[int, Row, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class CreateAll:
    """Store a new row for each of these members."""

    numbers: Sequence[int]
    rows: Column


@dataclass(frozen=True, slots=True)
class PostponeAll:
    """Execute the event of these members once others can see their rows: what it depends on cannot be held now.

    For events CREATE of rows that the set itself has made.
    """

    numbers: Sequence[int]


SetAction = ForwardAll | UpdateAll | CreateAll | PostponeAll


@dataclass(frozen=True, slots=True)
class RowsByRef:
    """The rows of an entity with these refs within a parent, own new ones included. Answer: dict of rows by ref.

    Rows that were read have neither ``created_on`` nor ``updated_on``.
    """

    entity: str
    refs: Sequence[str]
    within: int | None = None


@dataclass(frozen=True, slots=True)
class RowsWhere:
    """All rows of an entity whose columns have one of these values, own changes included. Answer: list of rows, by id.

    The first column must be indexed. Rows that were read have neither ``created_on`` nor ``updated_on``.
    """

    entity: str
    where: tuple[tuple[str, Sequence[Any]], ...]

    def within(self, other: RowsWhere) -> bool:
        """Return whether all rows of this are among those of another one."""
        if self.entity != other.entity:
            return False
        own = dict(self.where)
        return all(column in own and set(own[column]) <= set(values) for column, values in other.where)


@dataclass(frozen=True, slots=True)
class ActiveRefs:
    """Which of these refs are those of rows of an entity within any of the parents, and whether one is ACTIVE.

    The rows stay as they are until the set is written. Answer: dict by ref; what there is not is left out.
    """

    entity: str
    refs: Sequence[str]
    within: Sequence[int]


@dataclass(frozen=True, slots=True)
class LedgerSums:
    """Sums of positions' quantities of these types and statuses, own changes included. Answer: dict by position id."""

    positions: Sequence[Row]
    types: tuple[str, ...]
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoriesOfAll:
    """The categories of products, as :class:`~penstock.rules.questions.CategoriesOf` says. Answer: dict by product."""

    product_refs: Sequence[str]
    product_catalogue_ref: str


@dataclass(frozen=True, slots=True)
class Totals:
    """What there is of products over these locations, of positions in these statuses, each floored at none.

    Answer: dict of sums by product; products without such positions are left out.
    """

    inventory_catalogue: int
    products: Sequence[str]
    locations: Sequence[str]
    statuses: Sequence[str]


class Members(Protocol):
    """The members that stand at a rule."""

    numbers: Sequence[int]
    entity_type: str
    entities: Column

    @property
    def root(self) -> Row:
        """Return the catalogue that all of them belong to."""
        ...

    @property
    def retailer_id(self) -> int:
        """Return the retailer of the events."""
        ...

    def prop(self, name: str) -> Any:
        """Return a declared property of the rule, converted."""
        ...

    def column(self, name: str) -> Column:
        """Return an attribute of the events; what an event does not have is None."""
        ...

    def made(self, row: Row) -> bool:
        """Return whether the set itself has made this row."""
        ...

    def hears(self, name: str, row: Row) -> bool:
        """Return whether the workflow of a row has a ruleset of a name for it."""
        ...

    def blank(self) -> list[Any]:
        """Return a new column without values."""
        ...

    async def ask(self, question: object) -> Any:
        """Return the answer to one question for the whole set."""
        ...

    async def new(
        self, entity: str, numbers: Sequence[int], values: dict[str, Column], *, status: str = "CREATED"
    ) -> list[Row]:
        """Return a column of new rows, as ``context.new`` makes them for one."""
        ...


SetForm = Callable[[Members], Awaitable[Sequence[SetAction]]]
FORMS: dict[str, SetForm] = {}


def leave(numbers: Iterable[int], why: str) -> None:
    """Raise :class:`LeaveError` for these members, if there are any."""
    found = frozenset(numbers)
    if found:
        raise LeaveError(found, why)


def set_form(name: str) -> Callable[[SetForm], SetForm]:
    """Declare the set form of the built-in rule with this name."""

    def declare(form: SetForm) -> SetForm:
        if name in FORMS:
            raise ValueError(f"rule {name} has two set forms")
        FORMS[name] = form
        return form

    return declare
