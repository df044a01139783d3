"""``/api/v4.1/replay``: what happened to an entity, executed again from the record."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.hanging_up import while_connected
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.values import identifier, moment
from penstock.errors import ForbiddenError
from penstock.history.shapes import ShownReplay
from penstock.history.shown import shown_replay

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.identity.principal import Principal

NEEDED = ("EVENT_VIEW", "WORKFLOW_VIEW")
PATH = "/api/v4.1/replay"


async def replay(request: Request) -> Response:
    """Execute the recorded events of an entity's lane again, up to an event or a moment, and return each step."""
    principal, services = principal_of(request), services_of(request)
    principal.require(NEEDED)
    given = request.query_params
    retailer = identifier("retailerId", given["retailerId"]) if given.get("retailerId") else None
    house = (await services.account(principal.account)).histories
    until = _until(given["until"]) if given.get("until") else None
    subject = await house.subject(request.path_params["entityType"], request.path_params["id"], retailer)
    within_sight(principal, getattr(subject.row, "retailer_id", None))
    return answer(shown_replay(await while_connected(request, house.replay(subject, until))))


def within_sight(principal: Principal, retailer: int | None) -> None:
    """Check that the caller may look at a retailer's history; what belongs to no retailer is the account's.

    Raises:
        ForbiddenError: a permission is missing, or not held there.
    """
    principal.require(NEEDED)
    for scope in map(principal.scope, NEEDED):
        if not (scope.everything if retailer is None else scope.touches(retailer)):
            whose = "the account" if retailer is None else f"retailer {retailer}"
            raise ForbiddenError(f"User may not see the history of {whose}.")


def _until(text: str) -> uuid.UUID | datetime:
    try:
        return uuid.UUID(text)
    except ValueError:
        return moment("until", text)


OPERATIONS = (
    Operation(
        "GET",
        f"{PATH}/{{entityType}}/{{id}}",
        replay,
        {200: ShownReplay, **errors(400, 403, 404)},
        (
            Parameter("entityType", "The type of a root, such as ORDER or LOCATION.", place="path"),
            Parameter("id", "Its id or its ref.", place="path"),
            Parameter("until", "An event behind which to stop, or a moment."),
            Parameter("retailerId", "The retailer that the ref belongs to.", {"type": "string", "pattern": "^[0-9]+$"}),
        ),
    ),
)
