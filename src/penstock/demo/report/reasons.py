"""Why something was sourced again, escalated or cancelled."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.demo.report.shapes import Facts, Fulfilment

_SPLIT_LIMIT = 5  # of the reference workflow; one shipment more than this is allowed (spec 22 §3.3)
_NOT_COUNTED = frozenset({"CANCELLED", "EXPIRED", "ESCALATED"})

Reason = tuple[str, str]  # what happened, why


def reasons(facts: Facts) -> dict[Reason, Counter[str]]:
    """Return the number of ``fulfilments`` and of ``units`` in them for each fate and reason."""
    counted: dict[Reason, Counter[str]] = {}
    siblings = facts.fulfilments_of()
    for fulfilment in facts.fulfilments.values():
        for reason, units in _fates(fulfilment, siblings[fulfilment.order], facts):
            counted.setdefault(reason, Counter()).update(fulfilments=1, units=units)
    return dict(sorted(counted.items()))


def _fates(fulfilment: Fulfilment, siblings: list[Fulfilment], facts: Facts) -> Iterator[tuple[Reason, int]]:
    requested = sum(part.requested for part in fulfilment.parts)
    if fulfilment.unfillable:
        yield ("escalated", _why_escalated(siblings)), requested
    elif fulfilment.rejected and fulfilment.status != "CANCELLED":
        yield ("sourced again", _why_rejected(fulfilment)), fulfilment.rejected
    if fulfilment.status == "CANCELLED":
        yield ("cancelled", _why_cancelled(fulfilment, facts)), requested


def _why_rejected(fulfilment: Fulfilment) -> str:
    if fulfilment.status == "EXPIRED":
        return "not started in time"
    return "nothing found on the shelf" if fulfilment.status == "REJECTED" else "picked short"


def _why_escalated(siblings: list[Fulfilment]) -> str:
    shipments = [f for f in siblings if f.status not in _NOT_COUNTED and not f.unfillable]
    return "split limit reached" if len(shipments) > _SPLIT_LIMIT else "no other location has stock"


def _why_cancelled(fulfilment: Fulfilment, facts: Facts) -> str:
    if fulfilment.order in facts.acts["OrderCancel"]:
        return "order cancelled: nothing could be filled"
    if fulfilment.order in facts.acts["CloseOrder"]:
        return "order closed: nothing could be delivered"
    if fulfilment.id in facts.acts["RetrySourcing"]:
        return "sourcing was tried once more"
    if fulfilment.id in facts.acts["CancelFulfilment"]:
        return "customer service gave the rest up"
    return "all parcels were cancelled"
