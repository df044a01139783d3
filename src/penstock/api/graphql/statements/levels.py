"""The SQL of ``virtualViewInventoryLevels``: locations that can send everything that is wanted (spec 21 §8.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.api.graphql.documents.selection import below
from penstock.api.graphql.schema.levels import CONNECTION, EDGE, LEVEL, MOST_PRODUCTS, NODE, near
from penstock.api.graphql.statements.lists import asks_rows, edge_of, listed, named_only, paged
from penstock.api.graphql.statements.nearby import Places, promising
from penstock.api.graphql.statements.text import Json
from penstock.inventory.selling import LARGEST, SELLING_STATUSES

if TYPE_CHECKING:
    from graphql.language import FieldNode

    from penstock.api.graphql.statements.writer import Writer

MOST_LOCATIONS = 100
_SELLING = ", ".join(f"'{status}'" for status in SELLING_STATUSES)
_AVAILABLE = f"COALESCE(sum(p.on_hand) FILTER (WHERE p.status IN ({_SELLING})), 0)"
# What each location has of each product, of those that have enough of it; then those that have enough of all. Their
# number is never larger: of "=" PostgreSQL would expect one location, and go through all others for each that it finds.
_ENOUGH = """
SELECT w.location_ref, array_agg(w.product_ref ORDER BY w.n) AS products,
  array_agg(w.on_hand ORDER BY w.n) AS on_hand, array_agg(w.available ORDER BY w.n) AS available
FROM (
  SELECT p.location_ref, q.product_ref, q.n, COALESCE(sum(p.on_hand), 0) AS on_hand, {available} AS available
  FROM unnest({given}.products, {given}.quantities) WITH ORDINALITY q(product_ref, quantity, n)
  JOIN inventory_position p ON p.product_ref = q.product_ref
  WHERE {conditions} GROUP BY p.location_ref, q.product_ref, q.quantity, q.n HAVING {available} >= q.quantity
) w GROUP BY w.location_ref HAVING count(*) >= cardinality({given}.products)"""
# A view that cannot be asked is told in the place of its levels; refuse() is of migration 0027.
_ANSWER = """
(SELECT CASE
  WHEN {view}.id IS NULL THEN refuse('C0120E', format(
    'input.virtualViewRef: there is no virtual view %L', {given}.view))
  WHEN {view}.status IN ('CREATED', 'LOADING') THEN refuse('C0003E', format(
    'virtual view %L is %s, not ACTIVE yet: ask again later', {given}.view, {view}.status))
  WHEN {view}.status IS DISTINCT FROM 'ACTIVE' THEN refuse('S0030E', format(
    'virtual view %L is %s: it must be set up anew and made ACTIVE', {given}.view, {view}.status))
  WHEN {catalogue}.id IS NULL THEN refuse('S0030E', format(
    'virtual view %L: inventoryCatalogueRef %L leads to no inventory catalogue',
    {given}.view, {view}.inventory_catalogue_ref))
  WHEN {network}.id IS NULL THEN refuse('S0030E', format(
    'virtual view %L: networkRef %L leads to no network', {given}.view, {view}.network_ref))
  ELSE {levels} END
FROM {asked} LEFT JOIN virtual_view {view} ON {seen}
LEFT JOIN inventory_catalogue {catalogue} ON {catalogue}.ref = {view}.inventory_catalogue_ref
LEFT JOIN network {network} ON {network}.ref = {view}.network_ref)"""


def inventory_levels(writer: Writer, nodes: list[FieldNode]) -> Json:
    """Write the locations whose stock covers every quantity wanted, the nearest first, 100 at most."""
    fields = writer.fields(CONNECTION, below(nodes))
    if not asks_rows(fields):
        return named_only(CONNECTION, fields)
    given, view, catalogue, network, found, location, address, item = (writer.alias() for _ in range(8))
    pieces, page, draw = writer.pieces(nodes[0], lambda _: given)
    _, form = writer.site(nodes[0])
    optional = form.conditions[0][1] if form else None
    assert isinstance(optional, tuple)
    page = page._replace(size=min(page.size, MOST_LOCATIONS))
    writer.spend(page.size + 1)
    writer.show(page.size * MOST_PRODUCTS * 4)
    writer.need("VirtualView")
    writer.need("InventoryPosition")
    stock = [f"p.catalogue_id = {catalogue}.id", *writer.visibility.conditions("InventoryPosition", "p")]
    if "places" in optional:
        stock.append(f"p.location_ref = ANY({given}.places)")
    enough = _ENOUGH.format(given=given, available=_AVAILABLE, conditions=" AND ".join(stock))
    source = f"({enough}) {found} JOIN location {location} ON {location}.ref = {found}.location_ref"
    distance = None
    if "latitude" in optional:
        source += f" LEFT JOIN address {address} ON {address}.id = {location}.primary_address_id"
        distance = near(address, given)
    places = Places.of(location, source, promising(writer, location, f"n.id = {network}.id"), page, distance, draw)
    columns = {
        "productRef": f"to_json({item}.product)::text",
        "onHand": f"LEAST({item}.on_hand, {LARGEST})::text",
        "available": f"LEAST({item}.available, {LARGEST})::text",
        "buffer": f"LEAST({item}.on_hand - {item}.available, {LARGEST})::text",
    }

    def member(fields: list[FieldNode], json: Json) -> None:
        if fields[0].name.value == "locationRef":
            json.add(f"to_json({location}.ref)::text")
            return
        level = writer.simple(LEVEL, fields, lambda n, j: j.add(columns[n[0].name.value])).sql()
        stood = f"unnest({found}.products, {found}.on_hand, {found}.available) WITH ORDINALITY"
        listed(json, f"ARRAY(SELECT {level} FROM {stood} {item}(product, on_hand, available, n) ORDER BY {item}.n)")

    def node(inner: list[FieldNode]) -> Json:
        return writer.simple(NODE, inner, member)

    def element(inner: list[FieldNode]) -> Json:
        return edge_of(writer, EDGE, inner, places.cursor, node) if inner[0].name.value == "edges" else node(inner)

    seen = [f"{view}.ref = {given}.view", *writer.visibility.conditions("VirtualView", view)]
    levels = paged(writer, CONNECTION, places, fields, element).sql()
    named = {"given": given, "view": view, "catalogue": catalogue, "network": network, "asked": pieces[0]}
    return Json().add(_ANSWER.format(seen=" AND ".join(seen), levels=levels, **named))
