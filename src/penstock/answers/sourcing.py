"""Answers for sourcing profiles: products with their categories, and what places got to send today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.answers.asking import run_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.model.rows import Row
    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run
    from penstock.rules.context import Ask

_TABLE = "fulfilment"
UNUSED = ("CANCELLED", "EXPIRED")  # statuses of fulfilments that took nobody's time

_PRODUCTS = """
SELECT p.id, json_build_object('id', p.id::text, 'ref', p.ref, 'type', p.type,
  'attributes', coalesce(p.attributes, '[]'),
  'categories', ARRAY(SELECT c.ref FROM product_category j JOIN category c ON c.id = j.category_id
                      WHERE j.product_id = p.id ORDER BY c.ref))::text AS body
FROM product p WHERE p.id = ANY($1::bigint[]) ORDER BY p.id"""

# By retailer, since that is how the fulfilments of a place and a day are found in an index.
_SINCE = """
SELECT w.address, w.since, count(f.id)::int AS used
FROM unnest($1::bigint[], $2::bigint[]) AS w(address, since) CROSS JOIN retailer r
LEFT JOIN fulfilment f ON f.retailer_id = r.id AND f.from_address_id = w.address
  AND f.created_on >= to_timestamp(w.since) AND NOT f.status = ANY($3::text[])
GROUP BY w.address, w.since"""


async def products(batch: Batch, asks: Sequence[Ask[Any]]) -> list[list[dict[str, Any]]]:
    """Answer :class:`~penstock.rules.questions.Products`."""
    wanted = sorted({id_ for ask in asks for id_ in ask.question.ids})
    found = {r["id"]: msgspec.json.decode(r["body"]) for r in await batch.reader.fetch(_PRODUCTS, wanted)}
    return [[found[id_] for id_ in sorted(ask.question.ids) if id_ in found] for ask in asks]


def product(row: Row, categories: Iterable[str]) -> dict[str, Any]:
    """Return what the answer says of a product."""
    about = {"id": str(row.id), "ref": row.ref, "type": row.type}
    return {**about, "attributes": row.attributes or [], "categories": list(categories)}


async def fulfilments_since(batch: Batch, asks: Sequence[Ask[Any]]) -> list[list[int]]:
    """Answer :class:`~penstock.rules.questions.FulfilmentsSince`: what is stored, and what the run changed of it."""
    wanted = sorted({place for ask in asks for place in ask.question.since})
    columns = [[place[n] for place in wanted] for n in (0, 1)]
    records = await batch.reader.fetch(_SINCE, *columns, list(UNUSED))
    stored = {(r["address"], r["since"]): r["used"] for r in records}
    return [[stored.get(place, 0) + _own(run_of(ask), *place) for place in ask.question.since] for ask in asks]


def counted(row: Row, address: int, since: int, status: str | None = None) -> bool:
    """Return whether a fulfilment, in its status or another, is one that the question means."""
    return (
        row.from_address_id == address and row.created_on.timestamp() >= since and (status or row.status) not in UNUSED
    )


def _own(run: Run, address: int, since: int) -> int:
    """Return what this run's own changes, not yet written, add to the count."""
    difference = 0
    for id_, row in run.rows.get(_TABLE, {}).items():
        key = (_TABLE, id_)
        before = run.before.get(key, {}).get("status", row.status)
        stored = key not in run.created and counted(row, address, since, before)
        difference += counted(row, address, since) - stored
    return difference
