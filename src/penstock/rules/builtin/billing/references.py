"""The attribute ``entityReference``: what an event is about, where that is another entity than its own (spec 33 §7).

Events to a billing account name the order or return that they come from; events that go on at an order or return,
once its customer's account is known, name the account.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from penstock.model.identifiers import shown
from penstock.model.registry import MODEL
from penstock.rules import Attribute, AttributeType, Context, RuleError

Row = Any

NAME = "entityReference"
# Objects as below; a ref alone is taken too, which older documents give (spec 33 §9).
NAMES_ONE = Attribute(NAME, AttributeType.JSON, "entityType and entityRef of what it is about, or its ref alone")
GIVEN = Attribute(NAME, AttributeType.OBJECT, "entityType, entityRef and entityId")


def reference(entity: str, row: Row) -> dict[str, str]:
    """Return the attribute's value for a row: ``{"entityType": "ORDER", "entityRef": "O1", "entityId": "17"}``."""
    declared = MODEL.entity(entity)
    return {"entityType": str(declared.event), "entityRef": row.ref, "entityId": shown(declared, row.id)}


def about(context: Context, entity: str, row: Row) -> dict[str, Any]:
    """Return the attributes of the current event, about a row."""
    return {**context.event.attributes, NAME: reference(entity, row)}


@dataclass(frozen=True, slots=True)
class Reference:
    """What the attribute says; ``type`` is None where it says no more than a ref."""

    ref: str
    type: str | None

    def means(self, entity: str) -> bool:
        """Return whether it can be one of these entities."""
        return self.type in {None, MODEL.entity(entity).event}


def read(context: Context) -> Reference:
    """Return what the attribute says; ``RuleError`` 400 where it is missing or names nothing."""
    value = context.attribute(NAME)
    ref, type_ = (value.get("entityRef"), value.get("entityType")) if isinstance(value, dict) else (value, None)
    if not isinstance(ref, str) or not ref:
        raise RuleError(f"attribute {NAME} must have the text entityRef, but is {value!r}")
    return Reference(ref, None if type_ is None else str(type_))
