"""Answers for sourcing profiles: products with their categories, and what places got to send, or have to."""

from __future__ import annotations

from collections.abc import Callable
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
ENDED = ("CANCELLED", "COMPLETE", "ESCALATED", "EXPIRED", "REJECTED")  # statuses in which nothing is left to do; sorted

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

# Between the statuses that are an end, so that an index finds those that are none: there are few, and many others.
_OPEN = """
SELECT w.address, (
  (SELECT count(*) FROM unnest($2::text[], $3::text[]) AS b(low, high)
   JOIN fulfilment f ON f.from_address_id = w.address AND f.status > b.low AND f.status < b.high)
  + (SELECT count(*) FROM fulfilment f WHERE f.from_address_id = w.address AND f.status > $4))::int AS open
FROM unnest($1::bigint[]) AS w(address)"""


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
    return [[stored.get(p, 0) + _own(run_of(ask), _since(*p)) for p in ask.question.since] for ask in asks]


async def fulfilments_open(batch: Batch, asks: Sequence[Ask[Any]]) -> list[list[int]]:
    """Answer :class:`~penstock.rules.questions.FulfilmentsOpen`: what is stored, and what the run changed of it."""
    wanted = sorted({address for ask in asks for address in ask.question.addresses})
    records = await batch.reader.fetch(_OPEN, wanted, ["", *ENDED[:-1]], list(ENDED), ENDED[-1])
    stored = {r["address"]: r["open"] for r in records}
    return [[stored.get(a, 0) + _own(run_of(ask), _at_work(a)) for a in ask.question.addresses] for ask in asks]


def counted(row: Row, address: int, since: int, status: str | None = None) -> bool:
    """Return whether a fulfilment, in its status or another, is one that came since a moment."""
    return (
        row.from_address_id == address and row.created_on.timestamp() >= since and (status or row.status) not in UNUSED
    )


def opened(row: Row, address: int, status: str | None = None) -> bool:
    """Return whether a fulfilment, in its status or another, is one that is not at its end."""
    return row.from_address_id == address and (status or row.status) not in ENDED


Counted = Callable[[Any, str], bool]  # whether a fulfilment counts when it is in a status


def _since(address: int, since: int) -> Counted:
    return lambda row, status: counted(row, address, since, status)


def _at_work(address: int) -> Counted:
    return lambda row, status: opened(row, address, status)


def _own(run: Run, counts: Counted) -> int:
    """Return what this run's own changes, not yet written, add to a count."""
    difference = 0
    for id_, row in run.rows.get(_TABLE, {}).items():
        before = run.was(_TABLE, id_).get("status", row.status)
        stored = id_ not in run.made(_TABLE) and counts(row, before)
        difference += counts(row, row.status) - stored
    return difference
