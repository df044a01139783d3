"""The web pages: files that were built from ``frontend/``. Whoever asks gets them; they hold no data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from penstock.api.limits import header
from penstock.errors import SetupError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

BUILT = Path(__file__).parent / "built"
FILES = "/pages/"
GRAPHQL = "graphql.html"

_NAME = re.compile(r"\w[\w.-]{0,99}\.(?P<kind>\w{1,9})", re.ASCII)
_KINDS = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "woff2": "font/woff2",
}
# The editor sets styles of its own and draws with pictures that stand in its style sheets; scripts, and whatever
# else is fetched, are files of ours.
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # a file's name changes with its content
_EACH_TIME = {"Cache-Control": "no-store"}


def wanted(scope: Scope) -> bool:
    """Return whether a browser asks for a page, and not a program for data."""
    return scope["method"] == "GET" and "text/html" in (header(scope, b"accept") or "").lower()


def page(scope: Scope, name: str) -> Response:
    """Return a page.

    Raises:
        SetupError: the pages were never built.
    """
    if not (BUILT / name).is_file():
        raise SetupError("The web pages are not built. Run make pages in Penstock's folder.", status=503)
    return _response(scope, name, "text/html", _EACH_TIME, "Accept, Accept-Encoding")


async def file(request: Request) -> Response:
    """Return a file that pages load, by its name; there are no folders, so no name leads elsewhere."""
    name = request.path_params["name"]
    match = _NAME.fullmatch(name)
    kind = _KINDS.get(match["kind"]) if match else None
    if kind is None or not (BUILT / name).is_file():
        raise HTTPException(404)
    return _response(request.scope, name, kind, _FOR_EVER, "Accept-Encoding")


def _response(scope: Scope, name: str, kind: str, kept: dict[str, str], varies: str) -> Response:
    """Return a file, packed where there is a packed copy and the browser can unpack it."""
    headers = {**_SAFE, **kept, "Vary": varies}
    path = BUILT / f"{name}.gz"
    if "gzip" in (header(scope, b"accept-encoding") or "") and path.is_file():
        headers["Content-Encoding"] = "gzip"
    else:
        path = BUILT / name
    return Response(path.read_bytes(), headers=headers, media_type=kind)
