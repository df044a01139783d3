"""Whether a caller may send an event to an entity: only to what the permission's scope shows (spec 10 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from penstock.api.graphql.statements.visibility import Visibility, bound, reaches, view_permission
from penstock.errors import ForbiddenError
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from penstock.database.pools import Database
    from penstock.identity.principal import Principal
    from penstock.model.vocabulary import Entity
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
    sql, arguments = _look_up(principal, event)
    found = await database.fetchrow(sql, *arguments)
    if found is None:
        return event
    if not found["visible"]:
        named = event.entity_ref if event.entity_id is None else event.entity_id
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
    if event.entity_id is not None:
        named = f"t.id = {bind(event.entity_id)}"
    else:
        named = f"t.ref = {bind(event.entity_ref)}" + _narrowed(entity, event, bind)
    visible = " AND ".join(visibility.conditions(entity.name, "t")) or "true"
    sql = f"SELECT t.id, coalesce({visible}, false) AS visible FROM {entity.table} t WHERE {named} "
    return sql + "ORDER BY visible DESC, t.id LIMIT 1", arguments


def _narrowed(entity: Entity, event: Event, bind: Any) -> str:
    """Return what else the event says about an entity that it names by ref."""
    root, column = MODEL.root(entity)
    if column != "id" and event.root_ref is not None:
        return f" AND t.{column} IN (SELECT r.id FROM {root.table} r WHERE r.ref = {bind(event.root_ref)})"
    if any(c.column == "retailer_id" for c in entity.columns):
        return f" AND t.retailer_id = {bind(event.retailer_id)}"
    return ""
