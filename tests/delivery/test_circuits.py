"""Targets that fail again and again are left alone, and what is for them waits (ADR 15)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from desk import START

from penstock.delivery.sending import courier
from penstock.delivery.sending.circuits import FAILURES, FIRST_PAUSE

if TYPE_CHECKING:
    from desk import Desk

    from receiver import Receiver

pytest_plugins = ["desk_fixtures"]


async def _broken(desk: Desk, receiver: Receiver) -> None:
    """Let so many deliveries fail that the circuit opens."""
    receiver.answers = [503] * 1_000
    for _ in range(FAILURES):
        await desk.put(receiver.url)
    await desk.turns()
    assert len(receiver.requests) >= FAILURES
    (circuit,) = await desk.log.circuits.known()
    assert circuit.paused_until is not None
    receiver.requests.clear()


async def test_one_delivery_alone_opens_no_circuit(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [503] * 5
    await desk.put(receiver.url)
    await desk.turns()
    for seconds in (2, 4, 8):
        assert await desk.wait(seconds) == 1
    (circuit,) = await desk.log.circuits.known()
    assert (circuit.target, circuit.failures, circuit.paused_until) == (receiver.target, 5, None)
    assert circuit.error == "status 503"


async def test_an_open_circuit_keeps_what_comes_and_probes_with_one(desk: Desk, receiver: Receiver) -> None:
    await _broken(desk, receiver)
    new = [await desk.put(receiver.url) for _ in range(5)]
    assert await desk.wait(FIRST_PAUSE / 2) == 0
    assert await desk.wait(FIRST_PAUSE / 2) == 1
    assert len(receiver.requests) == 1
    assert await desk.wait(FIRST_PAUSE) == 0, "the next pause is longer"
    assert await desk.wait(FIRST_PAUSE) == 1
    receiver.answers.clear()
    assert await desk.wait(4 * FIRST_PAUSE) > len(new)
    assert {(await desk.delivery(id_)).status for id_ in new} == {"DELIVERED"}
    (circuit,) = await desk.log.circuits.known()
    assert (circuit.failures, circuit.pauses, circuit.paused_until) == (0, 0, None)


async def test_pauses_grow_to_ten_minutes_and_no_further(desk: Desk, receiver: Receiver) -> None:
    await _broken(desk, receiver)
    pauses = []
    for _ in range(9):
        (circuit,) = await desk.log.circuits.known()
        assert circuit.paused_until is not None
        pauses.append((circuit.paused_until - desk.clock.now()).total_seconds())
        await desk.wait(pauses[-1])
    assert pauses == [10, 20, 40, 80, 160, 320, 600, 600, 600]


async def test_two_processes_probe_once(desk: Desk, receiver: Receiver) -> None:
    await _broken(desk, receiver)
    await desk.wait(0)
    (circuit,) = await desk.log.circuits.known()
    assert circuit.paused_until is not None
    desk.clock.advance(circuit.paused_until - desk.clock.now())
    async with desk.colleague() as (other, _):
        assert sum(await asyncio.gather(desk.courier.once(), other.once())) == 1
        await asyncio.gather(desk.courier.idle(), other.idle())


async def test_a_probe_that_dies_with_its_process_is_followed_by_another(desk: Desk, receiver: Receiver) -> None:
    await _broken(desk, receiver)
    await desk.wait(FIRST_PAUSE - 1)
    desk.clock.advance(desk.clock.now() - START)
    assert len(await desk.log.circuits.probes()) == 1  # and nobody sends it
    assert await desk.turns() == 0
    assert await desk.wait(21) == 1


async def test_a_receiver_that_refuses_what_it_gets_is_not_down(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [404] * 100
    for _ in range(FAILURES):
        await desk.put(receiver.url)
    await desk.turns()
    assert await desk.log.circuits.known() == []


async def test_a_paused_target_holds_no_other(desk: Desk, receiver: Receiver) -> None:
    await _broken(desk, receiver)
    other = receiver.target.replace("127.0.0.1", "localhost") + "/hook"
    receiver.answers.clear()
    id_ = await desk.put(other)
    assert await desk.turns() == 1
    assert (await desk.delivery(id_)).status == "DELIVERED"


async def test_redelivering_tries_a_paused_target_at_once(desk: Desk, receiver: Receiver) -> None:
    await _broken(desk, receiver)
    for _ in range(60):
        await desk.wait(600)
    failed = await desk.database.fetchval("SELECT id FROM outbox WHERE status = 'FAILED' LIMIT 1")
    receiver.answers.clear()
    await desk.log.redeliver(failed)
    await desk.turns()
    assert (await desk.delivery(failed)).status == "DELIVERED"


async def test_one_that_waits_for_a_paused_target_can_be_sent_at_once(desk: Desk, receiver: Receiver) -> None:
    await _broken(desk, receiver)
    waiting = await desk.put(receiver.url)
    assert await desk.turns() == 0
    receiver.answers.clear()
    await desk.log.redeliver(waiting)
    await desk.turns()
    await desk.turns()  # the first one was the probe
    assert (await desk.delivery(waiting)).status == "DELIVERED"


@pytest.mark.parametrize("again", [1, 2])
async def test_redelivering_sends_the_same_with_the_whole_schedule(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, again: int
) -> None:
    monkeypatch.setattr(courier, "KEYS_KNOWN", 0.0)
    receiver.answers = [400] * 5
    id_ = await desk.put(receiver.url)
    for seconds in (0, 2, 4, 8):
        await desk.wait(seconds)
    for _ in range(again):
        await desk.keys.rotate()
        receiver.answers = [500]
        await desk.log.redeliver(id_)
        await desk.turns()
    delivery = await desk.delivery(id_)
    assert (delivery.status, delivery.attempts) == ("DELIVERED", 5 + 2 * again)
    assert len({r.body for r in receiver.requests}) == 1
    assert {r.headers["webhook-id"] for r in receiver.requests} == {str(id_)}
    assert len({r.headers["fluent-signature"] for r in receiver.requests}) == 1 + again
