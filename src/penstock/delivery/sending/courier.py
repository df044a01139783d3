"""The loop that delivers one account's webhooks and mails: claim, send, note - and again.

Killed at any line it loses nothing: what it held is claimed by others, and sent a second time if it had been sent
already (spec 14 §4: at least once).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from penstock.database.pools import UNREACHABLE
from penstock.delivery.failures import SealedError
from penstock.delivery.keys.signing import signed
from penstock.delivery.mail.letters import TARGET as MAIL
from penstock.delivery.sending.queue import DUE
from penstock.metrics import Counts, Durations
from penstock.tracing import PARENT, TRACING, place_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from penstock.clock import Clock
    from penstock.database.signals import Signals
    from penstock.delivery.keys.pair import Pair
    from penstock.delivery.keys.store import Keys
    from penstock.delivery.outcomes import Outcome
    from penstock.delivery.sending.circuits import Circuits
    from penstock.delivery.sending.post import Post
    from penstock.delivery.sending.queue import Claimed, Queue, Settled
    from penstock.metrics import Family

log = structlog.get_logger()

POLL = 1.0  # seconds; the net below signals
KEYS_KNOWN = 1.0  # seconds until a rotation is noticed
SECONDS_BETWEEN_CLEANINGS = 60.0
SECONDS_TO_FINISH = 5.0
SECONDS_TO_NOTE = 5.0  # while the database is away; after that it is sent again
WAITED = timedelta(minutes=2)  # longer waits are found by looking


class Courier:
    """Delivers for one account, within the bounds that a process's couriers share."""

    def __init__(
        self, account: str, queue: Queue, circuits: Circuits, keys: Keys, post: Post, clock: Clock, signals: Signals
    ) -> None:
        self.account = account
        self._queue = queue
        self._circuits = circuits
        self._keys = keys
        self._post = post
        self._clock = clock
        self._signals = signals
        self._wake = asyncio.Event()
        self._measured = {
            kind: (
                Durations(f"penstock_{kind}_seconds", f"Attempts to deliver {kind}s.", "result"),
                Counts(f"penstock_{kind}s", f"{kind.capitalize()}s that came to their end.", "result"),
            )
            for kind in ("webhook", "mail")
        }
        self._sending: set[asyncio.Task[None]] = set()
        self._busy: Counter[str] = Counter()  # by target
        self._pairs: list[Pair] = []
        self._pairs_read = self._cleaned = self._buried = self._complained = float("-inf")

    def families(self) -> Iterator[Family]:
        """Yield what was sent, for whoever exports metrics."""
        for attempts, settled in self._measured.values():
            yield from attempts.families()
            yield from settled.families()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until told to stop; survive the loss of the database."""
        await self._signals.listen(DUE, lambda _: self._wake.set())
        try:
            while not stop.is_set():
                if not await self._turn():
                    await self._rest(stop)
        finally:
            await self._finish()

    async def _turn(self) -> int:
        try:
            return await self.once()
        except UNREACHABLE:
            return 0
        except Exception:  # a fault of ours must not end deliveries for good
            log.exception("courier failed", account=self.account)
            return 0

    async def once(self) -> int:
        """Begin to send what is due; return how much that was."""
        self._wake.clear()
        await self._keep_house()
        room = self._post.room
        pairs = await self._signers() if room > 0 else []
        if not pairs:
            return 0
        # Nothing may fail between a claim and its sending, or what was claimed would be held in vain.
        probing = self._begin(await self._queue.take(await self._circuits.probes()), pairs)
        return probing + self._begin(await self._queue.claim(+self._busy, self._post.most_each, room), pairs)

    async def idle(self) -> None:
        """Wait until nothing is on its way any more."""
        while self._sending:
            await asyncio.wait(self._sending)

    def _begin(self, claimed: list[Claimed], pairs: list[Pair]) -> int:
        for each in claimed:
            self._busy[each.target] += 1
            self._post.counters.sending += 1
            task = asyncio.create_task(self._deliver(each, pairs), name=f"{_kind(each)} {each.id}")
            self._sending.add(task)
            task.add_done_callback(partial(self._ended, each))
        return len(claimed)

    def _ended(self, claimed: Claimed, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._busy[claimed.target] -= 1
        self._post.counters.sending -= 1
        self._wake.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("delivery not noted", account=self.account, delivery=str(claimed.id), exc_info=error)

    async def _deliver(self, claimed: Claimed, pairs: list[Pair]) -> None:
        started, zero = self._clock.now(), time.perf_counter()
        outcome = await self._sent(claimed, pairs, started)
        seconds = time.perf_counter() - zero
        self._post.counters.seconds += seconds
        deadline = time.monotonic() + SECONDS_TO_NOTE
        while True:
            try:
                settled = await self._queue.note(claimed, outcome, started)
                await self._judge(claimed, outcome)
                break
            except UNREACHABLE:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(POLL / 2)
        self._count(outcome, settled)
        self._measure(claimed, outcome, settled, seconds)
        self._trace(claimed, outcome, started, seconds)
        self._tell(claimed, outcome, settled, seconds)

    async def _sent(self, claimed: Claimed, pairs: list[Pair], now: datetime) -> Outcome:
        """Make one attempt, by HTTP or by who takes mails."""
        if claimed.target == MAIL:
            return await self._post.mailer.send(claimed.id, claimed.body)
        body = claimed.body.encode()
        return await self._post.client.post(claimed.url, body, signed(claimed.id, body, now, pairs))

    async def _judge(self, claimed: Claimed, outcome: Outcome) -> None:
        """Let the target's circuit know how it did."""
        if outcome.down:
            if await self._circuits.failed(claimed.target, claimed.id, outcome.problem):
                self._post.counters.circuits_opened += 1
                log.warning("target paused", account=self.account, target=claimed.target, error=outcome.problem)
        elif (outcome.accepted or outcome.code is not None) and await self._circuits.answered(claimed.target):
            self._signals.send(DUE)

    def _measure(self, claimed: Claimed, outcome: Outcome, settled: Settled, seconds: float) -> None:
        attempts, ended = self._measured[_kind(claimed)]
        attempts.add(seconds, "accepted" if outcome.accepted else "refused" if outcome.refused else "failed")
        if settled.wait is None:
            ended.add("delivered" if outcome.accepted else "given up")

    def _count(self, outcome: Outcome, settled: Settled) -> None:
        counters = self._post.counters
        if outcome.accepted:
            counters.accepted += 1
            counters.delivered += 1
            return
        counters.refused += outcome.refused
        counters.failed += not outcome.refused
        counters.retried += settled.wait is not None
        counters.given_up += settled.wait is None

    def _tell(self, claimed: Claimed, outcome: Outcome, settled: Settled, seconds: float) -> None:
        """Write one line, and see to it that the next try is in time."""
        log.info(
            _kind(claimed),
            account=self.account,
            delivery=str(claimed.id),
            event_id=str(claimed.event_id),
            target=claimed.target,
            attempt=settled.attempt,
            accepted=outcome.accepted,
            status=outcome.code,
            error=outcome.error,
            ms=round(seconds * 1000, 1),
        )
        if settled.wait is not None and settled.wait <= WAITED:
            asyncio.get_running_loop().call_later(settled.wait.total_seconds(), self._wake.set)

    def _trace(self, claimed: Claimed, outcome: Outcome, started: datetime, seconds: float) -> None:
        place = place_in({PARENT: claimed.trace})
        if TRACING.on and place is not None:
            since = started.timestamp()
            status = "smtp" if claimed.target == MAIL else "http"
            about = {f"{status}.response.status_code": outcome.code or 0, "server.address": claimed.target}
            failure = None if outcome.accepted else outcome.problem
            TRACING.add(
                f"{_kind(claimed)} {claimed.name}",
                place,
                id_=0,
                start=since,
                stop=since + seconds,
                attributes=about,
                failure=failure,
            )

    async def _signers(self) -> list[Pair]:
        """Return the keys to sign with; none when this process cannot, which it says once a minute."""
        now = time.monotonic()
        if now - self._pairs_read > KEYS_KNOWN:
            try:
                self._pairs = await self._keys.signing()
                if not self._pairs:
                    await self._keys.ensure()
                    self._pairs = await self._keys.signing()
                self._pairs_read = now
            except SealedError as error:
                self._pairs = []
                if now - self._complained > SECONDS_BETWEEN_CLEANINGS:
                    self._complained = now
                    log.warning("webhooks wait", account=self.account, error=error.message)
        return self._pairs

    async def _keep_house(self) -> None:
        """Take over from the dead once a second; forget what is old once a minute."""
        now = time.monotonic()
        if now - self._buried > POLL:
            self._buried = now
            await self._queue.bury()
        if self._post.days and now - self._cleaned > SECONDS_BETWEEN_CLEANINGS:
            if not await self._queue.forget(self._post.days):
                self._cleaned = now
            await self._circuits.forget(self._clock.now() - timedelta(days=self._post.days))

    async def _rest(self, stop: asyncio.Event) -> None:
        """Wait for a signal, a second at most."""
        waits = {asyncio.create_task(self._wake.wait()), asyncio.create_task(stop.wait())}
        _, left = await asyncio.wait(waits, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()

    async def _finish(self) -> None:
        """Give what is on its way a few seconds; what is not done then is sent again by others."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=SECONDS_TO_FINISH)
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        with suppress(*UNREACHABLE):
            await self._queue.release()


def _kind(claimed: Claimed) -> str:
    """Return the word for what is delivered, as logs and metrics have it."""
    return "mail" if claimed.target == MAIL else "webhook"
