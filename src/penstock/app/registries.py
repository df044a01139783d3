"""The registries of conditions and criteria: settings, where user interfaces look for them (spec 22 §9, §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from penstock.sourcing.profile.registries import registries

if TYPE_CHECKING:
    from penstock.database.pools import Database

_DIFFER = """
SELECT u.name FROM unnest($1::text[], $2::text[]) u (name, content) WHERE NOT EXISTS (
  SELECT FROM setting s WHERE s.name = u.name AND s.context = 'GLOBAL' AND s.context_id = 0
    AND s.lob_value = u.content::jsonb)"""
_KEEP = """
INSERT INTO setting (id, name, value_type, lob_value, context, context_id)
SELECT nextval('id_small'), name, 'JSON', content::jsonb, 'GLOBAL', 0
FROM unnest($1::text[], $2::text[]) u (name, content)
ON CONFLICT (name, context, context_id) DO UPDATE
SET value_type = 'JSON', lob_value = excluded.lob_value, value = NULL"""


async def keep_registries(database: Database) -> None:
    """Let an account's settings tell which conditions and criteria this process knows, those of packages among them.

    Nothing is written where they tell it already: every process would read its settings again.
    """
    told = {name: msgspec.json.encode(content).decode() for name, content in registries().items()}
    if await database.fetch(_DIFFER, list(told), list(told.values())):
        await database.execute(_KEEP, list(told), list(told.values()))
