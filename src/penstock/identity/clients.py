"""OAuth clients: the programs through which users log in (spec 10 §2.2).

Their secrets are random, so a plain hash keeps them; passwords, which people choose, need a slow one.
"""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.database.pools import Database

ACCESS_SECONDS = 86_400
REFRESH_SECONDS = 86_400

_FIND = """
SELECT client_id, account, secret_hash, service_user_id, access_seconds, refresh_seconds
FROM oauth_client WHERE client_id = $1"""
_KEEP = """
INSERT INTO oauth_client (client_id, account, secret_hash, access_seconds, refresh_seconds)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (client_id) DO UPDATE SET secret_hash = excluded.secret_hash
WHERE oauth_client.account = excluded.account"""


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client; lives of its tokens in seconds, ``refresh_seconds`` None when it gets no refresh tokens."""

    client_id: str
    account: str
    service_user_id: int | None
    access_seconds: int
    refresh_seconds: int | None


async def authenticate(control: Database, client_id: str, secret: str) -> Client | None:
    """Return the client with this id and secret; None when there is none."""
    row = await control.fetchrow(_FIND, client_id)
    if row is None or not hmac.compare_digest(row["secret_hash"], _hashed(secret)):
        return None
    return Client(
        row["client_id"], row["account"], row["service_user_id"], row["access_seconds"], row["refresh_seconds"]
    )


async def keep_client(control: Database, client_id: str, account: str) -> str:
    """Create a client of an account, or give the existing one a new secret; return the secret."""
    secret = str(uuid.uuid4())
    await control.execute(_KEEP, client_id, account, _hashed(secret), ACCESS_SECONDS, REFRESH_SECONDS)
    return secret


def _hashed(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
