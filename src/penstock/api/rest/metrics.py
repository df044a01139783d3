"""``/metrics``: what a Prometheus collects.

Whoever holds ``EVENT_VIEW`` in a whole account sees that account; the operator's token ``PENSTOCK_METRICS_TOKEN`` sees
all accounts and the requests of this process. Workers leave their numbers in the database, so one address tells of all
of them, wherever they run.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from starlette.responses import Response

from penstock.api.limits import header
from penstock.api.rest.answers import InvalidToken
from penstock.api.rest.declaration import Operation, Text, errors
from penstock.api.rest.requests import services_of
from penstock.diagnosis import state
from penstock.errors import ForbiddenError, InvalidTokenError
from penstock.metrics import gauge
from penstock.orchestration.meter import reports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from starlette.requests import Request

    from penstock.api.services import Services
    from penstock.database.pools import Database
    from penstock.metrics import Family

VIEW = "EVENT_VIEW"
PATH = "/metrics"
TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def metrics(request: Request) -> Response:
    """Return the metrics of one account, or of all to the operator, in the text format of Prometheus."""
    services = services_of(request)
    _, _, token = (header(request.scope, b"authorization") or "").partition(" ")
    found: list[Family] = []
    for account in await _accounts(services, token.strip()):
        part = await services.account(account)
        found += [family.labelled(account=account) async for family in _of_account(services, part.database)]
        found += [family.labelled(account=account, worker="") for family in part.events.families()]
    if _is_operator(services, token.strip()):
        found += services.requests.families()
    return Response(_text(found), media_type=TYPE)


async def _accounts(services: Services, token: str) -> list[str]:
    """Return the accounts that the holder of a token may see."""
    if not token:
        raise InvalidTokenError("Invalid access token")
    if _is_operator(services, token):
        return await services.placement.accounts()
    principal = await services.principals.of_token(token)
    principal.require([VIEW])
    if not principal.scope(VIEW).everything:
        raise ForbiddenError(f"Metrics are those of a whole account; you hold {VIEW} in a part of it only.")
    return [principal.account]


def _is_operator(services: Services, token: str) -> bool:
    known = services.metrics_token
    return bool(known) and hmac.compare_digest(token.encode(), known.encode())


async def _of_account(services: Services, database: Database) -> AsyncIterator[Family]:
    """Yield the state of the queue and of the workers, then what each worker counted."""
    waiting, working = await state.queue(database, services.clock.now()), await state.workers(database)
    yield gauge("penstock_queue_ready", "Events that may run now, 100,000 at most.", waiting.ready)
    yield gauge("penstock_queue_age_seconds", "How long the oldest of them has waited.", waiting.age)
    yield gauge("penstock_queue_timers", "Events that wait for their moment.", waiting.timers)
    yield gauge("penstock_timers_overdue_seconds", "How long the first timer has been due already.", waiting.overdue)
    yield gauge("penstock_queue_suspects", "Events that were there when a worker died.", waiting.suspects)
    yield gauge("penstock_workers", "Workers that live.", sum(w.alive for w in working))
    yield gauge("penstock_slots", "Slots of 256 that a living worker serves.", sum(w.slots for w in working if w.alive))
    silent = max((w.silent for w in working if w.alive), default=0.0)
    yield gauge("penstock_worker_silent_seconds", "Since the last heartbeat of the most silent worker.", silent)
    for worker, families in await reports(database):
        for family in families:
            yield family.labelled(worker=worker)


class _Families:
    """A collector, as the library wants it, of what has been gathered."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yield each metric once, with the samples of all families of its name."""
        known: dict[str, Metric] = {}
        for family in self._families:
            metric = known.setdefault(family.name, Metric(family.name, family.doc, family.kind))
            for sample in family.samples:
                metric.add_sample(family.name + sample.suffix, sample.labels, sample.value)
        yield from known.values()


def _text(families: Iterable[Family]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(families))
    return generate_latest(registry)


OPERATIONS = (Operation("GET", PATH, metrics, {200: Text, 401: InvalidToken, **errors(403)}, public=True),)
