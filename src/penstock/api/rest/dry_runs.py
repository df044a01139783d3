"""``/api/v4.1/dry-run``: a changed workflow over recorded events, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from penstock.api.limits import check_nesting, read_body
from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, errors
from penstock.api.rest.event_shapes import Id, Moment
from penstock.api.rest.hanging_up import while_connected
from penstock.api.rest.replays import NEEDED, within_sight
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.shape import Shape
from penstock.api.rest.values import identifier, moment
from penstock.errors import InvalidValueError
from penstock.history.dryrun.loading import Wanted
from penstock.history.dryrun.report import DryRunReport

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PATH = "/api/v4.1/dry-run"
MOST_EVENTS, MOST_SECONDS = 20_000, 20
_LEAST = 1


class GivenDryRun(Shape):
    """The changed workflow document, and the time whose events are to happen again; up to now without ``until``.

    ``events`` and ``seconds`` are the most that it may read and take.
    """

    workflow: dict[str, Any]
    since: Moment
    until: Moment | None = None
    retailer_id: Id | None = None
    events: Annotated[int, msgspec.Meta(ge=_LEAST, le=MOST_EVENTS)] = MOST_EVENTS
    seconds: Annotated[int, msgspec.Meta(ge=_LEAST, le=MOST_SECONDS)] = MOST_SECONDS


_decoder = msgspec.json.Decoder(GivenDryRun)


async def dry_run(request: Request) -> Response:
    """Let recorded events happen again under a changed workflow, and tell which entities would end differently.

    A client that hangs up ends it.
    """
    principal, services = principal_of(request), services_of(request)
    principal.require(NEEDED)
    given = _decoded(await read_body(request.scope, request.receive))
    named = given.workflow.get("retailerId") if given.retailer_id is None else given.retailer_id
    retailer = identifier("retailerId", named)
    within_sight(principal, retailer)
    since = moment("since", given.since)
    last = services.clock.now() if given.until is None else moment("until", given.until)
    account = await services.account(principal.account)
    document = await account.workflows.checked({**given.workflow, "retailerId": str(retailer)})
    wanted = Wanted(document, retailer, since, last, given.events)
    return answer(await while_connected(request, account.histories.dry_run(wanted, given.seconds)))


def _decoded(body: bytes) -> GivenDryRun:
    try:
        given = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise InvalidValueError(f"The dry run is not as it must be: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body is not JSON: {error}.") from None
    check_nesting(body, given)
    return given


OPERATIONS = (Operation("POST", PATH, dry_run, {200: DryRunReport, **errors(400, 403)}, body=GivenDryRun),)
