"""The body of a posted event, checked (spec 11 §1.1, §1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.api.graphql.coercion import holds_nul
from penstock.api.rest.values import identifier, moment
from penstock.errors import ForbiddenError, InvalidValueError, MissingValueError, TooLongError
from penstock.model.registry import ALIASES, MODEL
from penstock.orchestration.actions import event_id
from penstock.rules.context import Event

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.identity.principal import Principal

TYPES = ("NORMAL", "EXCEPTION")
SOURCE = "Fluent-API"
LONGEST_TEXT = 255

Body = dict[str, Any]


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
        meta=_object(body, "meta"),
    )


def _decoded(content: bytes) -> Body:
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise InvalidValueError("The body is not a JSON object; send one event as an object.")
    if b"\\u0000" in content:  # seldom; else nobody has to look
        for name, value in body.items():
            if holds_nul(value):
                raise InvalidValueError(f"{name} holds the character U+0000, which cannot be stored.")
    return {name: value for name, value in body.items() if value is not None}


def _check_account(given: str | None, account: str) -> None:
    if given and given.upper() != account:
        raise ForbiddenError(f"accountId is {given!r}, but the token is for account {account}.")


def _addressed(body: Body) -> dict[str, Any]:
    """Return what says which entity the event is for."""
    entity_type = _required(body, "entityType")
    if not MODEL.of_event(entity_type):
        raise InvalidValueError(f"entityType is {entity_type!r}, which is unknown; give one such as ORDER.")
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
    value = body.get(name, "")
    if value == "":
        raise MissingValueError(f"{name} is missing.")
    return value


def _required(body: Body, name: str) -> str:
    _present(body, name)
    return _text(body, name) or ""


def _text(body: Body, name: str) -> str | None:
    """Return a text, or a number as text; empty texts count as absent."""
    value = body.get(name, "")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise InvalidValueError(f"{name} is {value!r}; give a text.")
    text = str(value)
    if len(text) > LONGEST_TEXT:
        raise TooLongError(f"{name} is {text[:40]!r}… with {len(text)} characters; at most {LONGEST_TEXT} are stored.")
    return text or None


def _id(body: Body, name: str) -> int | None:
    value = body.get(name, "")
    return None if value == "" else identifier(name, value)


def _type(body: Body) -> str:
    type_ = _text(body, "type") or TYPES[0]
    if type_ not in TYPES:
        raise InvalidValueError(f"type is {type_!r}; give {' or '.join(TYPES)}.")
    return type_


def _object(body: Body, name: str) -> dict[str, Any]:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise InvalidValueError(f"{name} is not an object; give one.")
    return value


def _attributes(given: Any) -> dict[str, Any]:
    """Return attributes given as a map, or as a list of ``{name, type, value}``."""
    if isinstance(given, dict):
        return given
    if isinstance(given, list) and all(isinstance(a, dict) and isinstance(a.get("name"), str) for a in given):
        return {a["name"]: a.get("value") for a in given}
    raise InvalidValueError("attributes are neither an object nor a list of {name, type, value}.")
