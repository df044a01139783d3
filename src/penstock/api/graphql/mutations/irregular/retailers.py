"""Retailers: their ref is made of their name (spec 30 §4)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic import creating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call, Written, mutation

RETAILER = plan_of("Retailer", "create")


@mutation("createRetailer", output="Retailer", arguments=input_of(RETAILER), needs=needs(RETAILER))
async def create_retailer(call: Call, arguments: dict[str, Any]) -> Written:
    """Create a retailer of the account; its ref is its name in upper case."""
    work = Work(call, RETAILER.permission)
    work.require_account()
    draft = drafted(work, RETAILER, creating.required(arguments.get("input")))
    draft.row.ref = draft.row.name.upper()
    return await creating.finish(work, draft)
