"""What all ways to log in share: who may, and what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from penstock.identity.passwords import verify_password
from penstock.identity.users import user_by_id, user_by_name

if TYPE_CHECKING:
    from penstock.api.services import Services
    from penstock.identity.tokens import Tokens
    from penstock.identity.users import User


class LoggedIn(msgspec.Struct, kw_only=True):
    """Who logged in, and the token; what there is none of is absent."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    scope: Literal["api"]
    retailer_id: int | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="Retailer_id")
    first_name: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="FirstName")
    last_name: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="LastName")
    roles: list[str] = msgspec.field(default_factory=list, name="Roles")


class Token(LoggedIn, kw_only=True):
    """The same for clients, which keep the refresh token themselves."""

    refresh_token: str | msgspec.UnsetType = msgspec.UNSET


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


def logged_in(user: User, tokens: Tokens) -> dict[str, Any]:
    """Return the fields of :class:`LoggedIn`."""
    return {
        "access_token": tokens.access,
        "token_type": "bearer",
        "expires_in": tokens.seconds,
        "scope": "api",
        "retailer_id": _known(user.principal.retailer_id),
        "first_name": _known(user.first_name),
        "last_name": _known(user.last_name),
        "roles": list(user.roles),
    }


def _known(value: object) -> object:
    return msgspec.UNSET if value is None else value
