"""Settings: named values, each in one context that must lie within the writer's own (spec 10 §6)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic import creating, updating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.mutations.irregular.contexts import Context, context, require
from penstock.api.graphql.operations import Call, Written, mutation

CREATE = plan_of("Setting", "create")
UPDATE = plan_of("Setting", "update")
_CONTEXTS = frozenset({"ACCOUNT", "GLOBAL", "RETAILER", "LOCATION", "AGENT", "CUSTOMER"})


def _context(work: Work, given: dict[str, Any]) -> Context:
    return context(work, given["context"], given["contextId"], _CONTEXTS, "Setting.context")


@mutation("createSetting", output="Setting", arguments=input_of(CREATE), needs=needs(CREATE))
async def create_setting(call: Call, arguments: dict[str, Any]) -> Written:
    """Create a setting; name, context and contextId together must be new."""
    work = Work(call, CREATE.permission)
    given = creating.required(arguments.get("input"))
    draft, where = drafted(work, CREATE, given), _context(work, given)
    await work.resolve()
    require(work, [where])
    creating.settle(work, draft)
    await work.write()
    return Written("Setting", draft.row.id)


@mutation("updateSetting", output="Setting", arguments=input_of(UPDATE), needs=needs(UPDATE))
async def update_setting(call: Call, arguments: dict[str, Any]) -> Written:
    """Change a setting's value, name or context."""
    work = Work(call, UPDATE.permission)
    given = creating.required(arguments.get("input"))
    revision, where = updating.revised(work, UPDATE, given), _context(work, given)
    await work.resolve()
    require(work, [where])
    found = updating.apply(work, revision)
    await work.write()
    return Written("Setting", found.id)
