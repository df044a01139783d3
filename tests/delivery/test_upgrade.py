"""What an older Penstock has left in the outbox is delivered after the upgrade."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import penstock.database
from penstock.delivery.targets import target_of

if TYPE_CHECKING:
    from penstock.database.pools import Database

FILE = Path(penstock.database.__path__[0]) / "migrations" / "account" / "versions" / "0005_deliveries.sql"
AS_IT_WAS = """
DROP TABLE delivery_attempt, webhook_circuit, webhook_key, outbox;
CREATE TABLE outbox (
  id UUID NOT NULL, event_id UUID NOT NULL, retailer_id BIGINT NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL,
  created TIMESTAMP WITH TIME ZONE NOT NULL, CONSTRAINT outbox_pkey PRIMARY KEY (id));"""
PUT = "INSERT INTO outbox VALUES (gen_random_uuid(), gen_random_uuid(), 1, $1, $2, now())"
URLS = (
    "https://Hooks.Example.com/a?b=c:d",
    "http://x.example:8080/y",
    "http://[::1]:90",
    "http://x.example",
    "http://x.example?u=1",
    "nonsense",
)


async def test_old_rows_wait_for_delivery(database: Database) -> None:
    await database.execute(AS_IT_WAS)
    body = {
        "id": "7",
        "name": "dispatch",
        "attributes": {"zero": "\0", "errorLogs": []},
        "errorLogs": [],
        "rootEntityId": "17",
        "rootEntityType": "ORDER",
        "rootEntityRef": "O",
    }
    for url in URLS:
        await database.execute(PUT, url, json.dumps(body, separators=(",", ":")))
    await database.execute(PUT, "http://x.example", "{}")
    await database.execute(FILE.read_text("utf-8"))
    rows = await database.fetch("SELECT * FROM outbox ORDER BY body DESC")
    assert {(r["url"], r["target"], r["host"]) for r in rows} == {(u, *target_of(u)) for u in URLS}
    for row in rows:
        assert (row["status"], row["due"], row["tries"], row["schedule"]) == ("PENDING", row["created"], 0, "default")
    named = {(r["name"], r["root_type"], r["root_id"], r["root_ref"]) for r in rows}
    assert named == {("dispatch", "ORDER", 17, "O"), ("", None, None, None)}
