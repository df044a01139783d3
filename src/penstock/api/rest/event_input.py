"""The body of a posted event, checked (spec 11 §1.1, §1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.api.graphql.coercion import holds_nul
from penstock.api.limits import check_nesting
from penstock.api.rest.event_shapes import LONGEST_TEXT, GivenAttribute, GivenEvent
from penstock.api.rest.values import identifier, moment
from penstock.errors import ForbiddenError, InvalidValueError, MissingValueError, TooLongError, shown
from penstock.model.registry import ALIASES, MODEL
from penstock.orchestration.actions import event_id
from penstock.rules.context import Event

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.identity.principal import Principal

TYPES = ("NORMAL", "EXCEPTION")
SOURCE = "Fluent-API"

Body = dict[str, Any]
_event = msgspec.json.Decoder(GivenEvent)


def read_event(content: bytes, principal: Principal, now: datetime) -> Event:
    """Return the event that a body describes; keys that are unknown or null are ignored.

    Raises:
        InvalidValueError: the body is not JSON, or a value cannot be used.
        MissingValueError: a required value is absent.
        ForbiddenError: the event names another account than the token's.
    """
    body = _decoded(content)
    _check_account(_text(body, "accountId"), principal.account)
    due = moment("scheduledOn", body["scheduledOn"]) if "scheduledOn" in body else None
    return Event(
        id=event_id(now),
        name=_required(body, "name"),
        retailer_id=identifier("retailerId", _present(body, "retailerId")),
        **_addressed(body),
        type=_type(body),
        attributes=_attributes(body.get("attributes", {})),
        scheduled_on=due if due and due > now else None,
        source=_text(body, "source") or SOURCE,
        meta=body.get("meta", {}),
    )


def _decoded(content: bytes) -> Body:
    """Return the members of an event that say something."""
    try:
        event = _event.decode(content)
    except msgspec.ValidationError as error:
        raise InvalidValueError(f"The body is not an event: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body is not JSON: {error}") from None
    check_nesting(content, event)
    members = zip(event.__struct_encode_fields__, msgspec.structs.astuple(event), strict=True)
    body = {name: value for name, value in members if value not in (None, "")}
    if b"\\u0000" in content:  # seldom; else nobody has to look
        for name, value in body.items():
            if holds_nul(msgspec.to_builtins(value)):
                raise InvalidValueError(f"{name} holds the character U+0000, which cannot be stored.")
    return body


def _check_account(given: str | None, account: str) -> None:
    if given and given.upper() != account:
        raise ForbiddenError(f"accountId is {shown(given)}, but the token is for account {account}.")


def _addressed(body: Body) -> dict[str, Any]:
    """Return what says which entity the event is for."""
    entity_type = _required(body, "entityType")
    if not MODEL.of_event(entity_type):
        raise InvalidValueError(f"entityType is {shown(entity_type)}, which is unknown; give one such as ORDER.")
    entity_id, ref = _id(body, "entityId"), _text(body, "entityRef")
    if entity_id is None and ref is None:
        raise MissingValueError("entityId and entityRef are both missing; give one of them.")
    root_type = _text(body, "rootEntityType")
    return {
        "entity_type": ALIASES.get(entity_type, entity_type),
        "entity_id": entity_id,
        "entity_ref": ref,
        "entity_subtype": _text(body, "entitySubtype"),
        "entity_status": _text(body, "entityStatus"),
        "root_type": ALIASES.get(root_type, root_type) if root_type else None,
        "root_id": _id(body, "rootEntityId"),
        "root_ref": _text(body, "rootEntityRef"),
    }


def _present(body: Body, name: str) -> Any:
    if name not in body:
        raise MissingValueError(f"{name} is missing.")
    return body[name]


def _required(body: Body, name: str) -> str:
    _present(body, name)
    return _text(body, name) or ""


def _text(body: Body, name: str) -> str | None:
    """Return a text, or a number as text."""
    if name not in body:
        return None
    text = str(body[name])
    if len(text) > LONGEST_TEXT:
        raise TooLongError(f"{name} is {text[:40]!r}… with {len(text)} characters; at most {LONGEST_TEXT} are stored.")
    return text


def _id(body: Body, name: str) -> int | None:
    return identifier(name, body[name]) if name in body else None


def _type(body: Body) -> str:
    type_ = _text(body, "type") or TYPES[0]
    if type_ not in TYPES:
        raise InvalidValueError(f"type is {shown(type_)}; give {' or '.join(TYPES)}.")
    return type_


def _attributes(given: dict[str, Any] | list[GivenAttribute]) -> dict[str, Any]:
    """Return attributes given as a map, or as a list of ``{name, type, value}``."""
    return given if isinstance(given, dict) else {a.name: a.value for a in given}
