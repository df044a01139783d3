"""What decides otherwise: settings, workflows, sourcing profiles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError
from penstock.simulation.house import USER
from penstock.workflows.checking import sentence

if TYPE_CHECKING:
    from penstock.simulation.scenario.shapes import SettingChange
    from penstock.simulation.scenario.site import Site

_SETTING = "SELECT id, context FROM setting WHERE name = $1 AND context = ANY($2::text[]) AND context_id = $3 LIMIT 1"
_STRATEGY = """
ref name description status virtualCatalogue { ref } network { ref } maxSplit
sourcingConditions { name type params } sourcingCriteria { name type params }"""
_PROFILE = f"""query ($ref: String!) {{ sourcingProfile(ref: $ref, status: "ACTIVE") {{
  name description retailer {{ id }} defaultVirtualCatalogue {{ ref }} defaultNetwork {{ ref }} defaultMaxSplit
  sourcingStrategies {{ {_STRATEGY} }} sourcingFallbackStrategies {{ {_STRATEGY} }} }} }}"""


async def change_setting(site: Site, change: SettingChange) -> None:
    """Create a setting, or give it another value."""
    contexts, of = await _context(site, change)
    known = await site.house.database.fetchrow(_SETTING, change.name, contexts, of)
    given = {"name": change.name, "contextId": of, "context": known["context"] if known else contexts[0]}
    given |= _valued(change.value)
    if known:
        await site.house.mutate("updateSetting", {"id": known["id"], **given})
    else:
        await site.house.mutate("createSetting", given)


async def _context(site: Site, change: SettingChange) -> tuple[list[str], int]:
    """Return the contexts in which the setting may be, the one for a new one first, and the id there."""
    if change.location is not None:
        return ["LOCATION", "AGENT"], await site.location(change.location)
    return [change.context], site.retailer if change.context == "RETAILER" else 0


def _valued(value: Any) -> dict[str, Any]:
    if isinstance(value, dict | list):
        return {"valueType": "JSON", "lobValue": value}
    text = value if isinstance(value, str) else json.dumps(value)
    types = {bool: "BOOLEAN", int: "INTEGER"}
    return {"valueType": types.get(type(value), "STRING"), "value": text}


async def change_workflow(site: Site, document: dict[str, Any]) -> None:
    """Save a workflow as a new version, as ``PUT /api/v4.1/workflow`` does.

    Raises:
        InvalidValueError: it has mistakes, which are named.
    """
    given = {"retailerId": str(site.retailer), **document}
    workflows = site.house.workflows
    if findings := await workflows.findings(given, rules=True):
        raise InvalidValueError(sentence("The workflow is not saved", findings))
    await workflows.save(given, USER)


async def change_profile(site: Site, change: dict[str, Any]) -> None:
    """Make a version of a sourcing profile the active one: what the active one says, but for what is given.

    Raises:
        InvalidValueError: it has no ref, or the API refuses it.
    """
    ref = change.get("ref")
    if not isinstance(ref, str) or not ref:
        raise InvalidValueError(f"ref is {ref!r}; name the sourcing profile")
    found = (await site.house.ask(_PROFILE, ref=ref))["sourcingProfile"]
    given = {"retailer": {"id": site.retailer}, **_without_nulls(found or {}), **change}
    made = await site.house.mutate("createSourcingProfile", given, "version status")
    if made["status"] != "ACTIVE":
        await site.house.mutate("activateSourcingProfile", {"ref": ref, "version": made["version"]})


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(part) for name, part in value.items() if part is not None}
    return [_without_nulls(part) for part in value] if isinstance(value, list) else value
