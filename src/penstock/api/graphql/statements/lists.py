"""Lists of rows as JSON: connections with their pages, and plain lists (spec 12 §4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from penstock.api.graphql.documents.selection import Fields, below
from penstock.api.graphql.statements.runs import Runs
from penstock.api.graphql.statements.tables import of_kind
from penstock.api.graphql.statements.text import Json
from penstock.model.lists import BY_DATE, order
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from graphql.language import FieldNode, SelectionSetNode

    from penstock.api.graphql.documents.sites import Page
    from penstock.api.graphql.statements.writer import Writer
    from penstock.model.vocabulary import Entity, Many

# Writes the object of a row: (writer, type, alias of the table, selections, how often it is read at most).
Member = Callable[["Writer", str, str, "list[SelectionSetNode]", int], Json]


class Listed(Protocol):
    """The rows of a list at ``alias``, in an order of its own, and which page of them is asked for."""

    @property
    def alias(self) -> str:
        """The table that the rows stand in."""

    @property
    def page(self) -> Page:
        """The page."""

    def array(self, element: str, limit: int) -> str:
        """Return the SQL array of what ``element`` gives for each row, in the order of the list."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one list: where they come from, in which order, and which page of them.

    With ``runs``, they stand in several runs of an index, each in the order of the list: of each run no more than a
    page is read.
    """

    entity: Entity
    alias: str
    source: str
    conditions: tuple[str, ...]
    page: Page
    keys: tuple[str, ...]
    runs: Runs

    @property
    def dated(self) -> bool:
        """Return whether the list goes by date, newest first."""
        return self.keys == BY_DATE

    def order(self, alias: str, *, reverse: bool) -> str:
        """Return the order of the list, or its reverse."""
        direction = "DESC" if self.dated != reverse else "ASC"
        return ", ".join(f"{alias}.{key} {direction}" for key in self.keys)

    def array(self, element: str, limit: int) -> str:
        """Return the SQL array of what ``element`` gives for each row, in the order of the list."""
        found = self._found(limit)
        if not self.page.backwards:
            return f"ARRAY(SELECT {element} {found})"
        reversed_, keys = f"{self.alias}r", ", ".join(f"{self.alias}.{key}" for key in self.keys)
        last = f"SELECT {element} AS element, {keys} {found}"
        order = self.order(reversed_, reverse=False)
        return f"ARRAY(SELECT {reversed_}.element FROM ({last}) {reversed_} ORDER BY {order})"

    def _found(self, limit: int) -> str:
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        ordered = f"ORDER BY {self._order(self.runs.columns)} LIMIT {limit}"
        rows = f"FROM {self.source}{where} {ordered}"
        if not self.runs.sources:
            return rows
        around = self.runs.around(f"SELECT {self.alias}.* {rows}", self.alias)
        return f"FROM {around} ORDER BY {self._order([])} LIMIT {limit}"

    def _order(self, first: list[str]) -> str:
        """Return the order in which rows are looked for, within one run by the columns that lead as well."""
        order = self.order(self.alias, reverse=self.page.backwards)
        direction = order.rpartition(" ")[2]
        return ", ".join([*(f"{self.alias}.{column} {direction}" for column in first), order])


def root_connection(writer: Writer, entity: Entity, nodes: list[FieldNode], member: Member) -> Json:
    """Write a root list, whose members ``member`` writes."""
    alias = writer.alias()
    kind = of_kind(entity.name, alias)
    return _connection(writer, entity, alias, f"{entity.table} {alias}", kind, None, nodes, 1, member)


def connection(
    writer: Writer, parent: Entity, field: Many, own: str, nodes: list[FieldNode], times: int, member: Member
) -> Json:
    """Write the list of rows that a row of ``parent`` at ``own`` leads to."""
    entity, alias = MODEL.entity(field.target), writer.alias()
    source, conditions = _reached(field, entity, alias, own)
    return _connection(writer, entity, alias, source, conditions, parent, nodes, times, member)


def plain_list(
    writer: Writer, parent: Entity, field: Many, own: str, nodes: list[FieldNode], times: int, member: Member
) -> Json:
    """Write all rows that a row leads to, as a simple list."""
    entity, alias = MODEL.entity(field.target), writer.alias()
    source, conditions = _reached(field, entity, alias, own)
    writer.spend(times)
    writer.need(entity.name)
    conditions += writer.visibility.conditions(entity.name, alias, parent)
    element = member(writer, entity.name, alias, below(nodes), times).sql()
    where = " AND ".join(conditions)
    rows = f"ARRAY(SELECT {element} FROM {source} WHERE {where} ORDER BY {alias}.id)"
    json = Json()
    listed(json, rows)
    return json


def _reached(field: Many, entity: Entity, alias: str, own: str) -> tuple[str, list[str]]:
    kind = of_kind(entity.name, alias)
    if field.through is None:
        return f"{entity.table} {alias}", [*(f"{alias}.{t} = {own}.{o}" for t, o in field.match), *kind]
    through, join = field.through, f"{alias}j"
    source = f"{through.table} {join} JOIN {entity.table} {alias} ON {alias}.id = {join}.{through.there}"
    return source, [f"{join}.{through.here} = {own}.id", *kind]


def _connection(
    writer: Writer,
    entity: Entity,
    alias: str,
    source: str,
    conditions: list[str],
    parent: Entity | None,
    nodes: list[FieldNode],
    times: int,
    member: Member,
) -> Json:
    writer.spend(times)
    writer.need(entity.name)
    fields = writer.fields(f"{entity.name}Connection", below(nodes))
    if not asks_rows(fields):
        return named_only(f"{entity.name}Connection", fields)
    runs = Runs.of(writer, entity, alias, nodes[0]) if parent is None else Runs()
    asked, page, draw = writer.pieces(nodes[0], lambda _: alias, entity.name, runs)
    visible = writer.visibility.conditions(entity.name, alias, entity if runs.owner else parent)
    slow = set(asked) - runs.quick
    if entity.listed_by and (slow or (visible and parent is None)):
        writer.searches.append((entity.name, writer.names(nodes[0], slow)))
    keys = order(entity, root=parent is None)
    bounds = _bounds(keys, alias, page, draw)
    conditions = [*conditions, *runs.conditions, *visible, *asked.values(), *bounds]
    rows = _Rows(entity, alias, source, tuple(conditions), page, keys, runs)
    times *= page.size

    def edge(nodes: list[FieldNode]) -> Json:
        return edge_of(
            writer,
            f"{entity.name}Edge",
            nodes,
            _cursor(rows),
            lambda inner: member(writer, entity.name, alias, below(inner), times),
        )

    return paged(writer, f"{entity.name}Connection", rows, fields, edge)


def asks_rows(fields: Fields) -> bool:
    """Return whether a connection is asked for more than the name of its type."""
    return any(n[0].name.value != "__typename" for n in fields.values())


def named_only(type_: str, fields: Fields) -> Json:
    """Write a connection of which no rows are asked: no value may be bound that its SQL has no place for."""
    return Json().fixed("{" + ",".join(f'"{key}":"{type_}"' for key in fields) + "}")


def _bounds(keys: tuple[str, ...], alias: str, page: Page, draw: Callable[[], str]) -> list[str]:
    """Return the conditions that keep rows between the cursors; in lists by date the later rows are smaller."""
    by_date = keys == BY_DATE
    found = []
    for given, operator in ((page.after, "<" if by_date else ">"), (page.before, ">" if by_date else "<")):
        if given and by_date:
            found.append(f"({alias}.created_on, {alias}.id) {operator} ({draw()}, {draw()})")
        elif given:
            found.append(f"{alias}.id {operator} {draw()}")
    return found


def paged(writer: Writer, type_: str, rows: Listed, fields: Fields, element: Callable[[list[FieldNode]], Json]) -> Json:
    """Write a connection: its flags, and lists of what ``element`` writes of each row.

    The flags need one row more than the page, which the lists then leave out.
    """
    lists = {k: n for k, n in fields.items() if n[0].name.value not in {"pageInfo", "__typename"}}
    flagged = any(n[0].name.value == "pageInfo" for n in fields.values())
    limit = rows.page.size + flagged
    arrays = {key: rows.array(element(n).sql(), limit) for key, n in lists.items()}
    if not flagged:
        return writer.object(type_, fields, lambda n, json: listed(json, arrays[_key(n[0])]))
    return _flagged(writer, type_, rows, fields, arrays or {"": rows.array("''", limit)})


def _flagged(writer: Writer, type_: str, rows: Listed, fields: Fields, arrays: dict[str, str]) -> Json:
    outer = f"{rows.alias}p"
    columns = {key: f"{outer}.a{index}" for index, key in enumerate(arrays)}
    counted = f"cardinality({outer}.a0)"

    def value(nodes: list[FieldNode], json: Json) -> None:
        if nodes[0].name.value == "pageInfo":
            json.join(writer.simple("PageInfo", nodes, lambda n, j: _flag(j, n[0].name.value, rows.page, counted)))
        else:
            listed(json, _within(rows.page, columns[_key(nodes[0])], counted))

    text = writer.object(type_, fields, value).sql()
    each = ", ".join(f"{array} AS a{index}" for index, array in enumerate(arrays.values()))
    # OFFSET 0 keeps the planner from writing the arrays out wherever they are used, and reading the rows twice.
    return Json().add(f"(SELECT {text} FROM (SELECT {each} OFFSET 0) {outer})")


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def listed(json: Json, array: str) -> None:
    """Add a list: the texts of an SQL array."""
    json.fixed("[").add(f"array_to_string({array}, ',')").fixed("]")


def _within(page: Page, array: str, counted: str) -> str:
    """Return the part of an array that is on the page: all but the row that only shows that there is more."""
    if page.backwards:
        return f"{array}[greatest(1, {counted} - {page.size - 1}):]"
    return f"{array}[:{page.size}]"


def _flag(json: Json, name: str, page: Page, counted: str) -> None:
    """Write a page flag.

    Forwards, the row too many says that a next page is there, and a cursor that one was before; backwards it is
    the other way round. An empty page has neither.
    """
    previous = name == "hasPreviousPage"
    if previous == page.backwards:
        json.add(f"({counted} > {page.size})::text" if page.size else "'false'")
    elif page.after if previous else page.before:
        json.add(f"({counted} > 0)::text")
    else:
        json.fixed("false")


def edge_of(
    writer: Writer, type_: str, nodes: list[FieldNode], cursor: str, node: Callable[[list[FieldNode]], Json]
) -> Json:
    """Write the edge of a row: the base64 of its ``cursor``, and what ``node`` writes."""

    def value(inner: list[FieldNode], json: Json) -> None:
        if inner[0].name.value == "node":
            json.join(node(inner))
        else:
            json.fixed('"').add(f"encode({cursor}, 'base64')").fixed('"')

    return writer.simple(type_, nodes, value)


def _cursor(rows: _Rows) -> str:
    """Return the SQL of a row's cursor: the keys of its list, 8 bytes each."""
    key = f"int8send({rows.alias}.id)"
    return f"timestamptz_send({rows.alias}.created_on) || {key}" if rows.dated else key
