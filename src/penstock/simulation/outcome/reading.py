"""What came of orders, read from the fork."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.simulation.outcome.shapes import Placed, Sent
from penstock.sourcing.distance import haversine
from penstock.sourcing.eta import eta

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from penstock.orchestration.configuration import Configuration
    from penstock.simulation.scenario.shapes import Promise
    from penstock.simulation.scenario.site import Site

_ORDERS = """
SELECT o.id, o.ref, o.status, a.latitude, a.longitude FROM orders o LEFT JOIN LATERAL (
  SELECT d.latitude, d.longitude FROM fulfilment_choice c
  LEFT JOIN location l ON l.ref = c.pickup_location_ref AND l.retailer_id = o.retailer_id
  JOIN address d ON d.id = coalesce(c.delivery_address_id, l.primary_address_id)
  WHERE c.order_id = o.id ORDER BY c.id LIMIT 1
) a ON true WHERE o.id = ANY($1::bigint[])"""
_ITEMS = """
SELECT id, order_id, ref, coalesce(product_ref, product_id::text) AS product, quantity FROM order_item
WHERE order_id = ANY($1::bigint[]) AND status <> 'CANCELLED' ORDER BY id"""
_FULFILMENTS = """
SELECT f.id, f.order_id, f.status, l.id AS location_id, coalesce(l.ref, a.ref) AS location,
       a.latitude, a.longitude, t.latitude AS to_latitude, t.longitude AS to_longitude
FROM fulfilment f LEFT JOIN address a ON a.id = f.from_address_id LEFT JOIN address t ON t.id = f.to_address_id
LEFT JOIN LATERAL (
  SELECT id, ref FROM location WHERE primary_address_id = f.from_address_id ORDER BY id LIMIT 1
) l ON true
WHERE f.order_id = ANY($1::bigint[]) AND NOT f.status = ANY($2::text[]) ORDER BY f.id"""
_UNITS = """
SELECT fulfilment_id, order_item_id, coalesce(requested_quantity, 0) - coalesce(rejected_quantity, 0) AS units
FROM fulfilment_item WHERE order_id = ANY($1::bigint[])"""
_PROBLEMS = """
SELECT DISTINCT ON (root_id) root_id, name, failure FROM event
WHERE root_type = 'ORDER' AND root_id = ANY($1::bigint[]) AND status = 'FAILED' ORDER BY root_id, id"""
_GONE = ("CANCELLED", "EXPIRED", "REJECTED")  # fulfilments that send nothing any more
_REJECTED_PROP = "systemRejectedLocationRef"


@dataclass(frozen=True)
class Measures:
    """By which fulfilments are measured: where nobody sends from, and how long locations take."""

    configuration: Configuration
    retailer: int
    promise: Promise
    nobody: frozenset[str]

    def hours(self, location: int | None) -> float:
        """Return the hours until a fulfilment of a location is ready (spec 21 §9.4)."""
        value = self.configuration.setting(self.promise.setting, self.retailer, location)
        try:
            limit = None if value is None else float(value)
        except (TypeError, ValueError):
            limit = None
        return eta(limit, self.promise.hours, transferred=False)


async def measures(site: Site, promise: Promise) -> Measures:
    """Return by what fulfilments of a site are measured."""
    configuration = await site.house.worker.engine.configurations.now()
    documents = [w.document for w in configuration.documents.values()]
    nobody = frozenset(ref for document in documents for ref in _rejecting(document))
    return Measures(configuration, site.retailer, promise, nobody)


def _rejecting(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the locations that a workflow puts what nobody can send at."""
    for ruleset in document.get("rulesets", ()):
        for rule in ruleset.get("rules", ()):
            if isinstance(ref := (rule.get("props") or {}).get(_REJECTED_PROP), str):
                yield ref


async def outcome(site: Site, orders: Sequence[int], by: Measures) -> dict[int, Placed]:
    """Return what came of orders, by id."""
    database = site.house.database
    lines: dict[int, list[Any]] = defaultdict(list)
    for item in await database.fetch(_ITEMS, orders):
        lines[item["order_id"]].append(item)
    units: dict[int, list[Any]] = defaultdict(list)
    for record in await database.fetch(_UNITS, orders):
        units[record["fulfilment_id"]].append(record)
    fulfilments: dict[int, list[Any]] = defaultdict(list)
    for record in await database.fetch(_FULFILMENTS, orders, list(_GONE)):
        if record["location"] not in by.nobody:
            fulfilments[record["order_id"]].append(record)
    problems = {r["root_id"]: f"{r['name']} failed: {r['failure']}" for r in await database.fetch(_PROBLEMS, orders)}
    return {
        o["id"]: _placed(o, lines[o["id"]], fulfilments[o["id"]], units, by, problems.get(o["id"]))
        for o in await database.fetch(_ORDERS, orders)
    }


def _placed(
    order: Any,
    lines: list[Any],
    fulfilments: list[Any],
    units: Mapping[int, list[Any]],
    by: Measures,
    problem: str | None,
) -> Placed:
    products = {line["id"]: line["product"] for line in lines}
    missing = {line["id"]: line["quantity"] for line in lines}
    sent = []
    for fulfilment in fulfilments:
        own: dict[str, int] = {}
        for record in units[fulfilment["id"]]:
            if record["units"] > 0 and (product := products.get(record["order_item_id"])):
                own[product] = own.get(product, 0) + record["units"]
                missing[record["order_item_id"]] -= record["units"]
        if own:
            sent.append(_sent(fulfilment, own, by))
    return Placed(
        ref=order["ref"],
        status=order["status"],
        lines=len(lines),
        units=sum(line["quantity"] for line in lines),
        sent=sent,
        unfilled={line["ref"]: missing[line["id"]] for line in lines if missing[line["id"]] > 0},
        latitude=order["latitude"],
        longitude=order["longitude"],
        problem=problem,
    )


def _sent(fulfilment: Any, units: dict[str, int], by: Measures) -> Sent:
    ends = [fulfilment[name] for name in ("latitude", "longitude", "to_latitude", "to_longitude")]
    km = None if None in ends else round(haversine(*ends) / 1000, 3)
    return Sent(fulfilment["location"], units, km, by.hours(fulfilment["location_id"]), fulfilment["status"])
