"""Roles: sets of permissions of the whole account; updating adds permissions (spec 10 §5.1)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic import creating, updating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call, Written, mutation

CREATE = plan_of("Role", "create")
UPDATE = plan_of("Role", "update")


@mutation("createRole", output="Role", arguments=input_of(CREATE), needs=needs(CREATE))
async def create_role(call: Call, arguments: dict[str, Any]) -> Written:
    """Create a role; whoever does must hold ROLE_CREATE in the whole account."""
    work = Work(call, CREATE.permission)
    work.require_account()
    return await creating.finish(work, drafted(work, CREATE, creating.required(arguments.get("input"))))


@mutation("updateRole", output="Role", arguments=input_of(UPDATE), needs=needs(UPDATE))
async def update_role(call: Call, arguments: dict[str, Any]) -> Written:
    """Add permissions to a role; whoever does must hold ROLE_UPDATE in the whole account."""
    work = Work(call, UPDATE.permission)
    work.require_account()
    return await updating.finish(work, updating.revised(work, UPDATE, creating.required(arguments.get("input"))))
