"""``/api/v4.1/event``: sending events and looking them up (spec 11 §1)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from penstock.api.limits import read_body
from penstock.api.rest.answers import answer, envelope
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.event_input import read_event
from penstock.api.rest.event_query import PARAMETERS, read_query, visible
from penstock.api.rest.event_reach import PERMISSION, within_reach
from penstock.api.rest.event_shapes import EventPage, EventState, FailedEvent, GivenEvent, StoredEvent
from penstock.api.rest.requests import note, principal_of, services_of
from penstock.api.rest.values import unique
from penstock.errors import InvalidValueError, NotFoundError
from penstock.orchestration.search import EARLIEST, EventQuery
from penstock.workflows.checking import check_once, sentence

if TYPE_CHECKING:
    import uuid

    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.api.services import Account
    from penstock.orchestration.events import RanEvent
    from penstock.rules.context import Event

VIEW = "EVENT_VIEW"
PATH = "/api/v4.1/event"


async def post_async(request: Request) -> Response:
    """Store an event for later."""
    account, event = await _received(request)
    principal = principal_of(request)
    # What comes later cannot be looked at now: only who reaches everything may speak of it.
    everything = principal.scope(PERMISSION).everything
    posted = await account.events.post(event, generated_by=principal.username, may_come=everything)
    note(request, event_id=str(posted.id), root=posted.root)
    return answer(_state(posted.id, posted.entity_id, posted.status))


async def post_sync(request: Request) -> Response:
    """Run an event now; the answer tells how it went, or PENDING when that takes longer than 30 s."""
    account, event = await _received(request)
    ran = await account.events.run(event, generated_by=principal_of(request).username)
    note(request, event_id=str(ran.id), root=ran.root)
    match ran.status:
        case "SUCCESS":
            return answer(_state(ran.id, ran.entity_id, "COMPLETE"))
        case "NO_MATCH":
            return _failed(ran, HTTPStatus.NOT_FOUND, ran.message or _unmatched(event))
        case "FAILED":
            return _failed(ran, _status(ran.code), ran.message or "The event failed.")
        case status:
            return answer(_state(ran.id, ran.entity_id, status))


async def find(request: Request) -> Response:
    """Return a page of the events that match, newest first."""
    principal, services = principal_of(request), services_of(request)
    principal.require([VIEW])
    query = read_query(request.query_params, principal.scope(VIEW), services.clock.now())
    account = await services.account(principal.account)
    found = await account.search.find(query)
    page = found[: query.count]
    more = len(found) > query.count
    return answer({"start": query.start, "count": len(page), "hasMore": more, "results": page})


async def get(request: Request) -> Response:
    """Return one event or audit entry."""
    principal, services = principal_of(request), services_of(request)
    principal.require([VIEW])
    id_ = unique("eventId", request.path_params["eventId"])
    query = EventQuery(since=EARLIEST, event_id=id_, retailers=visible(principal.scope(VIEW), []))
    found = await (await services.account(principal.account)).search.get(id_, query)
    if found is None:
        raise NotFoundError(f"Event {id_} does not exist.")
    return answer(found)


async def _received(request: Request) -> tuple[Account, Event]:
    principal, services = principal_of(request), services_of(request)
    body = await read_body(request.scope, request.receive)
    account = await services.account(principal.account)
    event = await within_reach(account.database, principal, read_event(body, principal, services.clock.now()))
    await account.workflows.check_retailer(event.retailer_id)
    if (once := event.meta.get("workflow")) is not None:
        await _check_once(account, once)
    return account, event


async def _check_once(account: Account, document: Any) -> None:
    """Check a run-once workflow before anything runs (spec 11 §1.6).

    Raises:
        InvalidValueError: something is wrong with it; the message names the places.
    """
    if findings := check_once(document, resolve=await account.workflows.resolve()):
        raise InvalidValueError(sentence("The event is not stored", findings))


def _state(id_: uuid.UUID, entity_id: str | None, status: str) -> dict[str, Any]:
    return {"eventId": str(id_), "entityId": entity_id, "eventStatus": status}


def _failed(ran: RanEvent, status: int, message: str) -> Response:
    return answer(envelope(int(status), message, **_state(ran.id, ran.entity_id, ran.status)), int(status))


def _status(code: int | None) -> int:
    """Return the HTTP status for the code of a failure; what is none means a server error."""
    return code if code is not None and code // 100 in {4, 5} else HTTPStatus.INTERNAL_SERVER_ERROR


def _unmatched(event: Event) -> str:
    named = event.entity_ref if event.entity_id is None else event.entity_id
    return f"No workflow rule matched {event.name} of {event.entity_type} {named}"


_EVENT_ID = Parameter(
    "eventId", "The id of an event or of an entry of its audit.", {"type": "string", "format": "uuid"}, place="path"
)
OPERATIONS = (
    Operation("POST", f"{PATH}/async", post_async, {200: EventState, **errors(400, 403)}, body=GivenEvent),
    Operation(
        "POST",
        f"{PATH}/sync",
        post_sync,
        {200: EventState, 404: FailedEvent, 500: FailedEvent, **errors(403), 400: FailedEvent},
        body=GivenEvent,
    ),
    Operation("GET", PATH, find, {200: EventPage, **errors(400, 403)}, PARAMETERS),
    Operation("GET", f"{PATH}/{{eventId}}", get, {200: StoredEvent, **errors(400, 403, 404)}, (_EVENT_ID,)),
)
