"""Statuses of many positions or quantities at once (spec 20 §1, 21 §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.graphql.mutations.generic.conflicts import refusals
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call, input_type, mutation, output_type

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.work import Wanted

_POSITIONS = "INVENTORYPOSITION_UPDATE"
_VIRTUAL = "VIRTUALPOSITION_UPDATE"
_QUANTITIES = "INVENTORYQUANTITY_UPDATE"

# All of them lock their rows in the order of ids, as every writer does, and tell the engine by the revision.
_OF_LOCATION = """
WITH chosen AS (
  SELECT id FROM inventory_position WHERE catalogue_id = $1 AND location_ref = $2 ORDER BY id FOR NO KEY UPDATE
), changed AS (
  UPDATE inventory_position p SET status = $3, updated_on = $4, revision = p.revision + 1
  FROM chosen WHERE p.id = chosen.id RETURNING 1
) SELECT count(*)::int FROM changed"""
_OF_GROUP = """
WITH chosen AS (
  SELECT id FROM virtual_position WHERE catalogue_id = $1 AND group_ref = $2 ORDER BY id FOR NO KEY UPDATE
), changed AS (
  UPDATE virtual_position p SET status = $3, updated_on = $4, revision = p.revision + 1
  FROM chosen WHERE p.id = chosen.id RETURNING 1
) SELECT count(*)::int FROM changed"""
_OF_POSITION = """
WITH position AS (
  UPDATE inventory_position SET revision = revision + 1 WHERE id = $1
), chosen AS (
  SELECT id FROM inventory_quantity
  WHERE position_id = $1 AND ($4::text[] IS NULL OR type = ANY($4)) AND ($5::text[] IS NULL OR status = ANY($5))
    AND ($6::timestamptz IS NULL OR expected_on >= $6) AND ($7::timestamptz IS NULL OR expected_on <= $7)
  ORDER BY id FOR NO KEY UPDATE
), changed AS (
  UPDATE inventory_quantity q SET status = $2, updated_on = $3 FROM chosen WHERE q.id = chosen.id RETURNING 1
) SELECT count(*)::int FROM changed"""

input_type(
    "StatusInput",
    {"status": "String!"},
    "The status that all get.",
    {"status": "The status; free text. No events are sent."},
)
input_type(
    "InventoryPositionsLocationFilterInput",
    {"catalogue": "InventoryCatalogueKey!", "locationRef": "String!"},
    "The positions of a catalogue at one location.",
    {"locationRef": "Ref of the location, as the positions name it."},
)
input_type(
    "VirtualPositionsGroupFilterInput",
    {"catalogue": "VirtualCatalogueKey!", "groupRef": "String!"},
    "The positions of a virtual catalogue in one group.",
    {"groupRef": "The group: in a BASE catalogue the location's ref, else the catalogue's own."},
)
input_type(
    "InventoryQuantityFilterInput",
    {"position": "InventoryPositionKey!", "type": "[String!]", "status": "[String!]", "expectedOn": "DateRange"},
    "Quantities of one position.",
    {
        "position": "The position.",
        "type": "Only quantities of these types.",
        "status": "Only quantities of these statuses.",
        "expectedOn": "Only quantities expected in this span, both ends included.",
    },
)
output_type(
    "UpdateStatusOutput", {"count": "Int"}, "How many were changed.", {"count": "How many rows got the status."}
)


def _arguments(filter_type: str) -> dict[str, str]:
    return {"filter": f"{filter_type}!", "input": "StatusInput!"}


@mutation(
    "updateInventoryPositionsStatusByLocation",
    output="UpdateStatusOutput",
    arguments=_arguments("InventoryPositionsLocationFilterInput"),
    needs=lambda _: {_POSITIONS},
)
async def update_by_location(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """Give all inventory positions of a location the same status."""
    work, chosen = Work(call, _POSITIONS), arguments["filter"]
    catalogue = work.want("InventoryCatalogue", chosen["catalogue"], "filter.catalogue")
    return await _change(work, catalogue, _OF_LOCATION, chosen["locationRef"], arguments["input"]["status"])


@mutation(
    "updateVirtualPositionsStatusByGroup",
    output="UpdateStatusOutput",
    arguments=_arguments("VirtualPositionsGroupFilterInput"),
    needs=lambda _: {_VIRTUAL},
)
async def update_by_group(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """Give all virtual positions of a group the same status."""
    work, chosen = Work(call, _VIRTUAL), arguments["filter"]
    catalogue = work.want("VirtualCatalogue", chosen["catalogue"], "filter.catalogue")
    return await _change(work, catalogue, _OF_GROUP, chosen["groupRef"], arguments["input"]["status"])


async def _change(work: Work, catalogue: Wanted, sql: str, group: str, status: str) -> dict[str, Any]:
    await work.resolve()
    bound = (work.settle(catalogue).id, group, status, work.now)
    return {"count": await work.database.fetchval(sql, *bound)}


@mutation(
    "updateInventoryQuantitiesStatus",
    output="UpdateStatusOutput",
    arguments=_arguments("InventoryQuantityFilterInput"),
    needs=lambda _: {_QUANTITIES},
)
async def update_quantities(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """Give quantities of a position the same status; which count in its stock follows from it."""
    work, chosen = Work(call, _QUANTITIES), arguments["filter"]
    position = work.want("InventoryPosition", chosen["position"], "filter.position")
    await work.resolve()
    expected = chosen.get("expectedOn") or {}
    bound = (
        work.settle(position).id,
        arguments["input"]["status"],
        work.now,
        chosen.get("type") or None,
        chosen.get("status") or None,
        expected.get("from"),
        expected.get("to"),
    )
    with refusals():
        return {"count": await work.database.fetchval(_OF_POSITION, *bound)}
