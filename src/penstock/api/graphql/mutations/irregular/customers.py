"""Customers: known by their username, which is their ref too (spec 30 §4)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic import creating
from penstock.api.graphql.mutations.generic.drafts import Draft, drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call, Written, mutation

CUSTOMER = plan_of("Customer", "create")


def drafted_customer(work: Work, given: dict[str, Any]) -> Draft:
    """Return the draft of a customer; the ref, by which billing and returns know them, is the username."""
    draft = drafted(work, CUSTOMER, given)
    draft.row.ref = draft.row.username
    return draft


@mutation("createCustomer", output="Customer", arguments=input_of(CUSTOMER), needs=needs(CUSTOMER))
async def create_customer(call: Call, arguments: dict[str, Any]) -> Written:
    """Create a customer of a retailer."""
    work = Work(call, CUSTOMER.permission)
    return await creating.finish(work, drafted_customer(work, creating.required(arguments.get("input"))))
