"""Where in the web a browser's request comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from penstock.api.limits import header
from penstock.errors import ForbiddenError

if TYPE_CHECKING:
    from starlette.types import Scope


def refuse_other_sites(scope: Scope) -> None:
    """Accept requests of our own pages, and of programs that are no browser.

    Browsers tell by ``Sec-Fetch-Site``, but over plain HTTP to other machines only by ``Origin``; no script can
    change either.

    Raises:
        ForbiddenError: a page of another site sends the request.
    """
    site, origin = header(scope, b"sec-fetch-site"), header(scope, b"origin")
    same = _same_host(origin, scope) if site is None and origin is not None else site in {None, "same-origin"}
    if not same:
        raise ForbiddenError(
            f"The request comes from {origin or site}, not from a page of this server. "
            "If a proxy stands before Penstock, let it pass on the header Host."
        )


def over_https(scope: Scope) -> bool:
    """Return whether the browser is connected by HTTPS, be it to a proxy before us.

    The browser's own word counts, so there is no need to trust what a proxy, or somebody pretending to be one, says
    in ``X-Forwarded-Proto``.
    """
    return scope["scheme"] == "https" or (header(scope, b"origin") or "").startswith("https://")


def _same_host(origin: str, scope: Scope) -> bool:
    return urlsplit(origin).netloc.lower() == (header(scope, b"host") or "").lower()
