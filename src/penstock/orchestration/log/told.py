"""What rules did, in the words of the API (spec 11 §2): rows by their fields' names, changes as mutations.

Rules change rows directly. The audit tells each change as the mutation that would do the same: its name, its input,
and what it would answer. Joins and promises, for which there is no mutation, tell the table or the units.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.model.identifiers import shown
from penstock.model.named import named
from penstock.model.registry import MODEL
from penstock.model.rows import ROWS, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from penstock.model.vocabulary import Entity
    from penstock.orchestration.trace import EventNode, TraceBody

    Attributes = Callable[[], dict[str, Any]]

_TABLES = {struct.__name__: table for table, struct in ROWS.items()}


def resolved(attributes: dict[str, Any], body: TraceBody) -> dict[str, Any]:
    """Return attributes with the values that the trace keeps once."""
    return {k: _value(v, body) if isinstance(v, dict) and v.keys() == {"$"} else v for k, v in attributes.items()}


def _value(reference: dict[str, int], body: TraceBody) -> Any:
    return msgspec.json.decode(body.values[reference["$"]])


def snapshot(entity_type: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as it was, by the names that clients know."""
    entities = MODEL.of_event(entity_type)
    return named(_variant(entities[0].table, row), row) if entities else row


def snapshot_at(body: TraceBody, number: int) -> dict[str, Any]:
    """Return the row of an event's entity as it was before the event: as first seen, with what rules have changed."""
    node = body.events[number]
    table = MODEL.of_event(node.entity_type)[0].table
    row: dict[str, Any] = {}
    for earlier in body.events[: number + 1]:
        if earlier.snapshot >= 0 and earlier.entity_id == node.entity_id and _is_of(earlier.entity_type, table):
            row = msgspec.json.decode(body.values[earlier.snapshot])
        changes = () if earlier is node or not row else _updates(earlier, table, node.entity_id)
        for values in changes:
            own = {"attributes": merged(row["attributes"], values["attributes"])} if "attributes" in values else {}
            row |= {**values, **own, "updated_on": msgspec.to_builtins(datetime.fromtimestamp(body.start, UTC))}
    return snapshot(node.entity_type, row)


def _is_of(entity_type: str, table: str) -> bool:
    return any(entity.table == table for entity in MODEL.of_event(entity_type))


def _updates(event: EventNode, table: str, id_: int | None) -> Iterable[dict[str, Any]]:
    """Yield what the rules of an event changed of a row."""
    for ruleset in event.rulesets:
        for rule in ruleset.rules:
            for kind, struct, *details in rule.actions:
                if kind == "Update" and _TABLES[struct] == table and details[0] == id_:
                    yield details[1]


def _variant(table: str, values: dict[str, Any]) -> Entity:
    """Return the entity of a row; in a shared table its ``kind`` decides."""
    entities = MODEL.tables[table].entities
    return next((e for e in entities if e.variant and e.variant == values.get("kind")), entities[0])


def action(kind: str, details: list[Any], body: TraceBody, forwarded: Attributes) -> dict[str, Any]:
    """Return the attributes of an action's entry; ``forwarded`` gives those of the event that its rule ran for."""
    return _TOLD[kind](details, body, forwarded) if kind in _TOLD else {"action": kind, "details": details}


def _update(details: list[Any], *_: object) -> dict[str, Any]:
    row, id_, values = details
    entity = _variant(_TABLES[row], values)
    return _mutation("update", entity, id_, {"id": shown(entity, id_), **named(entity, values)})


def _create(details: list[Any], *_: object) -> dict[str, Any]:
    row, values = details
    entity = _variant(_TABLES[row], values)
    return _mutation("create", entity, values["id"], named(entity, values))


def _mutation(verb: str, entity: Entity, id_: int, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "mutation": f"{verb}{entity.name}",
        "variables": {"input": {name: value for name, value in given.items() if value is not None or verb == "update"}},
        "response": {"id": shown(entity, id_)},
    }


def _join(details: list[Any], *_: object) -> dict[str, Any]:
    table, columns = details
    return {"mutation": "join", "variables": {"list": table, **columns}}


def _promise(details: list[Any], *_: object) -> dict[str, Any]:
    fulfilment, amounts = details
    if any(units < 0 for units in amounts.values()):
        back = {position: -units for position, units in amounts.items()}
        return {"mutation": "takeOverHold", "variables": {"hold": {"id": str(fulfilment)}, "units": back}}
    return {"mutation": "promise", "variables": {"fulfilment": {"id": str(fulfilment)}, "units": amounts}}


def _sent(details: list[Any], body: TraceBody, forwarded: Attributes) -> dict[str, Any]:
    name, target, attributes, at = details
    event: dict[str, Any] = {"name": name}
    if target is not None:
        table, id_ = target
        entity = MODEL.tables[_TABLES[table]].entities[0]
        event |= {"entityType": entity.event, "entityId": shown(entity, id_)}
    event["attributes"] = forwarded() if attributes is None else resolved(attributes, body)
    if at is not None:
        event["scheduledOn"] = at
    return {"event": event}


def _webhook(details: list[Any], body: TraceBody, _: object) -> dict[str, Any]:
    name, url, *own = details
    return {"url": url, "name": name} | ({"attributes": resolved(own[0], body)} if own else {})


def _mail(details: list[Any], *_: object) -> dict[str, Any]:
    template, to, subject = details
    return {"template": template, "to": to, "subject": subject}


_TOLD: dict[str, Callable[[list[Any], TraceBody, Attributes], dict[str, Any]]] = {
    "Update": _update,
    "Create": _create,
    "Join": _join,
    "Promise": _promise,
    "SendEvent": _sent,
    "Webhook": _webhook,
    "Mail": _mail,
}
