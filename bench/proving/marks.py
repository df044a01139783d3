"""Marks that events leave on orders: the rulesets, and what the orders tell afterwards."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.proving.shop import Purchase

if TYPE_CHECKING:
    from bench.proving.house import House
    from bench.proving.shop import Shop
    from penstock.database.pools import Database

# Environment of a worker that knows the rules in ``rules/``.
KNOWING = {
    "PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parent / "rules"), os.environ.get("PYTHONPATH")]))
}
_RULESETS: dict[str, list[tuple[str, dict[str, str]]]] = {
    "Mark": [("proof.Mark", {})],
    "MarkAndEcho": [("proof.Mark", {}), ("core.SendEvent", {"eventName": "Echo"})],
    "Echo": [("proof.Echo", {})],
    "MarkAndPass": [("proof.Mark", {}), ("proof.Pass", {})],
    "Tell": [("proof.Tell", {})],
}
_NEWEST = "SELECT document FROM workflow WHERE name = 'ORDER::HD' ORDER BY major DESC, minor DESC LIMIT 1"
_ADD = """
INSERT INTO workflow (retailer_id, name, major, minor, document, created_on)
SELECT retailer_id, name, major, minor + 1, $1::text::jsonb, now() FROM workflow WHERE name = 'ORDER::HD'"""
_MARKS = """
SELECT ref, (SELECT a->'value' FROM jsonb_array_elements(attributes) a WHERE a->>'name' = 'marks') AS marks
FROM orders WHERE ref LIKE $1 || '%'"""


async def teach(house: House) -> None:
    """Give the workflow of home deliveries the rulesets, before any worker runs."""
    document = json.loads(await house.value(_NEWEST))
    document["version"] = "1.1"
    document["rulesets"] += [_ruleset(name, rules) for name, rules in _RULESETS.items()]
    await house.database.execute(_ADD, json.dumps(document))


def _ruleset(name: str, rules: list[tuple[str, dict[str, str]]]) -> dict[str, Any]:
    calls = [{"name": f"PENSTOCK.{rule}", "props": props} for rule, props in rules]
    return {"name": name, "type": "ORDER", "eventType": "NORMAL", "triggers": [], "rules": calls, "userActions": []}


async def place(house: House, shop: Shop, prefix: str, count: int) -> dict[str, int]:
    """Place orders of one unit each, and wait until they are assigned; return their ids by ref."""
    await shop.stock({f"{prefix}thing": 10 * count})
    await shop.sell([Purchase(f"{prefix}{n}", {f"{prefix}thing": 1}) for n in range(count)])
    await house.quiet(300)
    rows = await house.database.fetch("SELECT ref, id FROM orders WHERE ref LIKE $1 || '%'", prefix)
    return {row["ref"]: row["id"] for row in rows}


async def marks(database: Database, prefix: str) -> dict[str, list[str]]:
    """Return the marks of the orders whose refs begin so, in the order of their making."""
    rows = await database.fetch(_MARKS, prefix)
    return {row["ref"]: [str(m) for m in json.loads(row["marks"] or "[]")] for row in rows}
