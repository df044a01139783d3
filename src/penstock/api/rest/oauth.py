"""``POST /oauth/token``: logging in and staying logged in (spec 10 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from penstock.api.limits import read_body
from penstock.api.rest.accounts import named_account
from penstock.api.rest.answers import OAuthError, Refusal, answer
from penstock.api.rest.declaration import Operation
from penstock.api.rest.logins import PRIVATE, Token, logged_in, user_who_may_log_in, user_with_password
from penstock.api.rest.oauth_parameters import Login, parameters
from penstock.api.rest.requests import services_of
from penstock.identity.clients import authenticate
from penstock.identity.tokens import issue, owner_of_refresh

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

PATH = "/oauth/token"


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
    refresh = msgspec.UNSET if tokens.refresh is None else tokens.refresh
    return answer(Token(**logged_in(user, tokens), refresh_token=refresh), headers=PRIVATE)


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
    user = await user_with_password(services, client.account, username, password)
    if user is None:
        raise OAuthError("Bad credentials", code="invalid_grant")
    return await _issued(services, client, user)


async def _refresh_token(services: Services, client: Client, given: Given) -> tuple[User, Tokens]:
    used = _required(given, "refresh_token")
    owner = await owner_of_refresh(services.placement.control, used, client, services.clock.now())
    user_id = owner.user_id if owner and owner.account == client.account else None
    user = await user_who_may_log_in(services, client.account, user_id)
    if user is None:
        raise OAuthError("Invalid refresh token", code="invalid_grant")
    return await _issued(services, client, user, used=used)


async def _client_credentials(services: Services, client: Client, _given: Given) -> tuple[User, Tokens]:
    user = await user_who_may_log_in(services, client.account, client.service_user_id)
    if user is None:
        raise OAuthError("The client has no service user", code="unauthorized_client", status=401)
    return await _issued(services, client, user, refreshable=False)


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
