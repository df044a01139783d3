"""Loading the trees of a batch: one statement for all lanes, whatever entities they are about."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from penstock.model.registry import MODEL
from penstock.model.rows import ROWS
from penstock.orchestration.places import event_table
from penstock.orchestration.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.model.vocabulary import Entity
    from penstock.orchestration.records import PendingEvent


class Reader(Protocol):
    """What reading needs of a connection or pool."""

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """Return the rows of a query."""
        ...


_WHOLE = {e.event: e for e in MODEL.entities if e.tree == e.name}  # roots whose trees are loaded as a whole
_DECODERS = {table: msgspec.json.Decoder(struct) for table, struct in ROWS.items()}


def decode(table: str, body: str) -> Any:
    """Return a row from the JSON that ``row_to_json`` made of it."""
    return _DECODERS[table].decode(body)


async def load(reader: Reader, events: Iterable[PendingEvent]) -> list[Run]:
    """Return the runs of these events, in order of their first event, with their trees."""
    by_lane: dict[int, list[PendingEvent]] = defaultdict(list)
    for event in events:
        by_lane[event.lane].append(event)
    runs = [Run(lane, own) for lane, own in by_lane.items()]
    wanted, trees = _wanted(runs)
    if not wanted and not trees:
        return runs
    parts = tuple(sorted(wanted)), tuple(sorted(trees))
    arguments = [sorted(wanted[t]) for t in parts[0]] + [sorted(trees[r]) for r in parts[1]]
    _distribute(runs, await reader.fetch(_sql(*parts), *arguments))
    return runs


def _wanted(runs: list[Run]) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Return the single rows (table -> ids) and the trees (root entity -> ids) to load."""
    singles: dict[str, set[int]] = defaultdict(set)
    trees: dict[str, set[int]] = defaultdict(set)
    for run in runs:
        for event in run.events:
            root = _WHOLE.get(event.root_type or "")
            if root is not None and event.root_id is not None:
                trees[root.name].add(event.root_id)
                continue
            for type_, id_ in ((event.entity_type, event.entity_id), (event.root_type, event.root_id)):
                table = event_table(type_ or "")
                if table is not None and id_ is not None:
                    singles[table].add(id_)
    return singles, trees


def _members(root: str) -> list[tuple[Entity, str]]:
    return [(e, MODEL.root_column(e)) for e in MODEL.tree(root)]


def _tree_joins(root: str) -> list[tuple[str, str, str]]:
    """Return join tables between members of a tree: (join, member table, column of the join to it)."""
    tables = {e.table: MODEL.root_column(e) for e, _ in _members(root)}
    return [
        (name, first[1], first[0])
        for name, (first, second) in sorted(MODEL.joins.items())
        if first[1] in tables and second[1] in tables
    ]


@lru_cache(maxsize=256)
def _sql(singles: tuple[str, ...], trees: tuple[str, ...]) -> str:
    parts = [
        f"SELECT '{t}' AS part, t.id AS root, row_to_json(t)::text AS body FROM {t} t WHERE t.id = ANY(${n}::bigint[])"
        for n, t in enumerate(singles, 1)
    ]
    for number, root in enumerate(trees, len(singles) + 1):
        parts += [_tree_part(e.table, c, number) for e, c in _members(root)]
        parts += [_join_part(*join, number) for join in _tree_joins(root)]
    return "\nUNION ALL\n".join(parts)


def _tree_part(table: str, column: str, number: int) -> str:
    return (
        f"SELECT '{table}', t.{column}, row_to_json(t)::text FROM {table} t WHERE t.{column} = ANY(${number}::bigint[])"
    )


def _join_part(join: str, table: str, column: str, number: int) -> str:
    (first, _), (second, _) = MODEL.joins[join]
    root = MODEL.root_column(MODEL.tables[table].entities[0])
    return (
        f"SELECT '+{join}', m.{root}, '[' || j.{first} || ',' || j.{second} || ']' FROM {join} j "
        f"JOIN {table} m ON m.id = j.{column} WHERE m.{root} = ANY(${number}::bigint[])"
    )


def _distribute(runs: list[Run], records: list[Any]) -> None:
    """Give each run the rows of its trees and the single rows that its events name."""
    by_root: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for run in runs:
        for key in _claims(run):
            by_root[key].append(run)
    for part, root, body in records:
        joined = part[0] == "+"
        for run in by_root.get(("tree", root) if joined or part in _TREE_TABLES else (part, root), ()):
            if joined:
                run.joins.setdefault(part[1:], set()).add(tuple(msgspec.json.decode(body)))
            else:
                run.keep(decode(part, body))


_TREE_TABLES = {e.table for e in MODEL.entities if e.tree and MODEL.entity(e.tree).tree == e.tree}


def _claims(run: Run) -> set[tuple[str, int]]:
    """Return the trees ("tree", root id) and single rows (table, id) that a run is about."""
    singles, trees = _wanted([run])
    return {("tree", i) for ids in trees.values() for i in ids} | {(t, i) for t, ids in singles.items() for i in ids}
