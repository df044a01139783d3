"""``GET /api/v4.1/availability/explain``: why a virtual catalogue shows so much of a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.values import moment
from penstock.diagnosis.availability.reading import Seen
from penstock.diagnosis.availability.service import MOST_RESULTS, Asked
from penstock.diagnosis.availability.shapes import Explanations
from penstock.errors import InvalidValueError, TooComplexError
from penstock.inventory.selling import SELLING_STATUSES

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.identity.principal import Principal

PATH = "/api/v4.1/availability/explain"
VIEW = "VIRTUALCATALOGUE_VIEW"
NEEDED = (VIEW, "INVENTORYCATALOGUE_VIEW", "CONTROLGROUP_VIEW")
MOST_PRODUCTS, MOST_LOCATIONS = 20, 100


async def explain(request: Request) -> Response:
    """Show how the figures of a virtual catalogue come about, computed anew and compared with what is stored."""
    principal, services = principal_of(request), services_of(request)
    principal.require(NEEDED)
    asked = _asked(request.query_params, principal)
    account = await services.account(principal.account)
    try:
        return answer(await account.availability.explain(asked))
    except asyncpg.QueryCanceledError:
        raise TooComplexError("It took longer than a statement may; ask for fewer products or locations.") from None


def _asked(given: QueryParams, principal: Principal) -> Asked:
    catalogue, products = given.get("virtualCatalogueRef"), _some(given, "productRef", MOST_PRODUCTS)
    if not catalogue:
        raise InvalidValueError("virtualCatalogueRef is missing; give the ref of a virtual catalogue, such as BASE:1.")
    if not products:
        raise InvalidValueError(f"productRef is missing; give one, or up to {MOST_PRODUCTS}.")
    return Asked(
        catalogue,
        products,
        _some(given, "locationRef", MOST_LOCATIONS) or None,
        _some(given, "statuses", MOST_PRODUCTS) or SELLING_STATUSES,
        _seen(principal),
        moment("until", given["until"]) if given.get("until") else None,
    )


def _seen(principal: Principal) -> Seen:
    virtual, *_ = scopes = [principal.scope(permission) for permission in NEEDED]
    catalogues, stock, controls = (None if s.everything else principal.served(s) for s in scopes)
    return Seen(catalogues, stock, controls, None if virtual.everything else virtual.retailers)


def _some(given: QueryParams, name: str, most: int) -> list[str]:
    """Return the values of a parameter that may be repeated, each once."""
    found = list(dict.fromkeys(text for text in given.getlist(name) if text))
    if len(found) > most:
        raise InvalidValueError(f"{name} is given {len(found)} times; give it {most} times at most.")
    return found


_TEXT, _TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
OPERATIONS = (
    Operation(
        "GET",
        PATH,
        explain,
        {200: Explanations, **errors(400, 403, 404)},
        parameters=(
            Parameter("virtualCatalogueRef", "The catalogue, such as BASE:1 or ATS_ALL:1; required.", _TEXT),
            Parameter("productRef", f"A product; repeat it for up to {MOST_PRODUCTS}. Required.", _TEXTS),
            Parameter(
                "locationRef",
                f"Only at this location; may be repeated. Without it, all: {MOST_RESULTS} answers at most.",
                _TEXTS,
            ),
            Parameter(
                "until",
                "What is expected until then counts for availableThen; by default up to the horizon of the catalogue.",
                {"type": "string", "format": "date-time"},
            ),
            Parameter(
                "statuses",
                f"Statuses of inventory positions that a sum counts; {' and '.join(SELLING_STATUSES)} by default.",
                _TEXTS,
            ),
        ),
    ),
)
