"""Sessions of browsers, which keep their refresh token in a cookie that no script can read (spec 44 §15).

Each session is an OAuth client of its own, without a secret: nobody can use its tokens at the token endpoint, and all
of them end together when the user signs out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.identity.clients import REFRESH_SECONDS, Client
from penstock.identity.tokens import owner_of_refresh

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.database.pools import Database

ACCESS_SECONDS = 900
# Two tabs may renew at once, and the answer that the browser reads last need not be the last one given.
GRACE_SECONDS = 30

_PREFIX = "session:"  # no account has a name with a colon, so no other client does

_LOCK = "SELECT FROM refresh_token WHERE account = $1 AND user_id = $2 AND client_id = $3 FOR UPDATE"
_END = "DELETE FROM {} WHERE account = $1 AND user_id = $2 AND client_id = $3"


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has not ended: its client, whose it is, and the refresh token that proves it."""

    client: Client
    user_id: int
    refresh: str


def new_session(account: str) -> Client:
    """Return the client of a new session."""
    return _client(_PREFIX + secrets.token_urlsafe(12), account)


def cookie_of(client: Client, refresh: str | None) -> str:
    """Return what the browser keeps."""
    return f"{client.client_id.removeprefix(_PREFIX)}.{refresh}"


async def find_session(control: Database, cookie: str, now: datetime) -> Session | None:
    """Return the session of a cookie; None when it has ended or never was."""
    name, _, refresh = cookie.partition(".")
    owner = await owner_of_refresh(control, refresh, _client(_PREFIX + name, ""), now)
    return Session(_client(_PREFIX + name, owner.account), owner.user_id, refresh) if owner else None


async def end_session(control: Database, session: Session) -> None:
    """Make all tokens of a session invalid, those too that another tab is just being given."""
    whose = (session.client.account, session.user_id, session.client.client_id)
    async with control.transaction() as connection:
        await connection.execute(_LOCK, *whose)  # waits for refreshes under way; the next statements see their tokens
        for table in ("access_token", "refresh_token"):
            await connection.execute(_END.format(table), *whose)


def _client(client_id: str, account: str) -> Client:
    return Client(client_id, account, None, ACCESS_SECONDS, REFRESH_SECONDS, GRACE_SECONDS)
