"""Locations that move to another stored address (spec 30 §5)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic.creating import required
from penstock.api.graphql.mutations.generic.plans import Link, plan_of
from penstock.api.graphql.mutations.generic.updating import Revision, finish
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call, Written, input_type, mutation

LOCATION = plan_of("Location", "update")
_ADDRESS = Link("primaryAddress", "primary_address_id", "StoreAddress", null=False)

input_type(
    "UpdateLocationPrimaryAddressInput",
    {"id": "ID!", "primaryAddress": "BaseLocationInput!"},
    "Which location moves to which stored address.",
    {"id": "Which location moves, by its id.", "primaryAddress": "The address, which must exist."},
)


@mutation(
    "updateLocationPrimaryAddress",
    output="Location",
    arguments={"input": "UpdateLocationPrimaryAddressInput"},
    needs=lambda _: {LOCATION.permission},
)
async def update_primary_address(call: Call, arguments: dict[str, Any]) -> Written:
    """Make another stored address the primary address of a location."""
    given = required(arguments.get("input"))
    work = Work(call, LOCATION.permission)
    revision = Revision(LOCATION, work.want("Location", {"id": given["id"]}, "Location"), {})
    address = work.want("StoreAddress", given["primaryAddress"], "Location.primaryAddress")
    revision.links.append((_ADDRESS, address))
    return await finish(work, revision)
