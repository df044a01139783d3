"""The parameters of an event search (spec 11 §1.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from penstock.api.rest.declaration import Parameter
from penstock.api.rest.values import identifier, moment, unique, whole
from penstock.errors import InvalidValueError, shown
from penstock.orchestration.search import EARLIEST, EventQuery

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.datastructures import QueryParams

    from penstock.identity.principal import Scope

DAYS_SEARCHED = 30
PAGE, LARGEST_PAGE = 100, 5_000
CONTEXT = ("rootEntityType", "rootEntityId", "rootEntityRef", "entityType", "entityId", "entityRef")
TYPES = ("ORCHESTRATION", "ORCHESTRATION_AUDIT", "API", "GENERAL", "INTEGRATION", "SECURITY")
STATUSES = ("PENDING", "SCHEDULED", "NO_MATCH", "SUCCESS", "FAILED", "COMPLETE")

_TEXTS = {"type": "array", "items": {"type": "string"}}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
_MOMENT = {"type": "string", "format": "date-time"}
_UUID = {"type": "string", "format": "uuid"}
_ID = {"type": "string", "pattern": "^[0-9]{1,18}$"}
PARAMETERS = (
    *(Parameter(f"context.{name}", "Any of these.", _TEXTS) for name in CONTEXT),
    Parameter("context.sourceEvents", "An event: finds its audit and what followed from it.", _UUID),
    Parameter("eventId", "One event or entry of an audit.", _UUID),
    Parameter("retailerId", "A retailer.", _ID),
    Parameter("name", "Names of events, rulesets or rules.", _TEXTS),
    Parameter("category", "Such as ORDER_WORKFLOW, ruleSet or ACTION; case does not matter.", _TEXTS),
    Parameter("eventType", f"Any of {', '.join(TYPES)}.", _TEXTS),
    Parameter("eventStatus", f"Any of {', '.join(STATUSES)}.", _TEXTS),
    Parameter("from", f"Earliest moment; {DAYS_SEARCHED} days ago when it is not given.", _MOMENT),
    Parameter("to", "Latest moment.", _MOMENT),
    Parameter("start", "How many to leave out.", _COUNT),
    Parameter("count", f"How many to return, {PAGE} when it is not given, {LARGEST_PAGE} at most.", _COUNT),
)


def read_query(given: QueryParams, scope: Scope, now: datetime) -> EventQuery:
    """Return the search that the parameters ask for, within what the caller may see; unknown ones are ignored.

    Raises:
        InvalidValueError: a number, id or UUID that is none.
        InvalidDateError: a date that is none.
    """
    context = {name: _texts(given, f"context.{name}") for name in CONTEXT}
    return EventQuery(
        since=_since(given, now),
        until=moment("to", given["to"]) if given.get("to") else None,
        start=whole("start", given.get("start") or "0"),
        count=min(whole("count", given.get("count") or str(PAGE)), LARGEST_PAGE),
        event_id=unique("eventId", given["eventId"]) if given.get("eventId") else None,
        retailers=visible(scope, [identifier("retailerId", text) for text in _texts(given, "retailerId")]),
        names=_texts(given, "name"),
        categories=_texts(given, "category"),
        types=_listed(given, "eventType", TYPES),
        statuses=_listed(given, "eventStatus", STATUSES),
        source_events=[unique("context.sourceEvents", text) for text in _texts(given, "context.sourceEvents")],
        context={name: texts for name, texts in context.items() if texts},
    )


def _listed(given: QueryParams, name: str, known: tuple[str, ...]) -> list[str]:
    """Return the values of a parameter that has few; a wrong one would read as "there is none"."""
    found = [text.upper() for value in given.getlist(name) for text in value.split(",") if text]
    for text in found:
        if text not in known:
            raise InvalidValueError(f"{name} is {shown(text)}; give one of {', '.join(known)}.")
    return found


def _since(given: QueryParams, now: datetime) -> datetime:
    """Return the beginning of the time to search; one event is looked up whenever it was."""
    if given.get("from"):
        return moment("from", given["from"])
    return EARLIEST if given.get("eventId") else now - timedelta(days=DAYS_SEARCHED)


def visible(scope: Scope, wanted: list[int]) -> list[int] | None:
    """Return the retailers to look at, those wanted if any; None means all of the account's."""
    if scope.everything:
        return wanted or None
    return [r for r in sorted(scope.retailers) if not wanted or r in wanted]


def _texts(given: QueryParams, name: str) -> list[str]:
    """Return what a parameter asks for: repeated, or a list with commas.

    A text with a comma also stands for itself, since references may hold one.
    """
    found: list[str] = []
    for text in given.getlist(name):
        found += [part for part in text.split(",") if part]
        if "," in text and not name.endswith(("Id", "sourceEvents")):
            found.append(text)
    return found
