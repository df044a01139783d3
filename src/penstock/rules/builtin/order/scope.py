"""What is being sourced: a whole order, or one fulfilment choice of it (spec 22 §14, 31 §2).

Rules of orders and their twins for choices are the same functions over a scope. Which scope an event means:
:func:`scope_of` tells by the event's entity, :func:`named_scope` also holds a choice's event to its attribute
``fulfilmentChoiceRef``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.rules import Attribute, RuleError, SendEvent, Sends
from penstock.rules.builtin.common import order_of

if TYPE_CHECKING:
    from penstock.rules import Context

Row = Any

CHOICE_REF = Attribute("fulfilmentChoiceRef", description="ref of the fulfilment choice, in the same order")
NAMED = {404: "the order has no such choice", 422: "the attribute names another choice than the event's"}
UNNAMED = {400: "nothing tells which choice of the order is meant", 404: "the order has no such choice"}
FORWARD_IF_TOLD = Sends("{eventName}", gate=True, adds=(CHOICE_REF.optional(),))  # by ``forward_if`` with ``told``
TO_CHOICE = Sends("{eventName}", to="FULFILMENT_CHOICE", adds=(CHOICE_REF,))


@dataclass(frozen=True, slots=True)
class Scope:
    """An order, or the part of it that ``part``, one of its choices, is about; rows are read when asked for."""

    context: Context
    order: Row
    part: Row | None = None

    @property
    def choice(self) -> Row | None:
        """Return the choice that says where the items go: the order's own, for a whole order; None without one."""
        return self.context.one(self.order, "fulfilmentChoice") if self.part is None else self.part

    @property
    def address(self) -> Row | None:
        """Return the delivery address, None where there is none."""
        choice = self.choice
        return None if choice is None else self.context.one(choice, "deliveryAddress")

    @property
    def type(self) -> str | None:
        """Return HD, CC or another type: that of the choice, for a whole order the order's."""
        found: str | None = self.order.type if self.part is None else self.part.type
        return found

    @property
    def items(self) -> list[Row]:
        """Return the order items that are to be sourced, by id: those linked to the choice."""
        return self.context.many(self.order if self.part is None else self.part, "items")

    @property
    def fulfilments(self) -> list[Row]:
        """Return the fulfilments that use up locations and the split limit, by id: those that name the choice."""
        return self.context.many(self.order if self.part is None else self.part, "fulfilments")

    @property
    def told(self) -> dict[str, str]:
        """Return the attribute by which events to a choice name it; none for a whole order."""
        return {} if self.part is None else {CHOICE_REF.name: self.part.ref}

    def __str__(self) -> str:
        order = f"order {self.order.ref}"
        return order if self.part is None else f"fulfilment choice {self.part.ref} of {order}"


def scope_of(context: Context) -> Scope:
    """Return what the event's entity stands for; ``RuleError`` 400 where it belongs to no order.

    A choice stands for itself, an order for all of it. A fulfilment, or what else belongs to an order, stands for its
    choice where the order has several (:func:`choice_of` raises where it names none), else for the whole order.
    """
    order, entity = order_of(context), context.entity
    if context.entity_name == "FulfilmentChoice":
        return Scope(context, order, entity)
    several = context.entity_name != "Order" and len(context.many(order, "fulfilmentChoices")) > 1
    return Scope(context, order, choice_of(context) if several else None)


def named_scope(context: Context) -> Scope:
    """Return the choice that the event is for, and that its ``fulfilmentChoiceRef`` must name.

    ``RuleError`` 400 without that attribute, 404 where the order has no such choice, 422 where it is another one.
    """
    choice, ref = context.entity, str(context.attribute(CHOICE_REF.name))
    if ref != choice.ref:
        _named(context, ref)
        raise RuleError(f"attribute fulfilmentChoiceRef is {ref}, but the event is for choice {choice.ref}", 422)
    return Scope(context, order_of(context), choice)


def choice_of(context: Context) -> Row:
    """Return the choice that an event is about.

    That is the event's entity, else the choice of the fulfilment (for an article, of the one that it was packed for),
    else the one that the attribute ``fulfilmentChoiceRef`` names, else the only one of the order. ``RuleError`` 400
    where none of these tells, 404 where the order has no choice of that name.
    """
    if context.entity_name == "FulfilmentChoice":
        return context.entity
    ref = _own_ref(context) or context.event.attributes.get(CHOICE_REF.name)
    if ref is not None:
        return _named(context, ref)
    choices = context.many(order_of(context), "fulfilmentChoices")
    if len(choices) != 1:
        raise RuleError(
            f"attribute fulfilmentChoiceRef is missing: order {order_of(context).ref} has {len(choices)} choices"
        )
    return choices[0]


def _own_ref(context: Context) -> str | None:
    """Return the ref of the choice that a fulfilment or an article serves."""
    fulfilments = [context.entity] if context.entity_name == "Fulfilment" else []
    if context.entity_name == "Article":
        fulfilments = context.many(context.entity, "fulfilments")
    return next((f.fulfilment_choice_ref for f in fulfilments), None)


def _named(context: Context, ref: object) -> Row:
    order = order_of(context)
    found = next((c for c in context.many(order, "fulfilmentChoices") if c.ref == str(ref)), None)
    if found is None:
        raise RuleError(f"fulfilmentChoiceRef {ref}: order {order.ref} has no such fulfilment choice", 404)
    return found


def to_choice(context: Context, choice: Row) -> SendEvent:
    """Return the current event under a new name to a choice, which it names."""
    attributes = {**context.event.attributes, CHOICE_REF.name: choice.ref}
    return SendEvent(context.prop("eventName"), to=choice, attributes=attributes)
