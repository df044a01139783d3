"""The operation: rows that match, their distances and hours, a page of them."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.event_query import visible
from penstock.api.rest.locations.asked import CORNERS, LARGEST_PAGE, LAST_START, PAGE, asked
from penstock.api.rest.locations.shapes import FoundLocation, LocationAddress, LocationNetwork, LocationPage
from penstock.api.rest.requests import principal_of, services_of
from penstock.errors import InvalidValueError, TooComplexError
from penstock.sourcing.distance import haversine
from penstock.sourcing.opening_hours import DAYS, OpeningHours, open_at, time_zone

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.api.rest.locations.asked import Asked
    from penstock.identity.principal import Principal

VIEW = "LOCATION_VIEW"
PATH = "/api/v4.1/location"
MOST = 20_000  # locations that a search looks at

_HOURS = tuple(f"{day}_{end}" for day in DAYS for end in ("start", "end"))
_FIND = f"""
SELECT l.id, l.ref, l.name, l.type, l.status, l.retailer_id, l.support_phone_number, l.attributes,
       a.company_name, a.name AS address_name, a.street, a.city, a.state, a.postcode, a.region, a.country,
       a.latitude, a.longitude, a.time_zone, s.all_hours, {", ".join(f"s.{column}" for column in _HOURS)},
       ARRAY(SELECT ARRAY[n.ref, n.type, n.status] FROM network_location j JOIN network n ON n.id = j.network_id
             WHERE j.location_id = l.id ORDER BY n.ref) AS networks
FROM location l LEFT JOIN address a ON a.id = l.primary_address_id
LEFT JOIN opening_schedule s ON s.id = l.opening_schedule_id
WHERE ($1::bigint[] IS NULL OR l.retailer_id = ANY($1::bigint[]))
  AND (l.retailer_id <> ALL($2::bigint[]) OR l.id = ANY($3::bigint[]))
  AND ($4::text[] = '{{}}' AND $5::text[] = '{{}}' OR EXISTS (
    SELECT FROM network_location j JOIN network n ON n.id = j.network_id WHERE j.location_id = l.id
      AND ($4::text[] = '{{}}' OR n.ref = ANY($4::text[])) AND ($5::text[] = '{{}}' OR n.type = ANY($5::text[]))))
  AND ($6::text[] = '{{}}' OR l.status = ANY($6::text[]))
  AND ($7::float8[] IS NULL OR a.latitude BETWEEN ($7::float8[])[3] AND ($7::float8[])[1] AND (
    CASE WHEN ($7::float8[])[4] <= ($7::float8[])[2]
      THEN a.longitude BETWEEN ($7::float8[])[4] AND ($7::float8[])[2]
      ELSE a.longitude >= ($7::float8[])[4] OR a.longitude <= ($7::float8[])[2] END))
  AND ($8::text = '' OR position($8::text IN lower(concat_ws(' ', l.name, l.ref, a.company_name, a.name, a.street,
    a.city, a.state, a.postcode, a.region, a.country))) > 0)
ORDER BY l.ref, l.id LIMIT {MOST + 1}"""


async def find(request: Request) -> Response:
    """Return a page of the locations that match: by ref, or the nearest first where a point is given."""
    principal, services = principal_of(request), services_of(request)
    principal.require([VIEW])
    wanted = asked(request.query_params)
    account = await services.account(principal.account)
    try:
        rows = await account.database.fetch(_FIND, *_values(wanted, principal))
    except asyncpg.QueryCanceledError:
        raise TooComplexError("The search took longer than a statement may; narrow it.") from None
    if len(rows) > MOST:
        raise InvalidValueError(f"More than {MOST:,} locations match; narrow the search by retailerId or agentNetwork.")
    places = _sorted(wanted, rows, services.clock.now())
    page = places[wanted.start : wanted.start + wanted.count]
    found = [_shown(row, is_open=is_open, distance=distance) for row, is_open, distance in page]
    return answer(LocationPage(wanted.start, len(page), len(places), found))


def _values(wanted: Asked, principal: Principal) -> list[Any]:
    scope, box = principal.scope(VIEW), wanted.box
    return [
        visible(scope, [] if wanted.retailer is None else [wanted.retailer]),
        list(scope.partial),
        list(scope.locations),
        wanted.networks,
        wanted.network_types,
        wanted.statuses,
        None if box is None else [box.north, box.east, box.south, box.west],
        wanted.text.lower(),
    ]


Place = tuple[Any, bool | None, float | None]


def _sorted(wanted: Asked, rows: list[Any], now: datetime) -> list[Place]:
    """Return rows with whether they are open and how far they are (km), in order, without those too far or closed."""
    found: list[Place] = [(row, _open(row, now), _distance(row, wanted.near)) for row in rows]
    if wanted.open_now:
        found = [place for place in found if place[1]]
    if wanted.radius is not None:
        found = [place for place in found if place[2] is not None and place[2] <= wanted.radius]
    if wanted.near is not None:  # those without coordinates come last
        found.sort(key=lambda place: (place[2] is None, place[2]))
    return found


def _distance(row: Any, near: tuple[float, float] | None) -> float | None:
    if near is None or row["latitude"] is None or row["longitude"] is None:
        return None
    return round(haversine(*near, row["latitude"], row["longitude"]) / 1000, 3)


def _open(row: Any, now: datetime) -> bool | None:
    """Return whether a location is open; None where nothing tells."""
    if row["all_hours"] is None:
        return None
    week = tuple((row[f"{day}_start"], row[f"{day}_end"]) for day in DAYS)
    hours = OpeningHours(week, time_zone(row["time_zone"]) or UTC, row["all_hours"], _closed(row["attributes"]))
    return open_at(now, hours)


def _closed(attributes: str | None) -> frozenset[date]:
    """Return the days off; what is no date is none."""
    given = msgspec.json.decode(attributes) if attributes else ()
    days = next((a.get("value") for a in given if a.get("name") == "closedDates"), None)
    try:
        return frozenset(date.fromisoformat(day) for day in days or ())
    except (TypeError, ValueError):
        return frozenset()


def _shown(row: Any, *, is_open: bool | None, distance: float | None) -> FoundLocation:
    return FoundLocation(
        location_id=str(row["id"]),
        location_ref=row["ref"],
        name=row["name"],
        type=row["type"],
        status=row["status"],
        retailer_id=str(row["retailer_id"]),
        support_phone_number=row["support_phone_number"],
        address=LocationAddress(
            company_name=row["company_name"],
            name=row["address_name"],
            time_zone=row["time_zone"],
            **{
                name: row[name]
                for name in ("street", "city", "state", "postcode", "region", "country", "latitude", "longitude")
            },
        ),
        opening_hours=_hours(row),
        networks=[LocationNetwork(*network) for network in row["networks"]],
        open_now=is_open,
        distance=distance,
    )


def _hours(row: Any) -> dict[str, int | bool] | None:
    if row["all_hours"] is None:
        return None
    days = {f"{day}{end}": row[f"{day}_{end.lower()}"] for day in DAYS for end in ("Start", "End")}
    return {"allHours": row["all_hours"], **days}


_TEXTS, _DEGREES = {"type": "array", "items": {"type": "string"}}, {"type": "number"}
OPERATIONS = (
    Operation(
        "GET",
        PATH,
        find,
        {200: LocationPage, **errors(400, 403)},
        parameters=(
            Parameter("retailerId", "Only of this retailer.", {"type": "string", "pattern": "^[0-9]{1,18}$"}),
            Parameter("agentNetwork", "Only members of one of these networks, by ref.", _TEXTS),
            Parameter("agentNetworkTypes", "Only members of networks of one of these types.", _TEXTS),
            Parameter("agentStatuses", "Only in one of these statuses.", _TEXTS),
            *(
                Parameter(name, "A corner of the box that it must be in, all four together.", _DEGREES)
                for name in CORNERS
            ),
            Parameter("query", "A part of the name, the ref or the address, in letters of either case."),
            Parameter("latitude", "With longitude: distances from this point, and the nearest first.", _DEGREES),
            Parameter("longitude", "See latitude.", _DEGREES),
            Parameter("radius", "Kilometres around that point.", {"type": "number", "minimum": 0}),
            Parameter("openNow", "Only those that are open at this moment.", {"type": "boolean"}),
            Parameter("start", "How many to leave out.", {"type": "integer", "minimum": 0, "maximum": LAST_START}),
            Parameter(
                "count",
                f"How many to return, {PAGE} when it is not given.",
                {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
            ),
        ),
    ),
)
