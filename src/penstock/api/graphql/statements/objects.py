"""Objects: columns, embedded values and links of an entity as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from penstock.api.graphql.documents.selection import Fields, below
from penstock.api.graphql.statements.lists import connection, plain_list
from penstock.api.graphql.statements.tables import of_kind
from penstock.api.graphql.statements.text import Json, scalar
from penstock.model.identifiers import shown_sql
from penstock.model.registry import MODEL
from penstock.model.tables import metadata
from penstock.model.vocabulary import Column, Embedded, Entity, Many, One, Scalar

if TYPE_CHECKING:
    from graphql.language import FieldNode, SelectionSetNode

    from penstock.api.graphql.statements.writer import Writer


def rows_object(writer: Writer, target: str, alias: str, selections: list[SelectionSetNode], times: int) -> Json:
    """Write the object of a row of an entity, or of an interface's table, that stands at ``alias``.

    ``times`` is how often the row is read at most, for the complexity.
    """

    def write(entity: Entity, fields: Fields) -> Json:
        writer.show(times * len(fields))
        return writer.object(entity.name, fields, lambda nodes, json: _field(writer, entity, alias, nodes, json, times))

    return writer.by_type(target, alias, selections, write)


def _field(writer: Writer, entity: Entity, alias: str, nodes: list[FieldNode], json: Json, times: int) -> None:
    field = entity.by_name[nodes[0].name.value]
    match field:
        case Column():
            _column(json, entity, field, alias)
        case Embedded():
            json.add(_embedded(writer, field, f"{alias}.{field.column}", nodes))
        case One(output=None):
            json.add(_link(writer, entity, field, alias, nodes, times))
        case One():
            json.add(_loose_link(writer, field, alias, nodes))
        case Many(plain=True):
            json.join(plain_list(writer, entity, field, alias, nodes, times, rows_object))
        case Many():
            json.join(connection(writer, entity, field, alias, nodes, times, rows_object))


def _column(json: Json, entity: Entity, column: Column, alias: str) -> None:
    expression = f"{alias}.{column.column}"
    if column.column == "id":
        json.fixed('"').add(shown_sql(entity, expression)).fixed('"')
    else:
        null = bool(entity.derived) or metadata.tables[entity.table].c[column.column].nullable
        scalar(json, column, expression, null=bool(null))


def _embedded(writer: Writer, field: Embedded, expression: str, nodes: list[FieldNode]) -> str:
    fields = writer.fields(field.type, below(nodes))
    if _as_stored(field, fields):
        return f"COALESCE({expression}::text, 'null')"
    if not field.many:
        return f"CASE WHEN {expression} IS NULL THEN 'null' ELSE {_value(writer, field.type, expression, fields)} END"
    element = writer.alias()
    each = _value(writer, field.type, f"{element}.v", fields)
    elements = (
        f"SELECT string_agg({each}, ',' ORDER BY {element}.n) "
        f"FROM jsonb_array_elements({expression}) WITH ORDINALITY {element}(v, n)"
    )
    return f"CASE WHEN {expression} IS NULL THEN 'null' ELSE '[' || COALESCE(({elements}), '') || ']' END"


def _as_stored(field: Embedded, fields: Fields) -> bool:
    """Return whether the whole value is asked for, with all of its members sure to be there."""
    value = MODEL.values[field.type]
    names = {f.name for f in value.fields}
    plain = all(isinstance(f, Column) and f.scalar != Scalar.ID for f in value.fields)  # ids may be stored as numbers
    return (
        plain and set(fields) == names == set(value.required) and all(n[0].name.value == k for k, n in fields.items())
    )


def _value(writer: Writer, type_: str, expression: str, fields: Fields) -> str:
    members = {f.name: f for f in MODEL.values[type_].fields}

    def value(nodes: list[FieldNode], json: Json) -> None:
        member = members[nodes[0].name.value]
        inner = f"({expression}->'{member.name}')"
        if isinstance(member, Embedded):
            json.add(_embedded(writer, member, f"NULLIF({inner}, 'null')", nodes))
        elif member.scalar is Scalar.ID:
            json.add(f"COALESCE(to_json({expression}->>'{member.name}')::text, 'null')")
        else:
            json.add(f"COALESCE({inner}::text, 'null')")

    return writer.object(type_, fields, value).sql()


def matched(link: One, alias: str, own: str) -> list[str]:
    """Return the conditions that lead from ``own`` over a link to its target ``alias``."""
    return [f"{alias}.{theirs} = {own}.{ours}" for theirs, ours in link.match]


def _link(writer: Writer, entity: Entity, link: One, own: str, nodes: list[FieldNode], times: int) -> str:
    alias = writer.alias()
    writer.spend(times)
    writer.need(link.target)
    conditions = [*matched(link, alias, own), *of_kind(link.target, alias)]
    if link.null:  # the contract promises the others: whoever sees a row sees what it must lead to
        conditions += writer.visibility.conditions(link.target, alias, entity)
    asked, _, _ = writer.asked(nodes[0], alias, link.target)
    inner = rows_object(writer, link.target, alias, below(nodes), times).sql()
    return f"COALESCE(({_first_row(link, inner, alias, [*conditions, *asked])}), 'null')"


def _first_row(link: One, inner: str, alias: str, conditions: list[str]) -> str:
    table = MODEL.table_of(link.target).name
    only = "" if link.match[0][0] == "id" else f" ORDER BY {alias}.id LIMIT 1"
    return f"SELECT {inner} FROM {table} {alias} WHERE {' AND '.join(conditions)}{only}"


def _loose_link(writer: Writer, link: One, own: str, nodes: list[FieldNode]) -> str:
    """Write a link type such as ``CustomerLink``: a reference, which needs no permission of its own."""
    if link.match == (("id", "id"),):  # the row itself, as its workflow
        return _loose(writer, link, own, nodes)
    alias = writer.alias()
    inner = _loose(writer, link, alias, nodes)
    return f"COALESCE(({_first_row(link, inner, alias, matched(link, alias, own))}), 'null')"


def _loose(writer: Writer, link: One, alias: str, nodes: list[FieldNode]) -> str:
    """Write the fields of a link type from a row of its target at ``alias``."""
    target, type_ = MODEL.variants(link.target)[0], MODEL.values[link.output or ""]
    members, source = {f.name: f for f in type_.fields}, dict(type_.source)

    def value(below_: list[FieldNode], json: Json) -> None:
        member = members[below_[0].name.value]
        field = target.by_name[source.get(member.name, member.name)]
        if isinstance(field, One) and isinstance(member, Embedded):
            json.add(_loose_link(writer, replace(field, output=member.type), alias, below_))
        elif isinstance(field, Column) and isinstance(member, Column):
            _column(json, target, replace(field, scalar=member.scalar, wire=None), alias)

    return writer.simple(type_.name, nodes, value).sql()
