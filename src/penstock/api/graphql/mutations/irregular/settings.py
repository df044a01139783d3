"""Settings: named values, each in one context that must lie within the writer's own (spec 10 §6)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic import creating, updating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.mutations.irregular.contexts import SYNONYMS, Context, context, require
from penstock.api.graphql.operations import Call, Written, mutation
from penstock.errors import UniqueConstraintError
from penstock.model.identifiers import parse

CREATE = plan_of("Setting", "create")
UPDATE = plan_of("Setting", "update")
_TWIN = """
SELECT true FROM setting WHERE context = $2 AND context_id = $3 AND id IS DISTINCT FROM $4::bigint
  AND name = coalesce($1, (SELECT name FROM setting WHERE id = $4::bigint))"""
_CONTEXTS = frozenset({"ACCOUNT", "GLOBAL", "RETAILER", "LOCATION", "AGENT", "CUSTOMER"})


def _context(work: Work, given: dict[str, Any]) -> Context:
    return context(work, given["context"], given["contextId"], _CONTEXTS, "Setting.context")


async def _refuse_twin(work: Work, given: dict[str, Any], own: int | None = None) -> None:
    """Raise :class:`UniqueConstraintError` when the same stands already under the other word for the context."""
    twin = SYNONYMS.get(given["context"])
    if twin and await work.database.fetchval(_TWIN, given.get("name"), twin, given["contextId"], own):
        named = f"{given['context']} {given['contextId']}"
        raise UniqueConstraintError(f"Setting of {named} exists already with the context {twin}; update that one")


@mutation("createSetting", output="Setting", arguments=input_of(CREATE), needs=needs(CREATE))
async def create_setting(call: Call, arguments: dict[str, Any]) -> Written:
    """Create a setting; name, context and contextId together must be new."""
    work = Work(call, CREATE.permission)
    given = creating.required(arguments.get("input"))
    draft, where = drafted(work, CREATE, given), _context(work, given)
    await work.resolve()
    await _refuse_twin(work, given)
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
    await _refuse_twin(work, given, own=parse(given["id"]))
    require(work, [where])
    found = updating.apply(work, revision)
    await work.write()
    return Written("Setting", found.id)
