"""What a new account begins with: permissions, roles, an administrator and an OAuth client (spec 10 §1, §5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.identity.clients import keep_client
from penstock.identity.passwords import hash_password, new_password
from penstock.identity.permissions import PERMISSIONS, ROLES, held_by
from penstock.identity.tokens import revoke

if TYPE_CHECKING:
    import asyncpg

    from penstock.database.placement import Placement

USERNAME = "admin"

_ADD_PERMISSIONS = """
INSERT INTO permission (id, name) SELECT nextval('id_small'), name FROM unnest($1::text[]) AS t (name)
WHERE name NOT IN (SELECT name FROM permission) ON CONFLICT (name) DO NOTHING RETURNING name"""
_ADD_ROLE = """
INSERT INTO role (id, name) SELECT nextval('id_small'), $1
WHERE $1 NOT IN (SELECT name FROM role) ON CONFLICT (name) DO NOTHING RETURNING true"""
_FILL_ROLE = """
INSERT INTO role_permission (role_id, permission_id)
SELECT r.id, p.id FROM role r, permission p WHERE r.name = $1 AND p.name = ANY($2::text[])
ON CONFLICT DO NOTHING"""
_KEEP_USER = """
INSERT INTO users (id, ref, username, first_name, last_name, type, status, timezone, promotion_opt_in,
  password_hash, created_on, updated_on)
VALUES (nextval('id_small'), $1, $1, 'First', 'Administrator', 'ADMIN', 'ACTIVE', 'UTC', false, $2, now(), now())
ON CONFLICT (username) DO UPDATE SET password_hash = excluded.password_hash, status = 'ACTIVE', updated_on = now()
RETURNING id"""
_GIVE_ROLE = """
INSERT INTO user_role (id, user_id, role_id, contexts)
SELECT nextval('id_small'), $1, r.id, '[{"contextType": "ACCOUNT", "contextId": "0"}]'
FROM role r WHERE r.name = 'ADMIN'
ON CONFLICT (user_id, role_id) DO UPDATE SET contexts = excluded.contexts"""


async def create_first_administrator(placement: Placement, account: str) -> dict[str, str]:
    """Give an account its permissions, roles, administrator and OAuth client.

    Doing it again adds what is missing and gives the same user and client a new password and secret;
    the user's tokens end.

    Returns ``accountId``, ``username``, ``password``, ``clientId`` and ``clientSecret``; password and secret
    are shown here and never again.
    """
    password = new_password()
    stored = await hash_password(password)
    database = await placement.database(account)
    async with database.transaction() as connection:
        await _permissions_and_roles(connection)
        user_id = await connection.fetchval(_KEEP_USER, USERNAME, stored)
        await connection.execute(_GIVE_ROLE, user_id)
    await revoke(placement.control, account, user_id)
    secret = await keep_client(placement.control, account)
    return {
        "accountId": account,
        "username": USERNAME,
        "password": password,
        "clientId": account,
        "clientSecret": secret,
    }


async def add_new_permissions(placement: Placement, account: str) -> None:
    """Add the permissions and roles that a newer Penstock brings; for each start."""
    database = await placement.database(account)
    async with database.transaction() as connection:
        await _permissions_and_roles(connection)


async def _permissions_and_roles(connection: asyncpg.Connection) -> None:
    """Fill new roles, and add new permissions to old ones; what was taken out of a role stays out."""
    added = [name for (name,) in await connection.fetch(_ADD_PERMISSIONS, list(PERMISSIONS))]
    for role in ROLES:
        is_new = await connection.fetchval(_ADD_ROLE, role)
        await connection.execute(_FILL_ROLE, role, held_by(role) if is_new else held_by(role, added))
