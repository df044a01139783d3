"""The words in which an entity is declared, once (docs/adr/0002-one-declaration.md).

A declaration names the entity's fields, how it is found, what its mutations accept and where it stands in
orchestration. Table, GraphQL type, connection, filters, inputs, CREATE event and typed rows follow from it.

Four kinds of field exist:

* :class:`Column` - a scalar (or list of scalars, or JSON) in a column of the entity's table;
* :class:`Embedded` - a value object, or a list of them, kept as JSON in one column;
* :class:`One` - another entity, found by matching columns (usually ``<name>_id``);
* :class:`Many` - a list of other entities, found by matching columns or through a join table.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from functools import cached_property


class Scalar(enum.StrEnum):
    """The scalar types of the wire (spec 12 §2)."""

    ID = "ID"
    STRING = "String"
    INT = "Int"
    FLOAT = "Float"
    BOOLEAN = "Boolean"
    DATETIME = "DateTime"
    JSON = "Json"


class Lane(enum.StrEnum):
    """Whose events run one after another (design, fixed point 5)."""

    ROOT = "root"  # all entities of one tree share the lane of their root
    SELF = "self"  # the entity has a lane of its own
    OWNER = "owner"  # the lane of the entity that the field ``lane_link`` names
    NONE = "none"  # every event for itself, unless it names a member whose lane it takes


def snake(name: str) -> str:
    """Return the snake_case spelling of a wire name: ``fromAddress`` -> ``from_address``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def camel(name: str) -> str:
    """Return the spelling that clients know: ``from_address_id`` -> ``fromAddressId``."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A scalar field and the column that keeps it.

    ``hidden`` columns are stored but never shown. ``counter`` columns are kept by the database from other rows;
    the engine reads them and never writes them, unless the row lacks what they are ``counted_by``, the link to those
    rows. A ``secret`` is kept nowhere: a mask stands in its place.
    ``synonyms`` are values that mean the same: who asks for one finds all of them.
    """

    name: str
    scalar: Scalar
    null: bool = True
    many: bool = False
    length: int = 255
    minimum: int | None = None
    default: object = None
    filterable: bool = True
    synonyms: frozenset[str] = frozenset()
    hidden: bool = False
    counter: bool = False
    counted_by: str | None = None
    secret: bool = False
    doc: str = ""
    foreign: str | None = None  # the table that the column refers to, where the database checks it
    input: str | None = None  # its type in inputs, in GraphQL's notation, where that is not the scalar
    wire: str | None = None  # its GraphQL type, where that is not the scalar: an Int that is shown as a String

    @cached_property
    def column(self) -> str:
        """Return the name of the column."""
        return snake(self.name)


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """A value object (``TaxType``, ``[Attribute]``) kept as JSON in one column.

    One with a ``key`` is a loose link (spec 12 §5): inputs of that type name something that need not exist, what
    they say is kept as it is, and lists are filtered by it.
    """

    name: str
    type: str
    many: bool = False
    null: bool = True
    hidden: bool = False
    key: str | None = None
    appended: bool = False  # clients' updates add to the list
    doc: str = ""

    @cached_property
    def column(self) -> str:
        """Return the name of the column."""
        return f"{snake(self.name)}_link" if self.key else snake(self.name)


@dataclass(frozen=True, kw_only=True)
class One:
    """A link to at most one other entity.

    ``match`` holds pairs (column of the target, column of this entity). ``output`` is the GraphQL type when it
    is not the target itself: a link type such as ``CustomerLink`` that shows some of the target's fields.
    ``key`` names the input type by which mutations and filters name the target. ``owned`` targets are created
    together with this entity, from the input type ``nested``.
    """

    name: str
    target: str
    match: tuple[tuple[str, str], ...]
    output: str | None = None
    key: str | None = None
    null: bool = True
    hidden: bool = False  # inputs name it, but clients do not see it
    owned: bool = False
    nested: str | None = None
    nested_update: str | None = None
    filter_key: str | None = None  # input type of the filter argument, where the contract has one
    arguments: tuple[tuple[str, str], ...] = ()  # (argument, key type) that narrow the target
    doc: str = ""

    @property
    def stored(self) -> str | None:
        """Return the column of this entity that keeps the link, if it keeps one."""
        (target, own) = self.match[0]
        return own if target == "id" and own != "id" else None


@dataclass(frozen=True, kw_only=True)
class Through:
    """A join table between two entities, with the columns that point to each."""

    table: str
    here: str
    there: str


@dataclass(frozen=True, kw_only=True)
class Many:
    """A list of other entities: a connection, or with ``plain`` a simple list."""

    name: str
    target: str
    match: tuple[tuple[str, str], ...] = ()
    through: Through | None = None
    plain: bool = False
    null: bool = True
    key: str | None = None  # input type by which mutations name the targets of a join table
    nested: str | None = None  # input type that creates the targets, where it is named after another parent
    without: tuple[str, ...] = ()  # filters of the target that this connection lacks in the contract
    filter_name: str | None = None  # argument of this entity's lists that names one of the targets by ``key``
    doc: str = ""


Field = Column | Embedded | One | Many


@dataclass(frozen=True, kw_only=True)
class Unique:
    """Columns that identify a row together, and the code of the error when they are taken.

    ``where`` limits that to some rows.
    """

    columns: tuple[str, ...]
    where: str | None = None
    code: str = "C0123E"


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value type of the contract: fields only, no table. ``input`` names its input type, if any.

    A link type shows fields of the entity that a link leads to; those that are called otherwise there stand in
    ``source``, and links among them are :class:`Embedded` link types.
    """

    name: str
    fields: tuple[Column | Embedded, ...]
    input: str | None = None
    required: tuple[str, ...] = ()  # fields that the input type requires
    source: tuple[tuple[str, str], ...] = ()  # (field here, field of the entity)
    doc: str = ""


@dataclass(frozen=True, kw_only=True)
class Enum:
    """A type of the contract whose values are fixed words: each with what it means."""

    name: str
    values: dict[str, str]
    doc: str = ""


@dataclass(frozen=True, kw_only=True)
class Interface:
    """A GraphQL interface; with ``table``, one whose implementing types share a table (``Product``)."""

    name: str
    fields: tuple[Field, ...]
    table: str | None = None
    doc: str = ""


@dataclass(frozen=True, kw_only=True)
class Entity:
    """One declaration. See the module's docstring; inputs are written in :mod:`penstock.model.notation`."""

    name: str
    table: str
    fields: tuple[Field, ...]
    doc: str
    interfaces: tuple[str, ...] = ("Node",)
    variant: str | None = None  # value of the column ``kind`` in a table shared by several types
    derived: str | None = None  # the query of the view that it is, for what follows from other entities
    addressed: str = "id"  # how clients see its id: "id" a number, "ref" an opaque UUID
    plural: str | None = None  # name of the root search field
    gets: tuple[str, ...] = ()  # root get fields: "order(id ref)"
    keys: dict[str, str] = field(default_factory=dict)  # input types that name one: {"OrderId": "id!"}
    create: str | None = None  # fields of Create<Name>Input
    update: str | None = None  # fields of Update<Name>Input
    nested_create: dict[str, str] = field(default_factory=dict)  # Create<Name>With<Parent>Input by parent
    nested_update: dict[str, str] = field(default_factory=dict)  # Update<Name>With<Parent>Input by parent
    mutations: tuple[str, ...] = ("create", "update")  # which of them are root mutations
    unique: tuple[Unique, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    # Filters that lists of very many rows go by, alone ("status") or together ("status type"): an index each
    listed_by: tuple[str, ...] = ()
    newest_first: bool = True  # lists below a row by creation, newest first; else in the order in which they were made
    latest: str | None = None  # column whose largest value a get operation means when several rows fit
    small_ids: bool = False  # ids that fit the contract's Int: retailerId, contextId
    # orchestration (spec 13 §3)
    event: str | None = None  # entity type in events
    tree: str | None = None  # entity at the root of the tree that this one is loaded and locked with
    root: str | None = None  # "self", or the field that leads to the workflow's root
    lane: Lane = Lane.ROOT
    lane_link: str | None = None
    lane_member: str | None = None  # for Lane.NONE: the child entity whose lane an event takes ...
    lane_template: str | None = None  # ... when its attributes give the child's ref by this template,
    lane_templates: dict[str, str] = field(default_factory=dict)  # by another one where the row is of such a type
    stand_in: bool = False  # its types are free words: the workflow of DEFAULT is for all that have none of their own
    ages: bool = False  # a root that lives for years: its events take the newest workflow always (spec 13 §10)
    tracked: bool = False  # has a revision that every change of its tree raises
    # permissions (spec 10 §5)
    # "retailer": by retailer_id; "self": by its own id; "refs": by retailer_refs; "catalogue": by the
    # retailer_refs of its workflow's root; "account": visible in the whole account
    scope: str = "retailer"
    location_scope: str | None = None  # SQL condition on alias {t} that limits store users, with {ids}
    permission: str | None = None  # where it is not the upper-cased name

    def field(self, name: str) -> Field:
        """Return the field with this wire name; ``KeyError`` names entity and field."""
        try:
            return self.by_name[name]
        except KeyError:
            raise KeyError(f"{self.name} has no field {name}") from None

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Return the fields by wire name."""
        return {f.name: f for f in self.fields}

    @cached_property
    def columns(self) -> tuple[Column | Embedded, ...]:
        """Return the fields that are columns of the table, in order."""
        return tuple(f for f in self.fields if isinstance(f, Column | Embedded))

    def shares_tree(self, other: Entity) -> bool:
        """Return whether both belong to one tree."""
        return (self.tree or self.name) == (other.tree or other.name)

    @property
    def permission_name(self) -> str:
        """Return the entity's part of its permissions: ``ORDERITEM`` of ``ORDERITEM_VIEW``."""
        return self.permission or self.name.upper()

    @property
    def orchestrated(self) -> bool:
        """Return whether the entity takes part in workflows and emits CREATE."""
        return self.event is not None
