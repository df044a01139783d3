"""Users: their password and API key are kept as hashes, their roles are added to (spec 10 §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.api.graphql.mutations.generic import creating, updating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.mutations.irregular.contexts import Context, context, covered, require
from penstock.api.graphql.operations import Call, Written, mutation
from penstock.errors import ForbiddenError, TooLongError
from penstock.identity.passwords import check_password, hash_password
from penstock.identity.users import user_by_id
from penstock.model.identifiers import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.api.graphql.mutations.generic.work import Wanted

CREATE = plan_of("User", "create")
UPDATE = plan_of("User", "update")
CONTEXTS = frozenset({"ACCOUNT", "RETAILER", "LOCATION", "AGENT"})
_SECRETS = ("password", "apiKey")
_LONGEST_SECRET = 128
_POWERS = frozenset({"password", "apiKey", "status"})
_encode = msgspec.json.Encoder().encode

_PERMISSIONS = """
SELECT rp.role_id, array_agg(p.name) FROM role_permission rp JOIN permission p ON p.id = rp.permission_id
WHERE rp.role_id = ANY($1::bigint[]) GROUP BY rp.role_id"""

_NAMES = "SELECT username, ref, primary_email FROM users WHERE id = $1"

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
    given = creating.required(arguments.get("input"))
    check_password("User.password", given["password"], given["username"], given["ref"], given["primaryEmail"])
    given = await _hashed(given)
    draft = drafted(work, CREATE, _plain(given))
    grants = Grants(work, given.get("roles"))
    await work.resolve()
    creating.settle(work, draft)
    await grants.give(draft.row.id)
    await work.write()
    return Written("User", draft.row.id)


@mutation("updateUser", output="User", arguments=input_of(UPDATE), needs=lambda _: {UPDATE.permission})
async def update_user(call: Call, arguments: dict[str, Any]) -> Written:
    """Change a user; roles and contexts are added to those held."""
    work = Work(call, UPDATE.permission)
    given = await _checked(call, creating.required(arguments.get("input")))
    revision = updating.revised(work, UPDATE, _plain(given))
    grants = Grants(work, given.get("roles"))
    await work.resolve()
    found = updating.apply(work, revision)
    await _require_over(work, found.id, given)
    await grants.give(found.id)
    await work.write()
    if "password" in given or given.get("status") == "INACTIVE":
        await call.writer.revoke(found.id)
    return Written("User", found.id)


async def _require_over(work: Work, user_id: int, given: dict[str, Any]) -> None:
    """Raise :class:`ForbiddenError` for a user above the one who asks.

    That is who holds roles where the one who asks may not write users; and, for what could take over a user or shut
    them out, who holds any permission that the one who asks does not. Without this a user manager could set the
    password of the account's administrator.
    """
    if user_id == work.principal.user_id:
        return
    if not work.scope.everything:
        await _require_around(work, user_id)
    if not given.keys().isdisjoint(_POWERS):
        user = await user_by_id(work.database, work.principal.account, user_id)
        if user and (lacking := work.principal.lacking(user.principal)):
            raise ForbiddenError(
                f"User does not have permission: {', '.join(lacking)}, which user {user_id} holds; "
                f"{', '.join(sorted(_POWERS))} of a user are changed by those who hold as much"
            )


async def _require_around(work: Work, user_id: int) -> None:
    above = Work(work.call, work.permission)
    held = [
        context(above, row["type"], row["id"], CONTEXTS, "User.roles.contextType")
        for row in await work.database.fetch(_HELD, user_id)
    ]
    await above.resolve()
    require(above, held)


async def _checked(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the input with its secrets hashed, a new password checked against the user's names."""
    if (password := given.get("password")) is not None:
        user_id = parse(given["id"])
        known = await call.database.fetchrow(_NAMES, user_id) if user_id is not None else None
        check_password("User.password", password, given.get("ref"), given.get("primaryEmail"), *(known or ()))
    return await _hashed(given)


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
        self._work = work
        self._roles: list[tuple[Wanted, list[Context]]] = []
        for role in roles or ():
            if role is not None:
                named = [(c["contextType"], c["contextId"]) for c in role["contexts"]]
                contexts = [context(work, type_, id_, CONTEXTS, "User.roles.contextType") for type_, id_ in named]
                self._roles.append((self._role(role["role"]), contexts))

    def _role(self, key: dict[str, Any]) -> Wanted:
        return self._work.want("Role", key, "User.roles.role")

    def give_everywhere(self, name: str) -> None:
        """Give a role whose only context is not stored yet: only who holds its permissions everywhere may."""
        self._roles.append((self._role({"name": name}), [Context("ACCOUNT", "0", None)]))

    def by_role(self) -> dict[int, list[dict[str, str]]]:
        """Return the contexts by the id of their role, once looked up.

        Raises :class:`ForbiddenError` for a context in which the one who asks may not write users.
        """
        require(self._work, [one for _, contexts in self._roles for one in contexts])
        by_role: dict[int, list[dict[str, str]]] = {}
        for wanted, contexts in self._roles:
            held = by_role.setdefault(self._work.settle(wanted).id, [])
            held += [one.stored for one in contexts if one.stored not in held]
        return by_role

    async def require_held(self) -> None:
        """Raise :class:`ForbiddenError` for permissions that the one who asks does not hold in the same place.

        Nobody gives what they do not have; else whoever may write users could make themselves an administrator.
        """
        ids = sorted({self._work.settle(wanted).id for wanted, _ in self._roles})
        held = dict(await self._work.database.fetch(_PERMISSIONS, ids)) if ids else {}
        for wanted, contexts in self._roles:
            for one in contexts:
                names = held.get(self._work.settle(wanted).id, ())
                self._require(names, one)

    def _require(self, names: Iterable[str], one: Context) -> None:
        principal = self._work.principal
        lacking = sorted(n for n in names if not covered(self._work, principal.scope(n), one))
        if lacking:
            where = f"{one.type} {one.id}"
            raise ForbiddenError(
                f"User does not have permission: {', '.join(lacking)} for {where}; nobody gives what they do not hold"
            )

    async def give(self, user_id: int) -> None:
        """Add the grants to the write, if the one who asks may give them."""
        await self.require_held()
        if by_role := self.by_role():
            contexts = [_encode(c).decode() for c in by_role.values()]
            self._work.further.append((_GRANT, (user_id, list(by_role), contexts)))
