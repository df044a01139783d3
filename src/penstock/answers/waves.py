"""Answers about waves."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.answers.asking import run_of
from penstock.orchestration.trees import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.orchestration.batch import Batch
    from penstock.rules.context import Ask

_OPEN = """
SELECT w.location_id, w.status, j.fulfilment_id FROM wave w JOIN wave_fulfilment j ON j.wave_id = w.id
WHERE w.location_id = ANY($1::bigint[]) AND NOT w.status = ANY($2::text[])"""
_MEMBERS = "SELECT wave_id, fulfilment_id FROM wave_fulfilment WHERE wave_id = ANY($1::bigint[])"
_FULFILMENTS = """
SELECT row_to_json(f)::text AS fulfilment, row_to_json(o)::text AS customer_order
FROM fulfilment f JOIN orders o ON o.id = f.order_id WHERE f.id = ANY($1::bigint[]) ORDER BY f.id"""
_ITEMS = """
SELECT i.fulfilment_id, row_to_json(i)::text AS item, i.order_item_id, oi.product_ref
FROM fulfilment_item i JOIN order_item oi ON oi.id = i.order_item_id
WHERE i.fulfilment_id = ANY($1::bigint[]) ORDER BY i.id"""


async def waves_open(batch: Batch, asks: Sequence[Ask[Any]]) -> list[frozenset[int]]:
    """Answer :class:`~penstock.rules.questions.WavesOpen`; a wave just made in memory counts as well."""
    done = set.intersection(*(set(a.question.done) for a in asks))
    locations = sorted({a.question.location_id for a in asks})
    records = await batch.reader.fetch(_OPEN, locations, sorted(done))
    return [
        frozenset(
            r["fulfilment_id"]
            for r in records
            if r["location_id"] == a.question.location_id and r["status"] not in a.question.done
        )
        | _just_opened(a)
        for a in asks
    ]


def _just_opened(ask: Ask[Any]) -> set[int]:
    """Return the members of waves of the asking run that are not stored yet."""
    run = run_of(ask)
    waves = run.seen("wave").values()
    here = {w.id for w in waves if w.location_id == ask.question.location_id and w.status not in ask.question.done}
    return {fulfilment for fulfilment, wave in run.joins.get("wave_fulfilment", ()) if wave in here}


async def wave_fulfilments(batch: Batch, asks: Sequence[Ask[Any]]) -> list[list[Any]]:
    """Answer :class:`~penstock.rules.questions.WaveFulfilments`; a wave just made in memory counts as well."""
    members: dict[int, set[int]] = defaultdict(set)
    for ask in asks:
        for fulfilment, wave in run_of(ask).joins.get("wave_fulfilment", ()):
            members[wave].add(fulfilment)
    for r in await batch.reader.fetch(_MEMBERS, sorted({a.question.wave_id for a in asks})):
        members[r["wave_id"]].add(r["fulfilment_id"])
    wanted = sorted({f for a in asks for f in members[a.question.wave_id]})
    found = await batch.reader.fetch(_FULFILMENTS, wanted)
    fulfilments = [(decode("fulfilment", r["fulfilment"]), decode("orders", r["customer_order"])) for r in found]
    items, products = await _items(batch, wanted)
    return [
        [(f, items[f.id], products[f.id], order) for f, order in fulfilments if f.id in members[a.question.wave_id]]
        for a in asks
    ]


async def _items(batch: Batch, fulfilments: list[int]) -> tuple[dict[int, list[Any]], dict[int, dict[int, str]]]:
    """Return the items of each fulfilment, and the product ref of each of their order items."""
    items: dict[int, list[Any]] = defaultdict(list)
    products: dict[int, dict[int, str]] = defaultdict(dict)
    for r in await batch.reader.fetch(_ITEMS, fulfilments):
        items[r["fulfilment_id"]].append(decode("fulfilment_item", r["item"]))
        products[r["fulfilment_id"]][r["order_item_id"]] = r["product_ref"]
    return items, products
