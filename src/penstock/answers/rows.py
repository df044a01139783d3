"""Answers that are rows: by id, by ref, by columns.

Rows that belong to the asking run's own lane are managed by it: asked twice, they are the same object, and they
may be changed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.answers.asking import run_of
from penstock.model.registry import MODEL
from penstock.orchestration.trees import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.model.rows import Row
    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run
    from penstock.rules.context import Ask


def _managed(run: Run, row: Row) -> Row:
    return run.keep(row) if run.owns(row) else row


def _by_entity(asks: Sequence[Ask[Any]]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number, ask in enumerate(asks):
        groups[ask.question.entity].append(number)
    return groups


async def by_id(batch: Batch, asks: Sequence[Ask[Any]]) -> list[Row | None]:
    """Answer :class:`~penstock.rules.questions.ById`."""
    answers: list[Row | None] = [None] * len(asks)
    for entity, numbers in _by_entity(asks).items():
        table = MODEL.table_of(entity).name
        ids = sorted({asks[n].question.id for n in numbers})
        sql = f"SELECT row_to_json(t)::text AS body FROM {table} t WHERE id = ANY($1::bigint[])"
        reads = {read.row.id: read for read in _decoded(table, await batch.reader.fetch(sql, ids))}
        for n in numbers:
            run, id_ = run_of(asks[n]), asks[n].question.id
            answers[n] = run.seen(table).get(id_) or _own(run, reads.get(id_))
    return answers


async def by_ref(batch: Batch, asks: Sequence[Ask[Any]]) -> list[Row | None]:
    """Answer :class:`~penstock.rules.questions.ByRef`."""
    answers: list[Row | None] = [None] * len(asks)
    for entity, numbers in _by_entity(asks).items():
        if entity in batch.configuration.catalogues:
            for n in numbers:
                answers[n] = _catalogue(batch, asks[n])
            continue
        table, parent = MODEL.table_of(entity).name, MODEL.parent_column(entity)
        keys = {
            n: (asks[n].question.ref, asks[n].question.parent(parent, asks[n].context.event.retailer_id))
            for n in numbers
        }
        reads = await _fetch_by_ref(batch, table, parent, set(keys.values()))
        for n, key in keys.items():
            run = run_of(asks[n])
            answers[n] = _in_memory(run, table, parent, key) or _own(run, reads.get(key))
    return answers


def _catalogue(batch: Batch, ask: Ask[Any]) -> Row | None:
    """Return a catalogue from the configuration, or as this run holds it."""
    known = (c for c in batch.configuration.catalogues[ask.question.entity] if c.ref == ask.question.ref)
    found = next(known, None)
    return None if found is None else run_of(ask).get(MODEL.table_of(ask.question.entity).name, found.id) or found


def _key(ask: Ask[Any], parent: str | None) -> tuple[str, int | None]:
    return ask.question.ref, ask.question.parent(parent, ask.context.event.retailer_id)


async def _fetch_by_ref(
    batch: Batch, table: str, parent: str | None, keys: set[tuple[str, int | None]]
) -> dict[tuple[str, int | None], _Read]:
    refs = sorted({ref for ref, _ in keys})
    sql = f"SELECT row_to_json(t)::text AS body FROM {table} t WHERE ref = ANY($1::text[])"
    if parent is None:
        found = await batch.reader.fetch(sql, refs)
    else:
        parents = sorted({p for _, p in keys if p is not None})
        found = await batch.reader.fetch(f"{sql} AND {parent} = ANY($2::bigint[])", refs, parents)
    reads = _decoded(table, found)
    return {(read.row.ref, None if parent is None else getattr(read.row, parent)): read for read in reads}


def _in_memory(run: Run, table: str, parent: str | None, key: tuple[str, int | None]) -> Row | None:
    ref, within = key
    return next(
        (r for r in run.seen(table).values() if r.ref == ref and (not parent or getattr(r, parent) == within)),
        None,
    )


async def matching(batch: Batch, asks: Sequence[Ask[Any]]) -> list[list[Row]]:
    """Answer :class:`~penstock.rules.questions.Matching`; one statement for all asks of the same columns."""
    groups: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
    for n, ask in enumerate(asks):
        groups[ask.question.entity, tuple(c for c, _ in ask.question.where)].append(n)
    answers: list[list[Row]] = [[] for _ in asks]
    for (entity, columns), numbers in groups.items():
        table = MODEL.table_of(entity).name
        conditions = " AND ".join(f"t.{c} = ANY(${i})" for i, c in enumerate(columns, 1))
        allowed = [list({v for n in numbers for v in asks[n].question.where[i][1]}) for i in range(len(columns))]
        sql = f"SELECT row_to_json(t)::text AS body FROM {table} t WHERE {conditions} ORDER BY t.id"
        # Found rows are looked up by the column that tells them apart best; most asks want a few of many.
        telling = max(range(len(columns)), key=lambda i: len(allowed[i]))
        found: dict[Any, list[_Read]] = defaultdict(list)
        for read in _decoded(table, await batch.reader.fetch(sql, *allowed)):
            found[getattr(read.row, columns[telling])].append(read)
        for n in numbers:
            where = asks[n].question.where
            near = [read for value in dict.fromkeys(where[telling][1]) for read in found.get(value, ())]
            answers[n] = _matches(run_of(asks[n]), table, where, near)
    return answers


class _Read:
    """A row that was read; whoever takes it gets one of its own, since what runs change must not show in others."""

    __slots__ = ("_body", "_table", "_taken", "row")

    def __init__(self, table: str, body: str) -> None:
        self._table, self._body, self._taken = table, body, False
        self.row = decode(table, body)

    def take(self) -> Row:
        """Return the row as it was read."""
        if self._taken:
            return decode(self._table, self._body)
        self._taken = True
        return self.row


def _matches(run: Run, table: str, where: Any, near: list[_Read]) -> list[Row]:
    """Return stored rows that match and rows that this run made or changed and that do, each once, as it sees them."""
    allowed = [(column, frozenset(values)) for column, values in where]
    own = run.seen(table)
    rows = {r.row.id: _managed(run, r.take()) for r in near if r.row.id not in own and _has(r.row, allowed)}
    rows |= {id_: row for id_, row in own.items() if _has(row, allowed)}
    return [row for _, row in sorted(rows.items())]


def _has(row: Row, allowed: list[tuple[str, frozenset[Any]]]) -> bool:
    return all(getattr(row, column) in values for column, values in allowed)


def _decoded(table: str, records: Iterable[Any]) -> list[_Read]:
    return [_Read(table, record["body"]) for record in records]


def _own(run: Run, read: _Read | None) -> Row | None:
    return None if read is None else _managed(run, read.take())
