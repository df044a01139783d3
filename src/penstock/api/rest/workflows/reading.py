"""Reading workflows: the newest version, another one, lists, and what differs (spec 11 §5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from penstock.api.rest.answers import answer, envelope
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.values import identifier, whole
from penstock.api.rest.workflows.differing import compared
from penstock.api.rest.workflows.reach import VIEW, RestrictedError, listable, require
from penstock.api.rest.workflows.shapes import Comparison, StoredWorkflow, WorkflowPage, outlined, shown
from penstock.errors import InvalidValueError, MissingValueError, NotFoundError
from penstock.errors import shown as told
from penstock.workflows.checking.members import VERSION

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.workflows.stored import Outline, Workflows

PATH = "/api/v4.1/workflow"
PAGE, LARGEST_PAGE = 100, 1_000


async def get(request: Request) -> Response:
    """Return a version of a workflow, the newest one when none is named."""
    retailer, name = asked(request)
    given = request.path_params.get("version") or request.query_params.get("version")
    version = numbered("version", given) if given else None
    require(principal_of(request), VIEW, retailer)
    return answer(shown(await (await _workflows(request)).version(retailer, name, version)))


async def find(request: Request) -> Response:
    """Return the newest version of each workflow, in brief."""
    given = request.query_params.get("retailerId")
    wanted = identifier("retailerId", given) if given else None
    try:
        retailers = listable(principal_of(request), wanted)
    except RestrictedError as error:
        said = {"error": "insufficient_scope", "error_description": error.message}
        return answer(envelope(error.status, error.message, **said), error.status)
    start, count = _page(request)
    return _listed(start, *await (await _workflows(request)).listed(retailers, start, count))


async def versions(request: Request) -> Response:
    """Return all versions of a workflow in brief, newest first."""
    retailer, name = asked(request)
    require(principal_of(request), VIEW, retailer)
    start, count = _page(request)
    found, total = await (await _workflows(request)).versions(retailer, name, start, count)
    if not total:
        raise NotFoundError(f"Retailer {retailer} has no workflow {name}.")
    return _listed(start, found, total)


async def compare(request: Request) -> Response:
    """Return what differs between two versions of a workflow, ruleset by ruleset; ``to`` is by default the newest."""
    retailer, name = asked(request)
    require(principal_of(request), VIEW, retailer)
    given = request.query_params
    if not given.get("from"):
        raise MissingValueError("from is missing; give the older version, such as 1.3.")
    first = numbered("from", given["from"])
    second = numbered("to", given["to"]) if given.get("to") else None
    workflows = await _workflows(request)
    before, after = await workflows.version(retailer, name, first), await workflows.version(retailer, name, second)
    return answer(await asyncio.to_thread(compared, before, after))


def asked(request: Request) -> tuple[int, str]:
    """Return the retailer and the name in the path."""
    return identifier("retailerId", request.path_params["retailerId"]), request.path_params["name"]


def numbered(name: str, text: str) -> str:
    """Return a version, without leading zeros."""
    if not VERSION.fullmatch(text):
        raise InvalidValueError(f"{name} is {told(text)}; give <major>.<minor>, such as 1.3.")
    return ".".join(str(int(part)) for part in text.split("."))


async def _workflows(request: Request) -> Workflows:
    return (await services_of(request).account(principal_of(request).account)).workflows


def _page(request: Request) -> tuple[int, int]:
    given = request.query_params
    count = whole("count", given.get("count") or str(PAGE))
    return whole("start", given.get("start") or "0"), min(count, LARGEST_PAGE)


def _listed(start: int, found: list[Outline], total: int) -> Response:
    return answer(WorkflowPage(start, len(found), total, [outlined(version) for version in found]))


_COUNT = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
_ID = {"type": "string", "pattern": "^[0-9]{1,18}$"}
_VERSION = {"type": "string", "pattern": "^[0-9]{1,9}[.][0-9]{1,9}$"}
_PAGING = (
    Parameter("start", "How many to leave out.", _COUNT),
    Parameter("count", f"How many to return, {PAGE} when it is not given, {LARGEST_PAGE} at most.", _COUNT),
)
NAMED = (
    Parameter("retailerId", "The retailer.", _ID, place="path"),
    Parameter("name", "Such as ORDER::HD.", place="path"),
)
_ONE = f"{PATH}/{{retailerId}}/{{name}}"
OPERATIONS = (
    Operation(
        "GET",
        PATH,
        find,
        {200: WorkflowPage, **errors(400, 403)},
        (Parameter("retailerId", "A retailer; all that the user may see when it is not given.", _ID), *_PAGING),
    ),
    Operation(
        "GET",
        _ONE,
        get,
        {200: StoredWorkflow, **errors(400, 403, 404)},
        (*NAMED, Parameter("version", "A version; the newest one when it is not given.", _VERSION)),
    ),
    Operation("GET", f"{_ONE}/versions", versions, {200: WorkflowPage, **errors(400, 403, 404)}, (*NAMED, *_PAGING)),
    Operation(
        "GET",
        f"{_ONE}/compare",
        compare,
        {200: Comparison, **errors(400, 403, 404)},
        (
            *NAMED,
            Parameter("from", "The older version.", _VERSION),
            Parameter("to", "The newer version; the newest one when it is not given.", _VERSION),
        ),
    ),
    Operation(
        "GET",
        f"{_ONE}/{{version}}",
        get,
        {200: StoredWorkflow, **errors(400, 403, 404)},
        (*NAMED, Parameter("version", "A version.", _VERSION, place="path")),
    ),
)
