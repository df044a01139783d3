"""The SQL of root fields that are neither one row nor a list of rows: sums, and a search over stock (spec 20, 21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.api.graphql.documents.selection import below
from penstock.api.graphql.schema.searches import VIRTUAL_INVENTORY
from penstock.api.graphql.statements.lists import asks_rows, edge_of, listed, named_only, paged
from penstock.api.graphql.statements.nearby import Places, promising
from penstock.api.graphql.statements.objects import rows_object
from penstock.api.graphql.statements.text import Json
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from graphql.language import FieldNode

    from penstock.api.graphql.statements.writer import Writer

SUMMED = {"InventoryPosition": "on_hand", "InventoryQuantity": "quantity"}
_CONNECTION = "VirtualInventoryConnection"
_NAMES = tuple(a.name for a in VIRTUAL_INVENTORY)


def total(writer: Writer, target: str, type_: str, nodes: list[FieldNode]) -> Json:
    """Write sum and count of an entity's rows."""
    alias = writer.alias()
    writer.spend(1)
    writer.need(target)
    asked, _, _ = writer.asked(nodes[0], alias, target)
    where = " AND ".join([*asked, *writer.visibility.conditions(target, alias)])
    numbers = {"sum": f"COALESCE(sum({alias}.{SUMMED[target]}), 0)::text", "count": "count(*)::text"}
    inner = writer.simple(type_, nodes, lambda n, json: json.add(numbers[n[0].name.value])).sql()
    # HAVING makes it one row, also where neither sum nor count is asked for.
    return Json().add(f"(SELECT {inner} FROM {MODEL.table_of(target).name} {alias} WHERE {where} HAVING true)")


def virtual_inventory(writer: Writer, nodes: list[FieldNode]) -> Json:
    """Write the locations that can sell some of the products wanted, each with its positions (spec 21 §7)."""
    fields = writer.fields(_CONNECTION, below(nodes))
    if not asks_rows(fields):
        return named_only(_CONNECTION, fields)
    location, position, catalogue, address, found, shown = (writer.alias() for _ in range(6))
    aliases = (catalogue, position, position, location, address)
    pieces, page, draw = writer.pieces(nodes[0], lambda which: aliases[which])
    asked = {_NAMES[which]: sql for which, sql in pieces.items()}
    writer.spend(page.size + 1)
    writer.need("VirtualPosition")
    sellable = [
        f"{position}.catalogue_id = {catalogue}.id",
        asked["productQuantities"],
        asked.get("virtualPosition", f"{position}.status <> 'INACTIVE'"),
        f"{position}.quantity > 0",
        *writer.visibility.conditions("VirtualPosition", position),
    ]
    # All positions are read once; what is shown of them, for the locations of the page only.
    grouped = (
        f"SELECT {position}.group_ref, array_agg({position}.id) AS ids FROM virtual_position {position} "
        f"WHERE {' AND '.join(sellable)} GROUP BY {position}.group_ref"
    )
    source = (
        f"virtual_catalogue {catalogue} CROSS JOIN LATERAL ({grouped}) {found} "
        f"JOIN location {location} ON {location}.ref = {found}.group_ref "
        f"LEFT JOIN address {address} ON {address}.id = {location}.primary_address_id"
    )
    conditions = [
        asked["virtualCatalogue"],
        *promising(writer, location, f"j.network_id::text = ANY({catalogue}.network_ids)"),
        *([asked["excludedLocationRefs"]] if "excludedLocationRefs" in asked else []),
    ]
    places = Places.of(location, source, conditions, page, asked.get("orderByProximity"), draw)

    def node(fields: list[FieldNode], json: Json) -> None:
        if fields[0].name.value == "location":
            json.join(rows_object(writer, "Location", location, below(fields), page.size))
        else:
            inner = rows_object(writer, "VirtualPosition", shown, below(fields), page.size).sql()
            here = f"{shown}.id = ANY({found}.ids) ORDER BY {shown}.product_ref, {shown}.id"
            listed(json, f"ARRAY(SELECT {inner} FROM virtual_position {shown} WHERE {here})")

    def edge(nodes: list[FieldNode]) -> Json:
        return edge_of(
            writer,
            "VirtualInventoryEdge",
            nodes,
            places.cursor,
            lambda inner: writer.simple("VirtualInventory", inner, node),
        )

    return paged(writer, _CONNECTION, places, fields, edge)
