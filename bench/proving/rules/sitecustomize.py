"""Rules that leave marks on orders. Python loads this file at its start where PYTHONPATH names this folder.

With ``PROOF_UNORDERED`` the worker claims the events of a lane without order: a proof that cannot fail proves nothing.
"""

from __future__ import annotations

import os
from typing import Any

from penstock.orchestration import queue
from penstock.rules import Action, Context, SendEvent, Update, Webhook, rule
from penstock.rules.questions import ById

if os.environ.get("PROOF_UNORDERED"):
    queue.CLAIM = queue.CLAIM.replace("ORDER BY p.seq", "ORDER BY p.id::text DESC")
    queue.CLAIM = queue.CLAIM.replace("ORDER BY e.lane, e.seq", "ORDER BY e.lane, e.id::text DESC")


def _marked(context: Context, mark: object) -> Update:
    before: list[Any] = next((a["value"] for a in context.entity.attributes or () if a["name"] == "marks"), [])
    value = [*before, mark]
    return Update(context.entity, {"attributes": [{"name": "marks", "type": "JSON", "value": value}]})


@rule("proof.Mark", "Add the event's mark to the order's attribute ``marks``", accepts=["ORDER"], attributes=["mark"])
def mark(context: Context) -> list[Action]:
    """Remember in which order events ran."""
    return [_marked(context, context.attribute("mark"))]


@rule("proof.Echo", "Add the event's mark and an e", accepts=["ORDER"], attributes=["mark"])
def echo(context: Context) -> list[Action]:
    """Remember where an inline child ran."""
    return [_marked(context, f"{context.attribute('mark')}e")]


@rule(
    "proof.Pass", "Send the mark and a p to the order {to} of the event", accepts=["ORDER"], attributes=["mark", "to"]
)
async def pass_on(context: Context) -> list[Action]:
    """Send an event into another lane."""
    other = await context.ask(ById("Order", context.attribute("to")))
    return [SendEvent("Mark", to=other, root=other, attributes={"mark": f"{context.attribute('mark')}p"})]


@rule("proof.Tell", "Add the event's id to the order's marks and post it to {url} of the event", accepts=["ORDER"])
def tell(context: Context) -> list[Action]:
    """Remember that the event ran, and tell the receiver so, if there is one."""
    id_, url = str(context.event.id), context.event.attributes.get("url")
    told: list[Action] = [Webhook(url, "Told", attributes={"event": id_})] if url else []
    return [_marked(context, id_), *told]
