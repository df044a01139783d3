"""The backlog: 10,000 events for 2,000 orders, five for each, and the workflow that answers each with three rules.

Every event changes its order's status, looks at the order's fulfilments, and asks for a setting that is not there,
which it logs. So each has a change, a walk over the tree, a question and an audit entry, as a step of an order has.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from penstock.model.writes import Changes
from penstock.orchestration.actions import event_id
from penstock.orchestration.lanes import numbered
from penstock.orchestration.records import PendingEvent

if TYPE_CHECKING:
    import asyncpg

LANES, EACH, RULES = 2_000, 5, 3
EVENTS = LANES * EACH
_NAMES = [f"Backlog{n}" for n in range(EACH)]

_NEWEST = "SELECT document FROM workflow WHERE name = 'ORDER::HD' ORDER BY major DESC, minor DESC LIMIT 1"
_ADD = """
INSERT INTO workflow (retailer_id, name, major, minor, document, created_on)
SELECT DISTINCT ON (retailer_id) retailer_id, name, major, minor + 1, $1::text::jsonb, now()
FROM workflow WHERE name = 'ORDER::HD' ORDER BY retailer_id, major DESC, minor DESC"""
_ORDERS = "SELECT id, ref, retailer_id FROM orders WHERE status <> 'BOOKED' ORDER BY id LIMIT $1"


async def teach(sql: asyncpg.Connection) -> None:
    """Add the rulesets to the workflow of home deliveries, unless that was done before."""
    document = json.loads(await sql.fetchval(_NEWEST))
    if any(ruleset["name"] in _NAMES for ruleset in document["rulesets"]):
        return
    major, minor = document["version"].split(".")
    document["version"] = f"{major}.{int(minor) + 1}"
    document["rulesets"] += [_ruleset(name) for name in _NAMES]
    await sql.execute(_ADD, json.dumps(document))


def _ruleset(name: str) -> dict[str, Any]:
    rules = [
        ("core.SetState", {"status": name.upper()}),
        ("order.SendEventOnVerifyingAllFulfilmentStates", {"eventName": "BacklogDone", "status": ["LOST"]}),
        ("core.SendWebhook", {"setting": "backlog.webhook"}),
    ]
    return {
        "name": name,
        "type": "ORDER",
        "eventType": "NORMAL",
        "triggers": [],
        "rules": [{"name": f"PENSTOCK.{rule}", "props": props} for rule, props in rules],
        "userActions": [],
    }


async def fill(sql: asyncpg.Connection) -> None:
    """Put the whole backlog into the queue: the first event of every order, then the second of every one, and so on."""
    orders = await sql.fetch(_ORDERS, LANES)
    assert len(orders) == LANES, f"{len(orders)} orders are too few for {LANES} lanes"
    changes = Changes()
    for number, name in enumerate(_NAMES):
        for order in orders:
            changes.insert(_event(order, number, name))
    await changes.write(sql)
    await sql.execute("ANALYZE pending_event")


def _event(order: Any, number: int, name: str) -> PendingEvent:
    now = datetime.now(UTC)
    return PendingEvent(
        id=event_id(now),
        lane=numbered(f"ORDER:{order['id']}"),
        name=name,
        retailer_id=order["retailer_id"],
        entity_type="ORDER",
        entity_id=order["id"],
        entity_ref=order["ref"],
        entity_subtype="HD",
        root_type="ORDER",
        root_id=order["id"],
        root_ref=order["ref"],
        attributes={"step": number, "reason": "the backlog is worked off"},
        meta={"mode": "ASYNC"},
        source="bench",
        generated_by="bench",
        created=now,
    )
