"""``/api/v4.1/webhook``: the keys that receivers check signatures with (spec 14 §3).

The public ones need no token: a receiver has none, and a public key is for everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from penstock.api.rest.accounts import named_account
from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, Parameter, Text, errors
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.values import unique
from penstock.api.rest.webhook_log import PATH, UPDATE, VIEW
from penstock.api.rest.webhook_shapes import WebhookKeys, key_shape
from penstock.delivery.keys.forms import pem
from penstock.errors import ForbiddenError, NotFoundError
from penstock.identity.clients import served_account

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.delivery.keys.store import Keys, PublicKey

PUBLIC_KEY = f"{PATH}/public-key"


class Spki(Text):
    """The public RSA key: its SubjectPublicKeyInfo in Base64, on one line."""


class Pem(Text):
    """The public RSA key in PEM."""

    media = "application/x-pem-file"


async def public_key(request: Request) -> Response:
    """Return the public RSA key that webhooks are signed with now, in one line of Base64, or in PEM if accepted."""
    key = (await _published(request))[0].rsa_public
    if Pem.media in request.headers.get("accept", ""):
        return _pem(key)
    return PlainTextResponse(key)


async def public_key_pem(request: Request) -> Response:
    """Return the public RSA key that webhooks are signed with now, in PEM."""
    return _pem((await _published(request))[0].rsa_public)


async def public_keys(request: Request) -> Response:
    """Return all public keys that receivers should know: the one that signs, the next one, and the ones before."""
    return answer({"results": [key_shape(key) for key in await _published(request)]})


async def keys(request: Request) -> Response:
    """Return all keys, retired ones too."""
    return await _all(await _keys(request, VIEW))


async def prepare(request: Request) -> Response:
    """Make and publish the next key, for receivers to know it before anything is signed with it."""
    own = await _keys(request, UPDATE)
    await own.prepare()
    return await _all(own)


async def rotate(request: Request) -> Response:
    """Sign with the prepared key from now on, or with a fresh one; the last one stays published."""
    own = await _keys(request, UPDATE)
    await own.rotate()
    return await _all(own)


async def retire(request: Request) -> Response:
    """Publish a key no longer, and forget its private half; the one that signs cannot be retired."""
    own = await _keys(request, UPDATE)
    await own.retire(unique("keyId", request.path_params["keyId"]))
    return await _all(own)


async def _all(own: Keys) -> Response:
    return answer({"results": [key_shape(key) for key in await own.all()]})


async def _keys(request: Request, permission: str) -> Keys:
    principal = principal_of(request)
    principal.require([permission])
    if permission == UPDATE and not principal.scope(UPDATE).everything:
        raise ForbiddenError("The keys of webhooks are the account's: changing them needs WEBHOOK_UPDATE in all of it.")
    return (await services_of(request).account(principal.account)).webhook_keys


async def _published(request: Request) -> list[PublicKey]:
    """Return the public keys of the account that the request names, or else of the only one that there is."""
    services = services_of(request)
    named = request.query_params.get("account", "").strip().upper() or named_account(request.scope)
    account = await served_account(services.placement.control, named)
    if not account:
        raise NotFoundError("There is no such account; name one, as in ?account=PENSTOCK.")
    found = await (await services.account(account)).webhook_keys.published()
    if not found:
        raise NotFoundError(f"Account {account} has no key yet; the first worker with PENSTOCK_SECRET makes it.")
    return found


def _pem(spki: str) -> Response:
    return PlainTextResponse(pem(spki), media_type=Pem.media)


_ACCOUNT = (Parameter("account", "Whose key; not needed where there is one account only."),)
_KEY_ID = Parameter("keyId", "The id of a key.", {"type": "string", "format": "uuid"}, place="path")
OPERATIONS = (
    Operation("GET", PUBLIC_KEY, public_key, {200: Spki, **errors(404)}, _ACCOUNT, public=True),
    Operation("GET", f"{PUBLIC_KEY}.pem", public_key_pem, {200: Pem, **errors(404)}, _ACCOUNT, public=True),
    Operation("GET", f"{PUBLIC_KEY}s", public_keys, {200: WebhookKeys, **errors(404)}, _ACCOUNT, public=True),
    Operation("GET", f"{PATH}/key", keys, {200: WebhookKeys, **errors(403)}),
    Operation("POST", f"{PATH}/key", prepare, {200: WebhookKeys, **errors(400, 403, 409)}),
    Operation("POST", f"{PATH}/key/rotate", rotate, {200: WebhookKeys, **errors(403, 409)}),
    Operation("POST", f"{PATH}/key/{{keyId}}/retire", retire, {200: WebhookKeys, **errors(400, 403, 404)}, (_KEY_ID,)),
)
