"""Sessions of browsers: signing in, staying signed in, signing out, and who may not (spec 44 §15)."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie
from typing import TYPE_CHECKING, Any

import pytest
from serving import Api, Reply, serving

from penstock.database.urls import database_of
from penstock.identity.clients import REFRESH_SECONDS
from penstock.identity.sessions import ACCESS_SECONDS, GRACE_SECONDS
from penstock.identity.tokens import revoke

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import MakeDatabase

SESSION = "/api/v4.1/session"
JSON = {"Content-Type": "application/json"}
QUERY = json.dumps({"query": "{ me { id } }"}).encode()


@pytest.fixture
async def api(make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    monkeypatch.setattr("penstock.identity.principals.SECONDS_KEPT", -1.0)
    async with serving(make_database) as started:
        yield started


async def sign_in(api: Api, headers: dict[str, str] | None = None, **changed: Any) -> Reply:
    given = {"username": "admin", "password": api.credentials["password"], **changed}
    return await api.send("POST", SESSION, parts=(json.dumps(given).encode(),), headers={**JSON, **(headers or {})})


async def with_cookie(api: Api, method: str, reply: Reply, **headers: str) -> Reply:
    """Send what a browser would that had this answer before."""
    return await api.send(method, SESSION, headers={"Cookie": f"penstock_session={cookie(reply).value}", **headers})


def cookie(reply: Reply) -> Morsel[str]:
    return SimpleCookie(reply.headers["set-cookie"])["penstock_session"]


async def status_of(api: Api, reply: Reply) -> int:
    """Return how an operation with the answer's token is answered."""
    headers = {"Authorization": f"Bearer {reply.json['access_token']}"}
    return (await api.send("POST", "/graphql", parts=(QUERY,), headers=headers)).status


async def test_signing_in_gives_a_token_for_the_page_and_a_cookie_for_the_browser(api: Api) -> None:
    reply = await sign_in(api)
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    assert {name: reply.json[name] for name in ("account", "username", "expires_in", "token_type", "Roles")} == {
        "account": "ACME",
        "username": "admin",
        "expires_in": ACCESS_SECONDS,
        "token_type": "bearer",
        "Roles": ["ADMIN"],
    }
    assert "refresh_token" not in reply.json
    assert await status_of(api, reply) == 200
    kept = cookie(reply)
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "strict", SESSION)
    assert (kept["max-age"], kept["secure"], kept["domain"]) == (str(REFRESH_SECONDS), "", "")


async def test_what_is_wrong_with_the_credentials_is_not_told(api: Api) -> None:
    refused = [
        await sign_in(api, password="wrong"),
        await sign_in(api, username="nobody"),
        await sign_in(api, account="OTHER"),
        await sign_in(api, headers={"fluent.account": "OTHER"}),
    ]
    await api.database.execute("UPDATE users SET status = 'INACTIVE'")
    for reply in (*refused, await sign_in(api)):
        message = "The username or the password is wrong."
        error = {"code": "401", "message": message}
        assert (reply.status, reply.json) == (401, {**error, "errors": [error]})
        assert "set-cookie" not in reply.headers


async def test_renewing_gives_a_new_token_and_a_new_cookie(api: Api) -> None:
    first = await sign_in(api)
    second = await with_cookie(api, "PUT", first)
    assert second.status == 200
    assert second.json["access_token"] != first.json["access_token"]
    assert cookie(second).value != cookie(first).value
    assert [await status_of(api, reply) for reply in (first, second)] == [200, 200]
    api.clock.advance(timedelta(seconds=ACCESS_SECONDS))
    assert await status_of(api, second) == 401
    assert await status_of(api, await with_cookie(api, "PUT", second)) == 200


async def test_a_used_cookie_ends_soon(api: Api) -> None:
    first = await sign_in(api)
    await with_cookie(api, "PUT", first)
    api.clock.advance(timedelta(seconds=GRACE_SECONDS - 1))
    assert (await with_cookie(api, "PUT", first)).status == 200  # and that does not lengthen its life
    api.clock.advance(timedelta(seconds=1))
    late = await with_cookie(api, "PUT", first)
    assert (late.status, late.json["message"]) == (401, "The session has ended; sign in again.")
    assert "set-cookie" not in late.headers


async def test_an_unused_cookie_ends_when_it_says(api: Api) -> None:
    reply = await sign_in(api)
    api.clock.advance(timedelta(seconds=REFRESH_SECONDS))
    assert (await with_cookie(api, "PUT", reply)).status == 401


async def test_tabs_that_renew_at_once_all_stay_signed_in(api: Api) -> None:
    first = await sign_in(api)
    tabs = await asyncio.gather(*(with_cookie(api, "PUT", first) for _ in range(5)))
    assert [await status_of(api, tab) for tab in tabs] == [200] * 5
    # Whichever cookie the browser was left with, it goes on.
    assert [(await with_cookie(api, "PUT", tab)).status for tab in tabs] == [200] * 5


async def test_signing_out_ends_the_session_in_all_tabs_and_no_other(api: Api) -> None:
    elsewhere, first = await sign_in(api), await sign_in(api)
    tab, other_tab = await with_cookie(api, "PUT", first), await with_cookie(api, "PUT", first)
    gone = await with_cookie(api, "DELETE", tab)
    assert (gone.status, cookie(gone).value, cookie(gone)["max-age"]) == (204, "", "0")
    assert [await status_of(api, reply) for reply in (first, tab, other_tab)] == [401] * 3
    assert [(await with_cookie(api, "PUT", reply)).status for reply in (first, tab, other_tab)] == [401] * 3
    assert await status_of(api, elsewhere) == 200
    assert (await with_cookie(api, "PUT", elsewhere)).status == 200


async def test_nothing_of_a_session_outlives_signing_out_while_tabs_renew(api: Api) -> None:
    for _ in range(10):
        first = await sign_in(api)
        calls = (with_cookie(api, method, first) for method in ("PUT", "PUT", "DELETE", "PUT"))
        replies = [reply for reply in await asyncio.gather(*calls) if reply.status == 200]
        assert [await status_of(api, reply) for reply in replies] == [401] * len(replies)
        assert [(await with_cookie(api, "PUT", reply)).status for reply in replies] == [401] * len(replies)


async def test_without_a_session_there_is_nothing_to_renew_or_end(api: Api) -> None:
    assert [(await api.send(method, SESSION)).status for method in ("PUT", "DELETE")] == [204, 204]
    for value in ("", ".", "x.y", "session:x.y", "\u00fc.\u00fc"):
        assert (await api.send("PUT", SESSION, headers={"Cookie": f"penstock_session={value}"})).status == 401


async def test_who_may_not_log_in_any_more_cannot_renew(api: Api) -> None:
    first, second = await sign_in(api), await sign_in(api)
    user = await api.database.fetchval("SELECT id FROM users")
    await api.database.execute("UPDATE users SET status = 'INACTIVE'")
    assert (await with_cookie(api, "PUT", first)).status == 401
    await api.database.execute("UPDATE users SET status = 'ACTIVE'")
    await revoke(api.placement.control, "ACME", user)  # as a change of password does
    assert (await with_cookie(api, "PUT", second)).status == 401


OURS: tuple[dict[str, str], ...] = (
    {"Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://shop.example.com"},  # a proxy that changes the host
    {},
)
OTHERS: tuple[dict[str, str], ...] = (
    {"Origin": "http://evil.example.com"},
    {"Origin": "http://localhost:8081"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
)


async def test_only_our_own_pages_reach_the_session(api: Api) -> None:
    first = await sign_in(api)
    for headers in OURS:
        assert (await sign_in(api, headers)).status == 200
    for headers in OTHERS:
        replies = [await sign_in(api, headers)]
        replies += [await with_cookie(api, method, first, **headers) for method in ("PUT", "DELETE")]
        assert [(reply.status, reply.json["code"]) for reply in replies] == [(403, "403")] * 3
    assert (await with_cookie(api, "PUT", first)).status == 200


async def test_a_form_cannot_sign_in(api: Api) -> None:
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""):
        assert (await sign_in(api, {"Content-Type": kind})).status == 415
    assert (await sign_in(api, {"Content-Type": "Application/JSON; charset=utf-8"})).status == 200


async def test_the_cookie_is_secure_when_the_browser_says_that_it_speaks_https(api: Api) -> None:
    by_https = await sign_in(api, {"Sec-Fetch-Site": "same-origin", "Origin": "https://shop.example.com"})
    assert cookie(by_https)["secure"]
    assert cookie(await with_cookie(api, "DELETE", by_https, Origin="https://localhost"))["secure"]
    assert not cookie(await sign_in(api, {"Origin": "http://localhost", "X-Forwarded-Proto": "https"}))["secure"]


async def test_of_several_accounts_one_has_to_be_named(api: Api) -> None:
    place = database_of(api.database.dsn)
    await api.placement.control.execute("INSERT INTO account (name, database_name) VALUES ('SECOND', $1)", place)
    nameless = await sign_in(api)
    assert nameless.status == 400
    assert "account" in nameless.json["message"]
    for named in (
        await sign_in(api, account="second"),
        await sign_in(api, {"fluent.account": "SECOND"}),
        await sign_in(api, {"Host": "second.api.example.com"}),
    ):
        assert (named.status, named.json["account"]) == (200, "SECOND")
        assert (await with_cookie(api, "PUT", named)).json["account"] == "SECOND"


async def test_bodies_that_do_not_sign_in(api: Api) -> None:
    password = api.credentials["password"]
    for body in (
        b"",
        b"[]",
        b"{}",
        b'{"username": "admin"}',
        f'{{"username": 1, "password": "{password}"}}'.encode(),
        f'{{"username": "admin", "password": "{password}", "role": "ADMIN"}}'.encode(),
        f'{{"username": "\\u0000", "password": "{password}"}}'.encode(),
    ):
        reply = await api.send("POST", SESSION, parts=(body,), headers=JSON)
        assert reply.status == 400, body
        assert password not in reply.json["message"]
    for method in ("GET", "PATCH"):
        assert (await api.send(method, SESSION)).status == 405


async def test_a_session_is_no_client_of_the_token_endpoint(api: Api) -> None:
    session, _, refresh = cookie(await sign_in(api)).value.partition(".")
    given = api.login(grant_type="refresh_token", refresh_token=refresh)
    assert (await api.ask_token(given)).json["error"] == "invalid_grant"
    assert (await api.ask_token({**given, "client_id": f"session:{session}"})).json["error"] == "invalid_client"


async def test_a_refresh_token_of_another_client_is_no_session(api: Api) -> None:
    refresh = (await api.ask_token(api.login())).json["refresh_token"]
    for name in ("ACME", ""):
        headers = {"Cookie": f"penstock_session={name}.{refresh}"}
        assert (await api.send("PUT", SESSION, headers=headers)).status == 401


async def test_secrets_of_a_session_are_not_in_the_database(api: Api) -> None:
    reply = await with_cookie(api, "PUT", await sign_in(api))
    tables = ("access_token", "refresh_token")
    stored = str([await api.placement.control.fetch(f"SELECT t::text FROM {table} t") for table in tables])
    session, _, refresh = cookie(reply).value.partition(".")
    assert session in stored
    assert refresh not in stored
    assert reply.json["access_token"] not in stored
