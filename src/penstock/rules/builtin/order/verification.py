"""Gates that look at all fulfilments, choices or articles together (spec 35 §3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from penstock.rules import EVENT_NAME, Context, Prop, SendEvent, Sends, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if, order_of, send_to
from penstock.rules.builtin.order.scope import CHOICE_REF, TO_CHOICE, UNNAMED, choice_of, to_choice

Row = Any


def _statuses(of: str) -> Prop:
    return Prop("status", "statuses that all must be in", multiple=True, status_of=of)


def _some(of: str) -> Prop:
    return Prop("atLeastOne", "statuses of which at least one must have one", multiple=True, default=[], status_of=of)


def _settled(context: Context, rows: list[Row]) -> bool:
    """Return whether all rows are in ``status`` and, if that is given, one in ``atLeastOne``; not without rows."""
    found, some = [row.status for row in rows], context.prop("atLeastOne")
    return _all_in(found, context.prop("status")) and (not some or any(status in some for status in found))


@rule(
    "order.SendEventOnVerifyingAllFulfilmentStates",
    "If all fulfilments are in status {status}, send {eventName} to the order",
    EVENT_NAME,
    _statuses("FULFILMENT"),
    _some("FULFILMENT"),
    accepts=["ORDER", "FULFILMENT"],
    sends=Sends("{eventName}", to="ORDER", gate=True),
    reads=["Order", "Fulfilment"],
    fails={400: "the entity belongs to no order"},
)
def send_event_on_verifying_all_fulfilment_states(context: Context) -> list[SendEvent]:
    """Send to the order once every fulfilment is in the list; an order without fulfilments waits."""
    order = order_of(context)
    return send_to(context, [order]) if _settled(context, context.many(order, "fulfilments")) else []


@rule(
    "order.SendEventOnVerifyingAllFulfilmentStatesByFulfilmentChoice",
    "If all fulfilments of the choice are in status {status}, send {eventName} to the choice",
    EVENT_NAME,
    _statuses("FULFILMENT"),
    _some("FULFILMENT"),
    accepts=["ORDER", "FULFILMENT", "FULFILMENT_CHOICE"],
    attributes=[CHOICE_REF.optional()],
    sends=replace(TO_CHOICE, gate=True),
    reads=["Order", "FulfilmentChoice", "Fulfilment"],
    fails=UNNAMED,
)
def send_event_on_verifying_all_fulfilment_states_by_choice(context: Context) -> list[SendEvent]:
    """Send to the choice once every fulfilment of it is in the list; a choice without fulfilments waits."""
    choice = choice_of(context)
    return [to_choice(context, choice)] if _settled(context, context.many(choice, "fulfilments")) else []


@rule(
    "order.SendEventOnVerifyingAllFulfilmentChoiceStates",
    "If all fulfilment choices are in status {status}, send {eventName}",
    EVENT_NAME,
    _statuses("FULFILMENT_CHOICE"),
    _some("FULFILMENT_CHOICE"),
    accepts=["ORDER", "FULFILMENT"],
    sends=FORWARD_IF,
    reads=["Order", "FulfilmentChoice"],
    fails={400: "the entity belongs to no order"},
)
def send_event_on_verifying_all_fulfilment_choice_states(context: Context) -> list[SendEvent]:
    """Forward to the same entity once every choice of the order is in the list; without choices it waits."""
    return forward_if(context, _settled(context, context.many(order_of(context), "fulfilmentChoices")))


@rule(
    "order.SendEventOnVerifyingAllArticleStates",
    "If all articles are in status {status}, send {eventName}",
    EVENT_NAME,
    _statuses("ARTICLE"),
    accepts=["ORDER", "FULFILMENT"],
    sends=FORWARD_IF,
    reads=["Article"],
)
def send_event_on_verifying_all_article_states(context: Context) -> list[SendEvent]:
    """Forward to the same entity once every article of it is in the list; without articles it waits."""
    order = context.entity_name == "Order"
    articles = context.rows("Article") if order else context.many(context.entity, "articles")
    return forward_if(context, _all_in([a.status for a in articles], context.prop("status")))


def _all_in(found: list[str], statuses: list[str]) -> bool:
    return bool(found) and all(status in statuses for status in found)
