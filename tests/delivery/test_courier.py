"""Deliveries: schedules, outcomes, bounds, takeover (spec 14 §4)."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest
from aiohttp import web
from bench.tools.waiting import until
from desk import START

from penstock.delivery.http import client as client_module
from penstock.delivery.http.client import Client
from penstock.delivery.http.guard import Guard
from penstock.delivery.sending import courier as courier_module
from penstock.delivery.sending.queue import DUE, SECONDS_HELD, Queue
from receiver import nobody, receiving

pytest_plugins = ["desk_fixtures"]

if TYPE_CHECKING:
    from desk import Desk

    from receiver import Received, Receiver


async def test_a_webhook_is_posted_as_it_is_stored(desk: Desk, receiver: Receiver) -> None:
    body = '{"id":"1","attributes":{"ö":"\\u0000"},"trailLogs":[]}'
    id_ = await desk.put(receiver.url, body=body)
    assert await desk.turns() == 1
    (request,) = receiver.requests
    assert request.body == body.encode()
    assert request.path == "/hook"
    assert request.headers["Content-Type"] == "application/json"
    assert {"flex.signature", "fluent-signature", "webhook-id", "webhook-timestamp", "webhook-signature"} <= {
        *request.headers
    }
    assert not {"Authorization", "Cookie"} & {*request.headers}
    delivery = await desk.delivery(id_)
    assert (delivery.status, delivery.attempts, delivery.due) == ("DELIVERED", 1, None)
    (attempt,) = await desk.attempts(id_)
    assert (attempt.accepted, attempt.code, attempt.response, attempt.error) == (True, 200, "taken", None)


async def test_the_default_schedule_makes_five_requests_in_fourteen_seconds(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [500] * 9
    id_ = await desk.put(receiver.url)
    made = [await desk.turns()] + [await desk.wait(step) for step in (1.9, 0.1, 3.9, 0.1, 7.9, 0.1, 100_000)]
    assert made == [2, 0, 1, 0, 1, 0, 1, 0]
    assert (await desk.delivery(id_)).status == "FAILED"
    started = [(a.started - START).total_seconds() for a in await desk.attempts(id_)]
    assert [round(s) for s in started] == [0, 0, 2, 6, 14]
    assert [a.attempt for a in await desk.attempts(id_)] == [1, 2, 3, 4, 5]
    assert len({r.body for r in receiver.requests}) == 1
    assert len({r.headers["fluent-signature"] for r in receiver.requests}) == 1
    assert desk.post.counters.given_up == 1
    assert desk.post.counters.retried == 4


async def test_the_exponential_schedule_goes_on_for_a_day(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [404] * 5
    id_ = await desk.put(receiver.url, schedule="exponential")
    made = [await desk.turns()] + [await desk.wait(step) for step in (59, 1, 3_599, 1, 86_399, 1, 1_000_000)]
    assert made == [2, 0, 1, 0, 1, 0, 1, 0]
    assert (await desk.delivery(id_)).status == "FAILED"


@pytest.mark.parametrize(("status", "accepted"), [(201, True), (204, True), (302, False), (400, False), (503, False)])
async def test_what_counts_as_success(desk: Desk, receiver: Receiver, status: int, *, accepted: bool) -> None:
    receiver.answers = [status]
    id_ = await desk.put(receiver.url)
    await desk.turn()
    assert (await desk.delivery(id_)).status == ("DELIVERED" if accepted else "PENDING")
    assert [(a.accepted, a.code) for a in await desk.attempts(id_)] == [(accepted, status)]


async def test_a_redirect_is_not_followed(desk: Desk, receiver: Receiver) -> None:
    async def elsewhere(_: Received) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{receiver.target}/other"})

    receiver.react = elsewhere
    await desk.put(receiver.url)
    await desk.turn()
    assert [r.path for r in receiver.requests] == ["/hook"]


async def test_of_an_answer_a_thousand_characters_are_kept(desk: Desk, receiver: Receiver) -> None:
    async def long(_: Received) -> web.Response:
        return web.Response(body=("ü\0" * 3_000_000).encode(), status=400)

    receiver.react = long
    id_ = await desk.put(receiver.url)
    await desk.turn()
    (attempt,) = await desk.attempts(id_)
    assert attempt.response == "ü\ufffd" * 500


async def test_a_receiver_that_refuses_connections_is_an_error_of_the_attempt(desk: Desk, receiver: Receiver) -> None:
    with nobody() as url:
        id_ = await desk.put(url)
        await desk.turn()
    (attempt,) = await desk.attempts(id_)
    assert attempt.code is None
    assert attempt.error is not None
    assert "Connect" in attempt.error
    assert receiver.requests == []


async def test_a_receiver_that_does_not_answer_in_time_has_failed(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = asyncio.Event()

    async def slow(_: Received) -> web.Response:
        await held.wait()
        return web.Response()

    receiver.react = slow
    monkeypatch.setattr(client_module, "SECONDS_TO_ANSWER", 0.2)  # ten are too long for a test
    id_ = await desk.put(receiver.url)
    async with Client(Guard(allow_loopback=True)) as client, desk.colleague(client=client) as (other, _):
        await other.once()
        await other.idle()
    held.set()
    (attempt,) = await desk.attempts(id_)
    assert attempt.error is not None
    assert "no answer in time" in attempt.error


async def test_what_the_guard_refuses_is_given_up_at_once(desk: Desk) -> None:
    ids = [await desk.put(url) for url in ("http://10.0.0.1/", "ftp://x.example/", "nonsense", "http://u:p@127.0.0.1/")]
    assert await desk.turns() == 4
    for id_ in ids:
        assert (await desk.delivery(id_)).status == "FAILED"
        (attempt,) = await desk.attempts(id_)
        assert attempt.error
    assert desk.post.counters.refused == 4


async def test_a_slow_receiver_does_not_hold_the_others(desk: Desk, receiver: Receiver) -> None:
    held = asyncio.Event()

    async def slow(_: Received) -> web.Response:
        await held.wait()
        return web.Response()

    receiver.react = slow
    slow_ones = [await desk.put(receiver.url) for _ in range(20)]
    async with receiving() as quick:
        id_ = await desk.put(quick.url)
        assert await desk.courier.once() == desk.post.most_each + 1
        await quick.until(1)
        await receiver.until(desk.post.most_each)
        assert await desk.courier.once() == 0
        held.set()
        await desk.courier.idle()
        await desk.turns()
    assert (await desk.delivery(id_)).status == "DELIVERED"
    assert len(receiver.requests) == 20
    assert {(await desk.delivery(each)).attempts for each in slow_ones} == {1}


async def test_two_processes_share_the_work_and_send_nothing_twice(desk: Desk, receiver: Receiver) -> None:
    for _ in range(30):
        await desk.put(receiver.url)
    async with desk.colleague() as (other, _):
        while sum(await asyncio.gather(desk.courier.once(), other.once())):
            await asyncio.gather(desk.courier.idle(), other.idle())
    ids = [json.loads(r.body)["id"] for r in receiver.requests]
    assert len(ids) == len(set(ids)) == 30


async def test_what_a_killed_process_held_is_sent_by_another(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "POLL", 0.0)
    id_ = await desk.put(receiver.url)
    life = await asyncpg.connect(desk.database.dsn)
    queue = await Queue.held_by(desk.database, desk.clock, life)
    assert [h.id for h in await queue.claim({}, 8, 8)] == [id_]
    assert await desk.turn() == 0
    await life.close()  # killed before it sends
    await until(desk.turns, seconds=60, every=0.01)
    assert len(receiver.requests) == 1
    assert (await desk.delivery(id_)).status == "DELIVERED"


async def test_what_a_hanging_process_held_is_sent_by_another_after_a_while(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "POLL", 0.0)
    hanging = asyncio.Event()

    async def react(_: Received) -> web.Response:
        if len(receiver.requests) > 1:
            return web.Response(status=500)
        await hanging.wait()
        return web.Response()

    receiver.react = react
    id_ = await desk.put(receiver.url)
    async with desk.colleague() as (other, _):
        assert await other.once() == 1
        await receiver.until(1)
        back = f"UPDATE outbox SET held_until = held_until - interval '{SECONDS_HELD + 1} s'"
        await desk.database.execute(back)
        assert await desk.turn() == 1
        hanging.set()  # it goes on after all
        await other.idle()
    delivery = await desk.delivery(id_)
    assert (delivery.status, delivery.attempts, delivery.due) == ("DELIVERED", 2, None)
    assert await desk.wait(100) == 0
    assert [r.headers["webhook-id"] for r in receiver.requests] == [str(id_)] * 2


async def test_what_is_on_its_way_at_a_stop_may_end_and_the_rest_is_let_go(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "SECONDS_TO_FINISH", 0.2)
    held = asyncio.Event()

    async def slow(received: Received) -> web.Response:
        if received.path == "/slow":
            await held.wait()
        return web.Response()

    receiver.react = slow
    slow_one, quick_one = await desk.put(f"{receiver.target}/slow"), await desk.put(f"{receiver.target}/quick")
    stop = asyncio.Event()
    running = asyncio.create_task(desk.courier.run(stop))
    await receiver.until(2)
    stop.set()
    await running
    held.set()
    assert (await desk.delivery(quick_one)).status == "DELIVERED"
    assert (await desk.delivery(slow_one)).attempts == 0
    receiver.react = None
    assert await desk.turn() == 1
    assert (await desk.delivery(slow_one)).status == "DELIVERED"


async def test_old_deliveries_leave_the_log_and_waiting_ones_stay(desk: Desk, receiver: Receiver) -> None:
    sent = await desk.put(receiver.url)
    await desk.turns()
    waiting = await desk.put(receiver.url, due=START + timedelta(days=90))
    desk.clock.advance(timedelta(days=31))
    queue = Queue(desk.database, desk.clock, "nobody")
    await queue.forget(32)
    assert await desk.database.fetchval("SELECT count(*) FROM delivery_attempt WHERE delivery_id = $1", sent) == 1
    await queue.forget(30)
    assert [r["id"] for r in await desk.database.fetch("SELECT id FROM outbox")] == [waiting]
    assert await desk.database.fetchval("SELECT count(*) FROM delivery_attempt") == 0


async def test_retries_survive_a_restart(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [500, 500]
    id_ = await desk.put(receiver.url)
    assert await desk.turns() == 2
    async with desk.colleague() as (heir, _):
        desk.clock.advance(timedelta(seconds=1))
        assert await heir.once() == 0
        desk.clock.advance(timedelta(seconds=1))
        assert await heir.once() == 1
        await heir.idle()
    delivery = await desk.delivery(id_)
    assert (delivery.status, delivery.attempts) == ("DELIVERED", 3)


async def test_a_running_courier_keeps_the_schedule_by_itself(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [500]
    stop = asyncio.Event()
    running = asyncio.create_task(desk.courier.run(stop))
    await desk.put(receiver.url)
    desk.signals.send(DUE)
    await receiver.until(2)
    stop.set()
    await running
    assert desk.post.counters.delivered == 1


async def test_a_courier_outlives_its_connections(desk: Desk, receiver: Receiver) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(desk.courier.run(stop))
    await desk.put(receiver.url)
    await receiver.until(1)
    sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
    async with desk.database.connection() as connection:
        await connection.fetch(sql, connection.get_server_pid())
    await desk.put(receiver.url)
    await receiver.until(2)
    stop.set()
    await running
