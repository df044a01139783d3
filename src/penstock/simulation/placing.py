"""The orders of a variant, placed one after another: each finds what those before it have left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.errors import PenstockError
from penstock.simulation.outcome.reading import measures, outcome
from penstock.simulation.outcome.shapes import Placed
from penstock.simulation.outcome.sights import places, sight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from penstock.simulation.orders.draft import Draft
    from penstock.simulation.outcome.changed import Sight
    from penstock.simulation.scenario.shapes import Promise
    from penstock.simulation.scenario.site import Site


@dataclass(frozen=True)
class Run:
    """What came of the orders, and what each of them found; both in the order in which they came."""

    placed: list[Placed]
    sights: list[Sight]


async def place(site: Site, drafts: Sequence[Draft], promise: Promise, told: Callable[[int], None]) -> Run:
    """Place orders by ``createOrder`` and let the workflow source each before the next; nobody picks.

    ``told`` is called with how many are placed. An order that is refused is kept as one of which nothing is sent.
    """
    whole, sights, ids = await places(site), [], []
    for number, draft in enumerate(drafts, 1):
        sights.append(await sight(site, whole, [item["productRef"] for item in draft.given["items"]]))
        ids.append(await _one(site, draft))
        await site.house.settle()
        told(number)
    found = await outcome(site, [id_ for id_ in ids if isinstance(id_, int)], await measures(site, promise))
    rows = zip(drafts, ids, strict=True)
    return Run([_refused(d, id_) if isinstance(id_, str) else found[id_] for d, id_ in rows], sights)


async def _one(site: Site, draft: Draft) -> int | str:
    """Place an order; return its id, or why it was refused."""
    try:
        return int((await site.house.mutate("createOrder", draft.given, "id"))["id"])
    except PenstockError as error:
        return error.message


def _refused(draft: Draft, reason: str) -> Placed:
    items = draft.given["items"]
    unfilled = {item["ref"]: item["quantity"] for item in items}
    return Placed(draft.ref, None, len(items), sum(unfilled.values()), unfilled=unfilled, problem=f"refused: {reason}")
