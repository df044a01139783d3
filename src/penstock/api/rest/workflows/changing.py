"""Saving workflows, and going back to an older version (spec 11 §5, 13 §10)."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from penstock.api.graphql.coercion import holds_nul
from penstock.api.limits import check_nesting, read_body
from penstock.api.rest.answers import answer, envelope
from penstock.api.rest.declaration import Operation, errors
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.shape import Shape
from penstock.api.rest.workflows.given import GivenWorkflow, Number
from penstock.api.rest.workflows.reach import CREATE, UPDATE, require, require_any
from penstock.api.rest.workflows.reading import NAMED, PATH, asked
from penstock.api.rest.workflows.shapes import SavedWorkflow
from penstock.errors import InvalidValueError
from penstock.model.identifiers import parse
from penstock.workflows.checking import sentence
from penstock.workflows.checking.members import LONGEST_COMMENT
from penstock.workflows.stored import retailer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.workflows.checking import Finding


class RollBack(Shape):
    """The version to go back to; ``major`` begins a new major version with it, which new entities then follow."""

    version: Number
    major: Annotated[int, msgspec.Meta(ge=0, le=999_999_999)] | None = None


_roll_back = msgspec.json.Decoder(RollBack)


async def put(request: Request) -> Response:
    """Save a workflow as a new version, if nothing is wrong with it and all of its rules are installed."""
    return await _save(request, await _received(request), rules=True)


async def post(request: Request) -> Response:
    """Save a workflow as a new version, without a look at its rules."""
    return await _save(request, await _received(request), rules=False)


async def roll_back(request: Request) -> Response:
    """Save what an older version says as a new version; everything that follows that one follows it."""
    principal = principal_of(request)
    retailer, name = asked(request)
    require(principal, UPDATE, retailer)
    wanted = await _wanted(request)
    workflows = (await services_of(request).account(principal.account)).workflows
    old = await workflows.version(retailer, name, wanted.version)
    comment = f"Rolled back to {old.version}. {old.document.get('versionComment') or ''}".strip()[:LONGEST_COMMENT]
    major = old.major if wanted.major is None else wanted.major
    about = {"retailerId": str(retailer), "version": f"{major}.0", "versionComment": comment}
    return await _save(request, {**old.document, **about}, rules=True)


async def _received(request: Request) -> Any:
    """Return the document in the body, from somebody who may save some workflow."""
    principal = principal_of(request)
    require_any(principal, None)
    # Whatever looks through a large document does so beside the loop, as other requests must not wait for it.
    document = await asyncio.to_thread(_decoded, await read_body(request.scope, request.receive))
    given = document.get("retailerId") if isinstance(document, dict) else None
    if isinstance(given, str | int) and not isinstance(given, bool):
        require_any(principal, parse(given))
    return document


def _decoded(content: bytes) -> Any:
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body is not JSON: {error}") from None
    check_nesting(content, document)
    if b"\\u0000" in content and holds_nul(document):
        raise InvalidValueError("The workflow holds the character U+0000, which cannot be stored.")
    return document


async def _wanted(request: Request) -> RollBack:
    try:
        return _roll_back.decode(await read_body(request.scope, request.receive))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f'The body is not {{"version": "1.3"}}: {error}') from None


async def _save(request: Request, document: Any, *, rules: bool) -> Response:
    principal = principal_of(request)
    workflows = (await services_of(request).account(principal.account)).workflows
    if findings := await workflows.findings(document, rules=rules):
        return _refused(findings)
    require(principal, UPDATE if await workflows.known(document) else CREATE, retailer_of(document))
    saved = await workflows.save(document, principal.username)
    return answer(SavedWorkflow(f"{saved.retailer_id}-{saved.name}::{saved.version}"))


def _refused(findings: Sequence[Finding]) -> Response:
    """Return the answer that tells all mistakes."""
    status = int(HTTPStatus.BAD_REQUEST)
    listed = [{"code": str(status), "message": str(finding)} for finding in findings]
    return answer(envelope(status, sentence("The workflow is not saved", findings), errors=listed), status)


OPERATIONS = (
    Operation("PUT", PATH, put, {200: SavedWorkflow, **errors(400, 403)}, body=GivenWorkflow),
    Operation("POST", PATH, post, {200: SavedWorkflow, **errors(400, 403)}, body=GivenWorkflow),
    Operation(
        "POST",
        f"{PATH}/{{retailerId}}/{{name}}/rollback",
        roll_back,
        {200: SavedWorkflow, **errors(400, 403, 404)},
        NAMED,
        RollBack,
    ),
)
