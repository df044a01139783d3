"""What is taken out of lists: only these mutations do, updates add (spec 12 §6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.api.graphql.mutations.generic.creating import required
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.updating import raise_lane
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.mutations.irregular.contexts import SYNONYMS
from penstock.api.graphql.mutations.irregular.users import Grants
from penstock.api.graphql.operations import Call, Mutation, input_type, mutation, output_type, register
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Many

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.api.graphql.operations import Run

_DONE = {"status": "SUCCESS"}
_RESULT = {"status": "SUCCESS, once nothing named is in the list any more."}


@dataclass(frozen=True, slots=True)
class Removal:
    """Members that leave a list of an owner: ``many`` is the list, joined through a table."""

    owner: str
    owner_wire: str
    owner_key: str
    many: str
    wire: str
    key: str

    @property
    def name(self) -> str:
        """Return the mutation's name: ``removeLocationsFromNetwork``."""
        return f"remove{self.wire[0].upper()}{self.wire[1:]}From{self.owner}"

    @property
    def permission(self) -> str:
        """Return the permission: ``LOCATIONNETWORK_REMOVE`` (spec 10 §5.2)."""
        return removal_permission(self.member, self.owner)

    @property
    def member(self) -> str:
        """Return the entity that leaves."""
        field = MODEL.entity(self.owner).field(self.many)
        assert isinstance(field, Many)
        return field.target


def removal_permission(member: str, owner: str) -> str:
    """Return the permission to take members of one kind out of another."""
    return f"{member.upper()}{owner.upper()}_REMOVE"


def _categories(product: str) -> Removal:
    wire = product[0].lower() + product[1:]
    return Removal(product, wire, f"{product}Key", "categories", "categories", "CategoryKey")


REMOVALS = (
    _categories("StandardProduct"),
    _categories("VariantProduct"),
    _categories("GroupProduct"),
    Removal("Network", "network", "NetworkKey", "locations", "locations", "LocationKey"),
    Removal("Location", "location", "LocationKey", "networks", "networks", "NetworkKey"),
    Removal("Role", "role", "RoleKey", "permissions", "permissions", "PermissionKey"),
    Removal("Wave", "wave", "WaveKey", "fulfilments", "fulfilments", "FulfilmentKey"),
)


def _run(removal: Removal) -> Run:
    plan = plan_of(removal.owner, "update")
    field = MODEL.entity(removal.owner).field(removal.many)
    assert isinstance(field, Many)
    through = field.through
    assert through is not None
    delete = f"DELETE FROM {through.table} WHERE {through.here} = $1 AND {through.there} = ANY($2::bigint[])"

    async def run(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
        given = required(arguments.get("input"))
        work = Work(call, removal.permission)
        if removal.owner == "Role":
            work.require_account()
        owner = work.want(removal.owner, given[removal.owner_wire], f"input.{removal.owner_wire}")
        members = [work.want(removal.member, key, f"input.{removal.wire}") for key in given[removal.wire]]
        await work.resolve()
        found = work.settle(owner)
        raise_lane(work, plan, found)
        work.further.append((delete, (found.id, [work.settle(m).id for m in members])))
        await work.write()
        return dict(_DONE)

    return run


def _needs(removal: Removal) -> Callable[[dict[str, Any]], set[str]]:
    return lambda _: {removal.permission}


def _declare(removal: Removal) -> None:
    name = removal.name[0].upper() + removal.name[1:]
    fields = {removal.owner_wire: f"{removal.owner_key}!", removal.wire: f"[{removal.key}!]!"}
    docs = {removal.owner_wire: f"The {removal.owner} that they leave.", removal.wire: "What leaves; must exist."}
    input_type(f"{name}Input", fields, f"What leaves which {removal.owner}.", docs)
    output_type(f"{name}Output", {"status": "String"}, "What came of a removal.", _RESULT)
    doc = f"Take {removal.wire} out of a {removal.owner}; what is not in it is passed over."
    register(Mutation(removal.name, f"{name}Output", {"input": f"{name}Input"}, _needs(removal), _run(removal), doc))


for _removal in REMOVALS:
    _declare(_removal)

# Takes contexts ($3, one JSON list a role of $2) from the roles of a user ($1); a role without any is dropped.
_REVOKE = """
WITH gone AS (
  SELECT r.id, (
    SELECT coalesce(jsonb_agg(c), '[]') FROM jsonb_array_elements(r.contexts) c
    WHERE NOT u.contexts::jsonb @> jsonb_build_array(c)
  ) AS kept
  FROM unnest($2::bigint[], $3::text[]) u(role_id, contexts)
  JOIN user_role r ON r.user_id = $1 AND r.role_id = u.role_id
), dropped AS (
  DELETE FROM user_role USING gone WHERE user_role.id = gone.id AND gone.kept = '[]'
)
UPDATE user_role SET contexts = gone.kept FROM gone WHERE user_role.id = gone.id AND gone.kept <> '[]'"""

USER_ROLES = removal_permission("UserRole", "User")
_encode = msgspec.json.Encoder().encode

input_type(
    "RoleContextKey",
    {"contextType": "String!", "contextId": "ID!"},
    "A context that a role is held in.",
    like="RoleContext",
)
input_type(
    "UserRoleKey",
    {"role": "RoleKey!", "contexts": "[RoleContextKey!]!"},
    "A role of a user and the contexts that it is held in.",
    {"role": "The role.", "contexts": "Where it is held no longer; without any context left the role is dropped."},
)
input_type(
    "RemoveUserRolesFromUserInput",
    {"user": "UserKey!", "roles": "[UserRoleKey!]!"},
    "Which contexts of which roles leave which user.",
    {"user": "The user.", "roles": "The roles, each with the contexts that it loses."},
)
output_type("RemoveUserRolesFromUserOutput", {"status": "String"}, "What came of a removal.", _RESULT)


def _in_other_words(contexts: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the contexts that have another word, by that."""
    return [{**c, "contextType": SYNONYMS[c["contextType"]]} for c in contexts if c["contextType"] in SYNONYMS]


@mutation(
    "removeUserRolesFromUser",
    output="RemoveUserRolesFromUserOutput",
    arguments={"input": "RemoveUserRolesFromUserInput"},
    needs=lambda _: {USER_ROLES},
)
async def remove_user_roles(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """Take contexts from a user's roles; a role without any context left is taken away."""
    given = required(arguments.get("input"))
    work = Work(call, USER_ROLES)
    user = work.want("User", given["user"], "input.user")
    roles = Grants(work, given["roles"])
    await work.resolve()
    by_role = roles.by_role()
    contexts = [_encode([*c, *_in_other_words(c)]).decode() for c in by_role.values()]
    work.further.append((_REVOKE, (work.settle(user).id, list(by_role), contexts)))
    await work.write()
    return dict(_DONE)
