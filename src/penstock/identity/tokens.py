"""Access and refresh tokens: opaque, random, stored as hashes (spec 10 §2.3, §2.4).

Each login gives a fresh access token; older ones stay valid until they expire.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.database.pools import Database
    from penstock.identity.clients import Client

_OWNER = "SELECT account, user_id, expires_at FROM {} WHERE token_hash = $1"
_ACCESS_OWNER = _OWNER.format("access_token") + " AND expires_at > $2"
_REFRESH_OWNER = _OWNER.format("refresh_token") + " AND expires_at > $2 AND client_id = $3"

# $1 access hash, $2 account, $3 client, $4 user, $5 its end, $6 refresh hash or null, $7 its end
_ISSUE = """
access AS (INSERT INTO access_token (token_hash, account, client_id, user_id, expires_at)
  SELECT $1::bytea, $2::text, $3::text, $4::bigint, $5::timestamptz FROM allowed),
refresh AS (INSERT INTO refresh_token (token_hash, account, client_id, user_id, expires_at)
  SELECT $6::bytea, $2, $3, $4, $7::timestamptz FROM allowed WHERE $6 IS NOT NULL)
SELECT count(*) FROM allowed"""
_ISSUE_FRESH = f"WITH allowed AS (SELECT 1), {_ISSUE}"
# The old refresh token is used up in the same statement, so that of two refreshes at once one wins.
_ISSUE_AGAIN = f"WITH allowed AS (DELETE FROM refresh_token WHERE token_hash = $8 RETURNING 1), {_ISSUE}"
# Or it ends at $9, so that of two refreshes at once both win.
_ISSUE_AND_SPARE = f"""
WITH allowed AS (
  UPDATE refresh_token SET expires_at = least(expires_at, $9) WHERE token_hash = $8 RETURNING 1), {_ISSUE}"""

# In small bites that skip what another login deletes at the same time.
_FORGET = """
DELETE FROM {0} WHERE token_hash IN
  (SELECT token_hash FROM {0} WHERE expires_at < $1 ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED)"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose token it is, and until when it is good."""

    account: str
    user_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a login gives: the tokens themselves, and the life of the access token in seconds."""

    access: str
    refresh: str | None
    seconds: int


def hashed(token: str) -> bytes:
    """Return the form in which a token is stored."""
    return sha256(token.encode()).digest()


async def owner_of_access(control: Database, token_hash: bytes, now: datetime) -> Owner | None:
    """Return whose access token this is; None when unknown or expired."""
    row = await control.fetchrow(_ACCESS_OWNER, token_hash, now)
    return Owner(*row) if row else None


async def owner_of_refresh(control: Database, token: str, client: Client, now: datetime) -> Owner | None:
    """Return whose refresh token this is; None when unknown, used, expired or another client's."""
    row = await control.fetchrow(_REFRESH_OWNER, hashed(token), now, client.client_id)
    return Owner(*row) if row else None


async def issue(
    control: Database, client: Client, user_id: int, now: datetime, *, refreshable: bool = True, used: str | None = None
) -> Tokens | None:
    """Give tokens to a user; with ``used``, in exchange for that refresh token, None if it is used up already.

    A client with ``grace_seconds`` may use it again for so long.
    """
    access = secrets.token_urlsafe(20)  # 27 characters
    life = client.refresh_seconds if refreshable else None
    refresh = secrets.token_urlsafe(20) if life else None
    arguments = [
        hashed(access),
        client.account,
        client.client_id,
        user_id,
        now + timedelta(seconds=client.access_seconds),
        hashed(refresh) if refresh else None,
        now + timedelta(seconds=life or 0),
    ]
    if used is None:
        issued = await control.fetchval(_ISSUE_FRESH, *arguments)
    elif client.grace_seconds:
        spared = now + timedelta(seconds=client.grace_seconds)
        issued = await control.fetchval(_ISSUE_AND_SPARE, *arguments, hashed(used), spared)
    else:
        issued = await control.fetchval(_ISSUE_AGAIN, *arguments, hashed(used))
    if not issued:
        return None
    await _forget_expired(control, now)
    return Tokens(access, refresh, client.access_seconds)


async def revoke(control: Database, account: str, user_id: int) -> None:
    """Make all tokens of a user invalid: after a change of password, or by an administrator."""
    for table in ("access_token", "refresh_token"):
        await control.execute(f"DELETE FROM {table} WHERE account = $1 AND user_id = $2", account, user_id)


async def _forget_expired(control: Database, now: datetime) -> None:
    for table in ("access_token", "refresh_token"):
        await control.execute(_FORGET.format(table), now)
