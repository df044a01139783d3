"""The parameters of a token request, wherever the client put them (spec 10 §2.1)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from penstock.api.limits import header
from penstock.api.rest.answers import OAuthError

if TYPE_CHECKING:
    from starlette.types import Scope


class Login(msgspec.Struct):
    """Who wants a token; what is null or empty counts as absent.

    Everything may stand in the query instead, and the client in Basic credentials.
    """

    grant_type: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    username: str | None = None
    password: str | None = None
    refresh_token: str | None = None
    scope: str | None = None


def parameters(scope: Scope, body: bytes) -> dict[str, str]:
    """Return the parameters of the body (form or JSON), the query and Basic credentials; the former win.

    Raises:
        OAuthError: the body cannot be read.
    """
    query: bytes = scope["query_string"]
    return {**_basic(header(scope, b"authorization")), **_form(query), **_of_body(body.strip())}


def _of_body(body: bytes) -> dict[str, str]:
    if not body.startswith(b"{"):
        return _form(body)
    try:
        found = msgspec.structs.asdict(msgspec.json.decode(body, type=Login))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise OAuthError(f"The body is neither a form nor a login in JSON: {error}") from error
    return {name: value for name, value in found.items() if value}


def _form(text: bytes) -> dict[str, str]:
    """Decode a form; empty values count as absent."""
    try:
        return dict(parse_qsl(text.decode(), errors="strict", max_num_fields=100))
    except ValueError as error:
        raise OAuthError("The parameters are not a form in UTF-8") from error


def _basic(authorization: str | None) -> dict[str, str]:
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthError("The Basic credentials are not valid base64") from error
    return {"client_id": unquote_plus(client_id), "client_secret": unquote_plus(secret)}
