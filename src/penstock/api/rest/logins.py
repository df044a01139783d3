"""What all ways to log in share: who may, and what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.identity.passwords import verify_password
from penstock.identity.users import user_by_id, user_by_name

if TYPE_CHECKING:
    from penstock.api.services import Services
    from penstock.identity.tokens import Tokens
    from penstock.identity.users import User

PRIVATE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def user_with_password(services: Services, account: str, username: str, password: str) -> User | None:
    """Return the user of this name and password who may log in; the time taken does not tell which one was wrong."""
    user = None
    if account:
        user = await user_by_name(await services.placement.database(account), account, username)
    fits = await verify_password(user.password_hash if user else None, password)
    return user if user and fits and user.active else None


async def user_who_may_log_in(services: Services, account: str, user_id: int | None) -> User | None:
    """Return the user of this id, unless they may not log in any more."""
    if user_id is None:
        return None
    user = await user_by_id(await services.placement.database(account), account, user_id)
    return user if user and user.active else None


def told(user: User, tokens: Tokens) -> dict[str, Any]:
    """Return the answer to a login; what there is none of is absent, not null."""
    body = {
        "access_token": tokens.access,
        "token_type": "bearer",
        "refresh_token": tokens.refresh,
        "expires_in": tokens.seconds,
        "scope": "api",
        "Retailer_id": user.principal.retailer_id,
        "FirstName": user.first_name,
        "LastName": user.last_name,
        "Roles": list(user.roles),
    }
    return {name: value for name, value in body.items() if value is not None}
