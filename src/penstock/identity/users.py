"""Users as the identity room needs them: credentials, roles, and the principal that follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.identity.principal import Principal, Scope
from penstock.identity.scopes import Grant, scopes

if TYPE_CHECKING:
    from penstock.database.pools import Database

# One row: the user, the roles with their permissions and contexts, the retailers, and of the locations named
# in contexts which retailer they belong to.
_LOAD = """
SELECT u.id, u.username, u.status, u.first_name, u.last_name, u.primary_retailer_id, u.password_hash,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('role', r.name, 'contexts', coalesce(ur.contexts, '[]'),
     'permissions', ARRAY(SELECT p.name FROM role_permission rp JOIN permission p ON p.id = rp.permission_id
                          WHERE rp.role_id = r.id)) ORDER BY r.name), '[]')::text
   FROM user_role ur JOIN role r ON r.id = ur.role_id WHERE ur.user_id = u.id) AS grants,
  (SELECT coalesce(jsonb_object_agg(t.id, t.ref), '{}')::text FROM retailer t) AS retailers,
  (SELECT coalesce(jsonb_object_agg(l.id, l.retailer_id), '{}')::text FROM location l WHERE l.id::text IN
     (SELECT c ->> 'contextId' FROM user_role ur, jsonb_array_elements(ur.contexts) c
      WHERE ur.user_id = u.id AND c ->> 'contextType' IN ('LOCATION', 'AGENT'))) AS locations,
  EXISTS (SELECT FROM setting s WHERE s.name = 'fc.graphql.comment.access' AND s.context = 'ACCOUNT'
    AND lower(coalesce(s.value, s.lob_value #>> '{}')) = 'account') AS open_comments
FROM users u WHERE """
_COMMENTS = "COMMENT_VIEW"
_BY_ID = _LOAD + "u.id = $1"
_BY_NAME = _LOAD + "u.username = $1"

_grants = msgspec.json.Decoder(list[Grant])
_retailers = msgspec.json.Decoder(dict[int, str])
_locations = msgspec.json.Decoder(dict[int, int])


@dataclass(frozen=True, slots=True)
class User:
    """A user of an account as stored, with the principal that acts in its name."""

    principal: Principal
    active: bool
    first_name: str | None
    last_name: str | None
    password_hash: str | None
    roles: tuple[str, ...]


async def user_by_id(database: Database, account: str, user_id: int) -> User | None:
    """Return the user with this id; None when there is none."""
    return _user(account, await database.fetchrow(_BY_ID, user_id))


async def user_by_name(database: Database, account: str, username: str) -> User | None:
    """Return the user with this name; None when there is none."""
    return _user(account, await database.fetchrow(_BY_NAME, username))


def _user(account: str, row: Any) -> User | None:
    if row is None:
        return None
    who = (account, row["id"], row["username"], row["primary_retailer_id"])
    principal, roles = _principal(
        *who, row["grants"], row["locations"], row["retailers"], open_comments=row["open_comments"]
    )
    return User(
        principal=principal,
        active=row["status"] == "ACTIVE",
        first_name=row["first_name"],
        last_name=row["last_name"],
        password_hash=row["password_hash"],
        roles=roles,
    )


@lru_cache(maxsize=256)
def _principal(
    account: str,
    id_: int,
    username: str,
    retailer_id: int | None,
    granted: str,
    located: str,
    retailers: str,
    *,
    open_comments: bool,
) -> tuple[Principal, tuple[str, ...]]:
    """Return the principal and the names of the roles.

    As long as nothing changes it is the same object: working out hundreds of permissions takes milliseconds, and
    plans remember what they have worked out for a principal.
    """
    grants = _grants.decode(granted)
    permissions = scopes(grants, _locations.decode(located))
    if open_comments and _COMMENTS in permissions:
        permissions[_COMMENTS] = Scope(everything=True)  # the account wants it so (spec 10 §5.3)
    principal = Principal(account, id_, username, retailer_id, permissions, _retailers.decode(retailers))
    return principal, tuple(grant.role for grant in grants)
