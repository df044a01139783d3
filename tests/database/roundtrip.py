"""Random valid inputs for every entity, written out from the model and the schema, and what must be read back."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, get_named_type
from hypothesis import strategies as st

from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.values import MASK
from penstock.api.graphql.schema import schema
from penstock.api.graphql.schema.inputs import create_input
from penstock.model.notation import words
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded, Entity, Many, One, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLInputType

    from penstock.model.notation import InputWord

Draw = Callable[[st.SearchStrategy[Any]], Any]
Node = dict[str, Any]

_numbers = itertools.count(1)
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
_WHOLE = st.integers(-(2**31), 2**31 - 1)
_COUNT = st.integers(0, 1000)
_COUNTS = {"maxSplit"}  # fields of parts of rows that nothing negative is taken for
_NUMBER = st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: round(x, 3))
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MOMENT = st.timedeltas(timedelta(0), _LAST - _FIRST).map(lambda since: _FIRST + since)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    Scalar.STRING: _TEXT,
    Scalar.ID: st.integers(1, 2**62).map(str),
    Scalar.INT: _WHOLE,
    Scalar.FLOAT: _NUMBER,
    Scalar.BOOLEAN: st.booleans(),
    Scalar.DATETIME: _MOMENT.map(lambda m: m.strftime("%Y-%m-%dT%H:%M:%S.") + f"{m.microsecond // 1000:03d}Z"),
    Scalar.JSON: _JSON,
}


@dataclass
class Made:
    """A stored row: what it was created from, its id, and the rows that it is linked to."""

    entity: Entity
    given: Node
    id: str
    links: dict[str, Made] = field(default_factory=dict)


@dataclass
class World:
    """One row of every kind that others are linked to; they belong together, so that any of them may be named."""

    rows: dict[str, Made] = field(default_factory=dict)

    def key(self, type_: str, made: Made) -> Node:
        """Return the key of a row, as an input type says it."""
        return {w.name: self.part(w, made) for w in words(MODEL.keys[type_][0])}

    def part(self, word: InputWord, made: Made) -> Any:
        """Return what a key says of one field of a row."""
        if word.field == "id":
            return made.id
        found = made.entity.field(word.field)
        if isinstance(found, One):
            return self.key(word.type or found.key or "", made.links[found.name])
        return made.given[_wire(made.entity, word.field)]


def _wire(entity: Entity, name: str) -> str:
    """Return the name of the create input's field that fills a field."""
    return next((w.name for w in words(entity.create or "") if w.path == (name,)), name)


def fresh(text: str) -> str:
    """Return a text that nobody has used yet."""
    return f"{text}{next(_numbers)}"


class Writer:
    """Draws the input of one mutation."""

    def __init__(self, draw: Draw, world: World, *, whole: bool = False) -> None:
        self._draw = draw
        self._world = world
        self._whole = whole  # every optional field as well
        self.links: dict[str, Made] = {}

    def input(self, entity: Entity, verb: str, parent: str | None = None, named: str = "") -> Node:
        """Return an input with everything required and some of the rest; of the type ``named``, if given."""
        plan = plan_of(entity.name, verb, parent)
        name = named or f"{verb.title()}{entity.name}{f'With{parent}' if parent else ''}Input"
        if verb == "create" and not parent and not named:
            name = create_input(entity)
        declared = schema().get_type(name)
        assert isinstance(declared, GraphQLInputObjectType), name
        given = {}
        for word in plan.words:
            if verb == "update" and word.name in plan.key:
                continue
            type_ = declared.fields[word.name].type
            if isinstance(type_, GraphQLNonNull) or self._wanted(entity, word, parent):
                value = self._word(entity, word, type_, verb)
                if value is not None:
                    given[word.name] = value
        if entity.name == "Comment" and verb == "create":
            given.setdefault("entityId", "1")  # it is about something
        return given

    def _wanted(self, entity: Entity, word: InputWord, parent: str | None) -> bool:
        # A link inside a nested row, or one to a kind of row that there is none of, is left out.
        found = entity.field(word.field)
        if isinstance(found, One) and not self._owned(entity, found) and found.target not in self._reachable():
            return False
        if isinstance(found, Many) and parent is not None and not _nests(entity, found):
            return False
        return self._whole or self._draw(st.booleans())

    def _reachable(self) -> set[str]:
        return {*self._world.rows, "Address", "Product"}

    def _owned(self, entity: Entity, link: One) -> bool:
        return bool(link.nested) or link.owned or _nests(entity, link)

    def _word(self, entity: Entity, word: InputWord, type_: GraphQLInputType, verb: str) -> Any:
        found = entity.field(word.field)
        if len(word.path) > 1:
            return self._piece(word, found)
        match found:
            case Column():
                return self._column(entity, found, type_, word)
            case Embedded():
                return self._value(type_)
            case One() if self._owned(entity, found):
                return self._below(type_) if verb == "create" else None  # rows below are updated by tests of their own
            case One():
                return self._link(found, word, type_)
            case Many():
                return self._many(found, type_, verb)

    def _column(self, entity: Entity, column: Column, type_: GraphQLInputType, word: InputWord) -> Any:
        if column.column == "password_hash":
            return fresh("one that nobody would guess ")
        if column.column in {"ref", "username", "name"} and column.scalar is Scalar.STRING:
            return fresh(self._draw(_TEXT).replace("\u00df", "s"))[-40:]
        if column.minimum is not None:
            return self._draw(st.integers(column.minimum, 1000))
        special = SPECIAL.get((entity.name, word.name))
        if special is not None:
            return special(self._world)
        return self._value(type_)

    def _value(self, type_: GraphQLInputType) -> Any:
        match type_:
            case GraphQLNonNull():
                value = self._value(type_.of_type)
                return 1 if value is None else value
            case GraphQLList():
                return [self._value(type_.of_type) for _ in range(self._draw(st.integers(0, 2)))]
            case GraphQLInputObjectType():
                return {
                    name: self._draw(_COUNT) if name in _COUNTS else self._value(f.type)
                    for name, f in type_.fields.items()
                    if isinstance(f.type, GraphQLNonNull) or self._draw(st.booleans())
                }
        return self._draw(_SCALARS[str(type_)])

    def _piece(self, word: InputWord, link: Any) -> Any:
        made = self._world.rows["StandardProduct" if link.target == "Product" else link.target]
        if word.path[1:] == ("id",):
            self.links[link.name] = made
            return int(made.id)
        if word.path[1:] == ("catalogue", "ref"):
            return made.given["catalogue"]["ref"]
        if link.target == "FulfilmentChoice":
            return None  # an order has one of its own
        return made.given["ref"]

    def _link(self, link: One, word: InputWord, type_: GraphQLInputType) -> Any:
        target = {"Address": "StoreAddress", "Product": "StandardProduct"}.get(link.target, link.target)
        made = self._world.rows[target]
        self.links[link.name] = made
        named = word.type or str(get_named_type(type_))
        if named == "AddressId":
            return {"id": made.id}
        return self._world.key(named, made)

    def _below(self, type_: GraphQLInputType) -> Any:
        target, _, parent = str(get_named_type(type_)).removeprefix("Create").removesuffix("Input").partition("With")
        return Writer(self._draw, self._world).input(MODEL.entity(target), "create", parent or None)

    def _many(self, found: Many, type_: GraphQLInputType, verb: str) -> Any:
        name = str(get_named_type(type_))
        if name in MODEL.keys:
            made = self._world.rows.get(found.target)
            return None if made is None else [self._world.key(name, made)]
        entity, _, parent = name.removeprefix("Create").removesuffix("Input").partition("With")
        if verb == "update" or entity == "UserRole":
            return None  # rows below are updated by tests of their own
        if entity == "ConsignmentArticle":
            return [{"article": self._world.key("ArticleId", self._world.rows["Article"])}]
        count = self._draw(st.integers(1, 2))
        return [Writer(self._draw, self._world).input(MODEL.entity(entity), verb, parent or None) for _ in range(count)]


def _nests(entity: Entity, link: One | Many) -> bool:
    found = MODEL.by_name.get(link.target)
    return found is not None and entity.name in found.nested_create


# Values that must name something, or that are limited to some words.
SPECIAL: dict[tuple[str, str], Any] = {
    ("Setting", "context"): lambda _: "RETAILER",
    ("Setting", "contextId"): lambda world: int(world.rows["Retailer"].id),
    ("Setting", "valueType"): lambda _: "STRING",
    ("Comment", "entityType"): lambda _: "SOMETHING",
    ("Comment", "entityId"): lambda _: "1",
}


def shown(entity: Entity) -> Iterator[str]:
    """Yield the selection of everything that a row of an entity keeps itself."""
    for found in entity.fields:
        if getattr(found, "hidden", False):
            continue
        match found:
            case Column():
                yield found.name
            case Embedded():
                yield f"{found.name} {value_selection(found.type)}"
            case One() if found.output:
                yield f"{found.name} {value_selection(found.output)}"
            case One() if found.target in MODEL.by_name and not getattr(
                MODEL.entity(found.target).by_name["id"], "hidden", False
            ):
                yield f"{found.name} {{ id }}"


def value_selection(type_: str) -> str:
    """Return the selection of all members of a value or link type."""
    members = [
        f"{f.name} {value_selection(f.type)}" if isinstance(f, Embedded) else f.name for f in MODEL.values[type_].fields
    ]
    return f"{{ {' '.join(members)} }}"


def expected(entity: Entity, verb: str, given: Node, links: dict[str, Made], parent: str | None = None) -> Node:
    """Return what must be read back of an input, by field."""
    found: Node = {}
    for word in plan_of(entity.name, verb, parent).words:
        if word.name not in given or len(word.path) > 1:
            continue
        declared = entity.field(word.field)
        if getattr(declared, "hidden", False):
            continue
        if isinstance(declared, Column):
            found[declared.name] = MASK if declared.secret else given[word.name]
        elif isinstance(declared, Embedded) and declared.type == "SourcingStrategy":
            continue  # completed when it is created; test_sourcing_profiles.py looks
        elif isinstance(declared, Embedded):
            found[declared.name] = stored_value(declared, given[word.name])
        elif f"{declared.name} {{ id }}" in shown(entity) and declared.name in links:
            found[declared.name] = {"id": links[declared.name].id}
    return found


def merged(entity: Entity, known: Node, row: Node) -> Node:
    """Return what is expected after an update: attributes are upserted by name, some lists are added to."""
    found = dict(known)
    for declared in entity.fields:
        if isinstance(declared, Embedded) and declared.type == "Attribute" and declared.name in known:
            before = {a["name"]: a for a in row[declared.name] or ()}
            found[declared.name] = list((before | {a["name"]: a for a in known[declared.name]}).values())
        elif isinstance(declared, Embedded) and declared.appended and known.get(declared.name):
            found[declared.name] = [*(row[declared.name] or ()), *known[declared.name]]
        elif isinstance(declared, Embedded) and declared.appended and declared.name in known:
            found[declared.name] = row[declared.name]
    return found


def stored_value(declared: Embedded, value: Any) -> Any:
    """Return a value as it is read back: whole, and of attributes with one name the last."""
    if value is None:
        return None
    if not declared.many:
        return _whole(declared.type, value)
    whole = [_whole(declared.type, v) for v in value]
    return list({v["name"]: v for v in whole}.values()) if declared.type == "Attribute" else whole


def _whole(type_: str, value: Node) -> Node:
    found = {}
    for member in MODEL.values[type_].fields:
        given = value.get(member.name)
        found[member.name] = stored_value(member, given) if isinstance(member, Embedded) else given
    return found
