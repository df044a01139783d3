"""Answers about what carriers are to take away."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.answers.asking import run_of
from penstock.orchestration.trees import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run
    from penstock.rules.context import Ask

_WAITING = """
SELECT c.carrier_id, l.id AS location_id, row_to_json(c)::text AS body
FROM carrier_consignment c JOIN location l ON l.id = ANY($2::bigint[])
WHERE c.carrier_id = ANY($1::bigint[])
  AND EXISTS (SELECT FROM carrier_consignment_article a JOIN article_fulfilment j ON j.article_id = a.article_id
    JOIN fulfilment f ON f.id = j.fulfilment_id
    WHERE a.carrier_consignment_id = c.id AND f.from_address_id = l.primary_address_id)
  AND NOT EXISTS (SELECT FROM manifest_carrier_consignment j JOIN manifest m ON m.id = j.manifest_id
    WHERE j.carrier_consignment_id = c.id AND NOT m.status = ANY($3::text[]))
ORDER BY c.id"""


async def consignments_waiting(batch: Batch, asks: Sequence[Ask[Any]]) -> list[list[Any]]:
    """Answer :class:`~penstock.rules.questions.ConsignmentsWaiting`; one statement for all that void the same."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for n, ask in enumerate(asks):
        groups[ask.question.void].append(n)
    answers: list[list[Any]] = [[] for _ in asks]
    for void, numbers in groups.items():
        carriers = sorted({asks[n].question.carrier_id for n in numbers})
        locations = sorted({asks[n].question.location_id for n in numbers})
        found: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for r in await batch.reader.fetch(_WAITING, carriers, locations, list(void)):
            found[r["carrier_id"], r["location_id"]].append(decode("carrier_consignment", r["body"]))
        for n in numbers:
            run = run_of(asks[n])
            waiting = found[asks[n].question.carrier_id, asks[n].question.location_id]
            answers[n] = [consignment for consignment in waiting if consignment.id not in just_listed(run)]
    return answers


def just_listed(run: Run) -> set[int]:
    """Return the bookings that manifests of this run list, which are not stored yet."""
    return {consignment for consignment, _ in run.joins.get("manifest_carrier_consignment", ())}
