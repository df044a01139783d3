"""Answers about holds: what was held for an order before it was placed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.answers.asking import run_of
from penstock.holding.records import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run
    from penstock.rules.context import Ask

_TABLE = "hold"
# What a hold keeps, position by position: what its rows of the ledger say.
_HOLDS = f"""
SELECT h.id, h.retailer_id, h.ref, h.revision, q.position_id, -q.quantity AS units
FROM hold h CROSS JOIN LATERAL unnest(h.quantities) u(id) JOIN inventory_quantity q ON q.id = u.id
WHERE h.retailer_id = ANY($1::bigint[]) AND h.ref = ANY($2::text[]) AND h.status = '{ACTIVE}'
  AND ledger_counts(q.type, q.status)
ORDER BY h.id, q.position_id"""
_LOCKED = f"{_HOLDS} FOR NO KEY UPDATE OF h"


async def holds(batch: Batch, asks: Sequence[Ask[Any]]) -> list[list[dict[str, Any]]]:
    """Answer :class:`~penstock.rules.questions.Holds`."""
    retailers = sorted({ask.context.event.retailer_id for ask in asks})
    refs = sorted({ref for ask in asks for ref in ask.question.refs})
    found: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for record in await batch.reader.fetch(_LOCKED if batch.locking else _HOLDS, retailers, refs):
        found[record["retailer_id"], record["ref"]].append(record)
    answers = []
    for ask in asks:
        run, retailer = run_of(ask), ask.context.event.retailer_id
        told = (_told(run, found.get((retailer, ref))) for ref in ask.question.refs)
        answers.append([hold for hold in told if hold is not None])
    return answers


def _told(run: Run, records: list[Any] | None) -> dict[str, Any] | None:
    """Return a hold as answers tell it; None where there is none, or the run has it already."""
    if not records or any(p.ends_hold and p.fulfilment_id == records[0]["id"] for p in run.promises):
        return None
    first = records[0]
    run.read_at.setdefault(_TABLE, {})[first["id"]] = first["revision"]
    amounts = {str(record["position_id"]): record["units"] for record in records}
    return {"id": str(first["id"]), "ref": first["ref"], "amounts": amounts}
