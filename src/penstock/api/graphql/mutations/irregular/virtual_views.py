"""Virtual views, whose refs must be plain (spec 21 §8.1)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic.creating import create
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.operations import Call, Written, mutation
from penstock.errors import InvalidValueError, shown

CREATE = plan_of("VirtualView", "create")


@mutation("createVirtualView", output="VirtualView", arguments=input_of(CREATE), needs=needs(CREATE))
async def create_view(call: Call, arguments: dict[str, Any]) -> Written:
    """Create a virtual view, ACTIVE at once."""
    given = arguments.get("input")
    if given and "#" in given["ref"]:
        raise InvalidValueError(f"ref {shown(given['ref'])} must not hold #")
    return await create(call, CREATE, given)
