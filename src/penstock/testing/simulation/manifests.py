"""What carriers are to take away in a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.answers.manifests import just_listed

if TYPE_CHECKING:
    from penstock.orchestration.run import Run
    from penstock.rules.questions import ConsignmentsWaiting
    from penstock.testing.simulation.memory import Memory

Row = Any


def consignments_waiting(memory: Memory, run: Run, question: ConsignmentsWaiting) -> list[Row]:
    """Return the bookings with a carrier, of parcels from a location, that no manifest lists."""
    location = memory.get("location", question.location_id)
    here = {f.id for f in memory.all("fulfilment") if location and f.from_address_id == location.primary_address_id}
    articles = {article for article, fulfilment in memory.joins.get("article_fulfilment", ()) if fulfilment in here}
    carried = {c.carrier_consignment_id for c in memory.all("carrier_consignment_article") if c.article_id in articles}
    valid = {m.id for m in memory.all("manifest") if m.status not in question.void}
    listed = {c for c, manifest in memory.joins.get("manifest_carrier_consignment", ()) if manifest in valid}
    booked = (c for c in memory.all("carrier_consignment") if c.carrier_id == question.carrier_id)
    return [c for c in booked if c.id in carried - listed - just_listed(run)]
