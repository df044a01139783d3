"""``/api/v4.1/doctor``: is anything stuck, who works, what waits; for people and for a console."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.values import whole
from penstock.diagnosis.examination import Examination, examine
from penstock.errors import ForbiddenError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

VIEW = "EVENT_VIEW"
SECONDS = 10.0  # that a request may look
MOST = 1_000  # stuck entities in an answer
UNCHANGED = 60


class Report(msgspec.Struct):
    """What was found; ``complete`` is false when the look took too long, and then there may be more."""

    examination: Examination
    complete: bool


async def look(request: Request) -> Response:
    """Look for entities that nothing will move, and at the queue and its workers; needs the whole account."""
    principal, services = principal_of(request), services_of(request)
    principal.require([VIEW])
    if not principal.scope(VIEW).everything:
        raise ForbiddenError(f"The doctor looks at the whole account; you hold {VIEW} in a part of it only.")
    unchanged = whole("unchangedFor", request.query_params.get("unchangedFor", str(UNCHANGED)))
    account = await services.account(principal.account)
    found, complete = None, False
    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS):
            now = services.clock.now()
            since = now - timedelta(seconds=unchanged)
            async for found in examine(account.database, now=now, unchanged_since=since):
                if len(found.stuck) > MOST:
                    break
            else:
                complete = True
    assert found is not None
    return answer(Report(found, complete))


OPERATIONS = (
    Operation(
        "GET",
        "/api/v4.1/doctor",
        look,
        {200: Report, **errors(400, 403)},
        parameters=(
            Parameter(
                "unchangedFor",
                f"Seconds without a change before an entity is looked at; {UNCHANGED} by default.",
                {"type": "integer", "minimum": 0, "maximum": 1_000_000_000},
            ),
        ),
    ),
)
