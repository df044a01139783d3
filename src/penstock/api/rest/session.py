"""``/api/v4.1/session``: signing in from a web page (spec 44 §15).

POST signs in, PUT renews the access token, DELETE signs out. The access token is for the page's memory; the refresh
token is in a cookie that only this address gets, and is changed with each use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from penstock.api.limits import header, read_body
from penstock.api.rest.accounts import named_account
from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Nothing, Operation, errors
from penstock.api.rest.logins import PRIVATE, LoggedIn, logged_in, user_who_may_log_in, user_with_password
from penstock.api.rest.origin import over_https, refuse_other_sites
from penstock.api.rest.requests import services_of
from penstock.errors import InvalidValueError
from penstock.identity.clients import REFRESH_SECONDS, served_account
from penstock.identity.sessions import cookie_of, end_session, find_session, new_session
from penstock.identity.tokens import issue

if TYPE_CHECKING:
    from starlette.requests import Request

    from penstock.api.services import Services
    from penstock.identity.clients import Client
    from penstock.identity.users import User

ADDRESS = "/api/v4.1/session"
COOKIE = "penstock_session"


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body by which a user signs in; the account may be left out where there is only one."""

    username: str
    password: str
    account: str = ""


_sign_in = msgspec.json.Decoder(SignIn)


class Session(LoggedIn, kw_only=True):
    """Who is signed in, and the access token."""

    account: str
    username: str


async def begin(request: Request) -> Response:
    """Sign in with username and password, from a web page."""
    refuse_other_sites(request.scope)
    if (header(request.scope, b"content-type") or "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "Send username and password as application/json.")
    given = _read(await read_body(request.scope, request.receive))
    services = services_of(request)
    named = given.account.upper() or named_account(request.scope)
    account = await served_account(services.placement.control, named)
    if not account and named is None:
        raise InvalidValueError("Penstock serves several accounts; give yours as account.")
    user = await user_with_password(services, account, given.username, given.password)
    if user is None:
        raise _unauthorised("The username or the password is wrong.")
    return await _with_tokens(request, services, new_session(account), user)


def _read(body: bytes) -> SignIn:
    try:
        return _sign_in.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body is not a JSON object with username and password: {error}") from None


async def renew(request: Request) -> Response:
    """Renew the access token of a browser's session.

    A browser without one gets 204. A dead cookie stays, lest a late answer delete a newer one.
    """
    refuse_other_sites(request.scope)
    if COOKIE not in request.cookies:
        return Response(status_code=204, headers=PRIVATE)
    services = services_of(request)
    found = await find_session(services.placement.control, request.cookies[COOKIE], services.clock.now())
    user = await user_who_may_log_in(services, found.client.account, found.user_id) if found else None
    if found is None or user is None:
        raise _unauthorised("The session has ended; sign in again.")
    return await _with_tokens(request, services, found.client, user, used=found.refresh)


async def end(request: Request) -> Response:
    """Sign out: all tokens of the browser's session end."""
    refuse_other_sites(request.scope)
    services = services_of(request)
    control = services.placement.control
    found = await find_session(control, request.cookies.get(COOKIE, ""), services.clock.now())
    if found:
        await end_session(control, found)
    response = Response(status_code=204, headers=PRIVATE)
    _set_cookie(response, request, "", 0)
    return response


async def _with_tokens(
    request: Request, services: Services, client: Client, user: User, *, used: str | None = None
) -> Response:
    control, now = services.placement.control, services.clock.now()
    tokens = await issue(control, client, user.principal.user_id, now, used=used)
    if tokens is None:  # signed out meanwhile
        raise _unauthorised("The session has ended; sign in again.")
    body = Session(**logged_in(user, tokens), account=client.account, username=user.principal.username)
    response = answer(body, headers=PRIVATE)
    _set_cookie(response, request, cookie_of(client, tokens.refresh), REFRESH_SECONDS)
    return response


def _set_cookie(response: Response, request: Request, value: str, seconds: int) -> None:
    secure = over_https(request.scope)
    response.set_cookie(COOKIE, value, seconds, path=ADDRESS, secure=secure, httponly=True, samesite="strict")


def _unauthorised(message: str) -> HTTPException:
    return HTTPException(401, message, {"WWW-Authenticate": "Bearer"})


OPERATIONS = (
    Operation("POST", ADDRESS, begin, {200: Session, **errors(400, 401, 403, 415)}, body=SignIn, public=True),
    Operation("PUT", ADDRESS, renew, {200: Session, 204: Nothing, **errors(401, 403)}, public=True),
    Operation("DELETE", ADDRESS, end, {204: Nothing, **errors(403)}, public=True),
)
