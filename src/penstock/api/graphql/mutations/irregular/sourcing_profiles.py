"""Sourcing profiles: a change is a new version, which somebody makes the active one (spec 22 §8)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic.creating import required, settle
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call, Written, input_type, mutation
from penstock.errors import InvalidValueError, NegativeValueError

CREATE = plan_of("SourcingProfile", "create")
_ACTIVATE = "SOURCINGPROFILE_UPDATE"
_STRATEGIES = ("sourcing_strategies", "sourcing_fallback_strategies")
_NEWEST = "SELECT version, retailer_id FROM sourcing_profile WHERE ref = $1 ORDER BY version DESC LIMIT 1"
_OTHERS = """
UPDATE sourcing_profile SET status = 'INACTIVE', updated_on = $3 WHERE ref = $1 AND status = 'ACTIVE' AND id <> $2"""
_THIS = "UPDATE sourcing_profile SET status = 'ACTIVE', updated_on = $2 WHERE id = $1 AND status <> 'ACTIVE'"

input_type(
    "CreateSourcingStrategyInput",
    {
        "ref": "String!",
        "name": "String!",
        "description": "String",
        "status": "String",
        "virtualCatalogue": "VirtualCatalogueKey",
        "network": "NetworkLinkInput",
        "maxSplit": "Int",
        "sourcingConditions": "[CreateSourcingConditionInput]",
        "sourcingCriteria": "[CreateSourcingCriterionInput]",
    },
    "One way to choose locations; the first in a list is tried first.",
    like="SourcingStrategy",
)
input_type(
    "ActivateSourcingProfileInput",
    {"ref": "String!", "version": "Int!"},
    "Which version becomes active; the one that was becomes INACTIVE.",
    {"ref": "Ref of the profile.", "version": "Number of the version."},
)


@mutation("createSourcingProfile", output="SourcingProfile", arguments=input_of(CREATE), needs=needs(CREATE))
async def create_profile(call: Call, arguments: dict[str, Any]) -> Written:
    """Create a profile, ACTIVE at once, or for a ref that exists a new version of it, a DRAFT."""
    work, given = Work(call, CREATE.permission), required(arguments.get("input"))
    draft = drafted(work, CREATE, given)
    row = draft.row
    for name in _STRATEGIES:
        work.new_ids += len(getattr(row, name) or ())
    await work.resolve()
    newest = await work.database.fetchrow(_NEWEST, row.ref)
    row.version, row.status, row.user_id = 1, "ACTIVE", call.principal.user_id
    if newest is not None:
        row.version, row.status, row.retailer_id = newest["version"] + 1, "DRAFT", newest["retailer_id"]
    settle(work, draft)
    if newest is not None and row.retailer_id != newest["retailer_id"]:
        raise InvalidValueError(f"SourcingProfile.retailer: {row.ref} belongs to retailer {newest['retailer_id']}")
    if row.retailer_id is None:
        work.require_account()
    else:
        work.require_retailer(row.retailer_id)
    for name in _STRATEGIES:
        setattr(row, name, _complete(work, row.id, getattr(row, name) or ()))
    await work.write()
    return Written("SourcingProfile", row.id, row)


def _complete(work: Work, profile: int, given: Any) -> list[dict[str, Any]]:
    """Return strategies as they are kept: numbered, dated, and ACTIVE unless they say else."""
    strategies = [strategy for strategy in given if strategy is not None]
    for strategy in strategies:
        if (strategy.get("maxSplit") or 0) < 0:
            raise NegativeValueError(f"SourcingStrategy.maxSplit is {strategy['maxSplit']}; the least value is 0")
    now = work.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [
        {
            **strategy,
            "id": str(work.writer.ids.take()),
            "sourcingProfile": {"id": str(profile)},
            "status": strategy.get("status") or "ACTIVE",
            "priority": priority,
            "createdOn": now,
            "updatedOn": now,
        }
        for priority, strategy in enumerate(strategies, 1)
    ]


@mutation(
    "activateSourcingProfile",
    output="SourcingProfile",
    arguments={"input": "ActivateSourcingProfileInput"},
    needs=lambda _: {_ACTIVATE},
)
async def activate_profile(call: Call, arguments: dict[str, Any]) -> Written:
    """Make a version the active one; the one that was becomes INACTIVE."""
    work, given = Work(call, _ACTIVATE), required(arguments.get("input"))
    wanted = work.want("SourcingProfile", given, "SourcingProfile")
    await work.resolve()
    found = work.settle(wanted)
    work.further = [(_OTHERS, (found.ref, found.id, work.now)), (_THIS, (found.id, work.now))]
    await work.write()
    return Written("SourcingProfile", found.id)
