"""The demo's client: logs in again, waits for a restarting server, pages, and tells errors apart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientTimeout, web

from penstock.demo.client import (
    Api,
    Connection,
    GraphQLError,
    RefusedError,
    UnreachableError,
    read_connection,
    transport,
)
from penstock.demo.load.until import until
from penstock.errors import PenstockError, SetupError

if TYPE_CHECKING:
    from pathlib import Path

Answer = Callable[[dict[str, Any]], dict[str, Any]]
Start = Callable[[Answer], Awaitable["Server"]]


class Server:
    """A stand-in for Penstock: hands out tokens t1, t2, ... and accepts only the newest."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.logins = 0
        self.failures = 0  # requests still to be answered with 503
        self.pause = 0.0  # seconds before each answer
        self.bodies: list[dict[str, Any]] = []
        self.url = ""

    async def token(self, request: web.Request) -> web.Response:
        """Answer POST /oauth/token."""
        form = await request.post()
        assert form["grant_type"] == "password"
        self.logins += 1
        return web.json_response({"access_token": f"t{self.logins}"})

    async def call(self, request: web.Request) -> web.Response:
        """Answer anything else."""
        await asyncio.sleep(self.pause)
        if self.failures:
            self.failures -= 1
            return web.Response(status=503)
        if request.headers["Authorization"] != f"Bearer t{self.logins}":
            return web.Response(status=401)
        body = json.loads(await request.text() or "{}")
        self.bodies.append(body)
        if body.get("name") == "refuse":
            return web.Response(status=400, text="no such entity type")
        return web.json_response(self.answer(body))

    def connection(self) -> Connection:
        """Return how to reach it."""
        return Connection(self.url, "ACME", "1", "ada", "secret", "ACME", "hidden")


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    runners = []

    async def begin(answer: Answer) -> Server:
        server, app = Server(answer), web.Application()
        app.router.add_post("/oauth/token", server.token)
        app.router.add_route("*", "/{path:.*}", server.call)
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0]
        server.url = f"http://{host}:{port}"
        return server

    yield begin
    for runner in runners:
        await runner.cleanup()


async def test_an_expired_token_is_replaced_and_the_call_repeated(start: Start) -> None:
    server = await start(lambda _: {"data": {"me": 1}})
    async with Api(server.connection()) as api:
        assert await api.graphql("{ me }") == {"me": 1}
        server.logins += 1  # the server has forgotten the token
        assert await api.graphql("{ me }") == {"me": 1}
    assert server.logins == 3


async def test_a_restarting_server_is_waited_for(start: Start) -> None:
    server = await start(lambda _: {"data": {"me": 1}})
    server.failures = 2
    async with Api(server.connection()) as api:
        assert await api.graphql("{ me }") == {"me": 1}


async def test_patience_ends(start: Start) -> None:
    server = await start(lambda _: {})
    server.failures = 1000
    async with Api(server.connection(), patience=0.0) as api:
        with pytest.raises(UnreachableError, match="503"):
            await api.graphql("{ me }")


async def test_requests_that_wait_for_their_turn_do_not_lose_patience(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred and sixty at once, over sixteen connections to a slow server: the last ones wait for a second."""
    monkeypatch.setattr(transport, "_TIMEOUT", ClientTimeout(total=60, connect=0.6))
    server = await start(lambda _: {"data": {"me": 1}})
    server.pause = 0.1
    async with Api(server.connection(), patience=0.0) as api:
        answers = await asyncio.gather(*(api.graphql("{ me }") for _ in range(160)))
    assert answers == [{"me": 1}] * 160


async def test_a_refused_request_names_the_reason(start: Start) -> None:
    server = await start(lambda _: {})
    async with Api(server.connection()) as api:
        with pytest.raises(RefusedError, match="no such entity type"):
            await api.send("refuse", "ODER", entity_id="1")


async def test_an_event_carries_what_spec_11_asks_for(start: Start) -> None:
    server = await start(lambda _: {"eventId": "e"})
    async with Api(server.connection()) as api:
        await api.send("ARTICLE_COLLECTED", "ARTICLE", entity_id="7")
    assert server.bodies == [
        {
            "name": "ARTICLE_COLLECTED",
            "accountId": "ACME",
            "retailerId": "1",
            "entityType": "ARTICLE",
            "entityId": "7",
            "attributes": {},
        }
    ]


async def test_pages_follow_the_cursor(start: Start) -> None:
    def answer(body: dict[str, Any]) -> dict[str, Any]:
        first = int(body["variables"]["after"] or 0)
        edges = [{"node": {"n": n}, "cursor": str(n + 1)} for n in range(first, min(first + 2, 5))]
        return {"data": {"a": {"edges": edges, "pageInfo": {"hasNextPage": first + 2 < 5}}}}

    server = await start(answer)
    async with Api(server.connection()) as api:
        nodes = await api.nodes("query ($after: String) { a }", "a")
    assert [node["n"] for node in nodes] == [0, 1, 2, 3, 4]


async def test_creating_what_exists_counts_as_done_and_other_errors_do_not(start: Start) -> None:
    codes = ["C0123E"]

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        errors = [{"message": "no", "extensions": {"code": code}} for code in codes]
        return {"data": {"a0": {"id": "1"}, "a1": None}, "errors": errors}

    server = await start(answer)
    async with Api(server.connection()) as api:
        assert await api.create("createCarrier", [{}, {}], "C0123E") == 1
        assert "$i1: CreateCarrierInput" in server.bodies[0]["query"]
        codes[0] = "C0140E"
        with pytest.raises(GraphQLError, match="no"):
            await api.create("createCarrier", [{}, {}], "C0123E")


def test_a_missing_or_broken_connection_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="penstock up"):
        read_connection(tmp_path / "connection.json")
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    with pytest.raises(SetupError, match="no connection file"):
        read_connection(broken)


async def test_who_waits_for_what_does_not_happen_is_told() -> None:
    async def never() -> bool:
        return False

    with pytest.raises(PenstockError, match="the moon is not up after 0 s"):
        await until(never, "the moon is not up", seconds=0)
