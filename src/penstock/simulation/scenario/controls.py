"""Controls that hold stock back, created, changed and switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError
from penstock.model.serving import serving

if TYPE_CHECKING:
    from penstock.simulation.scenario.shapes import ControlChange
    from penstock.simulation.scenario.site import Site

_OWN_GROUP = "SIMULATION"
_BASE = f"""
SELECT ref, control_group_ref FROM virtual_catalogue WHERE type = 'BASE' AND {serving("retailer_refs", "$1")}"""
_KNOWN = "SELECT true FROM control c JOIN control_group g ON g.id = c.control_group_id WHERE g.ref = $1 AND c.ref = $2"
# Those of a product, or of it at a location; where a control is about a location or a category, catalogues compute
# anew by themselves.
_POSITIONS = f"""
SELECT p.id FROM inventory_position p JOIN inventory_catalogue c ON c.id = p.catalogue_id
WHERE {serving("c.retailer_refs", "$1")} AND $2 IN (p.product_ref, p.product_ref || ':' || p.location_ref)
ORDER BY p.id"""
_THERE = """
SELECT EXISTS (SELECT FROM location WHERE ref = $1) OR EXISTS (SELECT FROM category WHERE ref = $1)
  OR EXISTS (SELECT FROM product p WHERE p.ref = $1 OR starts_with($1, p.ref || ':')
    AND EXISTS (SELECT FROM location l WHERE l.ref = substr($1, length(p.ref) + 2)))"""


async def change_control(site: Site, change: ControlChange) -> None:
    """Create or change a control, or switch it off, and let the stock that it is about be looked at again.

    Raises:
        InvalidValueError: there is nothing that it could be about, no such group, or nothing to remove, or the API
            refuses the control.
    """
    if not await site.house.database.fetchval(_THERE, change.about):
        raise InvalidValueError(
            f"about is {change.about!r}, which is no product, product:location, category or location"
        )
    group = change.group or await _group(site)
    ref = f"{group}:{change.type}:{change.about}"
    known = await site.house.database.fetchval(_KNOWN, group, ref)
    if change.remove and not known:
        raise InvalidValueError(f"remove is true, and there is no control {ref}")
    given: dict[str, Any] = {"ref": ref, "controlGroup": {"ref": group}}
    if change.value is not None:
        given["values"] = [{"name": "CONTROL_VALUE", "type": "INTEGER", "value": change.value}]
    if change.execution_order is not None or not known:
        given["executionOrder"] = 1 if change.execution_order is None else change.execution_order
    if known:
        await site.house.mutate("updateControl", {**given, "status": "INACTIVE" if change.remove else "ACTIVE"})
    else:
        await site.house.mutate("createControl", {**given, "type": change.type, "name": change.about})
        await site.house.settle()
    found = await site.house.database.fetch(_POSITIONS, site.ref, change.about)
    await site.look_again([r["id"] for r in found])


async def _group(site: Site) -> str:
    """Return the group that the BASE catalogues follow; they are given one where they follow none."""
    catalogues = await site.house.database.fetch(_BASE, site.ref)
    groups = sorted({r["control_group_ref"] for r in catalogues if r["control_group_ref"]})
    if len(groups) > 1:
        raise InvalidValueError(f"group is missing; the BASE catalogues follow {', '.join(groups)}")
    if groups:
        return str(groups[0])
    about = {"ref": _OWN_GROUP, "type": "DEFAULT", "name": "Of a simulation", "retailerRefs": [site.ref]}
    await site.house.mutate("createControlGroup", about)
    for catalogue in catalogues:
        await site.house.mutate("updateVirtualCatalogue", {"ref": catalogue["ref"], "controlGroupRef": _OWN_GROUP})
    await site.house.settle()
    return _OWN_GROUP
