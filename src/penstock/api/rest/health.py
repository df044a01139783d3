"""Whether Penstock lives and can serve (spec 11 §9); no token is needed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

import msgspec

from penstock.api.rest.answers import AWAY, answer
from penstock.api.rest.declaration import Operation
from penstock.api.rest.requests import services_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PATIENCE = 2.0  # seconds: who asks has patience for little more
LIVE = "/health/live"
# The last two are what deployment scripts written for this API poll.
READY = ("/health/ready", "/orchestration/rest/health", "/api/metrics/healthcheck")


class Health(msgspec.Struct):
    """How a process is: UP, or DOWN when it cannot serve requests now."""

    status: Literal["UP", "DOWN"]


async def live(_request: Request) -> Response:
    """Answer that this process lives."""
    return answer({"status": "UP"})


async def ready(request: Request) -> Response:
    """Answer 200 when requests can be served, 503 otherwise."""
    try:
        async with asyncio.timeout(PATIENCE):
            is_ready = await services_of(request).ready()
    except (*AWAY, TimeoutError):
        is_ready = False
    return answer({"status": "UP" if is_ready else "DOWN"}, 200 if is_ready else 503)


OPERATIONS = (
    Operation("GET", LIVE, live, {200: Health}, public=True),
    *(Operation("GET", path, ready, {200: Health, 503: Health}, public=True) for path in READY),
)
