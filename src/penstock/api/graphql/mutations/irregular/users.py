"""Users: their password and API key are kept as hashes, their roles are added to (spec 10 §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.api.graphql.mutations.generic import creating, updating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.mutations.irregular.contexts import Context, context, require
from penstock.api.graphql.operations import Call, Written, mutation
from penstock.errors import TooLongError
from penstock.identity.passwords import hash_password

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.work import Wanted

CREATE = plan_of("User", "create")
UPDATE = plan_of("User", "update")
CONTEXTS = frozenset({"ACCOUNT", "RETAILER", "LOCATION", "AGENT"})
_SECRETS = ("password", "apiKey")
_LONGEST_SECRET = 128
_encode = msgspec.json.Encoder().encode

# Where a user holds roles.
_HELD = """
SELECT DISTINCT c ->> 'contextType' AS type, c ->> 'contextId' AS id
FROM user_role, jsonb_array_elements(contexts) c WHERE user_id = $1"""

# Gives roles to a user ($1); contexts join those that the user holds the role in already.
_GRANT = """
INSERT INTO user_role (id, user_id, role_id, contexts)
SELECT nextval('id_small'), $1, u.role_id, u.contexts::jsonb
FROM unnest($2::bigint[], $3::text[]) u(role_id, contexts)
ON CONFLICT (user_id, role_id) DO UPDATE SET contexts = (
  SELECT jsonb_agg(DISTINCT c) FROM jsonb_array_elements(user_role.contexts || excluded.contexts) c
)"""


@mutation("createUser", output="User", arguments=input_of(CREATE), needs=lambda _: {CREATE.permission})
async def create_user(call: Call, arguments: dict[str, Any]) -> Written:
    """Create a user, with roles that the creator may give."""
    work = Work(call, CREATE.permission)
    given = await _hashed(creating.required(arguments.get("input")))
    draft = drafted(work, CREATE, _plain(given))
    grants = Grants(work, given.get("roles"))
    await work.resolve()
    creating.settle(work, draft)
    grants.give(work, draft.row.id)
    await work.write()
    return Written("User", draft.row.id)


@mutation("updateUser", output="User", arguments=input_of(UPDATE), needs=lambda _: {UPDATE.permission})
async def update_user(call: Call, arguments: dict[str, Any]) -> Written:
    """Change a user; roles and contexts are added to those held."""
    work = Work(call, UPDATE.permission)
    given = await _hashed(creating.required(arguments.get("input")))
    revision = updating.revised(work, UPDATE, _plain(given))
    grants = Grants(work, given.get("roles"))
    await work.resolve()
    found = updating.apply(work, revision)
    await _require_over(work, found.id)
    grants.give(work, found.id)
    await work.write()
    if "password" in given or given.get("status") == "INACTIVE":
        await call.writer.revoke(found.id)
    return Written("User", found.id)


async def _require_over(work: Work, user_id: int) -> None:
    """Raise :class:`ForbiddenError` when a user holds roles where the one who asks may not write users.

    Without this a retailer's user manager could set the password of the account's administrator.
    """
    if work.scope.everything or user_id == work.principal.user_id:
        return
    above = Work(work.call, work.permission)
    held = [
        context(above, row["type"], row["id"], CONTEXTS, "User.roles.contextType")
        for row in await work.database.fetch(_HELD, user_id)
    ]
    await above.resolve()
    require(above, held)


async def _hashed(given: dict[str, Any]) -> dict[str, Any]:
    """Return the input with hashes in place of its secrets."""
    hashed = dict(given)
    for name in _SECRETS:
        if (secret := given.get(name)) is not None:
            if len(secret) > _LONGEST_SECRET:
                raise TooLongError(f"User.{name} is {len(secret)} characters long; at most {_LONGEST_SECRET} are kept")
            hashed[name] = await hash_password(secret)
    return hashed


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in given.items() if k != "roles"}


class Grants:
    """The roles that an input names, each with the contexts that it is given in."""

    def __init__(self, work: Work, roles: list[dict[str, Any] | None] | None) -> None:
        self._contexts: list[Context] = []
        self._roles: list[tuple[Wanted, list[dict[str, str]]]] = []
        for role in roles or ():
            if role is not None:
                self._roles.append((work.want("Role", role["role"], "User.roles.role"), self._named(work, role)))

    def _named(self, work: Work, role: dict[str, Any]) -> list[dict[str, str]]:
        """Return the contexts of one role as they are stored."""
        named = []
        for given in role["contexts"]:
            type_, id_ = given["contextType"], str(given["contextId"])
            self._contexts.append(context(work, type_, id_, CONTEXTS, "User.roles.contextType"))
            named.append({"contextType": type_, "contextId": id_})
        return named

    def by_role(self, work: Work) -> dict[int, list[dict[str, str]]]:
        """Return the contexts by the id of their role, once looked up.

        Raises :class:`ForbiddenError` for a context in which the one who asks may not write users.
        """
        require(work, self._contexts)
        by_role: dict[int, list[dict[str, str]]] = {}
        for wanted, named in self._roles:
            held = by_role.setdefault(work.settle(wanted).id, [])
            held += [c for c in named if c not in held]
        return by_role

    def give(self, work: Work, user_id: int) -> None:
        """Add the grants to the write."""
        if by_role := self.by_role(work):
            contexts = [_encode(c).decode() for c in by_role.values()]
            work.further.append((_GRANT, (user_id, list(by_role), contexts)))
