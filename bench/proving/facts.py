"""What must be true of orders, events and stock, whatever was killed: read from the account's database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.orchestration.trace import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.database.pools import Database
    from penstock.orchestration.trace import RuleNode, TraceBody

# The order that names a hold.
_NAMES = """o.attributes @> jsonb_build_array(jsonb_build_object('name', 'holdRef', 'value', h.ref))"""
# Each query returns a sentence for everything that is wrong with the orders and products whose refs begin with $1.
_WRONG = {
    "an order without exactly one event CREATE, or with one that did not succeed": """
SELECT o.ref FROM orders o LEFT JOIN event e ON e.entity_id = o.id AND e.entity_type = 'ORDER' AND e.name = 'CREATE'
WHERE o.ref LIKE $1 || '%' GROUP BY o.ref HAVING count(e.id) <> 1 OR bool_or(e.status <> 'SUCCESS')""",
    "an event CREATE without its order": """
SELECT e.entity_ref FROM event e WHERE e.entity_type = 'ORDER' AND e.name = 'CREATE' AND e.entity_ref LIKE $1 || '%'
AND NOT EXISTS (SELECT FROM orders o WHERE o.id = e.entity_id)""",
    "an order whose fulfilments do not hold exactly what was ordered": """
SELECT o.ref FROM orders o JOIN order_item i ON i.order_id = o.id
LEFT JOIN fulfilment_item f ON f.order_item_id = i.id
WHERE o.ref LIKE $1 || '%' GROUP BY o.ref, i.id, i.quantity
HAVING coalesce(sum(f.requested_quantity), 0) <> i.quantity""",
    "a fulfilment that is neither assigned nor escalated": """
SELECT o.ref FROM orders o JOIN fulfilment f ON f.order_id = o.id
WHERE o.ref LIKE $1 || '%' AND f.status NOT IN ('ASSIGNED', 'ESCALATED')""",
    "an order that neither a location nor customer service has": """
SELECT o.ref FROM orders o WHERE o.ref LIKE $1 || '%' AND o.status <> CASE WHEN EXISTS (
  SELECT FROM fulfilment f WHERE f.order_id = o.id AND f.status = 'ASSIGNED') THEN 'PICK_PACK' ELSE 'BOOKED' END""",
    "a position whose counters differ from its ledger": """
SELECT p.ref FROM inventory_position p LEFT JOIN inventory_quantity q
  ON q.position_id = p.id AND ledger_counts(q.type, q.status)
WHERE p.product_ref LIKE $1 || '%' GROUP BY p.id HAVING p.on_hand <> coalesce(sum(q.quantity), 0)
  OR p.reserved <> -coalesce(sum(q.quantity) FILTER (WHERE q.type = 'RESERVED'), 0)""",
    "a position that shows another quantity for sale than it has": """
SELECT p.ref FROM inventory_position p JOIN virtual_position v ON v.position_id = p.id
WHERE p.product_ref LIKE $1 || '%' AND v.quantity <> greatest(p.on_hand, 0)""",
    "a promise whose reservation is missing, doubled or wrong": """
SELECT coalesce(w.ref, r.ref) FROM (
  SELECT i.product_ref || ':' || a.ref || ':DEFAULT:RESERVED:' || f.id AS ref, -sum(fi.requested_quantity) AS units
  FROM fulfilment f JOIN orders o ON o.id = f.order_id JOIN fulfilment_item fi ON fi.fulfilment_id = f.id
  JOIN order_item i ON i.id = fi.order_item_id JOIN address a ON a.id = f.from_address_id
  WHERE o.ref LIKE $1 || '%' AND f.status = 'ASSIGNED' GROUP BY 1
  UNION ALL
  SELECT (i->>'productRef') || ':' || (p->>'locationRef') || ':DEFAULT:RESERVED:' || h.id,
         -sum((p->>'quantity')::int)
  FROM hold h, jsonb_array_elements(h.items) i, jsonb_array_elements(i->'held') p
  WHERE i->>'productRef' LIKE $1 || '%' AND h.status = 'ACTIVE' GROUP BY 1
) w FULL JOIN (
  SELECT q.ref, sum(q.quantity) AS units FROM inventory_quantity q JOIN inventory_position p ON p.id = q.position_id
  WHERE p.product_ref LIKE $1 || '%' AND q.type = 'RESERVED' GROUP BY q.ref
) r ON r.ref = w.ref WHERE w.units IS DISTINCT FROM r.units""",
    "a hold whose time is over": """
SELECT ref FROM hold WHERE ref LIKE $1 || '%' AND status = 'ACTIVE' AND expires_on < now()""",
    "a hold that its order has not taken over": f"""
SELECT h.ref FROM hold h JOIN orders o ON {_NAMES}
WHERE h.ref LIKE $1 || '%' AND (h.status <> 'ORDERED' OR h.order_ref IS DISTINCT FROM o.ref)""",
    "a hold that an order has taken over which did not name it": f"""
SELECT h.ref FROM hold h WHERE h.ref LIKE $1 || '%' AND h.status = 'ORDERED'
  AND NOT EXISTS (SELECT FROM orders o WHERE {_NAMES})""",
    "an order that held what it wanted and was not given it": f"""
SELECT o.ref FROM hold h JOIN orders o ON {_NAMES} JOIN fulfilment f ON f.order_id = o.id
WHERE h.ref LIKE $1 || '%' AND f.status = 'ESCALATED'""",
}

# Units promised or held beyond what was counted, or came and went since, by position.
_OVERSOLD = """
SELECT p.ref, r.units + h.units - c.units AS too_many FROM inventory_position p
JOIN LATERAL (SELECT coalesce(sum(quantity), 0) AS units FROM inventory_quantity q
  WHERE q.position_id = p.id AND q.type IN ('LAST_ON_HAND', 'DELTA') AND q.status = 'ACTIVE') c ON true
JOIN LATERAL (SELECT coalesce(sum(i.requested_quantity), 0) AS units
  FROM fulfilment f JOIN fulfilment_item i ON i.fulfilment_id = f.id JOIN order_item o ON o.id = i.order_item_id
  JOIN address a ON a.id = f.from_address_id
  WHERE f.status = 'ASSIGNED' AND o.product_ref = p.product_ref AND a.ref = p.location_ref) r ON true
JOIN LATERAL (SELECT coalesce(sum((at->>'quantity')::int), 0) AS units
  FROM hold k, jsonb_array_elements(k.items) i, jsonb_array_elements(i->'held') at
  WHERE k.status = 'ACTIVE' AND i->>'productRef' = p.product_ref AND at->>'locationRef' = p.location_ref) h ON true
WHERE p.product_ref LIKE $1 || '%' AND r.units + h.units > c.units"""

_PROMISES = """
SELECT count(*) FROM fulfilment f JOIN orders o ON o.id = f.order_id
WHERE o.ref LIKE $1 || '%' AND f.status = 'ASSIGNED'"""
_TRACES = """
SELECT e.trace FROM event e JOIN orders o ON o.id = e.root_id
WHERE e.root_type = 'ORDER' AND o.ref LIKE $1 || '%'"""
_FEW = 5  # examples of each fault


async def faults(database: Database, prefix: str) -> list[str]:
    """Return a sentence for everything that is wrong."""
    found = []
    for sentence, query in _WRONG.items():
        refs = sorted({row[0] for row in await database.fetch(query, prefix)})
        if refs:
            found.append(f"{sentence}: {len(refs)}, such as {', '.join(refs[:_FEW])}")
    return found


async def oversold(database: Database, prefix: str) -> int:
    """Return how many units were promised twice."""
    return sum(row["too_many"] for row in await database.fetch(_OVERSOLD, prefix))


async def promises(database: Database, prefix: str) -> int:
    """Return how many fulfilments were promised their stock."""
    return int(await database.fetchval(_PROMISES, prefix))


async def lost_races(database: Database, prefix: str) -> int:
    """Return how many promises were refused because another buyer had won, as the stored traces tell."""
    rows = await database.fetch(_TRACES, prefix)
    return sum(_refused(body, rule) for body in (decode(row["trace"]) for row in rows) for rule in _rules(body))


def _rules(body: TraceBody) -> Iterator[RuleNode]:
    for event in body.events:
        for ruleset in event.rulesets:
            yield from ruleset.rules


def _refused(body: TraceBody, rule: RuleNode) -> int:
    answers: list[Any] = [bytes(body.values[ask.answer]) for ask in rule.asks if ask.kind == "Grant"]
    return answers.count(b"false")
