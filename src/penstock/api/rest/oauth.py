"""``POST /oauth/token``: logging in and staying logged in (spec 10 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from penstock.api.limits import read_body
from penstock.api.rest.accounts import named_account
from penstock.api.rest.answers import OAuthError, Refusal, answer
from penstock.api.rest.declaration import Operation
from penstock.api.rest.oauth_parameters import Login, parameters
from penstock.api.rest.requests import services_of
from penstock.identity.clients import authenticate
from penstock.identity.passwords import verify_password
from penstock.identity.tokens import issue, owner_of_refresh
from penstock.identity.users import user_by_id, user_by_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.api.services import Services
    from penstock.identity.clients import Client
    from penstock.identity.tokens import Tokens
    from penstock.identity.users import User

    Given = dict[str, str]
    Grant = Callable[[Services, Client, Given], Awaitable[tuple[User, Tokens]]]

T = TypeVar("T")

PATH = "/oauth/token"
_PRIVATE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Token(msgspec.Struct):
    """Who logged in, and the token; what there is none of is absent."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    scope: Literal["api"]
    refresh_token: str | msgspec.UnsetType = msgspec.UNSET
    retailer_id: int | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="Retailer_id")
    first_name: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="FirstName")
    last_name: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="LastName")
    roles: list[str] = msgspec.field(default_factory=list, name="Roles")


async def token(request: Request) -> Response:
    """Answer a token request; errors as OAuth prescribes them."""
    if request.method != "POST":
        raise OAuthError(f"Request method '{request.method}' not supported", code="method_not_allowed", status=405)
    given = parameters(request.scope, await read_body(request.scope, request.receive))
    grant = _GRANTS.get(_required(given, "grant_type"))
    if grant is None:
        raise OAuthError(f"Unsupported grant type: {given['grant_type']}", code="unsupported_grant_type")
    services = services_of(request)
    client = await _client(services, given, named_account(request.scope))
    user, tokens = await grant(services, client, given)
    return answer(_body(user, tokens), headers=_PRIVATE)


def _required(given: Given, name: str) -> str:
    if name not in given:
        raise OAuthError(f"Missing {name}")
    return given[name]


async def _client(services: Services, given: Given, account: str | None) -> Client:
    """Return the client; one of another account than the request names is unknown here."""
    client_id, secret = _required(given, "client_id"), _required(given, "client_secret")
    client = await authenticate(services.placement.control, client_id, secret, account)
    if client is None:
        raise OAuthError("Bad client credentials", code="invalid_client", status=401)
    if not client.account:
        raise OAuthError(f"The client {client_id} serves all accounts; name yours in the header fluent.account")
    return client


async def _password(services: Services, client: Client, given: Given) -> tuple[User, Tokens]:
    username, password = _required(given, "username"), _required(given, "password")
    database = await services.placement.database(client.account)
    user = await user_by_name(database, client.account, username)
    fits = await verify_password(user.password_hash if user else None, password)
    if user is None or not fits or not user.active:
        raise OAuthError("Bad credentials", code="invalid_grant")
    return await _issued(services, client, user)


async def _refresh_token(services: Services, client: Client, given: Given) -> tuple[User, Tokens]:
    used = _required(given, "refresh_token")
    owner = await owner_of_refresh(services.placement.control, used, client, services.clock.now())
    user = await _user(services, client, owner.user_id) if owner and owner.account == client.account else None
    if user is None:
        raise OAuthError("Invalid refresh token", code="invalid_grant")
    return await _issued(services, client, user, used=used)


async def _client_credentials(services: Services, client: Client, _given: Given) -> tuple[User, Tokens]:
    user = await _user(services, client, client.service_user_id)
    if user is None:
        raise OAuthError("The client has no service user", code="unauthorized_client", status=401)
    return await _issued(services, client, user, refreshable=False)


async def _user(services: Services, client: Client, user_id: int | None) -> User | None:
    """Return a user who may log in."""
    if user_id is None:
        return None
    database = await services.placement.database(client.account)
    user = await user_by_id(database, client.account, user_id)
    return user if user and user.active else None


async def _issued(
    services: Services, client: Client, user: User, *, refreshable: bool = True, used: str | None = None
) -> tuple[User, Tokens]:
    tokens = await issue(
        services.placement.control,
        client,
        user.principal.user_id,
        services.clock.now(),
        refreshable=refreshable,
        used=used,
    )
    if tokens is None:  # another request used the refresh token at the same time
        raise OAuthError("Invalid refresh token", code="invalid_grant")
    return user, tokens


def _body(user: User, tokens: Tokens) -> Token:
    return Token(
        access_token=tokens.access,
        token_type="bearer",  # noqa: S106 - that is its type
        expires_in=tokens.seconds,
        scope="api",
        refresh_token=_known(tokens.refresh),
        retailer_id=_known(user.principal.retailer_id),
        first_name=_known(user.first_name),
        last_name=_known(user.last_name),
        roles=list(user.roles),
    )


def _known(value: T | None) -> T | msgspec.UnsetType:
    return msgspec.UNSET if value is None else value


_GRANTS: dict[str, Grant] = {
    "password": _password,
    "refresh_token": _refresh_token,
    "client_credentials": _client_credentials,
}


OPERATIONS = (
    Operation(
        "POST",
        PATH,
        token,
        {200: Token, 400: Refusal, 401: Refusal},
        body=Login,
        form=True,
        public=True,
        any_method=True,
    ),
)
