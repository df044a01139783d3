"""Holding units, looking holds up, extending and releasing them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import msgspec

from penstock.api.graphql.coercion import holds_nul
from penstock.api.limits import check_nesting, read_body
from penstock.api.rest.answers import answer, envelope
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.event_query import visible
from penstock.api.rest.holds.shapes import (
    GivenExtension,
    GivenHold,
    HoldPage,
    HoldState,
    RefusedHold,
)
from penstock.api.rest.jobs.jobs import require
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.values import identifier, whole
from penstock.errors import InvalidValueError, NotFoundError, shown
from penstock.holding.planning import Item, Refused, Wanted
from penstock.holding.reading import find, listed
from penstock.holding.records import Status
from penstock.orchestration.expand import wire_time

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.api.services import Account
    from penstock.holding.planning import Short
    from penstock.holding.records import Hold

PATH = "/api/v4.1/hold"
VIEW, CREATE, UPDATE = "HOLD_VIEW", "HOLD_CREATE", "HOLD_UPDATE"
PAGE, LARGEST_PAGE, LAST_START = 100, 1_000, 100_000
STATUSES: tuple[str, ...] = get_args(Status)
_SHOWN = 3  # items in a message

T = TypeVar("T", GivenHold, GivenExtension)


async def post(request: Request) -> Response:
    """Hold all of the items or none; the same once more returns the hold that is there already."""
    principal, services = principal_of(request), services_of(request)
    principal.require([CREATE])
    given = _decoded(await read_body(request.scope, request.receive), GivenHold)
    retailer = identifier("retailerId", given.retailer_id)
    require(request, [CREATE], retailer)
    account = await services.account(principal.account)
    wanted = Wanted(
        retailer_id=retailer,
        ref=given.ref,
        catalogue=given.virtual_catalogue_ref or f"BASE:{retailer}",
        items=tuple(Item(i.product_ref, i.quantity, i.location_ref) for i in given.items),
        seconds=given.expires_in_seconds,
        attributes=msgspec.to_builtins(given.attributes),
        user=principal.username,
        now=services.clock.now(),
    )
    made = await account.holds.hold(wanted)
    return _refused(made.short) if isinstance(made, Refused) else answer(_state(made))


async def search(request: Request) -> Response:
    """Return a page of the holds that match, newest first."""
    principal, given = principal_of(request), request.query_params
    principal.require([VIEW])
    account = await services_of(request).account(principal.account)
    start, count = _page(given)
    retailers = visible(principal.scope(VIEW), [identifier("retailerId", text) for text in given.getlist("retailerId")])
    statuses = [_status(text) for text in given.getlist("status")]
    found = await listed(account.database, retailers, given.getlist("ref"), statuses, start, count + 1)
    page = [_state(hold) for hold in found[:count]]
    return answer({"start": start, "count": len(page), "hasMore": len(found) > count, "results": page})


async def get(request: Request) -> Response:
    """Return one hold."""
    _, hold = await _found(request, VIEW)
    return answer(_state(hold))


async def release(request: Request) -> Response:
    """Give the units of a hold back; one that has ended stays as it has."""
    account, hold = await _found(request, UPDATE)
    return answer(_state(await account.holds.release(hold, principal_of(request).username)))


async def extend(request: Request) -> Response:
    """Keep a hold for so many seconds from now on, if that is longer than it would be kept."""
    account, hold = await _found(request, UPDATE)
    given = _decoded(await read_body(request.scope, request.receive), GivenExtension)
    return answer(_state(await account.holds.extend(hold, given.expires_in_seconds)))


async def _found(request: Request, permission: str) -> tuple[Account, Hold]:
    principal = principal_of(request)
    principal.require([permission])
    id_ = identifier("holdId", request.path_params["holdId"])
    account = await services_of(request).account(principal.account)
    hold = await find(account.database, id_)
    if hold is None:
        raise NotFoundError(f"Hold {id_} does not exist.")
    require(request, [permission], hold.retailer_id)
    return account, hold


def _decoded(content: bytes, type_: type[T]) -> T:
    try:
        given = msgspec.json.decode(content, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body is no {type_.__name__}: {error}") from None
    check_nesting(content, given)
    if holds_nul(msgspec.to_builtins(given)):
        raise InvalidValueError("The body has a text with the character NUL, which cannot be stored.")
    return given


def _page(given: QueryParams) -> tuple[int, int]:
    start = whole("start", given.get("start") or "0")
    if start > LAST_START:
        raise InvalidValueError(f"start is {start}; begin at {LAST_START} at most, and narrow the search by ref.")
    return start, min(whole("count", given.get("count") or str(PAGE)), LARGEST_PAGE)


def _status(text: str) -> str:
    if text.upper() not in STATUSES:
        raise InvalidValueError(f"status is {shown(text)}; give one of {', '.join(STATUSES)}.")
    return text.upper()


def _refused(short: list[Short]) -> Response:
    """Tell what is short; nothing is held."""
    items = [
        {
            "productRef": s.item.product_ref,
            "quantity": s.item.quantity,
            "locationRef": s.item.location_ref,
            "available": s.available,
        }
        for s in short
    ]
    told = [f"{i['available']} of {i['quantity']} {i['productRef']}" for i in items[:_SHOWN]]
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    message = f"Nothing is held: there are {', '.join(told)}{more}. Hold fewer units."
    return answer(envelope(HTTPStatus.CONFLICT, message, items=items), HTTPStatus.CONFLICT)


def _state(hold: Hold) -> dict[str, Any]:
    return {
        "id": str(hold.id),
        "ref": hold.ref,
        "retailerId": str(hold.retailer_id),
        "status": hold.status,
        "virtualCatalogueRef": hold.virtual_catalogue_ref,
        "items": [
            {"productRef": i.product_ref, "quantity": i.quantity, "locationRef": i.location_ref, "held": i.held}
            for i in hold.items
        ],
        "attributes": hold.attributes,
        "orderRef": hold.order_ref,
        "createdOn": wire_time(hold.created_on),
        "updatedOn": wire_time(hold.updated_on),
        "expiresOn": wire_time(hold.expires_on),
    }


_COUNT = {"type": "integer", "minimum": 0}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_HOLD_ID = Parameter("holdId", "The id of a hold.", {"type": "string", "pattern": "^[0-9]{1,18}$"}, place="path")
_PARAMETERS = (
    Parameter("retailerId", "Retailers; all that the caller may see when none is given.", _TEXTS),
    Parameter("ref", "Any of these.", _TEXTS),
    Parameter("status", f"Any of {', '.join(STATUSES)}.", _TEXTS),
    Parameter("start", "How many to leave out.", _COUNT),
    Parameter("count", f"How many to return, {PAGE} when it is not given, {LARGEST_PAGE} at most.", _COUNT),
)
_ONE = f"{PATH}/{{holdId}}"
OPERATIONS = (
    Operation("POST", PATH, post, {200: HoldState, 409: RefusedHold, **errors(400, 403, 404)}, body=GivenHold),
    Operation("GET", PATH, search, {200: HoldPage, **errors(400, 403)}, _PARAMETERS),
    Operation("GET", _ONE, get, {200: HoldState, **errors(400, 403, 404)}, (_HOLD_ID,)),
    Operation("DELETE", _ONE, release, {200: HoldState, **errors(400, 403, 404)}, (_HOLD_ID,)),
    Operation(
        "POST",
        f"{_ONE}/extend",
        extend,
        {200: HoldState, **errors(400, 403, 404, 409)},
        (_HOLD_ID,),
        body=GivenExtension,
    ),
)
