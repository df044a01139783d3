"""Roles: sets of permissions of the whole account; updating adds permissions (spec 10 §5.1)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic import creating, updating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call, Written, mutation
from penstock.errors import ForbiddenError
from penstock.identity.permissions import PERMISSIONS

CREATE = plan_of("Role", "create")
UPDATE = plan_of("Role", "update")


@mutation("createRole", output="Role", arguments=input_of(CREATE), needs=needs(CREATE))
async def create_role(call: Call, arguments: dict[str, Any]) -> Written:
    """Create a role; whoever does must hold ROLE_CREATE and what it permits in the whole account."""
    work = Work(call, CREATE.permission)
    work.require_account()
    given = _held(work, creating.required(arguments.get("input")))
    return await creating.finish(work, drafted(work, CREATE, given))


@mutation("updateRole", output="Role", arguments=input_of(UPDATE), needs=needs(UPDATE))
async def update_role(call: Call, arguments: dict[str, Any]) -> Written:
    """Add permissions to a role; whoever does must hold ROLE_UPDATE and those permissions in the whole account."""
    work = Work(call, UPDATE.permission)
    work.require_account()
    given = _held(work, creating.required(arguments.get("input")))
    return await updating.finish(work, updating.revised(work, UPDATE, given))


def _held(work: Work, given: dict[str, Any]) -> dict[str, Any]:
    """Return the input; :class:`ForbiddenError` when the one who asks lacks a permission that it gives.

    Else whoever may write roles could add to their own what they like.
    """
    names = {p["name"] for p in given.get("permissions") or () if p is not None}
    if lacking := sorted(n for n in names if n in PERMISSIONS and not work.principal.scope(n).everything):
        raise ForbiddenError(
            f"User does not have permission: {', '.join(lacking)} for the account; nobody gives what they do not hold"
        )
    return given
