"""Logging in, and what a token opens (spec 10)."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from serving import Api, serving

from penstock.api.limits import MOST_BYTES
from penstock.bootstrap import open_account
from penstock.errors import InvalidValueError, NotFoundError
from penstock.identity.bootstrap import create_first_administrator
from penstock.identity.clients import SHARED, bind_service_user, keep_shared_client
from penstock.identity.principals import SECONDS_KEPT
from penstock.identity.tokens import revoke

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import MakeDatabase


@pytest.fixture
async def api(make_database: MakeDatabase) -> AsyncIterator[Api]:
    async with serving(make_database) as started:
        yield started


async def test_a_login_answers_as_clients_expect(api: Api) -> None:
    await api.database.execute("UPDATE users SET primary_retailer_id = 2")
    reply = await api.ask_token(api.login())
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    body = reply.json
    assert len(body.pop("access_token")) == 27
    assert body.pop("refresh_token")
    assert body == {
        "token_type": "bearer",
        "expires_in": 86_400,
        "scope": "api",
        "Retailer_id": 2,
        "FirstName": "First",
        "LastName": "Administrator",
        "Roles": ["ADMIN"],
    }


async def test_parameters_may_stand_anywhere_and_the_body_wins(api: Api) -> None:
    given = api.login()
    client = {k: given.pop(k) for k in ("client_id", "client_secret")}
    basic = "Basic " + base64.b64encode(":".join(client.values()).encode()).decode()
    query = f"/oauth/token?{urlencode({**api.login(), 'scope': 'other'})}"
    replies = [
        await api.send("POST", query, headers={"Content-Type": "application/json"}),
        await api.send("POST", "/oauth/token/", parts=(json.dumps(api.login()).encode(),)),
        await api.ask_token(given, headers={"Authorization": basic}),
        await api.send(
            "POST", f"/oauth/token?{urlencode(client | {'password': 'x'})}", parts=(urlencode(given).encode(),)
        ),
        await api.ask_token(api.login(), headers={"fluent.account": client["client_id"].lower()}),
    ]
    assert [r.status for r in replies] == [200] * 5


REFUSED: tuple[tuple[dict[str, str], int, str, str], ...] = (
    ({"password": "wrong"}, 400, "invalid_grant", "Bad credentials"),
    ({"username": "nobody"}, 400, "invalid_grant", "Bad credentials"),
    ({"client_secret": "wrong"}, 401, "invalid_client", "Bad client credentials"),
    ({"client_id": "OTHER"}, 401, "invalid_client", "Bad client credentials"),
    ({"grant_type": "magic"}, 400, "unsupported_grant_type", "Unsupported grant type: magic"),
    ({"grant_type": ""}, 400, "invalid_request", "Missing grant_type"),
    ({"password": ""}, 400, "invalid_request", "Missing password"),
    ({"client_id": ""}, 400, "invalid_request", "Missing client_id"),
    ({"grant_type": "refresh_token"}, 400, "invalid_request", "Missing refresh_token"),
    ({"grant_type": "client_credentials"}, 401, "unauthorized_client", "The client has no service user"),
)


async def test_a_refused_login_says_why(api: Api) -> None:
    for changed, status, error, description in REFUSED:
        reply = await api.ask_token(api.login(**changed))
        assert (reply.status, reply.json) == (status, {"error": error, "error_description": description})


async def test_only_post_gives_tokens(api: Api) -> None:
    reply = await api.send("GET", "/oauth/token")
    assert reply.status == 405
    assert reply.json["error"] == "method_not_allowed"


async def test_a_client_of_another_account_is_unknown(api: Api) -> None:
    for headers in ({"fluent.account": "OTHER"}, {"Host": "other.sandbox.api.example.com"}):
        assert (await api.ask_token(api.login(), headers=headers)).json["error"] == "invalid_client"


async def test_an_inactive_user_is_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.identity.principals.SECONDS_KEPT", -1.0)
    await api.database.execute("UPDATE users SET status = 'INACTIVE'")
    assert (await api.ask_token(api.login())).json["error_description"] == "Bad credentials"
    assert (await api.get("/api/v4.1/event")).status == 401


async def test_a_refresh_token_works_once(api: Api) -> None:
    first = (await api.ask_token(api.login())).json
    given = api.login(grant_type="refresh_token", refresh_token=first["refresh_token"])
    second = await api.ask_token(given)
    assert second.status == 200
    assert second.json["access_token"] != first["access_token"]
    third = await api.ask_token(given)
    assert (third.status, third.json["error_description"]) == (400, "Invalid refresh token")
    given["refresh_token"] = second.json["refresh_token"]
    api.clock.advance(timedelta(days=1, seconds=1))
    assert (await api.ask_token(given)).status == 400


async def test_a_service_user_needs_no_password(api: Api) -> None:
    user_id = await api.database.fetchval("SELECT id FROM users")
    await bind_service_user(api.placement.control, "ACME", user_id)
    with pytest.raises(NotFoundError, match="NOBODY"):
        await bind_service_user(api.placement.control, "NOBODY", user_id)
    reply = await api.ask_token(api.login(grant_type="client_credentials"))
    assert reply.status == 200
    assert "refresh_token" not in reply.json


async def test_a_token_opens_until_it_expires(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    again = (await api.ask_token(api.login())).json["access_token"]
    assert again != api.token  # and the first one stays good
    assert (await api.post("/graphql", {"query": "{ me }"})).json["data"] == {"query": "{ me }", "user": "admin"}
    reply = await api.send("GET", "/api/v4.1/event/", headers={"authorization": f"bearer {api.token}"})
    assert reply.status == 200
    monkeypatch.setattr("penstock.identity.principals.time.monotonic", lambda: 10**9 + SECONDS_KEPT)
    api.clock.advance(timedelta(days=1))
    reply = await api.post("/graphql", {"query": "{ me }"})
    assert reply.status == 401
    assert reply.json == {"error": "invalid_token", "error_description": "Invalid access token"}
    assert reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_token_is_bound_to_its_account(api: Api) -> None:
    for name in ({"fluent.account": "OTHER"}, {"Host": "other.api.example.com"}, {"Authorization": "Basic x"}):
        reply = await api.send("GET", "/api/v4.1/event", headers=api.bearer() | name)
        assert reply.status == 401


async def test_tokens_can_be_revoked(api: Api) -> None:
    user = await api.database.fetchval("SELECT id FROM users")
    await revoke(api.placement.control, api.credentials["accountId"], user)
    assert (await api.get("/api/v4.1/event")).status == 401


async def test_health_needs_no_token(api: Api) -> None:
    paths = ("/health/live", "/health/ready", "/orchestration/rest/health", "/api/metrics/healthcheck/")
    assert [(await api.send("GET", p)).json for p in paths] == [{"status": "UP"}] * 4
    api.ready = False
    assert [(await api.send("GET", p)).status for p in paths] == [200, 503, 503, 503]
    api.ready = ConnectionRefusedError("the database is away")
    replies = [await api.send("GET", p) for p in paths]
    assert [r.status for r in replies] == [200, 503, 503, 503]
    assert [r.json for r in replies] == [{"status": "UP"}, *[{"status": "DOWN"}] * 3]


async def test_a_large_body_is_refused_without_reading_it(api: Api) -> None:
    announced = api.bearer() | {"Content-Length": str(10 * MOST_BYTES)}
    reply = await api.send("POST", "/graphql", parts=(b"x",) * 9, headers=announced)
    assert (reply.status, reply.json["code"], api.parts_read) == (413, "413", 0)
    parts = (b"x" * (MOST_BYTES // 2),) * 9
    assert (await api.send("POST", "/graphql", parts=parts, headers=api.bearer())).status == 413
    assert api.parts_read == 3


async def test_what_is_no_operation_is_refused(api: Api) -> None:
    for body in (b"", b"{", b"[]", b"{}", b'{"query": 1}', b"\xff", b"[" * 100_000):
        reply = await api.post("/graphql", body)
        assert reply.status == 400
        assert reply.json["errors"][0]["message"] == reply.json["message"]


async def test_unknown_paths_and_methods(api: Api) -> None:
    replies = [
        await api.send("GET", "/graphql", headers=api.bearer()),
        await api.get("/api/v4.1/event/async/x"),
        await api.send("DELETE", "/api/v4.1/event", headers=api.bearer()),
    ]
    assert [(r.status, r.json["code"]) for r in replies] == [(405, "405"), (404, "404"), (405, "405")]


async def test_the_first_administrator_can_be_made_again(api: Api) -> None:
    account = api.credentials["accountId"]
    old = api.login()
    api.credentials = await create_first_administrator(api.placement, account)
    assert (await api.ask_token(api.login())).status == 200
    assert (await api.ask_token(old)).status == 401
    assert (await api.get("/api/v4.1/event")).status == 401
    assert await api.database.fetchval("SELECT count(*) FROM users") == 1


async def test_the_shared_client_serves_the_account_that_is_named(api: Api) -> None:
    shared = {"client_id": SHARED, "client_secret": await keep_shared_client(api.placement.control)}
    login, own = api.login() | shared, {"fluent.account": api.credentials["accountId"].lower()}
    only = await api.ask_token(login)  # there is one account: it need not be named
    assert (only.status, only.json["expires_in"]) == (200, 1_800)
    await api.placement.create_account("SECOND")
    other = await create_first_administrator(api.placement, "SECOND")
    unnamed = await api.ask_token(login)
    assert (unnamed.status, unnamed.json["error"]) == (400, "invalid_request")
    assert "fluent.account" in unnamed.json["error_description"]
    first = await api.ask_token(login, headers=own)
    assert first.status == 200
    assert (await api.ask_token(login, headers={"fluent.account": "SECOND"})).json["error"] == "invalid_grant"
    assert (await api.ask_token(login, headers={"fluent.account": "THIRD"})).json["error"] == "invalid_client"
    elsewhere = login | {k: other[k] for k in ("username", "password")}
    assert (await api.ask_token(elsewhere, headers={"fluent.account": "SECOND"})).status == 200

    again = {**shared, "grant_type": "refresh_token", "refresh_token": first.json["refresh_token"]}
    crossed = await api.ask_token(again, headers={"fluent.account": "SECOND"})
    assert (crossed.status, crossed.json["error"]) == (400, "invalid_grant")
    assert (await api.ask_token(again, headers=own)).status == 200
    nobody = await api.ask_token({**shared, "grant_type": "client_credentials"}, headers=own)
    assert nobody.json["error"] == "unauthorized_client"


async def test_a_new_secret_of_the_shared_client_ends_the_old_one(api: Api) -> None:
    old = await keep_shared_client(api.placement.control)
    new = await keep_shared_client(api.placement.control)
    statuses = [
        (await api.ask_token(api.login() | {"client_id": SHARED, "client_secret": secret})).status
        for secret in (old, new)
    ]
    assert statuses == [401, 200]


async def test_no_account_is_named_as_the_shared_client(api: Api) -> None:
    with pytest.raises(InvalidValueError, match=SHARED):
        await open_account(api.placement, api.clock, SHARED)
    assert SHARED not in await api.placement.accounts()


async def test_secrets_are_not_in_the_database(api: Api) -> None:
    rows = await api.placement.control.fetch(
        "SELECT t::text FROM access_token t UNION ALL SELECT t::text FROM oauth_client t"
    )
    text = str(rows) + str(await api.database.fetch("SELECT t::text FROM users t"))
    assert api.token not in text
    assert api.credentials["password"] not in text
    assert api.credentials["clientSecret"] not in text
