"""OAuth clients: the programs through which users log in (spec 10 §2.2).

Their secrets are random, so a plain hash keeps them; passwords, which people choose, need a slow one.
"""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from penstock.errors import NotFoundError

if TYPE_CHECKING:
    from penstock.database.pools import Database

ACCESS_SECONDS = 86_400
REFRESH_SECONDS = 86_400
SHARED = "FLUENT_INTEGRATION"  # serves every account; a request says which (spec 10 §2.1)
SHARED_ACCESS_SECONDS = 1_800

_FIND = """
SELECT client_id, account, secret_hash, service_user_id, access_seconds, refresh_seconds
FROM oauth_client WHERE client_id = $1"""
_KEEP = """
INSERT INTO oauth_client (client_id, account, secret_hash, access_seconds, refresh_seconds)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (client_id) DO UPDATE SET secret_hash = excluded.secret_hash"""
_BIND = "UPDATE oauth_client SET service_user_id = $2 WHERE client_id = $1 RETURNING true"
_SERVED = "SELECT name FROM account WHERE $1::text IS NULL OR name = $1 ORDER BY name LIMIT 2"


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client and the account that it acts in, empty when the shared one was not told which.

    Lives of its tokens are in seconds, ``refresh_seconds`` None when it gets no refresh tokens. A refresh token is
    used up by its first use, or ``grace_seconds`` later.
    """

    client_id: str
    account: str
    service_user_id: int | None
    access_seconds: int
    refresh_seconds: int | None
    grace_seconds: int = 0


async def authenticate(control: Database, client_id: str, secret: str, account: str | None) -> Client | None:
    """Return the client with this id and secret, for the account that a request names if it names one.

    None when there is no such client, or it does not act in that account. The shared client acts in whichever is
    named, or in the only one that there is.
    """
    row = await control.fetchrow(_FIND, client_id)
    if row is None or not hmac.compare_digest(row["secret_hash"], _hashed(secret)):
        return None
    own = row["account"]
    if own is None:
        own = await served_account(control, account)
    if account is not None and account != own:
        return None
    return Client(client_id, own, row["service_user_id"], row["access_seconds"], row["refresh_seconds"])


async def served_account(control: Database, named: str | None) -> str:
    """Return the account that is named, or else the only one that there is; empty when there is none such."""
    served = [r["name"] for r in await control.fetch(_SERVED, named)]
    return served[0] if len(served) == 1 else ""


async def keep_client(control: Database, account: str) -> str:
    """Create the client of an account, which has its name, or give it a new secret; return the secret."""
    return await _keep(control, account, account, ACCESS_SECONDS)


async def keep_shared_client(control: Database) -> str:
    """Create the shared client, or give it a new secret; return the secret."""
    return await _keep(control, SHARED, None, SHARED_ACCESS_SECONDS)


async def bind_service_user(control: Database, client_id: str, user_id: int) -> None:
    """Let a client log in by itself, with the grant client_credentials, as this user of its account.

    Raises:
        NotFoundError: there is no such client.
    """
    if not await control.fetchval(_BIND, client_id, user_id):
        raise NotFoundError(f"There is no OAuth client {client_id!r}.")


async def _keep(control: Database, client_id: str, account: str | None, access_seconds: int) -> str:
    secret = str(uuid.uuid4())
    await control.execute(_KEEP, client_id, account, _hashed(secret), access_seconds, REFRESH_SECONDS)
    return secret


def _hashed(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
