"""Whether a caller may send an event to an entity: only to what the permission's scope shows (spec 10 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from penstock.api.graphql.statements.visibility import Visibility, bound, reaches, view_permission
from penstock.errors import ForbiddenError
from penstock.model.identifiers import shown
from penstock.model.registry import MODEL
from penstock.orchestration.posting import where

if TYPE_CHECKING:
    from penstock.database.pools import Database
    from penstock.identity.principal import Principal
    from penstock.rules.context import Event

PERMISSION = "EVENT_CREATE"


async def within_reach(database: Database, principal: Principal, event: Event) -> Event:
    """Return the event, addressed by the id of the entity that the caller may reach.

    An event to an entity that does not exist is returned as it is.

    Raises:
        ForbiddenError: the permission is missing, or not held for this retailer or entity.
    """
    principal.require([PERMISSION])
    scope = principal.scope(PERMISSION)
    if not scope.touches(event.retailer_id):
        raise ForbiddenError(f"User may not send events to retailer {event.retailer_id}.")
    if scope.everything:
        return event
    if not scope.covers(event.retailer_id) and not any(e.location_scope for e in MODEL.of_event(event.entity_type)):
        # Rights at one location end there: what belongs to none, such as a catalogue, is the whole retailer's.
        raise ForbiddenError(f"User may send events within locations only, and {event.entity_type} belongs to none.")
    sql, arguments = _look_up(principal, event)
    found = await database.fetchrow(sql, *arguments)
    if found is None:
        return event
    if not found["visible"]:
        entity = MODEL.of_event(event.entity_type)[0]
        named = event.entity_ref if event.entity_id is None else shown(entity, event.entity_id)
        raise ForbiddenError(f"User may not send events to {event.entity_type} {named}.")
    return replace(event, entity_id=found["id"])


def _look_up(principal: Principal, event: Event) -> tuple[str, list[Any]]:
    """Return the statement that finds the entity, one that the caller sees before others of the same ref."""
    entity = MODEL.of_event(event.entity_type)[0]
    arguments: list[Any] = []

    def bind(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    (reach,), scopes = reaches(principal, (PERMISSION,))
    visibility = Visibility({view_permission(entity): reach}, lambda n, part: bind(bound(principal, scopes[n], part)))
    by_id = event.entity_id is not None
    first = f"t.id = {bind(event.entity_id)}" if by_id else f"t.ref = {bind(event.entity_ref)}"
    # Of a retailer that the id does not belong to, the engine knows nothing: that is told later, with the event.
    named = " AND ".join([first, *([] if by_id else where(entity, event, bind, by_id=False))])
    visible = " AND ".join(visibility.conditions(entity.name, "t")) or "true"
    sql = f"SELECT t.id, coalesce({visible}, false) AS visible FROM {entity.table} t WHERE {named} "
    return sql + "ORDER BY visible DESC, t.id LIMIT 1", arguments
