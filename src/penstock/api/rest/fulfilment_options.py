"""``POST /api/v4.1/fulfilmentOptions``: how some products could be delivered (spec 11 §8).

The one old operation that is still met. It is the mutation of GraphQL, awaited, in other words.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from penstock.api.limits import check_nesting, read_body
from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, errors
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.shape import Shape
from penstock.errors import ForbiddenError, InvalidValueError, NotFoundError, PenstockError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PATH = "/api/v4.1/fulfilmentOptions"
LIMIT, LARGEST_LIMIT = 5, 100
_DOCUMENT = """mutation ($input: CreateFulfilmentOptionInput, $limit: Int) {
  createFulfilmentOption(input: $input, executionMode: AWAIT_ORCHESTRATION) {
    id status orderType locationRef trackingCode
    address { name companyName addressLine1 addressLine2 city state postcode country latitude longitude }
    products { productRef requestedQuantity } attributes { name type value }
    plans(first: $limit) { edges { node {
      ref status eta splitCount
      fulfilments { fulfilmentType locationRef items { productRef availableQuantity requestedQuantity } }
      exceptions { code message }
    } } } } }"""
_KINDS: dict[str, type[PenstockError]] = {"C0020E": ForbiddenError, "C0120E": NotFoundError}

Id = Annotated[str, msgspec.Meta(description="a number")] | int
Whole = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_LIMIT)]


class AskedItem(Shape):
    """A product and how many of it."""

    sku_ref: str
    requested_quantity: int


class AskedAddress(Shape, omit_defaults=True):
    """Where to; other keys are ignored."""

    name: str | None = None
    company_name: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    country: str | None = None
    postcode: str | None = None
    state: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class AskedAttribute(Shape):
    """An attribute; other keys are ignored."""

    name: str
    type: str
    value: Any = None


class AskedOptions(Shape):
    """What is to be delivered, and where."""

    retailer_id: Id
    order_type: str
    items: list[AskedItem]
    location_ref: str | None = None
    tracking_id: str | None = None
    address: AskedAddress | None = None
    limit: Whole = LIMIT
    attributes: list[AskedAttribute] | None = None


class PlannedItem(AskedItem):
    """A product, how many are wanted, and how many there are."""

    available_quantity: int


class PlannedFulfilment(Shape):
    """What one location sends."""

    fulfilment_type: str | None
    location_ref: str | None
    items: list[PlannedItem]


class Plan(Shape):
    """One way to deliver."""

    plan_id: str | None
    status: str | None
    eta: str | None
    split_count: int | None
    fulfilments: list[PlannedFulfilment]
    exceptions: list[dict[str, Any]]


class Options(Shape):
    """The ways to deliver, as far as the workflow has found some."""

    id: str
    status: str | None
    limit: int
    count: int
    total: int
    order_type: str | None
    location_ref: str | None
    tracking_id: str | None
    address: dict[str, Any] | None
    items: list[AskedItem]
    attributes: list[dict[str, Any]]
    plans: list[Plan]


_asked = msgspec.json.Decoder(AskedOptions)


async def post(request: Request) -> Response:
    """Find ways to deliver; answers when the workflow has ended, after 30 s at the latest."""
    asked = _read(await read_body(request.scope, request.receive))
    principal, services = principal_of(request), services_of(request)
    account = await services.account(principal.account)
    variables = {"input": given(asked), "limit": asked.limit}
    body = await services.graphql.execute(account.database, principal, _DOCUMENT, variables, None, account.writer)
    return answer(shown(_made(body), asked.limit))


def _read(content: bytes) -> AskedOptions:
    try:
        asked = _asked.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body does not ask for fulfilment options: {error}") from None
    check_nesting(content, asked)
    return asked


def given(asked: AskedOptions) -> dict[str, Any]:
    """Return the input of the mutation."""
    wanted = {
        "ref": f"FO-{uuid.uuid4()}",
        "type": asked.order_type,
        "orderType": asked.order_type,
        "retailerId": asked.retailer_id,
        "locationRef": asked.location_ref,
        "trackingCode": asked.tracking_id,
        "address": None if asked.address is None else msgspec.to_builtins(asked.address),
        "products": [{"productRef": i.sku_ref, "requestedQuantity": i.requested_quantity} for i in asked.items],
        "attributes": None if asked.attributes is None else msgspec.to_builtins(asked.attributes),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _made(body: bytes) -> dict[str, Any]:
    """Return the option that was made; raises the mutation's error."""
    found = msgspec.json.decode(body)
    for error in found.get("errors", ()):
        code, message = error["extensions"].get("code", ""), error["message"]
        kind = PenstockError if code.startswith("S") else _KINDS.get(code, InvalidValueError)
        raise kind(message.removeprefix(f"{code} - "))
    made: dict[str, Any] = found["data"]["createFulfilmentOption"]
    return made


def shown(made: dict[str, Any], limit: int) -> dict[str, Any]:
    """Return an option of GraphQL as :class:`Options`."""
    plans = [_plan(edge["node"]) for edge in (made["plans"] or {}).get("edges") or ()]
    kept = {name: made[name] for name in ("id", "status", "orderType", "locationRef", "address")}
    counts = {"limit": limit, "count": len(plans), "total": len(plans)}
    items = [_item(p) for p in made["products"] or ()]
    attributes = made["attributes"] or []
    return {
        **kept,
        **counts,
        "trackingId": made["trackingCode"],
        "items": items,
        "attributes": attributes,
        "plans": plans,
    }


def _plan(plan: dict[str, Any]) -> dict[str, Any]:
    fulfilments = [{**f, "items": [_item(i) for i in f["items"] or ()]} for f in plan["fulfilments"] or ()]
    kept = {name: plan[name] for name in ("status", "eta", "splitCount")}
    return {"planId": plan["ref"], **kept, "fulfilments": fulfilments, "exceptions": plan["exceptions"] or []}


def _item(item: dict[str, Any]) -> dict[str, Any]:
    return {"skuRef" if name == "productRef" else name: value for name, value in item.items()}


OPERATIONS = (Operation("POST", PATH, post, {200: Options, **errors(400, 403, 404)}, body=AskedOptions),)
