"""Rows found by their keys, for all mutations that look at the same time in one select."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.graphql.mutations.generic.lookups import Found, Lookup, statement
from penstock.database.gathering import Gathering

if TYPE_CHECKING:
    from penstock.database.pools import Database

Key = tuple[Any, ...]
Keys = list[list[Key]]  # for each shape of key, those to look up
Rows = list[list[list[Found]]]  # for each shape and key, what it led to
Seen = tuple[Rows, int]  # and the revision that a copy of the configuration must have to know the workflows
# The shapes; and where a permission covers some locations of a retailer only, those retailers and locations.
Kind = tuple[tuple[Lookup, ...], tuple[tuple[int, ...], tuple[int, ...]] | None]

MOST_KEYS = 2_000  # in a select of several mutations


class Finder:
    """The look-ups of one account in one process; call it from one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathering: Gathering[Kind, Keys, Seen] = Gathering(
            self._find, lambda keys: sum(map(len, keys)), MOST_KEYS
        )

    async def find(self, kind: Kind, keys: Keys) -> Seen:
        """Return the rows that keys lead to, and the revision of the workflows at this moment."""
        return await self._gathering.add(kind, keys)

    async def find_with_ids(self, kind: Kind, keys: Keys, count: int) -> tuple[Rows, int, list[int]]:
        """Return the same, and so many new small ids, drawn in the same round trip."""
        return await self._select(kind, keys, count)

    async def _find(self, kind: Kind, several: list[Keys]) -> list[Seen]:
        if len(several) == 1:
            return [(await self._select(kind, several[0]))[:2]]
        merged: Keys = []
        for same in zip(*several, strict=True):
            merged.append(list(dict.fromkeys(key for keys in same for key in keys)))
        rows, workflows, _ = await self._select(kind, merged)
        by_key = [dict(zip(keys, found, strict=True)) for keys, found in zip(merged, rows, strict=True)]
        return [([[by_key[n][key] for key in keys] for n, keys in enumerate(own)], workflows) for own in several]

    async def _select(self, kind: Kind, keys: Keys, count: int = 0) -> tuple[Rows, int, list[int]]:
        lookups, limits = kind
        arguments: list[Any] = [] if limits is None else list(limits)
        for same in keys:
            arguments += same[0] if len(same) == 1 else map(list, zip(*same, strict=True))
        if count:
            arguments.append(count)
        asked = tuple([(lookup, len(same) == 1) for lookup, same in zip(lookups, keys, strict=True)])
        sql = statement(asked, small_ids=bool(count), limited=limits is not None)
        rows: Rows = [[[] for _ in same] for same in keys]
        ids, workflows = [], 0
        for row in await self._database.fetch(sql, *arguments):
            if row[0] >= 0:
                rows[row[0]][row[1] - 1].append(Found(*row[2:]))
            elif row[1]:
                ids.append(row[2])
            else:
                workflows = row[2]
        return rows, workflows, ids
