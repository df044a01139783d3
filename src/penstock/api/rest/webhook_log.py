"""``/api/v4.1/webhook``: what became of webhooks, and sending one again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg

from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.event_query import visible
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.values import identifier, moment, unique, whole
from penstock.api.rest.webhook_shapes import (
    DeliveryDetails,
    DeliveryPage,
    WebhookTargets,
    details_of,
    state_of,
    target_shape,
)
from penstock.delivery.log import DeliveryLog, DeliveryQuery
from penstock.delivery.records import DELIVERED, FAILED, PENDING
from penstock.errors import InvalidValueError, TooComplexError

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection
    from datetime import datetime

    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

VIEW, UPDATE = "WEBHOOK_VIEW", "WEBHOOK_UPDATE"
PATH = "/api/v4.1/webhook"
DAYS_SEARCHED = 30
PAGE, LARGEST_PAGE, LAST_START = 100, 1_000, 100_000
STATUSES = (PENDING, DELIVERED, FAILED)


async def find(request: Request) -> Response:
    """Return a page of the deliveries that match, newest first."""
    log, retailers = await _log(request, VIEW)
    query = _query(request.query_params, retailers, services_of(request).clock.now())
    try:
        found = await log.find(query)
    except asyncpg.QueryCanceledError:
        raise TooComplexError("The search took longer than a statement may; narrow it by host, from or to.") from None
    page = [state_of(each) for each in found[: query.count]]
    more = len(found) > query.count
    return answer({"start": query.start, "count": len(page), "hasMore": more, "results": page})


async def get(request: Request) -> Response:
    """Return one delivery with its body and its attempts."""
    log, retailers = await _log(request, VIEW)
    return await _one(log, _id(request), retailers)


async def redeliver(request: Request) -> Response:
    """Send a delivery that has come to its end once more: same body, same id, signed with today's key."""
    log, retailers = await _log(request, UPDATE)
    id_ = _id(request)
    await log.get(id_, retailers)
    await log.redeliver(id_)
    return await _one(log, id_, retailers)


async def targets(request: Request) -> Response:
    """Return the receivers that have failed, and which of them are paused."""
    log, _ = await _log(request, VIEW)
    return answer({"results": [target_shape(each) for each in await log.circuits.known()]})


async def _one(log: DeliveryLog, id_: uuid.UUID, retailers: Collection[int] | None) -> Response:
    delivery = await log.get(id_, retailers)
    return answer(details_of(delivery, await log.body(id_), await log.attempts(id_)))


async def _log(request: Request, permission: str) -> tuple[DeliveryLog, list[int] | None]:
    """Return the log and the retailers of which the caller may see it, None for all."""
    principal = principal_of(request)
    principal.require([permission])
    account = await services_of(request).account(principal.account)
    return account.deliveries, visible(principal.scope(permission), [])


def _id(request: Request) -> uuid.UUID:
    return unique("deliveryId", request.path_params["deliveryId"])


def _query(given: QueryParams, retailers: list[int] | None, now: datetime) -> DeliveryQuery:
    start = whole("start", given.get("start") or "0")
    if start > LAST_START:
        raise InvalidValueError(
            f"start is {start}; begin at {LAST_START} at most, and narrow the search by from or to."
        )
    equal: dict[str, Collection[Any]] = {
        "status": [_status(text) for text in _texts(given, "status")],
        "host": [text.lower() for text in _texts(given, "host")],
        "name": _texts(given, "name"),
        "event_id": [unique("eventId", text) for text in _texts(given, "eventId")],
        "root_id": [identifier("rootEntityId", text) for text in _texts(given, "rootEntityId")],
        "root_ref": given.getlist("rootEntityRef"),
    }
    return DeliveryQuery(
        since=moment("from", given["from"]) if given.get("from") else now - timedelta(days=DAYS_SEARCHED),
        until=moment("to", given["to"]) if given.get("to") else None,
        start=start,
        count=min(whole("count", given.get("count") or str(PAGE)), LARGEST_PAGE),
        retailers=retailers,
        equal=equal,
    )


def _status(text: str) -> str:
    if text.upper() not in STATUSES:
        raise InvalidValueError(f"status is {text!r}; give one of {', '.join(STATUSES)}.")
    return text.upper()


def _texts(given: QueryParams, name: str) -> list[str]:
    return [part for text in given.getlist(name) for part in text.split(",") if part]


_TEXT, _TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
_MOMENT = {"type": "string", "format": "date-time"}
_DELIVERY_ID = Parameter(
    "deliveryId",
    "The id of a delivery, which its body has as well.",
    {"type": "string", "format": "uuid"},
    place="path",
)
_FILTERS = (
    Parameter("status", "Any of these.", {"type": "array", "items": {"type": "string", "enum": list(STATUSES)}}),
    Parameter("host", "Hosts of receivers.", _TEXTS),
    Parameter("name", "Names of webhooks.", _TEXTS),
    Parameter("eventId", "The event whose ruleset sent the webhook.", {"type": "string", "format": "uuid"}),
    Parameter("rootEntityId", "Such as an order's id.", {"type": "string", "pattern": "^[0-9]{1,18}$"}),
    Parameter("rootEntityRef", "Such as an order's ref.", _TEXT),
    Parameter("from", f"Earliest moment; {DAYS_SEARCHED} days ago when it is not given.", _MOMENT),
    Parameter("to", "Latest moment.", _MOMENT),
    Parameter("start", "How many to leave out.", {"type": "integer", "minimum": 0, "maximum": LAST_START}),
    Parameter(
        "count",
        f"How many to return, {PAGE} when it is not given, {LARGEST_PAGE} at most.",
        {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    ),
)
OPERATIONS = (
    Operation("GET", f"{PATH}/delivery", find, {200: DeliveryPage, **errors(400, 403)}, _FILTERS),
    Operation(
        "GET", f"{PATH}/delivery/{{deliveryId}}", get, {200: DeliveryDetails, **errors(400, 403, 404)}, (_DELIVERY_ID,)
    ),
    Operation(
        "POST",
        f"{PATH}/delivery/{{deliveryId}}/redeliver",
        redeliver,
        {200: DeliveryDetails, **errors(400, 403, 404)},
        (_DELIVERY_ID,),
    ),
    Operation("GET", f"{PATH}/target", targets, {200: WebhookTargets, **errors(403)}),
)
