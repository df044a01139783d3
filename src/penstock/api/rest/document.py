"""``GET /openapi.json``: this API, described for programs.

Public, since it says nothing that is not in the documentation, and tools fetch it before they can log in.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from penstock.api.rest.declaration import Operation
from penstock.api.rest.openapi import JSON, openapi

if TYPE_CHECKING:
    from starlette.requests import Request

PATH = "/openapi.json"


class OpenApi(msgspec.Struct):
    """An OpenAPI document; version 3.1 says what is in it."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]


async def get(_request: Request) -> Response:
    """Return this document."""
    return Response(text(), media_type=JSON)


@cache
def text() -> bytes:
    """Return the document in JSON."""
    from penstock.api.rest.resources import OPERATIONS as ALL  # noqa: PLC0415 - resources.py imports this module

    return msgspec.json.format(msgspec.json.encode(openapi(ALL)), indent=2)


OPERATIONS = (Operation("GET", PATH, get, {200: OpenApi}, public=True),)
