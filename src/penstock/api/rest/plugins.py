"""``/orchestration/rest/v1/plugin``: the rules of an account, and bundles of its own (spec 11 §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from penstock.api.limits import header, read_body
from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.shape import Shape
from penstock.errors import ForbiddenError, InvalidValueError, MissingValueError, shown
from penstock.orchestration.expand import wire_time
from penstock.plugins.bundle import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope

    from penstock.api.services import Plugins
    from penstock.plugins.store import StoredBundle

VIEW, CREATE = "PLUGIN_VIEW", "PLUGIN_CREATE"
PATH = "/orchestration/rest/v1/plugin"
_AROUND = 64 * 1024  # bytes of a request beside the file

Text = Annotated[str, msgspec.Meta(max_length=255)]


class EventInfo(Shape):
    """Events that a rule accepts or produces; an empty text means any."""

    event_name: str
    entity_type: str
    entity_subtype: str
    status: str


class RuleInfo(Shape):
    """What a rule does, and on what."""

    name: str
    description: str
    accepts: list[EventInfo]
    produces: list[EventInfo]
    rule_exception: list[dict[str, Any]]


class ListedRule(Shape):
    """A rule that workflows of the account can name; ``bundle`` is that of an uploaded one."""

    name: str
    description: str
    rule_info: RuleInfo
    event_attributes: list[dict[str, Any]]
    parameters: list[dict[str, Any]]
    bundle: str | None = None


class RuleList(Shape):
    """One member for each rule, named by its full name, such as ``ACME.core.SetState``: see ListedRule."""


class BundleStatus(Shape):
    """A version of a bundle: INSTALLED once uploaded, ACTIVE, or INACTIVE after another was activated."""

    bundle_name: str
    bundle_version: str
    bundle_status: str
    account_id: str
    rules: list[str]
    digest: str
    created_by: str
    created_on: str
    activated_on: str | None


class UploadedBundle(Shape):
    """A wheel of rules, as the one part of a form."""

    file: Annotated[str, msgspec.Meta(extra_json_schema={"format": "binary"})]


class GivenInstallation(Shape):
    """Which version of a bundle is to be active: ``ACME.core::1.0.3``."""

    bundle_name: Text
    account_id: Text | None = None


_installation = msgspec.json.Decoder(GivenInstallation)


async def rules(request: Request) -> Response:
    """Return all rules of the account, by full name."""
    return answer(await (await _plugins(request, VIEW)).rules())


async def status(request: Request) -> Response:
    """Return the state of a version of a bundle."""
    plugins = await _plugins(request, VIEW)
    name, version = _named(request, request.path_params["bundleName"])
    return answer(_shape(request, await plugins.status(name, version)))


async def upload(request: Request) -> Response:
    """Store a bundle of rules, a wheel; installing it makes it active."""
    plugins = await _plugins(request, CREATE)
    body = await read_body(request.scope, request.receive, MOST_BYTES + _AROUND)
    content = await _file(request.scope, body)
    now = services_of(request).clock.now()
    stored = await plugins.upload(content, user=principal_of(request).username, now=now)
    return answer(_shape(request, stored))


async def install(request: Request) -> Response:
    """Make a version of a bundle the active one; installing an older one is the way back."""
    plugins = await _plugins(request, CREATE)
    body = await read_body(request.scope, request.receive)
    try:
        given = _installation.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body does not say which bundle to install: {error}") from None
    if given.account_id not in {None, principal_of(request).account}:
        raise ForbiddenError(f"accountId is {shown(given.account_id)}; the token is for another account.")
    name, version = _named(request, given.bundle_name)
    return answer(_shape(request, await plugins.install(name, version, services_of(request).clock.now())))


async def _plugins(request: Request, permission: str) -> Plugins:
    """Return the account's bundles to somebody who holds the permission in the whole account."""
    principal = principal_of(request)
    principal.require([permission])
    if not principal.scope(permission).everything:
        raise ForbiddenError(f"User does not have permission in the context ACCOUNT: {permission}")
    return (await services_of(request).account(principal.account)).plugins


def _named(request: Request, text: str) -> tuple[str, str]:
    """Return name and version of a bundle of the account that is asking."""
    name, _, version = text.partition("::")
    account, dot, namespace = name.partition(".")
    if not version or not dot or not namespace or not text.isprintable():
        raise InvalidValueError(f"bundleName is {shown(text)}; write <account>.<namespace>::<version>.")
    if account != principal_of(request).account:
        raise ForbiddenError(f"bundleName is {shown(text)}; the token is for another account.")
    return name, version


def _shape(request: Request, stored: StoredBundle) -> dict[str, Any]:
    account = principal_of(request).account
    return {
        "bundleName": stored.name,
        "bundleVersion": stored.version,
        "bundleStatus": stored.status,
        "accountId": account,
        "rules": sorted(f"{account}.{name}" for name in stored.rules),
        "digest": stored.digest,
        "createdBy": stored.created_by,
        "createdOn": wire_time(stored.created_on),
        "activatedOn": wire_time(stored.activated_on) if stored.activated_on else None,
    }


async def _file(scope: Scope, body: bytes) -> bytes:
    """Return the content of the one part ``file``."""
    kind, options = parse_options_header(header(scope, b"content-type") or "")
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise InvalidValueError("Send the bundle as multipart/form-data with one part named file.")

    async def parts() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(Headers(scope=scope), parts(), max_files=1, max_fields=10).parse()
    except (MultiPartException, ValueError, KeyError, AssertionError) as error:
        raise InvalidValueError(f"The body is no form of parts: {error}") from None
    try:
        found = form.get("file")
        if not isinstance(found, UploadFile):
            raise MissingValueError("The part file is missing, or is no file: give it a file name.")
        return await found.read()
    finally:
        await form.close()


_NAME = Parameter("bundleName", "Account, namespace and version of a bundle: ``ACME.core::1.0.3``.", place="path")
OPERATIONS = (
    Operation("GET", PATH, rules, {200: RuleList, **errors(403)}),
    Operation("GET", f"{PATH}/{{bundleName}}/status", status, {200: BundleStatus, **errors(400, 403, 404)}, (_NAME,)),
    Operation(
        "POST", f"{PATH}/upload", upload, {200: BundleStatus, **errors(400, 403)}, body=UploadedBundle, upload=True
    ),
    Operation("POST", f"{PATH}/install", install, {200: BundleStatus, **errors(400, 403, 404)}, body=GivenInstallation),
)
