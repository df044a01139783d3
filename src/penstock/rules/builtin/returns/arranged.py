"""What is arranged for a return: where the goods go, by which right, and what proves it (spec 33 §3)."""

from __future__ import annotations

from typing import Any

from penstock.model.registry import MODEL
from penstock.rules import Attribute, AttributeType, Context, RuleError
from penstock.rules.builtin.common import moment
from penstock.rules.builtin.returns.wanted import choice, objects
from penstock.rules.questions import ByRef

Row = Any

_KEY, _EXPIRY, _DISPOSITION = (f"returnAuthorisation{part}" for part in ("Key", "KeyExpiry", "Disposition"))
_LODGED, _PICKUP, _DESTINATION, _PROOFS = (
    "lodgedLocation",
    "pickupLocation",
    "destinationLocation",
    "returnVerifications",
)
ARRANGED = (
    Attribute(_LODGED, AttributeType.JSON, "ref of the location where the goods are handed in", required=False),
    Attribute(_PICKUP, AttributeType.OBJECT, "address where a courier takes them", required=False),
    Attribute(_DESTINATION, AttributeType.JSON, "ref of the location that keeps them", required=False),
    Attribute(_PROOFS, AttributeType.ARRAY, "objects with ref, type, verificationDetails", required=False),
    Attribute(_KEY, description="key that allows the return beforehand", required=False),
    Attribute(_EXPIRY, description="date and time until which the key is good", required=False),
    Attribute(_DISPOSITION, AttributeType.OBJECT, "what is planned for the goods: value, label", required=False),
)


async def arranged(context: Context) -> dict[str, Any]:
    """Return the columns of a return that say where it goes and what allows it.

    ``RuleError`` 400 for what is malformed, 404 for a location that does not exist, 422 for both a place where it is
    handed in and an address where it is picked up.
    """
    given = context.event.attributes
    lodged, pickup = given.get(_LODGED), given.get(_PICKUP)
    if lodged is not None and pickup is not None:
        raise RuleError(f"attributes {_LODGED} and {_PICKUP}: give the one or the other", 422)
    expiry = given.get(_EXPIRY)
    return {
        "lodged_location_link": await location(context, lodged, f"attribute {_LODGED}"),
        "destination_location_link": await location(context, given.get(_DESTINATION), f"attribute {_DESTINATION}"),
        "pickup_address": None if pickup is None else address(pickup, f"attribute {_PICKUP}"),
        "return_authorisation_key": None if given.get(_KEY) is None else str(given[_KEY]),
        "return_authorisation_key_expiry": None if expiry is None else moment(expiry, f"attribute {_EXPIRY}"),
        "return_authorisation_disposition": choice(given, _DISPOSITION, "attribute"),
    }


async def location(context: Context, given: Any, what: str) -> dict[str, Any] | None:
    """Return the link to a location that a ref, or an object with one, names; None for None.

    ``RuleError`` 400 for anything else, 404 for a location that does not exist.
    """
    if given is None:
        return None
    ref = given.get("ref") if isinstance(given, dict) else given
    if not isinstance(ref, str) or not ref:
        raise RuleError(f"{what} must be the ref of a location, not {given!r}")
    if await context.ask(ByRef("Location", ref, within=context.event.retailer_id)) is None:
        raise RuleError(f"{what}: there is no location {ref}", 404)
    return {"ref": ref}


def address(given: Any, what: str) -> dict[str, Any]:
    """Return the fields of a ``StreetAddress``; ``RuleError`` 400 for what is no object, or has none of them."""
    known = {f.name for f in MODEL.values["StreetAddress"].fields}
    found = {k: v for k, v in given.items() if k in known} if isinstance(given, dict) else {}
    if not found:
        raise RuleError(f"{what} must be an address, not {given!r}")
    return found


def verifications(context: Context, made: Row) -> list[Row]:
    """Return the proofs of a new return; ``RuleError`` 400 for one that lacks something."""
    given = context.event.attributes.get(_PROOFS)
    if given is None:
        return []
    entries = objects([given] if isinstance(given, dict) else given, f"attribute {_PROOFS}")
    return [context.new("ReturnVerification", under=made, **_proof(entry)) for entry in entries]


def _proof(entry: dict[str, Any]) -> dict[str, str]:
    names = {"ref": "ref", "type": "type", "verificationDetails": "verification_details"}
    missing = next((name for name in names if not isinstance(entry.get(name), str)), None)
    if missing is not None:
        raise RuleError(f"attribute {_PROOFS}: {missing} must be a text, not {entry.get(missing)!r}")
    return {column: entry[name] for name, column in names.items()}
