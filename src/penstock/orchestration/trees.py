"""Loading the trees of a batch: one statement for all lanes, whatever entities they are about."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.model.registry import MODEL
from penstock.model.rows import ROWS
from penstock.model.vocabulary import Embedded, Scalar
from penstock.orchestration.places import event_table
from penstock.orchestration.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.database.reading import Reader
    from penstock.model.rows import Row
    from penstock.model.vocabulary import Entity
    from penstock.orchestration.records import PendingEvent


Claim = tuple[str, int]  # the root entity of a tree that is loaded as a whole, or a table; the root's or the row's id

_WHOLE = {e.event: e.name for e in MODEL.entities if e.tree == e.name}
_TREES = frozenset(_WHOLE.values())
_DOCUMENTS = {
    name: [c.column for c in table.columns if isinstance(c, Embedded) or c.scalar is Scalar.JSON]
    for name, table in MODEL.tables.items()
}
_DECODERS = {table: msgspec.json.Decoder(struct) for table, struct in ROWS.items()}


def decode(table: str, body: str) -> Any:
    """Return a row from the JSON that ``row_to_json`` made of it."""
    return _DECODERS[table].decode(body)


_DATES = ("created_on", "updated_on")


def columns(table: str) -> str:
    """Return what to select of a table for :func:`rows_of`, but for dates: to read them takes as long as all else."""
    names = ROWS[table].__struct_fields__
    return ", ".join(f"NULL AS {name}" if name in _DATES else f"t.{name}" for name in names)


def rows_of(table: str, records: Iterable[Any]) -> list[Row]:
    """Return rows from records of their columns: for many, that takes PostgreSQL a third of what JSON takes it."""
    make = ROWS[table]
    found = [make(*record) for record in records]
    for name in _DOCUMENTS[table]:
        for row in found:
            stored = getattr(row, name)
            if stored is not None:
                setattr(row, name, msgspec.json.decode(stored))
    return found


async def read(reader: Reader, entity: Entity, id_: int | None) -> Row | None:
    """Return a row as it is stored; None where there is none."""
    sql = f"SELECT row_to_json(t)::text FROM {entity.table} t WHERE id = $1"
    found = await reader.fetch(sql, id_)
    return decode(entity.table, found[0][0]) if found else None


async def load(reader: Reader, events: Iterable[PendingEvent]) -> list[Run]:
    """Return the runs of these events, in order of their first event, with their trees."""
    by_lane: dict[int, list[PendingEvent]] = defaultdict(list)
    for event in events:
        by_lane[event.lane].append(event)
    runs = [Run(lane, own) for lane, own in by_lane.items()]
    claims: dict[Claim, list[Run]] = defaultdict(list)
    for run in runs:
        for claim in _claims(run):
            claims[claim].append(run)
    if claims:
        sql, arguments = _reading(claims)
        _distribute(claims, await reader.fetch(sql, *arguments))
    return runs


def _claims(run: Run) -> set[Claim]:
    """Return the trees and single rows that a run's events name."""
    found: set[Claim] = set()
    for event in run.events:
        tree = _WHOLE.get(event.root_type or "")
        if tree is not None and event.root_id is not None:
            found.add((tree, event.root_id))
            continue
        for type_, id_ in ((event.entity_type, event.entity_id), (event.root_type, event.root_id)):
            table = event_table(type_ or "")
            if table is not None and id_ is not None:
                found.add((table, id_))
    return found


def _reading(claims: Iterable[Claim]) -> tuple[str, list[list[int]]]:
    """Return the statement that reads what is claimed, and its arguments."""
    ids: dict[str, list[int]] = defaultdict(list)
    for name, id_ in sorted(claims):
        ids[name].append(id_)
    singles = tuple(name for name in ids if name not in _TREES)
    trees = tuple(name for name in ids if name in _TREES)
    return _sql(singles, trees), [ids[name] for name in (*singles, *trees)]


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


def _distribute(claims: dict[Claim, list[Run]], records: list[Any]) -> None:
    """Give each run the rows of its trees and the single rows that its events name."""
    for part, id_, body in records:
        runs = claims.get((_TREE_OF.get(part, part), id_), ())
        if part[0] == "+":
            for run in runs:
                run.joins.setdefault(part[1:], set()).add(tuple(msgspec.json.decode(body)))
        else:
            for run in runs:
                run.add(part, decode(part, body))


_TREE_OF = {e.table: root for root in _TREES for e in MODEL.tree(root)}
_TREE_OF |= {f"+{join}": root for root in _TREES for join, _, _ in _tree_joins(root)}
